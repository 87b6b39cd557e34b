"""Errors of shapes: a layer or an operation got sizes that it cannot work with."""

from __future__ import annotations

import re

from learnscope.doctor.explaining.base import Explanation, Failure, Rule, shape

SLUG = "shape-mismatch"


def _linear(failure: Failure, match: re.Match[str]) -> Explanation:
    rows, got, wanted, out = (int(n) for n in match.groups())
    layer = failure.layer
    if layer is None or layer.kind != "Linear":
        return Explanation(
            slug=SLUG,
            title=f"({rows}, {got}) cannot be multiplied by ({wanted}, {out})",
            why="A matrix product needs as many columns on the left as there are rows on the "
            f"right: (n, m) @ (m, k) = (n, k). Here these are {got} and {wanted}.",
            change="Transpose one of them (.T) or give it the other's size.",
            expected=f"({rows}, {wanted})",
            got=f"({rows}, {got})",
        )
    given = shape(layer.inputs)
    size = 1
    for n in given[1:]:
        size *= n
    if len(given) > 2 and (size == wanted or got != wanted):
        return _unflattened(failure, given, size, wanted, out)
    return Explanation(
        slug=SLUG,
        title=f"{failure.at()} gets {got} features and expects {wanted}",
        why=f"Linear({wanted}, {out}) computes x W^T + b and takes rows of {wanted} numbers. "
        f"What comes in has the shape {layer.inputs}.",
        change=f"Make it Linear({got}, {out}), or make the layer before it give {wanted} features.",
        expected=f"(n, {wanted})",
        got=layer.inputs,
    )


def _unflattened(
    failure: Failure, given: tuple[int, ...], size: int, wanted: int, out: int
) -> Explanation:
    fits = f"flatten(x, 1) gives ({given[0]}, {size})"
    change = "Put nn.Flatten() before it: x = torch.flatten(x, 1)."
    if size != wanted:
        change = f"Put nn.Flatten() before it and make it Linear({size}, {out})."
    return Explanation(
        slug=SLUG,
        title=f"{failure.at()} gets maps of shape {given[1:]} and expects rows of {wanted}",
        why=f"A dense layer works along the last axis, which has {given[-1]} numbers here. "
        f"All axes but that of the rows belong in one: {fits}.",
        change=change,
        expected=f"(n, {wanted})",
        got=str(given),
    )


def _channels(failure: Failure, match: re.Match[str]) -> Explanation:
    given, wanted, got = shape(match[1]), int(match[2]), int(match[3])
    last = len(given) > 1 and given[-1] == wanted
    change = f"Make its in_channels {got}, or give it {wanted} channels."
    if last:
        axes = "0, 3, 1, 2" if len(given) == 4 else "0, 2, 1"
        change = f"Put the channels second: x.permute({axes})."
    return Explanation(
        slug=SLUG,
        title=f"{failure.at()} gets {got} channels and expects {wanted}",
        why="A convolution takes (n, channels, height, width) and sums over its in_channels. "
        f"The input has the shape {given}.",
        change=change,
        expected=f"(n, {wanted}, ...)",
        got=str(given),
    )


def _conv_axes(failure: Failure, match: re.Match[str]) -> Explanation:
    given = shape(match[2])
    names = {"1": "(n, channels, length)", "2": "(n, channels, height, width)"}
    wanted = names.get(match[1], "(n, channels, depth, height, width)")
    change = "Add the axis of the channels: x.unsqueeze(1)."
    if len(given) == 2:
        change = "Bring rows back to images: x.view(-1, channels, height, width)."
    elif len(given) > 4:
        change = f"Drop the axis too many: x.flatten(0, {len(given) - 4})."
    return Explanation(
        slug=SLUG,
        title=f"{failure.at()} gets {len(given)} axes",
        why=f"Its input must be {wanted}. It has the shape {given}.",
        change=change,
        expected=wanted,
        got=str(given),
    )


def _too_small(failure: Failure, match: re.Match[str]) -> Explanation:
    return Explanation(
        slug="conv-collapse",
        title=f"{failure.at()} gets a map that is smaller than its window",
        why="A window of k gives maps of floor((m + 2 padding - k) / stride) + 1, and this one "
        f"would be empty. {_layers(failure)}",
        change="Use a smaller kernel or stride, padding, or one pooling less before it.",
        expected="a map at least as large as the window",
        got=failure.layer.inputs if failure.layer else match[0],
    )


def _layers(failure: Failure) -> str:
    sizes = [f"{s.layer or s.kind} {s.out}" for s in failure.layers if s.out]
    return f"The maps on the way: {', '.join(sizes)}." if sizes else "Maps shrink at every layer."


def _view(failure: Failure, match: re.Match[str]) -> Explanation:
    wanted, size = match[1], int(match[2])
    numbers = [int(n) for n in re.findall(r"-?\d+", wanted)]
    given = failure.layer.inputs if failure.layer else "?"
    return Explanation(
        slug=SLUG,
        title=f"{size} numbers do not fill the shape ({', '.join(map(str, numbers))})",
        why="view and reshape keep the number of values: the product of the new axes must be "
        f"{size}. The tensor has the shape {given}.",
        change="Keep the axis of the rows and let the rest follow: x.flatten(1), or "
        "x.view(x.size(0), -1).",
        expected=f"a shape with {size} values",
        got=wanted,
    )


def _strides(failure: Failure, match: re.Match[str]) -> Explanation:
    return Explanation(
        slug=SLUG,
        title="view() of a tensor whose axes were exchanged",
        why="view only reads memory in another way, which cannot be done after transpose or "
        "permute. Note that view would also mix the axes where it worked.",
        change="Write .reshape(...) in its place.",
        expected="a contiguous tensor",
        got=failure.layer.inputs if failure.layer else "",
    )


