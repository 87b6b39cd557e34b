"""Codes: where an autoencoder puts the examples, coloured by their class."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from learnscope.arrays import Array
from learnscope.measures.components import principal_components
from learnscope.models.coding import encode
from learnscope.trained import Trained
from learnscope.views.base import View, refuse
from learnscope.views.curve_axes import data_limits
from learnscope.views.images import class_of_rows, seen
from learnscope.views.points import Points, draw_points, legend_handles
from learnscope.views.record import (
    Record,
    choose,
    members,
    no_finite_member,
    part_of_rows,
)
from learnscope.views.style import house_style, legend_beside, one_panel, set_title

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class CodesArrays:
    """What the picture is drawn from; `n` rows that train, validate or test.

    Attributes:
        record: texts of the run.
        chosen: the member.
        points: the codes in a plane; classes where they are known, else one for all.
        labels: names of the two axes.
        width: numbers of a code.
        still: how many of them are the same for all rows: dead units.
        shares: (2,) share of the variance of the codes along each axis.
    """

    record: Record
    chosen: str
    points: Points
    labels: tuple[str, str]
    width: int
    still: int
    shares: Array


def obstacle(trained: Sequence[Trained]) -> str:
    """Say why there is no such picture: no finite member, or no autoencoder."""
    if text := no_finite_member("codes", trained):
        return text
    member = trained[0].member
    if member.network.code is not None:
        return ""
    kind = member.experiment.model.kind_name()
    return f"codes are those of an autoencoder, and this {kind} model is none. Use 'units'."


def compute(trained: Sequence[Trained], *, seed: int | None = None) -> CodesArrays:
    """Encode all rows of one member; more than two numbers go to their principal components.

    Where the code is one number, the error of each row is the height.
    """
    _, record = members(trained)
    refuse(obstacle(trained))
    t, chosen = choose(trained, seed)
    used = np.flatnonzero(part_of_rows(t) >= 0)
    codes = encode(t.member.network, t.result.parameters, seen(t, used)).astype(np.float64)
    xy, labels, shares = _plane(codes)
    if codes.shape[1] == 1:
        off = t.output(t.member.sample.x[used]) - t.member.sample.y[used]
        xy = np.stack((codes[:, 0], np.square(off).mean(axis=1)), axis=1)
    classes, names = class_of_rows(t)
    return CodesArrays(
        record=record,
        chosen=chosen,
        points=Points(
            xy=xy,
            y=np.zeros(len(used), dtype=np.int64) if classes is None else classes[used],
            part=part_of_rows(t)[used],
            task="classification",
            outputs=names or ("rows",),
        ),
        labels=labels,
        width=codes.shape[1],
        still=int((np.ptp(codes, axis=0) == 0).sum()),
        shares=shares,
    )


def _plane(codes: Array) -> tuple[Array, tuple[str, str], Array]:
    """Return codes (n, c) in a plane (n, 2), the names of its axes, shares of the variance.

    One number alone stays (n, 1).
    """
    if codes.shape[1] == 1:
        return codes, ("code", "mean squared error of the row"), np.array([1.0, 0.0])
    found = principal_components(codes, 2)
    total = float(found.variances.sum())
    if codes.shape[1] == 2:
        shares = codes.var(axis=0) / (total or 1.0)
        return codes, ("first number of the code", "second number"), shares
    shares = found.variances[:2] / (total or 1.0)
    first, second = (
        f"{word} principal component ({share:.0%} of the variance)"
        for word, share in zip(("first", "second"), shares, strict=True)
    )
    return found.encode(codes), (first, second), shares


def draw(arrays: CodesArrays) -> Figure:
    """Draw the codes: one colour and marker for each class, solid for test rows."""
    with house_style():
        figure, axes = one_panel(4.6, beside=True)
        draw_points(axes, arrays.points)
        xy = arrays.points.xy
        axes.set(
            xlabel=arrays.labels[0], ylabel=arrays.labels[1],
            xlim=data_limits(xy[:, 0]), ylim=data_limits(xy[:, 1]),
        )  # fmt: skip
        legend_beside(axes, legend_handles(arrays.points))
        what = f"Codes of the {arrays.record.short_model()}"
        texts = (what, arrays.record.missing(), _still(arrays), arrays.chosen)
        set_title(figure, texts, arrays.record.note())
        return figure


def _still(arrays: CodesArrays) -> str:
    word = "number is" if arrays.width == 1 else "numbers are"
    return f"{arrays.still} of {arrays.width} {word} dead" if arrays.still else ""


def describe(arrays: CodesArrays) -> str:
    """Return one sentence with the key numbers of the picture."""
    shown = f"the axes hold {arrays.shares.sum():.0%} of their variance"
    return (
        f"Codes of {len(arrays.points.y)} rows ({arrays.chosen}), {arrays.width} numbers each, "
        f"{arrays.still} of them the same for all rows; {shown}."
    )


CODES = View(
    name="codes",
    purpose="where the autoencoder puts the examples, coloured by class",
    obstacle=obstacle,
    compute=compute,
    draw=draw,
    describe=describe,
)
