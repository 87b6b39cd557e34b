"""Errors of kinds and places: number types, devices, what is no tensor."""

from __future__ import annotations

import re

from learnscope.doctor.explaining.base import Explanation, Failure, Rule


def _dtypes(failure: Failure, match: re.Match[str]) -> Explanation:
    got, wanted = match[1], match[2]
    return Explanation(
        slug="dtype-mismatch",
        title=f"{failure.at()} gets {got.lower()} numbers, its weights are {wanted.lower()}",
        why="Arrays of NumPy are of 64 bits by default, layers of 32. PyTorch does not convert "
        "between them by itself.",
        change="x = x.float()",
        expected=wanted,
        got=got,
    )


def _indices(failure: Failure, match: re.Match[str]) -> Explanation:
    return Explanation(
        slug="dtype-mismatch",
        title=f"{failure.at()} gets real numbers as row numbers",
        why="An embedding looks rows up by their number. Real numbers are no row numbers.",
        change="x = x.long()",
        expected="int64",
        got=match[1],
    )


def _vocabulary(failure: Failure, match: re.Match[str]) -> Explanation:
    return Explanation(
        slug="target-out-of-range",
        title=f"{failure.at()} is asked for a row that it does not have",
        why="An embedding of n rows knows the numbers 0 to n - 1. "
        f"It was made with {failure.layer.detail if failure.layer else 'fewer rows'}.",
        change="Make num_embeddings one more than the largest number: int(x.max()) + 1.",
        expected="0 <= x < num_embeddings",
        got="a larger or a negative number",
    )


def _devices(failure: Failure, match: re.Match[str]) -> Explanation:
    return Explanation(
        slug="device-mismatch",
        title="Tensors on different devices meet",
        why="An operation needs all its tensors on one device. model.to(device) moves the model in "
        "place, x.to(device) gives a new tensor that must be kept.",
        change="x, y = x.to(device), y.to(device) in the loop, with the model's device",
        expected="one device",
        got=match[0],
    )


def _no_gpu(failure: Failure, match: re.Match[str]) -> Explanation:
    return Explanation(
        slug="device-mismatch",
        title="There is no GPU that this PyTorch can use",
        why="The program asks for CUDA. This machine or this build of PyTorch has none.",
        change='device = "cuda" if torch.cuda.is_available() else "cpu"',
        expected="cuda",
        got="cpu alone",
    )


def _no_tensor(failure: Failure, match: re.Match[str]) -> Explanation:
    kind = match[1]
    change = "Turn it into one: torch.as_tensor(x, dtype=torch.float32)."
    if kind == "tuple":
        change = "Take the part you mean: out, state = rnn(x), then use out (or out[:, -1])."
    return Explanation(
        slug="dtype-mismatch",
        title=f"{failure.at()} gets a {kind}, not a tensor",
        why="Layers and losses work on tensors alone. Recurrent layers return a pair: the outputs "
        "of all steps, and the last state.",
        change=change,
        expected="Tensor",
        got=kind,
    )


def _objects(failure: Failure, match: re.Match[str]) -> Explanation:
    return Explanation(
        slug="non-finite-data",
        title="An array of Python objects is no table of numbers",
        why="A column of the table holds text or None, so NumPy keeps objects. "
        "A tensor has numbers only.",
        change="Turn text into codes and fill the gaps first; then .astype('float32').",
        expected="numbers",
        got="objects",
    )


def _no_forward(failure: Failure, match: re.Match[str]) -> Explanation:
    kind = match[1]
    change = "Define forward(self, x); mind its spelling and its indentation."
    if kind in {"ModuleList", "ModuleDict"}:
        change = "Call its parts one after the other, or use nn.Sequential."
    return Explanation(
        slug="no-forward",
        title=f"{kind} cannot be called",
        why="Calling a module runs its forward(), and this one has none.",
        change=change,
        expected="forward()",
        got="none",
    )


def _no_super(failure: Failure, match: re.Match[str]) -> Explanation:
    return Explanation(
        slug="unregistered-parameters",
        title="A layer is assigned before nn.Module was set up",
        why="nn.Module.__init__ makes the lists in which layers and parameters are registered. "
        "It must come first.",
        change="super().__init__() as the first line of __init__",
        expected="super().__init__()",
        got="none before the first layer",
    )


def _truth(failure: Failure, match: re.Match[str]) -> Explanation:
    return Explanation(
        slug="shape-mismatch",
        title="A tensor of many values is used as one",
        why="A condition needs one truth value. nn.CrossEntropyLoss(output, y) also ends here: it "
        "makes a loss and takes the tensors for its settings.",
        change="nn.CrossEntropyLoss()(output, y), or .all() / .any() / .item() in a condition",
        expected="one value",
        got="many",
    )


def _scalar(failure: Failure, match: re.Match[str]) -> Explanation:
    return Explanation(
        slug="loss-not-scalar",
        title=f"item() of {match[1]} values",
        why="item() is the number in a tensor of one. This loss was not averaged.",
        change="loss.mean().item(); reduction='mean'",
        expected="1 value",
        got=f"{match[1]} values",
    )


RULES: tuple[Rule, ...] = (
    (r"mat1 and mat2 must have the same dtype, but got (\w+) and (\w+)", _dtypes),
    (r"[Ii]nput type \((\S+)\) and (?:weight|bias) type \((\S+)\) should be the same", _dtypes),
    (r"expected m1 and m2 to have the same dtype, but got: (\w+) != (\w+)", _dtypes),
    (r"expected scalar type (\w+) but found (\w+)", _dtypes),
    (r"'indices' to have one of the following scalar types: .*got (\S+) instead", _indices),
    (r"index out of range in self", _vocabulary),
    (
        r"[Ee]xpected all tensors to be on the same device.*|is not on the expected device.*",
        _devices,
    ),
    (r"Torch not compiled with CUDA enabled|No CUDA GPUs are available|no NVIDIA driver", _no_gpu),
    (r"must be Tensor, not ([\w.]+)", _no_tensor),
    (r"type numpy\.object_", _objects),
    (r'Module \[(\w+)\] is missing the required "forward" function', _no_forward),
    (r"cannot assign (?:module|parameters) before Module\.__init__\(\) call", _no_super),
    (r"Boolean value of Tensor with more than one value is ambiguous", _truth),
    (r"a Tensor with (\d+) elements cannot be converted to Scalar", _scalar),
)
