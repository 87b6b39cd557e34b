"""What a program gives away of itself: by its text, by its run, or by the error it ends with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from learnscope.doctor.static.edits import Edit


@dataclass(frozen=True, kw_only=True, slots=True)
class Hint:
    """A fault of a program, with its place in the text.

    Attributes:
        slug: name of the fault.
        title: what is wrong, one line.
        where: "train.py:41", "" where unknown.
        why: why it matters, two sentences.
        change: the change, one line.
        confidence: "confirmed" where it was measured, "likely" where it was seen, "possible"
            where it depends on what was not seen.
        severity: "error", "warning" or "note".
        evidence: what was measured, the value, and the limit it is held against.
        layers: names of layers or parameters concerned.
        edits: the change of the text, where it is one.
    """

    slug: str
    title: str
    where: str
    why: str
    change: str
    confidence: Literal["confirmed", "likely", "possible"] = "likely"
    severity: Literal["error", "warning", "note"] = "error"
    evidence: tuple[tuple[str, float | str, float | str | None], ...] = ()
    layers: tuple[str, ...] = ()
    edits: tuple[Edit, ...] = ()
