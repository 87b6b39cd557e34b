"""What a network can learn by heart: one small batch, and targets that hold no rule."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from learnscope.experiment import Experiment
from learnscope.measures.percent import percent
from learnscope.measures.refit import fit, given_member, subset
from learnscope.measures.scores import scores
from learnscope.trained import Trained
from learnscope.training.member import Member


@dataclass(frozen=True, kw_only=True, slots=True)
class Memorised:
    """How one batch was learned.

    Attributes:
        rows: rows of the batch.
        steps: updates after which the loss was looked at.
        losses: the loss of the batch there.
        constant_loss: loss of the best constant answer.
        target: share of it below which the batch is known by heart.
        accuracy: share of right labels at the end; None for numbers.
        diverged: whether training ended in values that are not finite.
    """

    rows: int
    steps: tuple[int, ...]
    losses: tuple[float, ...]
    constant_loss: float
    target: float
    accuracy: float | None
    diverged: bool

    @property
    def at_step(self) -> int | None:
        """First of the steps from which on the loss stays below the target, None for never."""
        above = [loss >= self.target * self.constant_loss for loss in self.losses]
        if self.diverged or above[-1]:
            return None
        last = max((i for i, a in enumerate(above) if a), default=-1)
        return self.steps[last + 1]

    @property
    def memorised(self) -> bool:
        """Whether the batch is known by heart at the end."""
        return self.at_step is not None

    def sentence(self) -> str:
        """Say whether it was learned, and what to look at where it was not."""
        if self.diverged:
            return (
                f"The training on {self.rows} rows diverged: lower training.lr, or scale the "
                "inputs."
            )
        share = self.losses[-1] / self.constant_loss if self.constant_loss else 0.0
        if self.memorised:
            return (
                f"{self.rows} rows are known by heart after {self.at_step} updates: model, loss "
                "and optimiser work together."
            )
        return (
            f"{self.rows} rows are not known by heart after {self.steps[-1]} updates: the loss is "
            f"{self.losses[-1]:.3g}, {100 * share:.0f} % of that of the best constant answer. The "
            "model is too small for them, a setting keeps it from learning (rate, output "
            "activation, first weights), or rows with the same inputs have different targets."
        )


def memorise(
    trained: Trained, *, rows: int = 16, steps: int = 1000, target: float = 0.01
) -> Memorised:
    """Train a network of the same settings and first weights on the first training rows alone.

    What keeps a network from learning by heart is left out: decay, L1, dropout, early stopping
    and class weights; the rate is the run's own, and each update sees the whole batch.
    """
    batch = trained.member.rows.train[:rows]
    update: dict[str, object] = {
        "epochs": steps, "batch_size": None, "weight_decay": 0.0, "l1": 0.0, "dropout": 0.0,
        "stopping": None, "class_weights": None, "eval_every": max(1, steps // 200),
    }  # fmt: skip
    settings = _with_training(trained.member.experiment, update)
    sample = trained.member.sample
    (found,) = fit([given_member(settings, trained.result.seed, sample, train=batch)])
    history = found.result.history
    is_class = found.member.head.task == "classification"
    return Memorised(
        rows=len(batch),
        steps=tuple(int(e) for e in history["epoch"]),
        losses=tuple(float(v) for v in history["train_loss"]),
        constant_loss=constant_loss(found.member),
        target=target,
        accuracy=float(history["train_accuracy"][-1]) if is_class else None,
        diverged=found.diverged,
    )


def constant_loss(member: Member) -> float:
    """Return the training loss of the best answer that does not look at the inputs.

    For labels the entropy of their shares, as logits or probabilities give it; for numbers that
    of the mean.
    """
    examples, loss = member.parts["train"], member.experiment.training.loss
    y = examples.y
    if member.head.family == "class":
        share = np.bincount(y, minlength=member.network.n_outputs) / len(y)
        return float(-(share[share > 0] * np.log(share[share > 0])).sum())
    if member.head.family == "binary":
        p = float(np.mean(y))
        return 0.0 if p in (0.0, 1.0) else -(p * np.log(p) + (1 - p) * np.log(1 - p))
    constant = np.broadcast_to(y.mean(axis=0), y.shape)
    total, count = loss.total(np.ascontiguousarray(constant), y, None)
    return total / count if count else total


@dataclass(frozen=True, kw_only=True, slots=True)
class RandomLabelScores:
    """How well training rows are fitted, with their own and with shuffled targets.

    Attributes:
        metric: "accuracy" or "mse".
        true: score of each member on its training rows.
        shuffled: the same of a network trained on the rows with shuffled targets, on those.
        guess: score of the best constant answer on the training rows of the first member.
        n: its training rows.
    """

    metric: str
    true: tuple[float, ...]
    shuffled: tuple[float, ...]
    guess: float
    n: int

    def sentence(self) -> str:
        """Say how much of the shuffled targets is learned by heart."""
        a, b = float(np.median(self.true)), float(np.median(self.shuffled))
        if self.metric == "accuracy":
            learned = (b - self.guess) / (1 - self.guess) if self.guess < 1 else 0.0
            texts = tuple(percent(v, self.n) for v in (b, a, self.guess))
        else:
            learned = 1 - b / self.guess if self.guess else 0.0
            texts = (f"{b:.3g}", f"{a:.3g}", f"{self.guess:.3g}")
        reading = (
            "it can learn nearly anything by heart, so that its training score says nothing of "
            "rows it has not seen"
            if learned > 0.9
            else "its training score is in part a sign of a rule that it found"
        )
        return (
            f"With shuffled targets the training rows are fitted to {texts[0]} (with their own "
            f"{texts[1]}, the best constant answer {texts[2]}): {reading}."
        )


def random_labels(
    trained: Sequence[Trained], *, epochs: int | None = None, seed: int = 0
) -> RandomLabelScores:
    """Train each member anew with the targets of its training rows shuffled among them."""
    members = [_shuffled(t, epochs, seed) for t in trained]
    first = trained[0].member
    is_class = first.head.task == "classification"
    name = "train_accuracy" if is_class else "train_mse"
    y = first.sample.y[first.rows.train]
    guess = float(np.bincount(y).max() / len(y)) if is_class else float(y.var(axis=0).mean())
    return RandomLabelScores(
        metric="accuracy" if is_class else "mse",
        true=tuple(scores(t)[name] for t in trained),
        shuffled=tuple(scores(t)[name] for t in fit(members)),
        guess=guess,
        n=len(y),
    )


def _shuffled(t: Trained, epochs: int | None, seed: int) -> Member:
    rng = np.random.default_rng((seed, t.result.seed))
    rows, sample = t.member.rows.train, t.member.sample
    y = rng.permutation(sample.y[rows], axis=0)
    # Without a constant order of rows in a series: the whole sample is the training part.
    only = replace(subset(sample, rows, y), truth=None)
    update: dict[str, object] = {"stopping": None}
    if epochs is not None:
        update["epochs"] = epochs
    settings = _with_training(t.member.experiment, update)
    return given_member(settings, t.result.seed, only, train=np.arange(len(rows)))


def _with_training(experiment: Experiment, update: dict[str, object]) -> Experiment:
    training = experiment.training.model_copy(update=update)
    return experiment.model_copy(update={"training": training})
