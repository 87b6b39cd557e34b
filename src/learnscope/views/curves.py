"""Curves: loss and accuracy over the epochs, their median and spread over the members."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from learnscope.arrays import Array
from learnscope.errors import DataError
from learnscope.trained import Trained
from learnscope.views.base import View
from learnscope.views.curve_axes import data_limits
from learnscope.views.record import (
    Record,
    count,
    is_finite,
    number,
    read_record,
    seed_list,
    shown_members,
)
from learnscope.views.spread import Band, band
from learnscope.views.style import (
    INK,
    MUTED,
    PART_COLOURS,
    house_style,
    legend,
    new_panels,
    plain_log_labels,
    set_title,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LABELS = {
    "train_loss_before": "train, before each update",
    "train_loss": "train, after the epoch",
    "validation_loss": "validation, after the epoch",
    "test_loss": "test, after the epoch",
    "train_accuracy": "train",
    "validation_accuracy": "validation",
    "test_accuracy": "test",
}


MOST_DEAD = 20
"""Dead members that are drawn; one line hides the next."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class CurvesArrays:
    """What the picture is drawn from; `t` epochs that any member was evaluated at.

    Attributes:
        record: texts of the run.
        epoch: (t,) epochs done; 0 is before any update.
        bands: column of the history -> median and spread (t,) over the members alive; where none
            is, over the dead ones.
        diverged: root seed -> (epoch, training loss) of each member that did, finite part only.
        dead: the same of the dead members, where others are alive.
        loss: name of the loss.
        floor: lowest expected value of the loss any model can reach on fresh examples, NaN
            where it is not known.
        ceiling: highest expected accuracy, NaN where it is not known.
    """

    record: Record
    epoch: Array
    bands: Mapping[str, Band]
    diverged: Mapping[int, tuple[Array, Array]]
    dead: Mapping[int, tuple[Array, Array]]
    loss: str
    floor: float
    ceiling: float


def obstacle(trained: Sequence[Trained]) -> str:
    """Say why there is no such picture: no history has a finite loss."""
    if any(_has_loss(t) for t in trained):
        return ""
    return "there are no loss curves to draw: no member has a finite training loss."


def _has_loss(t: Trained) -> bool:
    return bool(np.isfinite(t.result.history.get("train_loss", np.empty(0))).any())


def compute(trained: Sequence[Trained], *, known: bool = True) -> CurvesArrays:
    """Bring the histories onto one axis of epochs.

    Args:
        trained: members of one experiment.
        known: also work out what the best possible model reaches, where the source of the
            examples is known; it may take some tenths of a second.

    Raises:
        DataError: no member has a finite loss at any epoch.
    """
    record = read_record(trained)
    if text := obstacle(trained):
        raise DataError(text)
    sound = shown_members(trained)
    dead = [] if record.all_dead else [t for t in trained if t.result.seed in record.dead]
    epoch = np.unique(np.concatenate([t.result.history["epoch"] for t in trained]))
    floor, ceiling = _known(trained[0]) if known else (np.nan, np.nan)
    bands = {name: _band(sound, epoch, name) for name in LABELS}
    return CurvesArrays(
        record=record,
        epoch=epoch,
        bands={n: b for n, b in bands.items() if np.isfinite(b.median).any()},
        diverged={t.result.seed: _finite_part(t) for t in trained if not is_finite(t)},
        dead={t.result.seed: _finite_part(t) for t in dead},
        loss=str(trained[0].member.experiment.training.loss.kind_name()),
        floor=floor,
        ceiling=ceiling,
    )


def _band(sound: Sequence[Trained], epoch: Array, name: str) -> Band:
    rows = np.full((len(sound), len(epoch)), np.nan)
    for row, t in zip(rows, sound, strict=True):
        if name in t.result.history:
            row[np.searchsorted(epoch, t.result.history["epoch"])] = t.result.history[name]
    return band(rows)


def _finite_part(t: Trained) -> tuple[Array, Array]:
    epoch, loss = t.result.history["epoch"], t.result.history["train_loss"]
    finite = np.isfinite(loss)
    return epoch[finite], loss[finite]


def _known(t: Trained) -> tuple[float, float]:
    """Return the floor of the loss and the ceiling of the accuracy, NaN where unknown."""
    truth, loss = t.member.sample.truth, t.member.experiment.training.loss
    if truth is None:
        return np.nan, np.nan
    if t.member.sample.task == "classification":
        return np.nan, 1 - truth.floor()
    mean_squares = loss.kind_name() == "mse" and getattr(loss, "reduction", "mean") == "mean"
    if not mean_squares:
        return np.nan, np.nan
    # The curves are those of what was learned, which may be the scaled target.
    scale = t.member.head.scale or (1.0,)
    return truth.floor() * float(np.mean(np.divide(1.0, scale) ** 2)), np.nan


