"""Errors of data and settings: empty loaders, unequal lengths, refused settings."""

from __future__ import annotations

import re

from learnscope.doctor.explaining.base import Explanation, Failure, Rule


def _empty(failure: Failure, match: re.Match[str]) -> Explanation | None:
    # A division by zero may be anything; this one is about a loader.
    if "num_samples" not in match[0] and not re.search(r"load|len\(|next\(|batch", failure.line):
        return None
    return Explanation(
        slug="empty-loader",
        title="There are no batches",
        why="A loader with drop_last gives floor(n / batch_size) batches, which is none where the "
        "batch is larger than the data. A mean over none of them cannot be taken.",
        change="Make batch_size at most n, or leave drop_last=False.",
        expected="at least one batch",
        got="none",
    )


def _lengths(failure: Failure, match: re.Match[str]) -> Explanation:
    return Explanation(
        slug="misaligned-targets",
        title="Inputs and targets have unequal numbers of rows",
        why="A TensorDataset pairs row i of one with row i of the other. Rows were dropped, or "
        "split, in one of them alone.",
        change="Drop and split rows of both at once: X, y = X[keep], y[keep].",
        expected="equal lengths",
        got="unequal ones",
    )


def _rate(failure: Failure, match: re.Match[str]) -> Explanation:
    return Explanation(
        slug="bad-setting",
        title=f"A learning rate of {match[1]}",
        why="A step is the rate times the negative gradient: with a negative rate the loss would "
        "rise. Look also whether positional arguments were given in the wrong order.",
        change="Name the argument: lr=1e-3.",
        expected="> 0",
        got=match[1],
    )


def _weights(failure: Failure, match: re.Match[str]) -> Explanation:
    return Explanation(
        slug="weights-do-not-fit",
        title="Weights of another model are loaded",
        why="Names and shapes in the file must be those of the model. PyTorch lists what differs.",
        change="Make the model with the settings of the one that was saved.",
        expected="equal names and shapes",
        got=match[0],
    )


RULES: tuple[Rule, ...] = (
    (r"num_samples should be a positive integer value, but got num_samples=0", _empty),
    (r"StopIteration|ZeroDivisionError|float division by zero|division by zero", _empty),
    (r"Size mismatch between tensors", _lengths),
    (r"Invalid learning rate: (\S+)", _rate),
    (r"Error\(s\) in loading state_dict for \w+", _weights),
)
