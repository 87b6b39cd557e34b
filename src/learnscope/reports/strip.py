"""The dot strip: the score of every member beside the ceiling and the trivial baselines."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH = 440.0
_LEFT, _RIGHT, _TOP, _STEP, _DOT = 20.0, 416.0, 28.0, 46.0, 4.0
_BAND = (20.0, 42.0)
"""Heights below the top of a row between which its dots and the lines behind them lie; the label
stands above."""

_WIDE = 30.0
"""Ratio of the largest to the smallest score beyond which the scale is logarithmic."""

_DECADES = 6
"""Decades on either side of the members' median that a logarithmic scale reaches at most."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """A line of dots.

    Attributes:
        label: what they are.
        text: the middle of them, as written in the tables.
        values: their places; those that are not finite are left out.
        kind: class of their look: "test", "train" or "baseline".
    """

    label: str
    text: str
    values: Sequence[float]
    kind: str


def dot_strip(
    rows: Sequence[Row], *, ceiling: float | None, ceiling_text: str, percent: bool, label: str
) -> str:
    """Return an SVG element, a row of dots for each of `rows`, "" where no score is finite.

    Args:
        rows: from top to bottom.
        ceiling: place of the line through all rows, None for none.
        ceiling_text: what is written at it.
        percent: whether scores are accuracies.
        label: what a screen reader speaks.
    """
    finite = [[v for v in row.values if math.isfinite(v)] for row in rows]
    every = [v for values in finite for v in values] + ([] if ceiling is None else [ceiling])
    if not any(finite):
        return ""
    own = [v for row, values in zip(rows, finite, strict=True) if row.kind != "baseline"
           for v in values]  # fmt: skip
    scale = _scale(every, own or every, percent)
    bottom = _TOP + _STEP * len(rows)
    parts = [_axis(scale, bottom, percent)]
    if ceiling is not None:
        parts.append(_ceiling(scale, ceiling, bottom, ceiling_text))
    for i, (row, values) in enumerate(zip(rows, finite, strict=True)):
        parts.append(_row(row, values, scale, _TOP + _STEP * i))
    height = bottom + 24
    return (
        f'<svg class="strip" viewBox="0 0 {WIDTH:g} {height:g}" role="img" '
        f'aria-label="{escape(label)}">{"".join(parts)}</svg>'
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Scale:
    low: float
    high: float
    log: bool

    def at(self, value: float) -> float:
        low, high, v = self.low, self.high, value
        if self.log:
            low, high, v = (math.log10(n) for n in (low, high, min(max(v, self.low), self.high)))
        return _LEFT + (_RIGHT - _LEFT) * (v - low) / (high - low)

    def beyond(self, value: float) -> int:
        """Return -1 for a value left of the axis, 1 for one right of it, else 0."""
        return (value > self.high) - (value < self.low)

    def ticks(self) -> list[float]:
        if self.log:
            first, last = math.ceil(math.log10(self.low)), math.floor(math.log10(self.high))
            return [10.0**k for k in range(first, last + 1, max(1, (last - first) // 4))]
        rough = (self.high - self.low) / 4
        unit = 10.0 ** math.floor(math.log10(rough))
        step = next(unit * m for m in (1, 2, 2.5, 5, 10) if unit * m >= rough)
        start = math.ceil(self.low / step - 1e-9)
        end = math.floor(self.high / step + 1e-9)
        return [i * step for i in range(start, end + 1)]


def _scale(values: Sequence[float], own: Sequence[float], percent: bool) -> _Scale:
    low, high = min(values), max(values)
    positive = [v for v in values if v > 0]
    if not percent and positive and high / min(positive) > _WIDE:
        middle = sorted([v for v in own if v > 0] or positive)
        centre, reach = middle[len(middle) // 2], 10.0**_DECADES
        low, high = max(min(positive), centre / reach), min(high, centre * reach)
        return _Scale(low=low / 1.3, high=high * 1.3, log=True)
    margin = 0.06 * (high - low) or 0.05 * max(abs(high), 1e-12)
    low, high = low - margin, high + margin
    return _Scale(low=max(low, 0.0) if not percent else low, high=high, log=False)


def _axis(scale: _Scale, y: float, percent: bool) -> str:
    parts = [f'<line class="axis" x1="{_LEFT:g}" x2="{_RIGHT:g}" y1="{y:g}" y2="{y:g}"/>']
    ticks = scale.ticks()
    fine = len(ticks) > 1 and ticks[1] - ticks[0] < 0.0099
    for tick in ticks:
        x = scale.at(tick)
        text = f"{100 * tick:.{1 if fine else 0}f} %" if percent else f"{tick:.4g}"
        parts.append(
            _upright("grid", x, y)
            + f'<text class="tick" x="{x:.1f}" y="{y + 15:g}" text-anchor="middle">{text}</text>'
        )
    return "".join(parts)


def _upright(kind: str, x: float, bottom: float) -> str:
    """Return a line through all rows, left out where their labels stand."""
    spans = [(y + _BAND[0], y + _BAND[1]) for y in _tops(bottom)] + [(bottom - 4, bottom)]
    return "".join(
        f'<line class="{kind}" x1="{x:.1f}" x2="{x:.1f}" y1="{a:g}" y2="{b:g}"/>' for a, b in spans
    )


def _tops(bottom: float) -> list[float]:
    return [_TOP + _STEP * i for i in range(round((bottom - _TOP) / _STEP))]


def _ceiling(scale: _Scale, value: float, bottom: float, text: str) -> str:
    x, side = scale.at(value), scale.beyond(value)
    # Written on the side that has more room.
    anchor = "end" if x > WIDTH / 2 else "start"
    if side:
        # Off the axis there is no place for a line.
        text, line = f"{text} →" if side > 0 else f"← {text}", ""
    else:
        line = f'<line class="best" x1="{x:.1f}" x2="{x:.1f}" y1="{_TOP - 10:g}" y2="{_TOP:g}"/>'
        line += _upright("best", x, bottom)
    return (
        f"{line}"
        f'<text class="best" x="{x:.1f}" y="{_TOP - 14:g}" text-anchor="{anchor}">'
        f"{escape(text)}</text>"
    )


def _row(row: Row, values: Sequence[float], scale: _Scale, y: float) -> str:
    parts = [f'<text x="{_LEFT:g}" y="{y + 14:g}">{escape(row.label)}: {escape(row.text)}</text>']
    middle = y + 30
    inside = [v for v in values if not scale.beyond(v)]
    if inside and row.kind == "baseline":
        x = scale.at(sorted(inside)[len(inside) // 2])
        parts.append(
            f'<line class="rule" x1="{x:.1f}" x2="{x:.1f}" y1="{y + 20:g}" y2="{y + 40:g}"/>'
        )
    parts += [_arrow(row.kind, [v for v in values if scale.beyond(v) == s], s, middle)
              for s in (-1, 1)]  # fmt: skip
    for x, lift in _stacked([scale.at(v) for v in inside]):
        parts.append(
            f'<circle class="{row.kind}" cx="{x:.1f}" cy="{middle + lift:.1f}" r="{_DOT:g}"/>'
        )
    return "".join(parts)


def _arrow(kind: str, values: Sequence[float], side: int, y: float) -> str:
    """Return an arrow at the end of the axis with the scores that lie beyond it, "" for none."""
    if not values:
        return ""
    edge, anchor = (_LEFT, "start") if side < 0 else (_RIGHT, "end")
    least, most = (f"{v:.3g}" for v in (min(values), max(values)))
    text = least if least == most else f"{least} to {most}"
    number = f"{len(values)}: " if len(values) > 1 and kind != "baseline" else ""
    return (
        f'<path class="off {kind}" d="M{edge:g} {y:g}l{-8 * side} -5v10z"/>'
        f'<text class="tick" x="{edge - 12 * side:g}" y="{y + 4:g}" text-anchor="{anchor}">'
        f"{number}{text}</text>"
    )


def _stacked(places: Sequence[float]) -> list[tuple[float, float]]:
    """Return (x, offset): dots that would cover each other are moved up and down in turn."""
    seen: dict[int, int] = {}
    result = []
    for x in sorted(places):
        bucket = round(x / (1.5 * _DOT))
        count = seen.get(bucket, 0)
        seen[bucket] = count + 1
        lift = ((count + 1) // 2) * 3.0 * (-1 if count % 2 else 1)
        result.append((x, max(-9.0, min(9.0, lift))))
    return result
