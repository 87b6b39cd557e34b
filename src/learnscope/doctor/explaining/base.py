"""An error of a program, and what is said about it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from learnscope.doctor.watching.seen import ShapeSeen


@dataclass(frozen=True, kw_only=True, slots=True)
class Failure:
    """An error that ended a program, with what was seen on the way to it.

    Attributes:
        kind: name of its class: "RuntimeError".
        message: its own text.
        where: line of the program: "train.py:41", "" where unknown.
        line: text of that line, without indentation.
        layers: calls of the model's layers, in order, up to the one that failed.
        failed: calls and operations that raised, the innermost first.
    """

    kind: str
    message: str
    where: str = ""
    line: str = ""
    layers: Sequence[ShapeSeen] = ()
    failed: Sequence[ShapeSeen] = ()

    @property
    def layer(self) -> ShapeSeen | None:
        """The innermost layer or operation that raised, None where none was seen to."""
        return self.failed[0] if self.failed else None

    def at(self) -> str:
        """Return "The layer conv1 (Conv2d)", "cross_entropy" or "The program"."""
        layer = self.layer
        if layer is None:
            return "The program"
        return f"The layer {layer.layer} ({layer.kind})" if layer.layer else layer.kind


@dataclass(frozen=True, kw_only=True, slots=True)
class Explanation:
    """What an error means.

    Attributes:
        slug: name of the fault.
        title: what is wrong, one line.
        why: what PyTorch asks for and what it got, two sentences.
        change: what mends it, one line.
        expected: what was needed, for the evidence.
        got: what came, for the evidence.
    """

    slug: str
    title: str
    why: str
    change: str
    expected: str = ""
    got: str = ""


Explain = Callable[[Failure, "re.Match[str]"], Explanation | None]
Rule = tuple[str, Explain]
"""A pattern that a message must hold somewhere, and what is said then."""


def shape(text: str) -> tuple[int, ...]:
    """Return the numbers in a shape as PyTorch writes it.

    >>> shape("torch.Size([8, 1])"), shape("[8, 3, 28, 28]"), shape("8x5")
    ((8, 1), (8, 3, 28, 28), (8, 5))
    """
    return tuple(int(n) for n in re.findall(r"\d+", text))
