"""Numbers with a fraction where a whole one is asked for are refused, not rounded."""

from pathlib import Path

import pytest

from tests.cli.calling import Cli


@pytest.mark.parametrize(
    "words, said",
    [
        ("run spirals --seeds 2.5", "--seeds takes a whole number, got 2.5"),
        ("sweep spirals --over model.width=2..3 --seeds=3.5", "--seeds takes a whole number"),
        ("atlas open last --point 1.2", "--point takes a whole number, got 1.2"),
    ],
)
def test_a_fraction_is_refused_in_one_sentence(
    cli: Cli, words: str, said: str, tmp_path: Path
) -> None:
    told = cli(*words.split(), f"--out={tmp_path}")
    assert told.code == 2
    assert said in told.err
    assert list(tmp_path.iterdir()) == []


def test_a_whole_number_may_be_written_with_a_point(cli: Cli, tmp_path: Path) -> None:
    asked = ("sweep", "spirals", "--over", "model.width=2..3", "--seeds=3.0", "--dry-run")
    assert "6 members" in cli(*asked, f"--out={tmp_path}").out
