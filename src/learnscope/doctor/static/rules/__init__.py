"""Rules that read a program's text, one file for each part of a program."""

from collections.abc import Callable, Iterator, Mapping

from learnscope.doctor.hint import Hint
from learnscope.doctor.static.rules import (
    data,
    expressions,
    loop,
    metrics,
    modes,
    numbers,
    output,
    schedule,
    wiring,
)
from learnscope.doctor.static.source import Source

RULES: Mapping[str, Callable[[Source], Iterator[Hint]]] = {
    "wiring": wiring.look,
    "loop": loop.look,
    "output": output.look,
    "expressions": expressions.look,
    "modes": modes.look,
    "data": data.look,
    "schedule": schedule.look,
    "metrics": metrics.look,
    "numbers": numbers.look,
}
"""Rules by name, in the order of causes."""
