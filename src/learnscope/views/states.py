"""States: what the units of recurrent layers do from step to step of a window."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from learnscope.arrays import Array
from learnscope.measures.scores import judged_part
from learnscope.models.cells import sequence_shape
from learnscope.models.recurrent_network import RecurrentNetwork
from learnscope.models.seq2seq_network import Seq2SeqNetwork
from learnscope.trained import Trained
from learnscope.views.base import View, refuse
from learnscope.views.record import Record, choose, members, no_finite_member, number
from learnscope.views.style import INK, house_style, new_panels, set_title

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_UNITS, MOST_LAYERS = 32, 4
STILL = 0.01
"""Share of the largest range below which a unit counts as standing still over the steps."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class StatesArrays:
    """What the picture is drawn from; `t` steps, `c` channels.

    Attributes:
        record: texts of the run.
        row: the row of the sample.
        inputs: (t, c) what the network sees of it.
        names: of the layers.
        states: of each layer, (h, t) states; a decoder has steps of its own.
        still: of each layer, how many units stand still over the steps of this row.
    """

    record: Record
    row: int
    inputs: Array
    names: tuple[str, ...]
    states: tuple[Array, ...]
    still: tuple[int, ...]


def obstacle(trained: Sequence[Trained]) -> str:
    """Say why there is no such picture: no finite member, or no recurrent layer."""
    if text := no_finite_member("states", trained):
        return text
    network = trained[0].member.network
    if isinstance(network, RecurrentNetwork | Seq2SeqNetwork):
        return ""
    kind = trained[0].member.experiment.model.kind_name()
    return f"states shows recurrent layers, and this {kind} model has none."


def compute(
    trained: Sequence[Trained], *, seed: int | None = None, row: int | None = None
) -> StatesArrays:
    """Pass one row through one member.

    Args:
        trained: members of one experiment.
        seed: root seed of the member; left out, that with the median loss.
        row: of the sample; left out, the first judged one.
    """
    _, record = members(trained)
    refuse(obstacle(trained))
    t, chosen = choose(trained, seed)
    which = int(getattr(t.member.rows, judged_part(t.member))[0]) if row is None else row
    x = t.member.sample.x[[which]]
    found, names = t.activations(x), _layers(t)
    states = tuple(np.asarray(found[i][0], dtype=np.float64) for i in names)
    steps, channels = sequence_shape("recurrent", t.member.sample.shape)
    return StatesArrays(
        record=replace(record, chosen=chosen),
        row=which,
        inputs=t.member.chain.apply(x).reshape(steps, channels),
        names=tuple(names.values()),
        states=states,
        still=tuple(_still(s) for s in states),
    )


def _layers(t: Trained) -> dict[int, str]:
    """Return place among the activations -> name, of the recurrent layers."""
    network = t.member.network
    if isinstance(network, RecurrentNetwork):
        n = network.cells.layers
        return {i: "state" if n == 1 else f"layer {i + 1}" for i in range(n)}
    assert isinstance(network, Seq2SeqNetwork)
    n, behind = network.encoder.layers, network.encoder.layers + (network.code is not None)
    parts = [(i, "encoder", i) for i in range(n)] + [(behind + i, "decoder", i) for i in range(n)]
    return {at: word if n == 1 else f"{word} {i + 1}" for at, word, i in parts}


def _still(states: Array) -> int:
    spread = np.ptp(states, axis=1)
    return int((spread <= STILL * max(float(spread.max()), 1e-12)).sum())


def draw(arrays: StatesArrays) -> Figure:
    """Draw the inputs, and below them a row of colour for each unit of each layer."""
    with house_style():
        shown = list(zip(arrays.names, arrays.states, strict=True))[:MOST_LAYERS]
        figure, grid = new_panels(2.3 + 1.35 * len(shown), len(shown) + 1, above=0.72, gap=0.42)
        top = grid[0, 0]
        top.plot(np.arange(1, len(arrays.inputs) + 1), arrays.inputs, color=INK, marker=".")
        top.set_ylabel("input")
        top.set_xlim(0.5, len(arrays.inputs) + 0.5)
        for axes, (name, states) in zip(grid[1:, 0], shown, strict=True):
            _draw_states(axes, name, states)
        grid[-1, 0].set_xlabel("step of the window")
        texts = (
            f"States of the {arrays.record.short_model()} over row {arrays.row}",
            arrays.record.missing(),
            arrays.record.chosen,
        )
        set_title(figure, texts, arrays.record.note())
        return figure


def _draw_states(axes: Axes, name: str, states: Array) -> None:
    some = states[:MOST_UNITS]
    most = float(np.abs(some).max()) or 1.0
    h, steps = some.shape
    axes.imshow(
        some, aspect="auto", cmap="RdBu_r", vmin=-most, vmax=most, interpolation="nearest",
        extent=(0.5, steps + 0.5, h + 0.5, 0.5),
    )  # fmt: skip
    axes.set_title(f"blue {number(-most)}, white 0, red {number(most)}", fontsize=7, loc="right")
    more = f" of {len(states)}" if len(states) > h else ""
    axes.set_ylabel(f"{name}\n{h}{more} units")
    axes.locator_params(axis="both", integer=True)


def describe(arrays: StatesArrays) -> str:
    """Return one sentence with the key numbers of the picture."""
    parts = [
        f"{name} has {len(states)} units between {number(float(states.min()))} and "
        f"{number(float(states.max()))}, {still} of them standing still"
        for name, states, still in zip(arrays.names, arrays.states, arrays.still, strict=True)
    ]
    return f"States over the {len(arrays.inputs)} steps of row {arrays.row}: {'; '.join(parts)}."


STATES = View(
    name="states",
    purpose="what the units of recurrent layers do from step to step",
    obstacle=obstacle,
    compute=compute,
    draw=draw,
    describe=describe,
)