def draw(arrays: CurvesArrays, *, log: bool | None = None, accuracy: bool = True) -> Figure:
    """Draw the curves.

    Args:
        arrays: from `compute`.
        log: whether the scale of the loss is logarithmic; left out, its range decides.
        accuracy: whether to draw the accuracy too, where there is one.
    """
    with house_style():
        log = _wide(arrays) if log is None else log
        accuracy = accuracy and any(name.endswith("_accuracy") for name in arrays.bands)
        figure, grid = new_panels(5.4 if accuracy else 3.7, 2 if accuracy else 1, sharex=True)
        panels = grid[:, 0]
        _draw_loss(panels[0], arrays, log)
        if accuracy:
            _draw_accuracy(panels[1], arrays)
        panels[-1].set_xlabel("epochs done")
        last = float(arrays.epoch[-1])
        panels[-1].set_xlim(-0.01 * last, last * 1.01 if last else 1.0)
        set_title(
            figure,
            (f"Learning curves of the {arrays.record.short_model()}", _members_text(arrays)),
            arrays.record.note(),
        )
        return figure


def _members_text(arrays: CurvesArrays) -> str:
    record = arrays.record
    if len(record.seeds) == record.total == 1:
        return seed_list(record.seeds)
    if not record.seeds:
        return f"all diverged ({seed_list(record.left_out)})"
    return f"median of {record.who()}" if len(record.seeds) > 1 else record.who()


def _wide(arrays: CurvesArrays) -> bool:
    """Whether the medians of the losses span more than a factor of 100."""
    medians = [b.median for n, b in arrays.bands.items() if n.endswith("loss")]
    values = np.concatenate(medians) if medians else np.empty(0)
    positive = values[values > 0]
    return bool(len(positive) and positive.max() > 100 * positive.min())


def _draw_loss(axes: Axes, arrays: CurvesArrays, log: bool) -> None:
    bands = {n: b for n, b in arrays.bands.items() if n in LABELS and "loss" in n}
    shown = _shown_values(arrays, bands)
    floor = _log_floor(shown) if log else None
    _draw_dead(axes, arrays, floor)
    for name, spread in bands.items():
        _draw_band(axes, arrays.epoch, name, spread, floor)
    _draw_diverged(axes, arrays, floor)
    if np.isfinite(arrays.floor) and (arrays.floor > 0 or not log):
        label = f"noise floor {number(arrays.floor)}"
        axes.axhline(arrays.floor, color=MUTED, linestyle=":", linewidth=1.2, label=label)
    axes.set_ylabel(f"{arrays.loss} loss" + (" (log scale)" if log else ""))
    axes.set_yscale("log" if log else "linear")
    axes.set_ylim(*_loss_limits(shown, arrays.floor, floor))
    if log:
        plain_log_labels(axes)
    legend(axes, loc="upper right")


def _shown_values(arrays: CurvesArrays, bands: Mapping[str, Band]) -> Array:
    """Return the losses that the axis must hold: those of the bands, else of diverged members."""
    rows = [row for b in bands.values() for row in (b.low, b.median, b.high)]
    rows = rows or [loss for _, loss in arrays.diverged.values()]
    values = np.concatenate(rows)
    return np.asarray(values[np.isfinite(values)])


def _draw_band(axes: Axes, epoch: Array, name: str, spread: Band, floor: float | None) -> None:
    colour = PART_COLOURS[name.split("_")[0]]
    low, middle, high = (_lift(v, floor) for v in (spread.low, spread.median, spread.high))
    before = name.endswith("before")
    style: dict[str, Any] = {"linestyle": (0, (1.5, 1.2)), "linewidth": 1.1} if before else {}
    label = LABELS[name] + ("" if before else spread.label())
    known = np.isfinite(middle)
    marker = "o" if known.sum() == 1 else None
    axes.plot(epoch[known], middle[known], color=colour, label=label, marker=marker, **style)
    if not before and spread.n > 1:
        axes.fill_between(
            epoch[known], low[known], high[known], color=colour, alpha=0.18, linewidth=0
        )
    if floor is not None:
        _mark_zeros(axes, epoch, spread.median, floor, colour)


def _lift(values: Array, floor: float | None) -> Array:
    """Put what a log scale cannot show, zero and less, onto the floor."""
    return values if floor is None else np.where(values <= 0, floor, values)


