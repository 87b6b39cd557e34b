"""`learnscope warmup`, and what `--dry-run` says of the cost."""

from pathlib import Path

import pytest

from learnscope.costs import rates
from tests.cli.calling import Cli


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Loads and measures nothing."""
    monkeypatch.setattr("learnscope.fused.warmup", lambda: None)
    monkeypatch.setattr(rates, "_MEASURED", {})
    for name in ("fused_rates", "torch_rates"):
        monkeypatch.setattr(f"learnscope.costs.calibrate.{name}", lambda start: dict(start))


@pytest.mark.usefixtures("quick")
def test_warmup_says_what_it_did_and_where_it_is(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    answer = cli("warmup")
    assert answer.code == 0
    assert f"it is kept in {str(tmp_path / 'learnscope' / 'fused')!r}" in answer.out
    assert f"the figures in {str(tmp_path / 'learnscope' / 'costs')!r}" in answer.out
    data = cli("warmup", "--json").data
    assert data["lasting"] is True
    assert data["seconds_loading"] >= 0 and data["seconds_measuring"] >= 0
    assert rates.known_rates("fused").measured


@pytest.mark.usefixtures("quick")
def test_a_cache_that_cannot_be_written_is_said_in_one_sentence(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    answer = cli("warmup")
    assert answer.code == 0
    assert "cannot be written, so that this will be done again: make it writable" in answer.out
    assert cli("warmup", "--json").data["lasting"] is False


def test_help_has_an_example(cli: Cli) -> None:
    assert "learnscope warmup --json" in cli("warmup", "--help").out


def test_a_dry_run_says_both_routes_memory_and_threads(cli: Cli) -> None:
    answer = cli("run", "spirals", "--seeds=20", "--dry-run", "--json").data
    assert answer["route"] == "fused"
    assert answer["seconds"] == answer["seconds_fused"] < answer["seconds_torch"]
    assert answer["threads"] >= 1
    # 20 members of 200 rows of two inputs and a label, and their histories.
    assert 100_000 < answer["memory"] < 100_000_000
    text = cli("run", "spirals", "--seeds=20", "--dry-run").out
    assert "on the torch route" in text and "MB of memory" in text
