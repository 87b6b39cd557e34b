"""Reading of report pages with Python's own parser."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from learnscope.experiment import Experiment
from learnscope.measures.facts import Facts, gather
from learnscope.measures.scores import scores
from learnscope.trained import Trained

VOID = {"meta", "br", "hr", "img", "input", "link", "col", "wbr"}
META = {
    "command": "learnscope run spirals",
    "started": "2026-03-01T12:00:00+00:00",
    "seconds_training": 1.25,
    "route": "torch",
    "versions": {"python": "3.11.2", "torch": "2.13.0"},
    "status": "done",
}


@dataclass
class Record:
    """A run as a report reads it."""

    experiment: Experiment
    trained: tuple[Trained, ...]
    meta: dict[str, Any] = field(default_factory=lambda: dict(META))
    path: Path | None = None

    @property
    def name(self) -> str:
        return self.experiment.name

    @property
    def metrics(self) -> dict[str, list[float]]:
        rows = [scores(t) for t in self.trained]
        return {name: [row[name] for row in rows] for name in rows[0]}

    @property
    def facts(self) -> Facts:
        return gather(self.trained, self.metrics)


class Page(HTMLParser):
    """A page as lists: its elements with attributes, its texts, and faults of nesting."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.texts: list[str] = []
        self.faults: list[str] = []
        self._open: list[str] = []
        self.feed(text)
        self.close()
        self.faults += [f"<{tag}> is not closed" for tag in self._open]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {k: v or "" for k, v in attrs}))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {k: v or "" for k, v in attrs}))

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open.pop() != tag:
            self.faults.append(f"</{tag}> closes nothing")

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.elements if name == tag]

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())