def _log_floor(values: Array) -> float | None:
    """Return the height at which zeros are drawn: a decade below the smallest positive value."""
    positive = values[values > 0]
    if not (values <= 0).any():
        return 0.0
    return 10.0 ** (np.floor(np.log10(positive.min())) - 1) if len(positive) else 1e-12


def _mark_zeros(axes: Axes, epoch: Array, median: Array, floor: float, colour: str) -> None:
    zero = np.flatnonzero(median <= 0)
    if not len(zero):
        return
    # At most some twenty marks: they say where, the line says how long.
    shown = zero[np.unique(np.linspace(0, len(zero) - 1, 20).round().astype(int))]
    labels = axes.get_legend_handles_labels()[1]
    label = (
        "0 or less (drawn at the lower edge)"
        if (median < 0).any()
        else "exactly 0 (drawn at the lower edge)"
    )
    axes.plot(
        epoch[shown], np.full(len(shown), floor), linestyle="none", marker="v", color=colour,
        markersize=5, clip_on=False, zorder=4, label=None if label in labels else label,
    )  # fmt: skip


def _draw_diverged(axes: Axes, arrays: CurvesArrays, floor: float | None) -> None:
    label: str | None = f"diverged, training ({seed_list(list(arrays.diverged))})"
    for epoch, loss in arrays.diverged.values():
        if len(epoch):
            axes.plot(
                epoch, _lift(loss, floor), color=INK, linewidth=0.8, linestyle=(0, (4, 2)),
                marker="x", markevery=[-1], markersize=5, label=label,
            )  # fmt: skip
            label = None


def _draw_dead(axes: Axes, arrays: CurvesArrays, floor: float | None) -> None:
    lines = [(epoch, loss) for epoch, loss in arrays.dead.values() if len(epoch)]
    text = f"dead, training ({seed_list(list(arrays.dead))})"
    if len(lines) > MOST_DEAD:
        text = f"{MOST_DEAD} of {len(lines)} dead, training"
    for i, (epoch, loss) in enumerate(lines[:MOST_DEAD]):
        axes.plot(
            epoch, _lift(loss, floor), color="#9A9A9A", linewidth=0.6, zorder=1.5,
            label=None if i else text,
        )  # fmt: skip


def _loss_limits(values: Array, known: float, floor: float | None) -> tuple[float, float]:
    """Return limits that hold the values; dead and diverged members may leave them."""
    values = np.append(values, known)
    values = values[np.isfinite(values)]
    if floor is None:
        low, high = data_limits(values)
        if high - low < 0.05 * abs(high):
            low, high = low - 0.05 * abs(high), high + 0.05 * abs(high)
        return (max(low, 0.0) if values.min() >= 0 and low < 0 else low), high
    positive = values[values > 0]
    if not len(positive):
        return floor, 1.0
    low = floor if floor > 0 else float(positive.min()) / 1.5
    return low, max(float(positive.max()) * 1.5, low * 10)


def _draw_accuracy(axes: Axes, arrays: CurvesArrays) -> None:
    bands = {n: b for n, b in arrays.bands.items() if n.endswith("_accuracy")}
    for name, spread in bands.items():
        _draw_band(axes, arrays.epoch, name, spread, None)
    values = np.concatenate([np.concatenate((b.low, b.high)) for b in bands.values()])
    if np.isfinite(arrays.ceiling):
        label = f"best possible {arrays.ceiling:.3f}"
        axes.axhline(arrays.ceiling, color=MUTED, linestyle=":", linewidth=1.2, label=label)
    low = float(np.nanmin(values))
    axes.set_ylim(max(0.0, min(low - 0.05, 0.9)), 1.02)
    axes.set_ylabel("accuracy (share right)")
    legend(axes, loc="lower right")


def describe(arrays: CurvesArrays) -> str:
    """Return one sentence with the key numbers of the picture."""
    ends = []
    for name, spread in arrays.bands.items():
        if name != "train_loss_before":
            last = spread.median[np.isfinite(spread.median)]
            word = name.replace("_", " ")
            ends.append(f"{word} from {number(float(last[0]))} to {number(float(last[-1]))}")
    n = len(arrays.record.seeds)
    median = "median of " if n > 1 else ""
    who = arrays.record.who() if n else f"{count(len(arrays.diverged), 'member')}, all diverged"
    start = f"Learning curves over {arrays.epoch[-1]:g} epochs, {median}{who}: "
    return f"{start}{', '.join(ends) or 'none finite'}."


CURVES = View(
    name="curves",
    purpose="loss and accuracy over the epochs, median and spread over the members",
    alone="loss and accuracy over the epochs",
    obstacle=obstacle,
    compute=compute,
    draw=draw,
    describe=describe,
)
