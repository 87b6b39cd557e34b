"""One batch: can the network learn a handful of rows by heart? If not, something is broken."""

from collections.abc import Sequence
from typing import ClassVar, Literal

import numpy as np

from learnscope.measures.memory import memorise
from learnscope.probes.base import Answer, Chart, Line, Probe
from learnscope.settings import Count, Positive
from learnscope.trained import Trained


class OneBatch(Probe):
    """Train on one small batch until it is known by heart (S4.34, step 3).

    Attributes:
        rows: size of the batch, the first training rows.
        steps: updates at most.
        target: the loss, as a share of that of the best constant answer, below which the batch
            is known by heart.
    """

    kind: Literal["one_batch"] = "one_batch"
    rows: Count = 16
    steps: Count = 1000
    target: Positive = 0.01

    purpose: ClassVar[str] = "whether the network can learn one small batch by heart"

    def obstacle(self, trained: Sequence[Trained]) -> str:
        return ""

    def answer(self, trained: Sequence[Trained]) -> Answer:
        found = memorise(trained[0], rows=self.rows, steps=self.steps, target=self.target)
        line = Line(
            label="loss of the batch", x=np.asarray(found.steps), y=np.asarray(found.losses)
        )
        return Answer(
            sentences=(found.sentence(),),
            data={
                "memorised": found.memorised,
                "rows": found.rows,
                "at_step": found.at_step,
                "loss": found.losses[-1],
                "constant_loss": found.constant_loss,
                "accuracy": found.accuracy,
            },
            chart=Chart(title="One batch by heart", xlabel="update", ylabel="loss", lines=(line,)),
        )
