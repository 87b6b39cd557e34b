"""What examples are compared by: their pixels, or what a trained network makes of them."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from learnscope.arrays import Array, Ints
from learnscope.errors import DataError, InputError
from learnscope.problems.base import Sample
from learnscope.search.index import Index, blocks, build_index, first_of_each
from learnscope.search.metrics import MetricName
from learnscope.trained import Trained
from learnscope.training.split import PARTS

INPUTS = ("pixels", "inputs")
"""Names of the space of the inputs themselves, for images and for other rows."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Space:
    """A way to make codes of examples.

    Attributes:
        name: "pixels" (for rows that are no images: "inputs"), "codes" or "layer 2".
        encode: maps raw inputs (m, d), as the data set holds them, to codes (m, h). The
            network's own preprocessing is applied, so that its codes are those of the scale it
            was trained on.
    """

    name: str
    encode: Callable[[Array], Array]


def space_of(trained: Trained, by: str | None = None) -> Space:
    """Return the space that is meant.

    Args:
        trained: the network.
        by: "pixels" (or "inputs"), "codes" (the code layer of an autoencoder), or "layer 1" and
            so on, a hidden layer. Left out: the codes where there are some, else the last hidden
            layer, else the pixels.

    Raises:
        InputError: the network has no such layer.
        DataError: the member diverged, and its layers say nothing.
    """
    layer = _layer(trained, by)
    if layer is None:
        name = INPUTS[0] if trained.member.sample.shape is not None else INPUTS[1]
        return Space(name=name, encode=np.asarray)
    if trained.diverged:
        raise DataError(
            f"The member of seed {trained.result.seed} diverged: its codes are not finite. Choose "
            "another member, or search by pixels."
        )
    named = "codes" if layer == trained.member.network.code else f"layer {layer + 1}"
    return Space(name=named, encode=lambda x: _encode(trained, layer, x))


def index_of(
    trained: Trained,
    by: str | None = None,
    *,
    metric: MetricName = "cosine",
    part: str = "all",
) -> Index:
    """Return an index of the examples of a member's data set.

    Args:
        trained: the network and its data.
        by: what to compare, see `space_of`.
        metric: "cosine" or "euclidean".
        part: "train", "validation" or "test" rows alone, or "all". Rows keep the numbers they
            have in the data set.

    Raises:
        InputError: there is no such layer or part.
    """
    member, space = trained.member, space_of(trained, by)
    sample = member.sample
    if part == "all":
        numbers, x = np.arange(len(sample)), sample.x
    else:
        numbers = _rows(trained, part)
        x = sample.x[numbers]
    labels, classes = labels_of(sample)
    codes = space.encode(x)
    if space.name not in INPUTS:
        codes = alike(codes, x)
    return build_index(
        codes,
        metric=metric,
        space=space.name,
        labels=None if labels is None else labels[numbers],
        classes=classes,
        numbers=numbers,
    )


def alike(codes: Array, x: Array) -> Array:
    """Return codes (m, h) that are equal, bit for bit, wherever the inputs (m, d) are.

    A matrix product may round a row otherwise at another place of a block.
    """
    first = first_of_each(x)
    again = np.flatnonzero(first != np.arange(len(x)))
    codes[again] = codes[first[again]]
    return codes


def labels_of(sample: Sample) -> tuple[Ints | None, tuple[str, ...]]:
    """Return the classes (n,) of examples and their names, also where they are not the target."""
    if sample.task == "classification":
        return sample.y, sample.outputs
    return sample.labels, sample.classes


def _rows(trained: Trained, part: str) -> Array:
    rows = dict(trained.member.rows.items())
    if part not in rows:
        known = [name for name in PARTS if name in rows]
        raise InputError(f"part must be 'all' or one of {', '.join(known)}, got {part!r}.")
    return rows[part]


def _layer(trained: Trained, by: str | None) -> int | None:
    """Return which of the activations is meant, None for the inputs."""
    network = trained.member.network
    n_hidden = len(network.units)
    if by is None:
        last = n_hidden - 1 if n_hidden else None
        return last if network.code is None else network.code
    word = by.strip().lower()
    if word in INPUTS:
        return None
    if word in {"codes", "code"}:
        if network.code is None:
            raise InputError(
                f"by = {by!r} needs an autoencoder, and this model is: "
                f"{trained.member.experiment.model.sentence()}. Use 'pixels', or a hidden layer "
                "such as 'layer 1'."
            )
        return network.code
    number = re.fullmatch(r"layer[ _-]?(\d+)", word)
    if number is None:
        raise InputError(f"by must be 'pixels', 'codes' or 'layer 1' and so on, got {by!r}.")
    if not 1 <= int(number[1]) <= n_hidden:
        has = f"layers 1 to {n_hidden}" if n_hidden else "none"
        raise InputError(f"by = {by!r}: there is no such hidden layer; the network has {has}.")
    return int(number[1]) - 1


def _encode(trained: Trained, layer: int, x: Array) -> Array:
    """Return activations of a layer (m, h), worked out block by block; maps are laid flat."""
    rows = np.asarray(x)
    if not len(rows):
        raise DataError("There are no examples to make codes of.")
    parts = [trained.activations(rows[part])[layer] for part in blocks(len(rows))]
    codes = np.concatenate(parts)
    return codes.reshape(len(codes), math.prod(codes.shape[1:]))
