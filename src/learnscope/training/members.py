"""Members that are prepared when they are asked for, with data that are equal stored once.

A list of a hundred thousand prepared members would take a gigabyte before the first of them is
trained; these take some bytes each, and whoever trains one prepares it then.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable, Iterable, Sequence
from typing import overload

from learnscope.experiment import Experiment
from learnscope.training.member import Data, Member, data_key, draw, prepare

KEPT_BYTES = 64_000_000
"""What data of other members may take while they wait for one that has the same; the data used
last are kept however large."""


class Members(Sequence[Member]):
    """A sequence whose entries are prepared anew each time, by the thread that asks.

    Args:
        sources: experiment and root seed of each.
        kept_bytes: what data may take that are kept for members to come.
    """

    def __init__(
        self, sources: Iterable[tuple[Experiment, int]], kept_bytes: int = KEPT_BYTES
    ) -> None:
        self.sources = tuple(sources)
        self._store = _Store(kept_bytes)

    def __len__(self) -> int:
        return len(self.sources)

    @overload
    def __getitem__(self, index: int) -> Member: ...

    @overload
    def __getitem__(self, index: slice) -> Members: ...

    def __getitem__(self, index: int | slice) -> Member | Members:
        if isinstance(index, slice):
            return Members(self.sources[index], self._store.most)
        experiment, seed = self.sources[index]
        return prepare(experiment, seed, self._store.data(experiment, seed))

    def kinds(self) -> list[int]:
        """Return the place of one member for each pair of model and training settings."""
        found: dict[Hashable, int] = {}
        seen: set[int] = set()
        for i, (experiment, _) in enumerate(self.sources):
            # Members of one experiment share its object, which need not be compared.
            if id(experiment) not in seen:
                seen.add(id(experiment))
                training = experiment.training
                kind = experiment.problem, experiment.model, training.loss, training.optimizer
                found.setdefault(kind, i)
        return list(found.values())


def members_of(experiment: Experiment) -> Members:
    """Return the members of an experiment, in the order of their seeds."""
    return Members((experiment, seed) for seed in experiment.root_seeds())


def epochs_of(members: Sequence[Member]) -> list[int]:
    """Return the epochs that each is to train, without preparing any."""
    if isinstance(members, Members):
        return [experiment.training.epochs for experiment, _ in members.sources]
    return [member.experiment.training.epochs for member in members]


class _Store:
    """Data drawn so far, those used longest ago dropped first."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._data: OrderedDict[Hashable, Data] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def data(self, experiment: Experiment, seed: int) -> Data:
        """Return the data of a member, drawn once for all that have the same."""
        key = data_key(experiment, seed)
        # Held while drawing: of two threads that need the same data, one waits for the other's.
        with self._lock:
            if key in self._data:
                self._data.move_to_end(key)
                return self._data[key]
            data = draw(experiment, seed)
            self._data[key] = data
            self._bytes += _bytes(data)
            while self._bytes > self.most and len(self._data) > 1:
                _, oldest = self._data.popitem(last=False)
                self._bytes -= _bytes(oldest)
            return data


def _bytes(data: Data) -> int:
    arrays = [data.sample.x, data.sample.y, data.inputs]
    for part in data.parts.values():
        arrays += [part.x, part.y, *([] if part.weight is None else [part.weight])]
    return sum(array.nbytes for array in arrays)
