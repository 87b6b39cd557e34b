"""What a training gives back, the same from every route."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from learnscope.arrays import Array
from learnscope.errors import InputError, listing
from learnscope.models.network import Parameters

Status = Literal["trained", "stopped", "diverged", "budget"]

HISTORY = (
    "epoch",
    "train_loss_before",
    "train_loss",
    "validation_loss",
    "test_loss",
    "train_accuracy",
    "validation_accuracy",
    "test_accuracy",
    "gradient_norm",
    "weight_norm",
    "dead_units",
)
"""Columns of a history. Each is a float64 array (t,), t evaluated epochs, NaN where it does not
apply.

- epoch: number of epochs done; row 0 is before any update.
- train_loss_before: the epoch's mean over its rows of the loss taken before each update, with
  dropout; NaN in row 0. What most tutorials print.
- train_loss, validation_loss, test_loss: after the epoch's last update, without dropout.
- *_accuracy: share of right labels after the epoch; NaN for regression.
- gradient_norm: Euclidean norm of the gradient of the loss in the epoch's last update, before
  penalties and clipping; NaN in row 0.
- weight_norm: Euclidean norm of all parameters.
- dead_units: hidden units that give one and the same value on every training row.
"""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Snapshots:
    """The weights as they were after some epochs, see `Training.snapshots`.

    Attributes:
        epochs: s of them, ascending; those that the training has reached.
        parameters: name -> (s, ...) in the type of the training, {} where s = 0.
    """

    epochs: tuple[int, ...] = ()
    parameters: Parameters = field(default_factory=dict)

    def at(self, epoch: int) -> Parameters:
        """Return the weights after one of the epochs.

        Raises:
            InputError: there is no snapshot of that epoch.
        """
        if epoch not in self.epochs:
            has = f"it has {listing(map(str, self.epochs))}" if self.epochs else "it has none"
            raise InputError(
                f"There is no snapshot of epoch {epoch}: {has}. Epochs to keep are listed in "
                "training.snapshots before the training."
            )
        i = self.epochs.index(epoch)
        return {name: array[i] for name, array in self.parameters.items()}


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Result:
    """One trained member.

    Attributes:
        seed: the member's root seed.
        parameters: final weights, or those of the best epoch with early stopping.
        history: column -> (t,) float64, see `HISTORY`.
        status: "trained" all epochs; "stopped" early; "diverged" when a loss was not finite;
            "budget" when the time was up, see `seconds` of `train_members`: the weights are then
            those after the last update, also in the middle of an epoch.
        epochs: whole epochs that were done.
        best_epoch: epoch whose weights are kept; equals `epochs` without early stopping.
        cause: for "diverged", one sentence with the epoch and the cause; else None.
        seconds: time spent on this member.
        snapshots: weights kept on the way.
    """

    seed: int
    parameters: Parameters
    history: Mapping[str, Array]
    status: Status
    epochs: int
    best_epoch: int
    cause: str | None
    seconds: float
    snapshots: Snapshots = Snapshots()


@dataclass(frozen=True, kw_only=True, slots=True)
class PartProgress:
    """How far a part of a training is, such as a shard of a sweep.

    Attributes:
        key: tells it from the others.
        name: what it is of, a few words.
        members: members of it.
        share: of it that is done, in [0, 1].
    """

    key: str
    name: str
    members: int
    share: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Progress:
    """How far a training is; sent some times a second at most.

    Attributes:
        done: epochs done over all members.
        total: epochs in all.
        members_done: members finished.
        members: members in all.
        message: last thing worth saying, e.g. "compiling" or a loss; "" for none.
        share: of the work that is done, in [0, 1], by what its parts are estimated to cost; None
            where only the epochs are known.
        parts: those that are at work, where there are several.
    """

    done: int
    total: int
    members_done: int
    members: int
    message: str = ""
    share: float | None = None
    parts: tuple[PartProgress, ...] = ()


OnProgress = Callable[[Progress], None]
OnResult = Callable[[Result], None]
ShouldStop = Callable[[], bool]
