"""What a rival is: a way to train one network, or a stack of equal ones at a time."""

from abc import ABC, abstractmethod
from importlib.util import find_spec

from benchmarks.work import Layers, Work


class Training(ABC):
    """A stack of networks that is ready to be trained, compiled where the rival compiles.

    Attributes:
        block: `train` takes multiples of so many epochs.
    """

    block: int = 1

    @abstractmethod
    def train(self, epochs: int, *, shuffle: bool = True) -> Layers:
        """Train all networks of the stack from their first weights; return the first one's.

        Args:
            epochs: passes over the rows.
            shuffle: whether batches are drawn anew in each epoch, for each network of its own.
        """


class Rival(ABC):
    """A library and the way in which it is used.

    Attributes:
        name: how tables call it.
        modules: what must be installed.
        stacks: numbers of networks trained at a time.
        batch_stacks: the same for small batches, where larger stacks can pay.
        slow_to_compile: whether a quarter of a minute goes before each new work.
    """

    name: str
    modules: tuple[str, ...] = ()
    stacks: tuple[int, ...] = (1,)
    batch_stacks: tuple[int, ...] | None = None
    slow_to_compile: bool = False

    def obstacle(self) -> str | None:
        """Return why it cannot be measured on this machine, or None."""
        missing = [name for name in self.modules if find_spec(name) is None]
        return f"{' and '.join(missing)} is not installed" if missing else None

    def sizes(self, work: Work) -> tuple[int, ...]:
        """Return the numbers of networks to train at a time."""
        if work.images:
            # An epoch of 256 of the wide networks would take half a minute.
            return tuple(s for s in self.stacks if s <= 16) or (16,)
        return self.stacks if work.full_batch else self.batch_stacks or self.stacks

    def too_long(self, work: Work) -> str | None:
        """Return why this work is left out, or None."""
        if self.slow_to_compile and work.activation != "relu":
            return "its compiler is slow, and ReLU shows what it gives"
        return None

    @abstractmethod
    def prepare(self, work: Work, stack: int) -> Training:
        """Return a stack of so many networks, all for this work and on the same rows."""


def block_of(work: Work, stack: int) -> int:
    """Return epochs that take about a tenth of a second, and have 200 updates at most.

    It is the length of a compiled loop, and of the training in which all must agree.
    """
    seconds = stack * work.updates * (2e-6 + work.flops / 50e9)
    return max(1 if work.updates > 1 else 5, min(200 // work.updates, int(0.1 / seconds)))
