"""Between labels and outputs: how many outputs there are, what they mean, who decides.

The loss says what the outputs are compared with. Numbers are learned as they are; labels under
a loss of numbers become 0 and 1 (one column for two classes, cut at 1/2) or one column for each
class (the largest decides).
"""

from dataclasses import dataclass, replace

import numpy as np

from learnscope.arrays import Array, Ints
from learnscope.errors import InputError
from learnscope.problems.base import Sample, Task
from learnscope.special import sigmoid, softmax
from learnscope.training.losses import Family, Loss


@dataclass(frozen=True, kw_only=True, slots=True)
class Head:
    """What the outputs of a network stand for.

    Attributes:
        task: "regression" or "classification".
        family: what the loss compares, see `Loss`.
        outputs: names of the targets or of the classes.
        logits: whether outputs are scores before the sigmoid or softmax.
        shift: subtracted from each number to predict, k of them; () for 0.
        scale: what the difference is divided by; () for 1.
    """

    task: Task
    family: Family
    outputs: tuple[str, ...]
    logits: bool
    shift: tuple[float, ...] = ()
    scale: tuple[float, ...] = ()

    @property
    def n_outputs(self) -> int:
        """Width of the network's output."""
        if self.task == "regression":
            return len(self.outputs)
        if self.family == "binary":
            return 1
        return 1 if self.family == "value" and len(self.outputs) == 2 else len(self.outputs)

    def encode(self, y: Array) -> Array:
        """Return the target the loss compares with: (n, k), or (n,) int64 classes.

        Numbers are float64, or float32 where they came as such and are not scaled.
        """
        if self.task == "regression":
            single = y.dtype == np.float32 and not self.scale
            numbers = y if single else np.asarray(y, dtype=np.float64)
            return (numbers - self.shift) / self.scale if self.scale else numbers
        if self.family == "class":
            return np.asarray(y, dtype=np.int64)
        if self.n_outputs == 1:
            return np.asarray(y, dtype=np.float64)[:, None]
        return np.eye(len(self.outputs))[y]

    def decode(self, output: Array) -> Array:
        """Return the network's outputs (n, k) in the units of the target.

        Scores of numbers, which an autoencoder with the loss `bce_logits` has, become shares in
        [0, 1]. The dtype stays where nothing is scaled. Else it is float64: single precision
        would lose differences that are small beside the shift.
        """
        if self.task == "regression" and self.logits:
            return np.asarray(sigmoid(output))
        if not self.scale:
            return output
        return np.asarray(output, dtype=np.float64) * self.scale + self.shift

    @property
    def threshold(self) -> float:
        """Output above which the second of two classes is chosen (one output only)."""
        return 0.0 if self.logits else 0.5

    def labels(self, output: Array) -> Ints:
        """Return the class (n,) that the outputs (n, k) decide for."""
        if self.n_outputs == 1:
            return (output[:, 0] > self.threshold).astype(np.int64)
        return np.asarray(np.argmax(output, axis=1), dtype=np.int64)

    def shares(self, output: Array) -> Array:
        """Return (n, c) in [0, 1], rows summing to 1: the network's belief in each class.

        Outputs that were trained as numbers are clipped to [0, 1] (one column) or to >= 0 and
        divided by their sum: they are for pictures, not calibrated probabilities.
        """
        out = np.asarray(output, dtype=np.float64)
        if self.n_outputs == 1:
            p = sigmoid(out[:, 0]) if self.logits else np.clip(out[:, 0], 0.0, 1.0)
            return np.stack((1 - p, p), axis=1)
        if self.family == "class":
            # Scores and log-probabilities alike: softmax leaves the latter as they are.
            return np.asarray(softmax(out))
        out = np.clip(out, 0.0, None)
        total = out.sum(axis=1, keepdims=True)
        return np.where(total > 0, out / np.where(total > 0, total, 1.0), 1 / out.shape[1])


LOGITS = {"bce_logits", "cross_entropy"}
"""Losses that apply the sigmoid or softmax themselves."""


def fit_head(head: Head, y: Array, *, together: bool = False) -> Head:
    """Return the head that shifts and scales numbers to mean 0 and sd 1 on the training rows.

    Args:
        head: for numbers; one for classes comes back as it is.
        y: (n, k) targets of the training rows. A column that is constant is only shifted.
        together: one mean and one sd for all columns: they are steps of one series.
    """
    if head.task == "classification":
        return head
    if together and np.ptp(y) > 0:
        k = y.shape[1]
        return replace(head, shift=(float(y.mean()),) * k, scale=(float(y.std()),) * k)
    sd = np.where(np.ptp(y, axis=0) > 0, y.std(axis=0), 1.0)
    return replace(head, shift=tuple(y.mean(axis=0).tolist()), scale=tuple(sd.tolist()))


def make_head(loss: Loss, sample: Sample, *, own_inputs: bool = False) -> Head:
    """Return the head for a loss on a sample; refuse a loss that does not fit the labels.

    `own_inputs` says that the targets are the network's own inputs, which the losses of two
    classes take too, where they are in [0, 1].
    """
    name = loss.kind_name()
    if sample.task == "regression" and loss.family != "value" and not own_inputs:
        raise InputError(
            f"training.loss = {name!r} needs labels, and the target {', '.join(sample.outputs)} "
            "is a number. Use 'mse', 'l1' or 'huber'."
        )
    if loss.family == "binary" and len(sample.outputs) != 2 and not own_inputs:
        raise InputError(
            f"training.loss = {name!r} is for two classes, and the problem has "
            f"{len(sample.outputs)}. Use 'cross_entropy'."
        )
    if sample.task == "classification" and name == "percentage":
        raise InputError(
            "training.loss = 'percentage' divides by the size of the target, which for labels is 0 "
            "or 1. Use 'bce_logits' or 'cross_entropy'."
        )
    if own_inputs and loss.family == "binary":
        _check_shares(str(name), sample.y)
    return Head(
        task=sample.task,
        family=loss.family,
        outputs=sample.outputs,
        logits=name in LOGITS,
    )


def _check_shares(loss: str, y: Array) -> None:
    """Refuse inputs (n, k) that are not in [0, 1] as targets of a loss of shares."""
    bad = np.flatnonzero(~((y >= 0) & (y <= 1)).all(axis=1))
    if len(bad):
        low, high = float(y.min()), float(y.max())
        raise InputError(
            f"training.loss = {loss!r} needs inputs in [0, 1] to reconstruct, got {low:g} to "
            f"{high:g} ({len(bad)} rows outside, first: row {bad[0]}). Scale the inputs to [0, 1], "
            "or use the loss 'mse'."
        )
