"""States of members between two rounds of halving over epochs: a round goes on from the last.

A state is the checkpoint of its member at full length, so that what a shorter training leaves
behind is checked like that of one that was broken off. It saves time and decides on nothing: a
member whose state is missing, damaged or of another length is trained from the start, and ends
with the same bits.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from learnscope.errors import DataError
from learnscope.experiment import Experiment
from learnscope.files import make_folder, remove_leftovers
from learnscope.sweeps.points import Point
from learnscope.sweeps.sweep import EPOCHS
from learnscope.training.checkpoint import load_checkpoint, save_checkpoint
from learnscope.training.member import Member
from learnscope.training.settings import Training
from learnscope.training.state import TrainingState

ENDING = ".safetensors"


@dataclass(frozen=True, kw_only=True, slots=True)
class States:
    """Where the states of a round are. A machine that does not have the folder goes without.

    Attributes:
        folder: the folder.
        epochs: those of the members at full length.
        keep: whether those of this round are kept for another one.
    """

    folder: str
    epochs: int
    keep: bool

    def plain(self) -> dict[str, Any]:
        """Return plain data from which this can be made again."""
        return asdict(self)

    def begin(self) -> None:
        """Make the folder, and remove what a killed process had not renamed yet."""
        make_folder(Path(self.folder))
        remove_leftovers(Path(self.folder))

    def keep_only(self, points: Iterable[Point]) -> None:
        """Remove the states of all other points."""
        names = {name_of(point) for point in points}
        for path in Path(self.folder).glob(f"*{ENDING}"):
            if path.name.partition("-")[0] not in names:
                with contextlib.suppress(OSError):
                    path.unlink()

    def end(self) -> None:
        """Remove all of them, and the folder."""
        remove_leftovers(Path(self.folder))
        self.keep_only(())
        with contextlib.suppress(OSError):
            Path(self.folder).rmdir()


def name_of(point: Point) -> str:
    """Return 16 hexadecimal digits that are the same for a point with any number of epochs."""
    rest = {path: value for path, value in point.items() if path != EPOCHS}
    return hashlib.sha256(json.dumps(rest, sort_keys=True).encode()).hexdigest()[:16]


def obstacle(short: Training, whole: Training) -> str | None:
    """Return why a longer training cannot go on from the end of a shorter one, None if it can.

    Up to there they must be the same: rates, and the epochs that are looked at, on which early
    stopping and the history depend.
    """
    n = short.epochs
    if short.rates() != whole.rates()[:n]:
        return f"the schedule {whole.schedule.kind_name()!r} is laid out over all epochs"
    if short.evaluated() != [epoch for epoch in whole.evaluated() if epoch <= n]:
        return f"training.eval_every = {whole.eval_step} does not divide the epochs of the rounds"
    return None


class Continuing:
    """What the members of a shard go on from, and what they leave behind.

    Attributes:
        spared: epochs that need no training, as states had them.
    """

    def __init__(
        self, states: States, points: Sequence[Point], experiments: Sequence[Experiment]
    ) -> None:
        self.spared = 0
        self.states, self._folder = states, Path(states.folder)
        self._names = {id(e): name_of(p) for p, e in zip(points, experiments, strict=True)}
        self._whole = {id(e): _whole(e, states.epochs) for e in experiments}

    def load(self, member: Member) -> TrainingState | None:
        """Return the state that a member goes on from, None for none."""
        whole = self._at_full_length(member)
        if whole is None:
            return None
        try:
            state = load_checkpoint(self._path(member), whole)
        except DataError:
            return None
        epochs = member.experiment.training.epochs
        if state is None or (state.epoch, state.batch) > (epochs, 0):
            return None
        self.spared += max(state.epoch, 0)
        return state

    def save(self, member: Member, state: TrainingState) -> None:
        """Keep a state; where that is not possible there is none."""
        whole = self._at_full_length(member)
        if whole is not None and self._folder.is_dir():
            with contextlib.suppress(DataError):
                save_checkpoint(self._path(member), whole, state, durable=False)

    def _path(self, member: Member) -> Path:
        return self._folder / f"{self._names[id(member.experiment)]}-{member.seed}{ENDING}"

    def _at_full_length(self, member: Member) -> Member | None:
        whole = self._whole[id(member.experiment)]
        return None if whole is None else replace(member, experiment=whole)


def _whole(experiment: Experiment, epochs: int) -> Experiment | None:
    """Return an experiment with all epochs, None where a shorter one does not lead to it."""
    whole = experiment.override({EPOCHS: epochs})
    return None if obstacle(experiment.training, whole.training) else whole


def read_states(data: Mapping[str, Any] | None) -> States | None:
    """Return the states of plain data that `States.plain` gave."""
    return None if data is None else States(**data)
