"""Scores of outputs on test rows; each is defined here again, apart from the package's own."""

from torch import Tensor


def classes(out: Tensor, y: Tensor) -> float:
    """Return the share of rows whose largest output is that of the label."""
    return float((out.reshape(len(y), -1).argmax(1) == y.reshape(-1)).double().mean())


def logit(out: Tensor, y: Tensor) -> float:
    """Return the share of entries where the sign of the logit agrees with the label 0 or 1."""
    return float(((out.reshape(-1) > 0) == (y.reshape(-1) > 0.5)).double().mean())


def probability(out: Tensor, y: Tensor) -> float:
    """Return the share of entries where the probability is on the label's side of a half."""
    return float(((out.reshape(-1) > 0.5) == (y.reshape(-1) > 0.5)).double().mean())


def balanced(out: Tensor, y: Tensor) -> float:
    """Return the mean recall of the classes."""
    hit, found = (out.argmax(1) == y).double(), sorted(set(y.tolist()))
    return sum(float(hit[y == c].mean()) for c in found) / len(found)


def balanced_logit(out: Tensor, y: Tensor) -> float:
    """Return the mean recall of the classes 0 and 1 of one logit."""
    said, truth = out.reshape(-1) > 0, y.reshape(-1) > 0.5
    return float((said[truth].double().mean() + (~said[~truth]).double().mean()) / 2)


def r2(out: Tensor, y: Tensor) -> float:
    """Return 1 - squared error / variance, averaged over outputs."""
    o, t = out.reshape(y.shape).double(), y.double()
    return float(1 - (o - t).square().sum() / (t - t.mean(0)).square().sum())
