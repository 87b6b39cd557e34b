"""Fresh and foreign examples: how does the network do on what it has never seen?"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal

import numpy as np

from learnscope.experiment import read_experiment
from learnscope.measures.fresh import evaluate, fresh_sample
from learnscope.measures.percent import share_text
from learnscope.measures.scores import judged_part, scores
from learnscope.overrides import apply_overrides
from learnscope.probes.base import Answer, Probe
from learnscope.settings import Seed
from learnscope.trained import Trained


class Fresh(Probe):
    """Scores on examples drawn anew, from the problem as it is or with other settings (S0.18).

    Attributes:
        problem: settings of the problem that differ, such as {"revolutions": 2}; none gives fresh
            examples of the same domain.
        seed: of the draw.
    """

    kind: Literal["fresh"] = "fresh"
    problem: Mapping[str, Any] = {}
    seed: Seed = 0

    purpose: ClassVar[str] = (
        "the score on fresh examples; with --problem.NAME VALUE, on those of another domain"
    )

    def obstacle(self, trained: Sequence[Trained]) -> str:
        problem = trained[0].member.experiment.problem
        if trained[0].member.sample.truth is None and not self.problem:
            return (
                f"fresh draws new examples, and the problem {problem.kind_name()!r} is a data set: "
                "its rows are all there is."
            )
        return ""

    def answer(self, trained: Sequence[Trained]) -> Answer:
        experiment = trained[0].member.experiment
        changed = {f"problem.{name}": value for name, value in self.problem.items()}
        other = read_experiment(apply_overrides(experiment.to_dict(), changed))
        sample = fresh_sample(other.problem, self.seed)
        found = [evaluate(t, sample) for t in trained]
        own = [scores(t) for t in trained]
        part = judged_part(trained[0].member)
        rows, data = [], {}
        for name in found[0]:
            word = name.removeprefix("fresh_")
            before = [row[f"{part}_{word}"] for row in own]
            after = [row[name] for row in found]
            data[word] = {"before": before, "after": after}
            n = len(getattr(trained[0].member.rows, part))
            rows.append((word, _text(word, before, n), _text(word, after, len(sample))))
        where = "of another domain" if self.problem else "fresh, of the same domain"
        return Answer(
            sentences=(f"{len(sample)} examples, {where}: {other.problem.sentence()}",),
            columns=("score", f"{part} rows", "these examples"),
            rows=tuple(rows),
            data={"examples": len(sample), "scores": data},
        )


def _text(word: str, values: Sequence[float], n: int) -> str:
    middle = float(np.median(values))
    return share_text(middle, n) if word == "accuracy" else f"{middle:.4g}"
