"""Calibration: is a belief of 80 % right in 80 of 100 cases?"""

from collections.abc import Sequence
from typing import ClassVar, Literal

from learnscope.arrays import Array
from learnscope.measures.calibration.ece import CalibrationError
from learnscope.measures.calibration.temperature import Calibrated, calibrate
from learnscope.probes.base import Answer, Chart, Line, Probe
from learnscope.settings import Count, Seed
from learnscope.trained import Trained


class Calibration(Probe):
    """Beliefs held against how often they are right, with a temperature from validation rows.

    Attributes:
        bins: of equal width, from 0 to 1.
        draws: resamples for the interval, and for what chance gives.
        seed: of the resampling.
    """

    kind: Literal["calibration"] = "calibration"
    bins: Count = 15
    draws: Count = 1000
    seed: Seed = 0

    purpose: ClassVar[str] = "whether beliefs are as often right as they say"

    def obstacle(self, trained: Sequence[Trained]) -> str:
        head = trained[0].member.head
        if head.task != "classification" or head.family == "value":
            return (
                "calibration needs beliefs, and this run predicts numbers or learned its classes "
                "as numbers. Use --training.loss cross_entropy, or bce_logits for two classes."
            )
        return ""

    def answer(self, trained: Sequence[Trained]) -> Answer:
        found = calibrate(trained[0], bins=self.bins, draws=self.draws, seed=self.seed)
        bins = found.before.bins
        rows = [
            (f"{a:.3g} to {b:.3g}", str(n), f"{p:.3f}", f"{s:.3f}", f"{low:.3f} to {high:.3f}")
            for a, b, n, p, s, low, high in zip(
                bins.edges[:-1], bins.edges[1:], bins.counts, bins.belief, bins.share, bins.low,
                bins.high, strict=True,
            )
            if n
        ]  # fmt: skip
        return Answer(
            sentences=found.sentences(),
            columns=("belief", "rows", "mean belief", "share right", "95 % interval"),
            rows=tuple(rows),
            data=_data(found),
            chart=_chart(found, trained[0].result.seed),
        )


def _chart(found: Calibrated, seed: int) -> Chart:
    lines = [_line("as trained", found.before)]
    if found.after is not None:
        lines.append(_line(f"temperature {found.temperature:.3g}", found.after))
    return Chart(
        title=f"Reliability on the {found.part} rows (seed {seed}): ECE {found.before.ece:.3f}",
        xlabel="mean belief in the answered class",
        ylabel="share of rows on which it is right",
        lines=tuple(lines),
        diagonal=True,
    )


def _line(label: str, error: CalibrationError) -> Line:
    full = error.bins.counts > 0
    b = error.bins
    return Line(label=label, x=b.belief[full], y=b.share[full], low=b.low[full], high=b.high[full])


def _data(found: Calibrated) -> dict[str, object]:
    def plain(error: CalibrationError) -> dict[str, object]:
        b = error.bins
        return {
            "ece": error.ece, "low": error.low, "high": error.high, "chance": error.chance,
            "p": error.p, "counts": b.counts.tolist(), "belief": _list(b.belief),
            "share": _list(b.share),
        }  # fmt: skip

    return {
        "part": found.part,
        "temperature": found.temperature,
        "before": plain(found.before),
        "after": None if found.after is None else plain(found.after),
        "log_loss": list(found.log_loss),
        "brier": list(found.brier),
    }


def _list(values: Array) -> list[float]:
    return [float(v) for v in values]
