"""Ridge: are weight decay, ridge regression and the most probable weights the same?"""

from collections.abc import Sequence
from typing import ClassVar, Literal

from learnscope.measures.map_ridge import map_ridge, map_ridge_obstacle
from learnscope.probes.base import Answer, Probe
from learnscope.trained import Trained


class Ridge(Probe):
    """A linear or polynomial model with weight decay beside its two closed forms (S2.4)."""

    kind: Literal["ridge"] = "ridge"

    purpose: ClassVar[str] = "weight decay beside ridge regression and the most probable weights"

    def obstacle(self, trained: Sequence[Trained]) -> str:
        return map_ridge_obstacle(trained[0])

    def answer(self, trained: Sequence[Trained]) -> Answer:
        found = map_ridge(trained[0])
        three = {"trained": found.trained, "ridge": found.ridge, "most probable": found.map}
        return Answer(
            sentences=(found.sentence(),),
            columns=("weights", "SSE", "norm"),
            rows=tuple((name, f"{s.sse:.5g}", f"{s.norm:.5g}") for name, s in three.items()),
            data={
                "weight_decay": found.decay,
                "solutions": {
                    name: {"theta": s.theta.tolist(), "sse": s.sse, "norm": s.norm}
                    for name, s in three.items()
                },
                "ridge_and_map_apart": found.apart,
                "trained_and_ridge_apart": found.unfinished,
            },
        )
