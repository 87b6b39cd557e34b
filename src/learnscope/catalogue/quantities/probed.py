"""A number out of the answer of a probe: what `learnscope probe` tells, as a quantity."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from learnscope.catalogue.quantities.base import PerMember
from learnscope.errors import InputError
from learnscope.probes import PROBES, Probe
from learnscope.settings import kinds_of
from learnscope.trained import Trained

if TYPE_CHECKING:
    AnyProbe = Probe
else:
    AnyProbe = kinds_of(PROBES)


class Probed(PerMember):
    """A number that a probe finds in one member.

    Attributes:
        probe: the probe with its settings.
        take: where the number stands in the answer's data, words and places joined by dots, e.g.
            "scores.0.1".
        less: another number of the same answer, subtracted; "" for none.
    """

    kind: Literal["probed"] = "probed"
    probe: AnyProbe
    take: str
    less: str = ""

    def value(self, trained: Trained) -> float:
        if obstacle := self.probe.obstacle([trained]):
            raise InputError(obstacle)
        data = self.probe.answer([trained]).data
        return _at(data, self.take) - (_at(data, self.less) if self.less else 0.0)


def _at(data: Mapping[str, Any], path: str) -> float:
    here: Any = data
    for word in path.split("."):
        try:
            here = here[int(word)] if isinstance(here, list | tuple) else here[word]
        except (KeyError, IndexError, ValueError, TypeError):
            raise InputError(f"probed.take: the answer has no {path!r}.") from None
    return float(here)
