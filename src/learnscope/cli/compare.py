"""The settings in which experiments differ, and whether they do better than each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from learnscope.cli.output import say, table
from learnscope.errors import LearnscopeError

if TYPE_CHECKING:
    from learnscope.measures.comparison.difference import Difference
    from learnscope.measures.comparison.runs import RunComparison


@dataclass(frozen=True, kw_only=True, slots=True)
class Compared:
    """The first run against another.

    Attributes:
        first: label of the first run.
        second: label of the other.
        found: what they say of each other, None where they cannot be compared.
        obstacle: why not, one sentence; else "".
    """

    first: str
    second: str
    found: RunComparison | None = None
    obstacle: str = ""

    def data(self) -> dict[str, Any]:
        """Return it as plain data."""
        if self.found is None:
            return {"first": self.first, "second": self.second, "obstacle": self.obstacle}
        plain = asdict(self.found)
        for row, answer in zip(plain["answers"], self.found.answers, strict=True):
            row["significant"] = answer.clear
            row["sentence"] = answer.sentence(self.first, self.second)
        return {"first": self.first, "second": self.second, **plain}


def comparisons(folders: Sequence[Path], labels: Sequence[str]) -> list[Compared]:
    """Compare the first run with each of the others by what their networks answer."""
    from learnscope.measures.comparison.runs import compare_runs
    from learnscope.runs.run import load_run

    result = []
    for folder, label in zip(folders[1:], labels[1:], strict=True):
        try:
            found = compare_runs(load_run(folders[0]).trained, load_run(folder).trained)
        except LearnscopeError as error:
            result.append(Compared(first=labels[0], second=label, obstacle=str(error)))
        else:
            result.append(Compared(first=labels[0], second=label, found=found))
    return result


def say_comparisons(compared: Sequence[Compared]) -> None:
    """Write a table for each pair of runs, a row for each question."""
    for pair in compared:
        say()
        if pair.found is None:
            say(f"{pair.first} and {pair.second} are not compared: {pair.obstacle}")
            continue
        say(f"{pair.first} minus {pair.second}, {pair.found.part} {pair.found.metric}")
        columns = ("what would be drawn anew", "difference", "95 % interval", "p", "", "by")
        table(columns, [_row(answer, pair) for answer in pair.found.answers])


def _row(answer: Difference, pair: Compared) -> tuple[str, ...]:
    from learnscope.measures.comparison.difference import p_text

    return (
        answer.question,
        answer.size(),
        answer.range(),
        p_text(answer.p),
        answer.reading(pair.first, pair.second),
        f"{answer.method}, {answer.n} {answer.counted}",
    )


def differences(settings: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """Return dotted path -> one value for each table of settings, for all paths that differ.

    A setting that a table does not have is None. Lists of numbers and words are one setting;
    lists of tables, such as the features, are compared table by table.
    """
    flat = [_flattened(table) for table in settings]
    paths = dict.fromkeys(path for row in flat for path in row)
    table = {path: [row.get(path) for row in flat] for path in paths}
    return {path: row for path, row in table.items() if any(v != row[0] for v in row)}


def _flattened(data: Any, path: str = "") -> dict[str, Any]:
    inner = path + "." if path else ""
    if isinstance(data, Mapping):
        found: dict[str, Any] = {}
        for key, value in data.items():
            found |= _flattened(value, f"{inner}{key}")
        return found
    if isinstance(data, list) and data and all(isinstance(v, Mapping) for v in data):
        found = {}
        for i, value in enumerate(data):
            found |= _flattened(value, f"{inner}{i}")
        return found
    return {path: data}
