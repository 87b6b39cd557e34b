"""Random labels: how much can the network learn by heart that holds no rule?"""

from collections.abc import Sequence
from typing import ClassVar, Literal

from learnscope.measures.memory import random_labels
from learnscope.probes.base import Answer, Probe
from learnscope.settings import Count, Seed
from learnscope.trained import Trained


class RandomLabels(Probe):
    """Train anew with the training targets shuffled (S2.12).

    Source: C. Zhang et al., "Understanding deep learning requires rethinking generalization",
    ICLR 2017.

    Attributes:
        epochs: passes; left out, as many as the run had.
        seed: of the shuffling.
    """

    kind: Literal["random_labels"] = "random_labels"
    epochs: Count | None = None
    seed: Seed = 0

    purpose: ClassVar[str] = "how well training rows with shuffled targets are learned by heart"

    def obstacle(self, trained: Sequence[Trained]) -> str:
        if trained[0].member.experiment.model.learns == "inputs":
            return "random_labels shuffles targets, and this model learns its own inputs."
        return ""

    def answer(self, trained: Sequence[Trained]) -> Answer:
        found = random_labels(trained, epochs=self.epochs, seed=self.seed)
        rows = tuple(
            (str(t.result.seed), f"{a:.4g}", f"{b:.4g}")
            for t, a, b in zip(trained, found.true, found.shuffled, strict=True)
        )
        name = "accuracy" if found.metric == "accuracy" else "mean squared error"
        return Answer(
            sentences=(found.sentence(),),
            columns=("seed", f"training {name}, true targets", "shuffled targets"),
            rows=rows,
            data={
                "metric": found.metric,
                "true": list(found.true),
                "shuffled": list(found.shuffled),
                "guess": found.guess,
                "rows": found.n,
            },
        )