def _broadcast(failure: Failure, match: re.Match[str]) -> Explanation:
    a, b, axis = match.groups()
    given = failure.layer.inputs if failure.layer else f"{a} and {b}"
    return Explanation(
        slug=SLUG,
        title=f"Sizes {a} and {b} meet at axis {axis}",
        why="Values are paired from the last axis on, and two sizes go together only if they are "
        f"equal or one is 1. The shapes are {given}.",
        change="Give both the same shape: y = y.view_as(output).",
        expected="equal shapes",
        got=given,
    )


def _features(failure: Failure, match: re.Match[str]) -> Explanation:
    wanted, got = match["wanted"], match["got"]
    name = failure.layer.kind if failure.layer else "The layer"
    return Explanation(
        slug=SLUG,
        title=f"{failure.at()} gets {got} features and was made for {wanted}",
        why=f"{name} keeps numbers for each of its features, so their count is fixed when it is "
        f"made. The input has the shape {failure.layer.inputs if failure.layer else got}.",
        change=f"Make it {name}({got}), or mend the layer before it.",
        expected=wanted,
        got=got,
    )


def _rnn(failure: Failure, match: re.Match[str]) -> Explanation:
    wanted, got = match.groups()
    given = failure.layer.inputs if failure.layer else got
    return Explanation(
        slug=SLUG,
        title=f"{failure.at()} gets {got} features at each step and expects {wanted}",
        why="A recurrent layer takes (n, steps, features) with batch_first=True, and "
        f"(steps, n, features) without. The input is {given}.",
        change=f"Make its input_size {got}, or add the axis: x.unsqueeze(-1).",
        expected=f"(..., {wanted})",
        got=f"(..., {got})",
    )


def _hidden(failure: Failure, match: re.Match[str]) -> Explanation:
    return Explanation(
        slug=SLUG,
        title=f"{failure.at()} gets a state of another batch",
        why="The state has the shape (layers, n, hidden), where n is the number of rows of this "
        f"batch. Expected {match[1]}, got {match[2]}: mind the smaller last batch and batch_first.",
        change="Make the state from the batch: torch.zeros(layers, x.size(0), hidden), or leave "
        "it out.",
        expected=match[1],
        got=match[2],
    )


def _sizes(failure: Failure, match: re.Match[str]) -> Explanation:
    return Explanation(
        slug=SLUG,
        title="Tensors of unequal sizes are put together",
        why="cat needs equal sizes on all axes but the one it joins, stack on all of them. "
        f"{match[0]}.",
        change="Check the sizes of the parts, and which axis they are to be joined at.",
        expected="equal sizes",
        got=failure.layer.inputs if failure.layer else match[0],
    )


def _axis(failure: Failure, match: re.Match[str]) -> Explanation:
    given = failure.layer.inputs if failure.layer else "?"
    return Explanation(
        slug=SLUG,
        title="An axis is asked for that the tensor does not have",
        why="Axes are counted from 0, and -1 is the last one. The tensor has the shape "
        f"{given}: a squeeze() may have taken one too many.",
        change="Use dim=-1, and squeeze the named axis alone: .squeeze(1) or .squeeze(-1).",
        expected="an axis of the tensor",
        got=match[0],
    )


def _batch_norm(failure: Failure, match: re.Match[str]) -> Explanation:
    return Explanation(
        slug="batchnorm-statistics",
        title=f"{failure.at()} gets a batch of one row",
        why="In training, batch normalisation divides by the standard deviation of the batch, "
        f"which one row does not have. The input is {match[1]}.",
        change="DataLoader(..., drop_last=True), a larger batch, or model.eval() where you only "
        "predict.",
        expected="at least 2 rows",
        got=match[1],
    )


RULES: tuple[Rule, ...] = (
    (r"mat1 and mat2 shapes cannot be multiplied \((\d+)x(\d+) and (\d+)x(\d+)\)", _linear),
    (r"expected input(\[[\d, ]+\]) to have (\d+) channels, but got (\d+) channels", _channels),
    (r"input to conv(\d)d, but got input of size: (\[[\d, ]*\])", _conv_axes),
    (r"Kernel size can't be greater than actual input size", _too_small),
    (r"Output size is too small", _too_small),
    (r"shape '(\[[-\d, ]*\])' is invalid for input of size (\d+)", _view),
    (r"view size is not compatible with input tensor's size", _strides),
    (
        r"size of tensor a \((\d+)\) must match the size of tensor b \((\d+)\) at non-singleton "
        r"dimension (\d+)",
        _broadcast,
    ),
    (r"running_mean should contain (?P<got>\d+) elements not (?P<wanted>\d+)", _features),
    (r"normalized_shape=(?P<wanted>\[[\d, ]+\]).*got input of size(?P<got>\[[\d, ]+\])", _features),
    (r"expecting embedding dimension of (?P<wanted>\d+), but got (?P<got>\d+)", _features),
    (r"must be equal to input_size. Expected (\d+), got (\d+)", _rnn),
    (r"Expected hidden\S* size (\([\d, ]+\)), got (\[[\d, ]+\])", _hidden),
    (r"Sizes of tensors must match except in dimension \d+", _sizes),
    (r"stack expects each tensor to be equal size[^\n]*", _sizes),
    (r"Dimension out of range|too many indices for tensor of dimension \d+", _axis),
    (r"Expected more than 1 value per channel when training, got input size (.*)", _batch_norm),
)
