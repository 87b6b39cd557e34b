"""Partial dependence: how does the average answer move with one input?"""

from collections.abc import Sequence
from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import BeforeValidator

from learnscope.measures.partial_dependence import PartialDependence, partial_dependence
from learnscope.probes.base import Answer, Chart, Line, Probe
from learnscope.settings import Count, one_as_list
from learnscope.trained import Trained

SHOWN = 6
"""Inputs drawn, those that matter most."""
TRIED = 64
"""Inputs tried where none is named."""


class Dependence(Probe):
    """The average answer as one input is moved, over the training rows.

    Attributes:
        columns: inputs; left out, the first 64.
        points: values of each input.
        output: which target or class is drawn; left out, the last: of two classes the second.
    """

    kind: Literal["dependence"] = "dependence"
    columns: Annotated[tuple[str, ...], BeforeValidator(one_as_list)] = ()
    points: Count = 25
    output: str | None = None

    purpose: ClassVar[str] = "how the average answer moves with each input (partial dependence)"

    def obstacle(self, trained: Sequence[Trained]) -> str:
        outputs = trained[0].member.sample.outputs
        if self.output is not None and self.output not in outputs:
            return f"dependence.output must be one of {', '.join(outputs)}, got {self.output!r}."
        return ""

    def answer(self, trained: Sequence[Trained]) -> Answer:
        t = trained[0]
        columns = self.columns or t.member.sample.columns[:TRIED]
        found = [partial_dependence(t, c, points=self.points) for c in columns]
        found.sort(key=lambda p: -p.reach)
        outputs = t.member.sample.outputs
        k = outputs.index(self.output) if self.output else len(outputs) - 1
        return Answer(
            sentences=tuple(p.sentence() for p in found[:3]),
            columns=("input", "reach", "lowest at", "highest at"),
            rows=tuple(_row(p, k) for p in found),
            data={"inputs": [_data(p) for p in found]},
            chart=Chart(
                title=f"Partial dependence of {outputs[k]} (seed {t.result.seed})",
                xlabel="input, from its lowest to its highest training value",
                ylabel=f"average of {outputs[k]}",
                lines=tuple(_line(p, k) for p in found[:SHOWN]),
            ),
        )


def _row(p: PartialDependence, k: int) -> tuple[str, ...]:
    low, high = p.grid[p.mean[:, k].argmin()], p.grid[p.mean[:, k].argmax()]
    return p.column, f"{np.ptp(p.mean[:, k]):.3g}", f"{low:.3g}", f"{high:.3g}"


def _line(p: PartialDependence, k: int) -> Line:
    share = (p.grid - p.grid[0]) / (np.ptp(p.grid) or 1.0)
    ends = f"{p.column} ({p.grid[0]:.3g} to {p.grid[-1]:.3g})"
    return Line(label=ends, x=share, y=p.mean[:, k])


def _data(p: PartialDependence) -> dict[str, object]:
    return {
        "column": p.column,
        "grid": p.grid.tolist(),
        "mean": p.mean.tolist(),
        "sd": p.sd.tolist(),
        "outputs": list(p.outputs),
    }
