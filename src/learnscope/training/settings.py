"""How one function of the model is chosen: the settings of a training."""

from functools import lru_cache
from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag, model_validator

from learnscope.settings import Count, Flag, Natural, NonNegative, Positive, Settings, Share, Whole
from learnscope.training.losses import AnyLoss, Mse
from learnscope.training.optimizers import Adam, AnyOptimizer
from learnscope.training.schedules import AnySchedule, Constant
from learnscope.training.schedules.base import Schedule
from learnscope.training.split import Split

Epochs = Annotated[
    Annotated[Whole, Field(ge=2), Tag("branch number")]
    | Annotated[tuple[Natural, ...], Tag("branch list")],
    Discriminator(lambda v: "branch list" if isinstance(v, list | tuple) else "branch number"),
]
"""A list of epochs, or how many of them: the first and the last at least."""


@lru_cache(maxsize=8)
def _rates(lr: float, schedule: Schedule, n: int) -> tuple[float, ...]:
    # Members of an experiment share them, and a small network trains in no more time than this.
    return tuple(lr * schedule.factor(e, n) for e in range(1, n + 1))


class Stopping(Settings):
    """Early stopping on the validation loss; the weights of the best epoch are kept.

    Attributes:
        patience: epochs without improvement after which training ends.
        min_delta: how much lower a loss must be to count as an improvement.
    """

    patience: Count = 50
    min_delta: NonNegative = 0.0


class Training(Settings):
    """Settings of a training.

    Attributes:
        loss: what is made small.
        optimizer: how the weights move.
        lr: learning rate.
        schedule: how the rate changes over the epochs.
        epochs: passes over the training rows, in total; 0 only evaluates.
        batch_size: rows in an update; left out, all of them. A smaller last batch is kept.
        shuffle: draw a new order of the rows in every epoch (it matters with batches only).
        weight_decay: lambda. Coupled, lambda w is added to the gradient (the penalty
            lambda / 2 ||w||^2); decoupled, weights shrink by lr lambda w in each update.
        decoupled: which of the two; left out, what the optimiser is known for: decoupled for
            AdamW, coupled for the others.
        decay_biases: whether decay and L1 act on biases too.
        l1: strength of the penalty l1 sum |w|.
        dropout: probability with which a hidden activation is dropped in training; survivors
            are divided by 1 - p, and nothing is done at prediction.
        clip_norm: largest norm of the whole gradient; a longer one is scaled down.
        clip_value: largest size of one component of the gradient.
        target: for numbers to predict: "raw" learns them as they are; "standardise" learns
            (y - mean) / sd with mean and sd of the training rows. Predictions and errors are in
            the units of y either way; the loss is that of what is learned.
        class_weights: a weight for each class, or "balanced" for n / (c n_class).
        stopping: early stopping; left out, none.
        split: which rows train, validate and test.
        snapshots: epochs after which the weights are kept, for a look at how they came about: a
            list, in which 0 means the first weights, or a number of them, spread evenly from the
            first to the last; left out, none.
        eval_every: epochs between two rows of the history; left out, about a hundred rows, or
            every epoch with early stopping. The first and the last epoch are always there.
        precision: number type of the training.
    """

    loss: AnyLoss = Mse()
    optimizer: AnyOptimizer = Adam()
    lr: Positive = 1e-3
    schedule: AnySchedule = Constant()
    epochs: Natural = 1000
    batch_size: Count | None = None
    shuffle: Flag = True
    weight_decay: NonNegative = 0.0
    decoupled: Flag | None = None
    decay_biases: Flag = True
    l1: NonNegative = 0.0
    dropout: Share = 0.0
    clip_norm: Positive | None = None
    clip_value: Positive | None = None
    target: Literal["raw", "standardise"] = "raw"
    class_weights: Literal["balanced"] | tuple[Positive, ...] | None = None
    stopping: Stopping | None = None
    split: Split = Split()
    snapshots: Epochs | None = None
    eval_every: Count | None = None
    precision: Literal["float32", "float64"] = "float32"

    @model_validator(mode="after")
    def _consistent(self) -> "Training":
        if self.stopping is not None and self.split.validation == 0:
            raise ValueError(
                "stopping needs validation rows, got split.validation = 0. Set, for example, "
                "training.split.validation = 0.15."
            )
        if self.epochs and self.schedule.warmup >= self.epochs:
            raise ValueError(
                f"schedule.warmup must be less than the {self.epochs} epochs, got "
                f"{self.schedule.warmup}: the rate would never reach lr."
            )
        if self.decoupled is False and self.optimizer.kind_name() == "adamw":
            raise ValueError(
                "decoupled must not be false for adamw, whose decay is decoupled. "
                "Use the optimizer 'adam' for coupled decay."
            )
        if self.class_weights is not None and self.loss.family == "value":
            raise ValueError(
                "class_weights must be left out for losses of numbers, got loss "
                f"{self.loss.kind_name()!r}. Use 'bce_logits' or 'cross_entropy'."
            )
        return self

    @model_validator(mode="after")
    def _snapshots_within_the_training(self) -> "Training":
        listed = self.snapshots if isinstance(self.snapshots, tuple) else ()
        late = [e for e in listed if e > self.epochs]
        if late:
            raise ValueError(
                f"snapshots must be epochs of 0 to {self.epochs}, as training.epochs says, got "
                f"{late[0]}."
            )
        return self

    @model_validator(mode="after")
    def _full_batch_stays_one_function(self) -> "Training":
        if not self.optimizer.full_batch:
            return self
        disturbing = ("batch_size", "dropout", "l1", "clip_norm", "clip_value", "decoupled")
        for name in disturbing:
            value = getattr(self, name)
            if value:
                raise ValueError(
                    f"{name} must be left out for the optimizer {self.optimizer.kind_name()!r}, "
                    "which compares the losses and slopes of one smooth function of all rows, "
                    f"got {value!r}. Use the optimizer 'adam' with it."
                )
        return self

    @model_validator(mode="after")
    def _a_target_that_can_be_scaled(self) -> "Training":
        if self.target == "raw":
            return self
        if self.loss.family != "value":
            raise ValueError(
                "target must be 'raw' for losses of labels, got 'standardise' with the loss "
                f"{self.loss.kind_name()!r}."
            )
        if self.loss.kind_name() == "percentage":
            raise ValueError(
                "target must be 'raw' for the loss 'percentage', which divides by the size of the "
                "target. Use the loss 'mse' with 'standardise'."
            )
        return self

    @property
    def is_decoupled(self) -> bool:
        """Whether the decay is decoupled from the gradient."""
        if self.decoupled is None:
            return self.optimizer.kind_name() == "adamw"
        return self.decoupled

    def rates(self) -> list[float]:
        """Return the learning rate of each epoch."""
        return list(_rates(self.lr, self.schedule, self.epochs))

    @property
    def eval_step(self) -> int:
        """Epochs between two rows of the history, see `eval_every`."""
        if self.eval_every is not None:
            return self.eval_every
        return 1 if self.stopping is not None else max(1, self.epochs // 100)

    def evaluated(self) -> list[int]:
        """Return the epochs that have a row in the history: 0, every so many, and the last."""
        return [*range(0, self.epochs, self.eval_step), self.epochs]

    def snapshot_epochs(self) -> list[int]:
        """Return the epochs after which the weights are kept, ascending, see `snapshots`."""
        if self.snapshots is None:
            return []
        if not isinstance(self.snapshots, int):
            return sorted({*self.snapshots})
        n = min(self.snapshots - 1, self.epochs)
        if n < 1:
            return [0]
        return sorted({round(i * self.epochs / n) for i in range(n + 1)})
