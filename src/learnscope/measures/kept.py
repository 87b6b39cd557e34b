"""Trainings that a measure needs, kept on disk as they finish, so that none is done twice.

They lie in a store like that of an atlas. A training is known again by all that it is a function
of: settings, root seed, data, first weights and trainer.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Self

import numpy as np

from learnscope.arrays import Array
from learnscope.atlas.opening import result_of
from learnscope.atlas.store import Store
from learnscope.files import make_folder
from learnscope.runs.folder import held
from learnscope.sweeps.members import measured
from learnscope.sweeps.packing import pack
from learnscope.trained import Trained
from learnscope.training.member import Member
from learnscope.training.result import Result

STORE = "trainings.sqlite"


class Kept:
    """Trainings in a folder. One process at a time has it open.

    Attributes:
        folder: where they are.
    """

    def __init__(self, folder: Path, store: Store) -> None:
        self.folder = folder
        self._store = store
        self._numbers: dict[str, int] = {}

    @classmethod
    @contextmanager
    def open(cls, folder: Path, what: str) -> Iterator[Self | None]:
        """Open a folder, made where it is missing; None where it cannot be written to.

        Args:
            folder: the folder.
            what: how messages call what is measured.

        Raises:
            InputError: another process has it open.
            DataError: the store in it is damaged.
        """
        there = next(p for p in (folder, *folder.parents) if p.exists())
        if not os.access(there, os.W_OK):
            yield None
            return
        make_folder(folder)
        with held(folder, what):
            store = Store(folder / STORE, write=True)
            try:
                yield cls(folder, store)
            finally:
                store.settle()
                store.close()

    def __len__(self) -> int:
        return self._store.count()

    def find(self, members: Sequence[Member], route: str) -> dict[int, Result]:
        """Return place -> result of those of the members that were trained before."""
        done, points = self._store.done(), self._store.points()
        self._numbers = {str(point["training"]): number for number, point in points.items()}
        found = {}
        for i, member in enumerate(members):
            number = self._numbers.get(training_key(member, route))
            if number is not None and (number, member.seed) in done:
                found[i] = result_of(self._store.member(number, member.seed))
        return found

    def add(self, trained: Sequence[Trained], route: str) -> None:
        """Keep trainings for good; those that are there are left as they are."""
        keys = [training_key(t.member, route) for t in trained]
        numbers = self._store.add_points([{"training": key} for key in keys])
        shard = hashlib.sha256("".join(keys).encode()).hexdigest()[:16]
        self._store.begin(shard, len(trained))
        rows = [measured(t) for t in trained]
        data = pack(range(len(rows)), rows, sum(row.epochs for row in rows))
        self._store.accept(shard, numbers, data)


def training_key(member: Member, route: str) -> str:
    """Return 32 hexadecimal digits that differ where trainings may end in other bits."""
    training, model = member.experiment.training, member.experiment.model
    said = [model.plain(), training.plain(), member.seed, route]
    digest = hashlib.sha256(json.dumps(said, sort_keys=True).encode())
    for part, examples in sorted(member.parts.items()):
        own = {"x": examples.x, "y": examples.y}
        _feed(digest, part, own if examples.weight is None else {**own, "w": examples.weight})
    _feed(digest, "initial", member.initial)
    return digest.hexdigest()[:32]


def _feed(digest: hashlib._Hash, word: str, arrays: Mapping[str, Array]) -> None:
    for name, array in sorted(arrays.items()):
        digest.update(f"{word} {name} {array.shape} {array.dtype}".encode())
        digest.update(np.ascontiguousarray(array).view(np.uint8).data)
