"""Errors of losses: the target has another shape, kind or range than the loss takes."""

from __future__ import annotations

import re

from learnscope.doctor.explaining.base import Explanation, Failure, Rule, shape


def _inputs(failure: Failure, otherwise: str = "") -> str:
    return failure.layer.inputs if failure.layer else otherwise


def _size(failure: Failure, match: re.Match[str]) -> Explanation:
    target, output = shape(match[1]), shape(match[2])
    change = "Give the target the output's shape: y.view_as(output)."
    if len(output) == len(target) + 1 and output[-1] == 1:
        change = "Give the target the output's shape: y.unsqueeze(1), or output.squeeze(1)."
    return Explanation(
        slug="shape-mismatch",
        title=f"The target has the shape {target}, the output {output}",
        why="This loss compares value by value, so each output needs a target of its own. "
        "Where shapes differ, (n, 1) and (n,) would meet as all n x n pairs.",
        change=change,
        expected=str(output),
        got=str(target),
    )


def _not_long(failure: Failure, match: re.Match[str]) -> Explanation:
    return Explanation(
        slug="dtype-mismatch",
        title=f"Class numbers are {match[1].lower()}, not int64",
        why="Cross-entropy picks the output of the right class by its number, which must be an "
        "integer of 64 bits. For real-valued targets it is the wrong loss: use MSELoss.",
        change="y = y.long()",
        expected="int64",
        got=match[1],
    )


def _probabilities(failure: Failure, match: re.Match[str]) -> Explanation:
    return Explanation(
        slug="shape-mismatch",
        title="Cross-entropy gets an output without an axis of classes",
        why="It takes outputs (n, k) and class numbers (n,); where both have one shape, it takes "
        f"the target for probabilities. The shapes are {_inputs(failure)}.",
        change="Give the last layer k outputs, or for two classes use BCEWithLogitsLoss with "
        "y.float().",
        expected="(n, k) and (n,)",
        got=_inputs(failure),
    )


def _multi(failure: Failure, match: re.Match[str]) -> Explanation:
    return Explanation(
        slug="shape-mismatch",
        title="Class numbers have an axis too many",
        why="Cross-entropy takes outputs (n, k) and class numbers (n,). "
        f"The shapes are {_inputs(failure)}.",
        change="y = y.squeeze(1); for one-hot rows y.argmax(1)",
        expected="(n, k) and (n,)",
        got=_inputs(failure),
    )


def _out_of_range(failure: Failure, match: re.Match[str]) -> Explanation:
    number = int(match[1])
    sizes = shape(_inputs(failure).partition(")")[0])
    k = sizes[1] if len(sizes) > 1 else None
    known = "" if k is None else f" The output has {k} columns: classes 0 to {k - 1}."
    change = "Number the classes from 0: torch.unique(y, return_inverse=True)[1]."
    if k is not None and number >= k:
        change = (
            f"Give the last layer {number + 1} outputs, or number the classes from 0 (y - y.min())."
        )
    return Explanation(
        slug="target-out-of-range",
        title=f"There is a class {number} that has no output",
        why=f"Cross-entropy picks column y of the output, so 0 <= y < k must hold.{known}",
        change=change,
        expected="0 <= y < k" if k is None else f"0 <= y < {k}",
        got=str(number),
    )


def _batch(failure: Failure, match: re.Match[str]) -> Explanation:
    got, wanted = match[1], match[2]
    return Explanation(
        slug="shape-mismatch",
        title=f"The output has {got} rows, the target {wanted}",
        why="Each row of the output is held against the target of the same row. A reshape with "
        f"-1 in the model often mixes rows and features; the shapes are {_inputs(failure)}.",
        change="Keep the axis of the rows in every reshape: x.view(x.size(0), -1).",
        expected=f"{wanted} rows",
        got=f"{got} rows",
    )


def _interval(failure: Failure, match: re.Match[str]) -> Explanation:
    if match[1] == "target":
        return Explanation(
            slug="target-out-of-range",
            title="Targets of a binary cross-entropy lie outside of [0, 1]",
            why="-(y log p + (1 - y) log(1 - p)) is a likelihood for y in [0, 1] only. Elsewhere "
            "it has no lower bound.",
            change="Make the labels 0 and 1, for example y = (y > 0).float().",
            expected="[0, 1]",
            got="values outside",
        )
    return Explanation(
        slug="output-range",
        title="BCELoss gets outputs that are no probabilities",
        why="-(y log p + (1 - y) log(1 - p)) needs p in [0, 1], and the last layer gives any "
        "number. NaN is outside as well: look for divergence if this came late.",
        change="Use nn.BCEWithLogitsLoss(), which applies the sigmoid itself.",
        expected="[0, 1]",
        got="values outside",
    )


def _not_float(failure: Failure, match: re.Match[str]) -> Explanation:
    return Explanation(
        slug="dtype-mismatch",
        title="The target is of integers where the loss computes with reals",
        why="Losses that compare value by value need both in one floating-point type. "
        "Class numbers as integers belong to CrossEntropyLoss alone.",
        change="y = y.float()",
        expected="float32",
        got="int64",
    )


RULES: tuple[Rule, ...] = (
    (
        r"[Tt]arget size \((torch\.Size\(\[[\d, ]*\]\))\).*(?:same as|different to the) input size "
        r"\((torch\.Size\(\[[\d, ]*\]\))\)",
        _size,
    ),
    (r"expected target dtype to be Long or Byte, but got (\w+)", _not_long),
    (r"expected scalar type Long but found (\w+)", _not_long),
    (r"Expected floating point type for target with class probabilities", _probabilities),
    (r"multi-target not supported", _multi),
    (r"Target (-?\d+) is out of bounds", _out_of_range),
    (r"Expected input batch_size \((\d+)\) to match target batch_size \((\d+)\)", _batch),
    (r"all elements of (input|target) should be between 0 and 1", _interval),
    (r"result type Float can't be cast to the desired output type Long", _not_float),
    (r"Found dtype Long but expected Float", _not_float),
)
