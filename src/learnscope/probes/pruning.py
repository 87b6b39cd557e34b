"""Pruning: how much of the network can go?"""

from collections.abc import Sequence
from typing import ClassVar, Literal

from learnscope.measures.percent import percent
from learnscope.measures.pruning import Order, PruningCurve, What, pruning_curve
from learnscope.measures.scores import judged_part
from learnscope.models.network import DenseNetwork
from learnscope.probes.base import Answer, Chart, Line, Probe
from learnscope.settings import Count, Seed
from learnscope.trained import Trained


class Pruning(Probe):
    """Edges or units taken away, the least important first, without training anew.

    Attributes:
        what: "edges" or "units"; a unit goes with all edges that leave it.
        order: "magnitude", "effect" (on the training loss, each alone) or "random".
        points: shares that are tried, from none to all.
        seed: of the random order, which is drawn beside the other.
    """

    kind: Literal["pruning"] = "pruning"
    what: What = "edges"
    order: Order = "magnitude"
    points: Count = 21
    seed: Seed = 0

    purpose: ClassVar[str] = "how much of a dense network can be taken away"

    def obstacle(self, trained: Sequence[Trained]) -> str:
        network = trained[0].member.network
        if not isinstance(network, DenseNetwork):
            return "pruning is for dense networks, and this one is not."
        if self.what == "units" and not network.units:
            return "pruning of units needs a hidden layer. Use --what edges."
        return ""

    def answer(self, trained: Sequence[Trained]) -> Answer:
        t = trained[0]
        orders: tuple[Order, ...] = (
            (self.order,) if self.order == "random" else (self.order, "random")
        )
        found = [
            pruning_curve(t, self.what, order, points=self.points, seed=self.seed)
            for order in orders
        ]
        main = found[0]
        n = len(getattr(t.member.rows, judged_part(t.member)))
        metric = "accuracy" if main.metric == "accuracy" else "mean squared error"
        return Answer(
            sentences=(main.sentence(),),
            columns=(f"share of {self.what} gone", metric, "loss"),
            rows=tuple(_rows(main, n)),
            data={"curves": [_data(curve) for curve in found]},
            chart=Chart(
                title=f"{metric.capitalize()} without the least important {self.what}",
                xlabel=f"share of the {main.total} {self.what} that is gone",
                ylabel=metric,
                lines=tuple(
                    Line(label=f"in order of {c.order}" if c.order != "random" else "at random",
                         x=c.shares, y=c.scores) for c in found
                ),
            ),
        )  # fmt: skip


def _rows(curve: PruningCurve, n: int) -> list[tuple[str, ...]]:
    return [
        (
            f"{100 * share:.0f} %",
            percent(score, n) if curve.metric == "accuracy" else f"{score:.3g}",
            f"{loss:.3g}",
        )
        for share, score, loss in zip(curve.shares, curve.scores, curve.losses, strict=True)
    ]


def _data(curve: PruningCurve) -> dict[str, object]:
    return {
        "order": curve.order,
        "shares": curve.shares.tolist(),
        "scores": curve.scores.tolist(),
        "losses": curve.losses.tolist(),
        "spare": curve.spare(),
        "total": curve.total,
    }
