"""Every example of the README and the docs is run as a reader would run it."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from learnscope.cli import main

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("**/*.md"))]
FENCE = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def blocks(page: Path, language: str) -> list[str]:
    return [body for word, body in FENCE.findall(page.read_text()) if word == language]


def commands(page: Path) -> Iterator[str]:
    for body in blocks(page, "console"):
        for line in body.replace("\\\n", " ").splitlines():
            if line.startswith("$ learnscope "):
                yield line[2:]


def files(page: Path) -> Iterator[tuple[str, str]]:
    """Yield (name, text) of the files a page shows: blocks whose first line names them."""
    for language in ("toml", "csv", "python"):
        for body in blocks(page, language):
            first, _, rest = body.partition("\n")
            if first.startswith("# file: "):
                yield first.removeprefix("# file: "), rest


PYTHON = [page for page in PAGES if blocks(page, "python")]
CONSOLE = [page for page in PAGES if list(commands(page))]


def test_there_are_examples_to_run() -> None:
    assert ROOT / "README.md" in PYTHON
    assert ROOT / "README.md" in CONSOLE


@pytest.mark.slow
@pytest.mark.parametrize("page", PYTHON, ids=lambda p: p.name)
def test_the_python_examples_of_a_page_run_one_after_the_other(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, text in files(page):
        (tmp_path / name).write_text(text)
    names: dict[str, object] = {}
    for body in blocks(page, "python"):
        if body.startswith("# file: "):
            continue
        exec(compile(body, page.name, "exec"), names)


@pytest.mark.slow
@pytest.mark.parametrize("page", CONSOLE, ids=lambda p: p.name)
def test_the_commands_of_a_page_succeed(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, text in files(page):
        (tmp_path / name).write_text(text)
    for command in commands(page):
        # 3: finished, and some members diverged, which an example may well show.
        assert main(shlex.split(command)[1:]) in {0, 3}, command
