"""The reference has every public name."""

from pathlib import Path

import learnscope

PAGE = Path(__file__).parents[2] / "docs" / "reference.md"


def test_every_public_name_has_an_entry() -> None:
    entries = [line for line in PAGE.read_text().splitlines() if line.startswith("::: ")]
    assert {line.rpartition(".")[2] for line in entries} >= set(learnscope.__all__)
