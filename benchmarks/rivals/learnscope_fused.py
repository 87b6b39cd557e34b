"""Our own compiled trainer, in the place of a rival."""

from dataclasses import replace

from benchmarks.rivals.base import Rival, Training
from benchmarks.work import Layers, Work, as_layers
from learnscope import fused


class Fused(Rival):
    """One network after the other, each its whole training in one compiled call."""

    name = "learnscope"

    def __init__(self, optimizer: str = "adam") -> None:
        self.optimizer = optimizer

    def prepare(self, work: Work, stack: int) -> Training:
        return _FusedTraining(work, stack, self.optimizer)


class _FusedTraining(Training):
    def __init__(self, work: Work, stack: int, optimizer: str) -> None:
        self.stack = stack
        self.member = work.member(1, optimizer=optimizer)

    def train(self, epochs: int, *, shuffle: bool = True) -> Layers:
        settings = {"epochs": epochs, "eval_every": epochs, "shuffle": shuffle}
        experiment = self.member.experiment.override(
            {f"training.{name}": value for name, value in settings.items()}
        )
        member = replace(self.member, experiment=experiment)
        result = fused.train_members([member] * self.stack, n_threads=1)[0]
        return as_layers(dict(result.parameters))
