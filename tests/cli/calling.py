"""What the tests of the command line share: a call's answer, and a quick experiment."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SMALL = (
    "--route=torch",
    "--problem.n=20",
    "--model.hidden=3",
    "--model.output=identity",
    "--training.epochs=6",
    "--training.lr=0.01",
    "--progress=none",
)


@dataclass(frozen=True)
class Answer:
    code: int
    out: str
    err: str

    @property
    def data(self) -> dict[str, Any]:
        """The one JSON object on stdout; anything else there fails the test."""
        data = json.loads(self.out)
        assert isinstance(data, dict)
        return data

    @property
    def complaint(self) -> str:
        """The one sentence on stderr; a traceback or a second line fails the test."""
        assert self.err.startswith("learnscope: ")
        assert self.err.count("\n") == 1, self.err
        assert "unforeseen" not in self.err
        return self.err.removeprefix("learnscope: ").strip()


Cli = Callable[..., Answer]
Write = Callable[[str, str], Path]
