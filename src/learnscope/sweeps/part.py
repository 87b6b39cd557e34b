"""A part of a sweep: every n-th member, for machines that share nothing but the command."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Self, TypeVar

from learnscope.errors import InputError

T = TypeVar("T")
PARTS = "parts"


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """Part `number` of `of`, counted from 1.

    Members are dealt out like cards, so that parts cost about the same. Parts with other counts
    overlap, which costs time and nothing else: a member is kept once.
    """

    number: int
    of: int

    def __post_init__(self) -> None:
        if not 1 <= self.number <= self.of:
            raise InputError(
                f"The part must be between 1 and the number of parts, got {self.number}/{self.of}. "
                "Write 3/10 for the third of ten."
            )

    @classmethod
    def read(cls, text: str) -> Self:
        """Return the part of a text such as "3/10".

        Raises:
            InputError: it is none.
        """
        found = re.fullmatch(r"\s*(\d+)\s*/\s*(\d+)\s*", text)
        if found is None:
            raise InputError(f"The part must be two whole numbers, as in 3/10, got {text!r}.")
        return cls(number=int(found[1]), of=int(found[2]))

    def take(self, members: Iterable[T]) -> list[T]:
        """Return the members of this part; the others are passed over and not kept."""
        return list(islice(members, self.number - 1, None, self.of))

    def folder(self, atlas: Path) -> Path:
        """Return where a part of an atlas has its own store: parts/NAME/3-of-10 beside it."""
        width = len(str(self.of))
        return atlas.parent / PARTS / atlas.name / f"{self.number:0{width}}-of-{self.of}"
