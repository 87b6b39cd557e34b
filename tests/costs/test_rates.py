"""Where measured rates are kept, and when they are no longer believed."""

import json
import time
from pathlib import Path
from typing import Any

import pytest

from learnscope.costs import calibrate, rates
from learnscope.costs.rates import ASSUMED, known_rates, measured_rates, rates_file


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(rates, "_MEASURED", {})


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Replaces the measuring by something quick, and counts how often it is called."""
    seen: list[int] = []

    def measure(start: dict[str, float]) -> dict[str, float]:
        seen.append(1)
        return {kind: 2 * value for kind, value in start.items()}

    monkeypatch.setattr(calibrate, "torch_rates", measure)
    return seen


def forget(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make this process one that has not measured yet."""
    monkeypatch.setattr(rates, "_MEASURED", {})


def test_a_machine_that_was_not_measured_has_assumed_rates(calls: list[int]) -> None:
    known = known_rates("torch")
    assert (known.measured, dict(known.seconds), calls) == (False, ASSUMED["torch"], [])


def test_a_machine_is_measured_once(calls: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    first = measured_rates("torch")
    forget(monkeypatch)
    again = measured_rates("torch")
    assert first.measured and again.measured and dict(again.seconds) == dict(first.seconds)
    assert len(calls) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"time": time.time() - 1e8},
        {"time": time.time() + 1e8},
        {"of": {"processor": "another"}},
        {"seconds": {}},
        {"seconds": dict.fromkeys(ASSUMED["torch"], -1.0)},
        {"seconds": dict.fromkeys(ASSUMED["torch"], "fast")},
    ],
)
def test_what_is_old_foreign_or_damaged_is_measured_anew(
    change: dict[str, Any], calls: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    measured_rates("torch")
    path = rates_file("torch")
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    forget(monkeypatch)
    assert not known_rates("torch").measured
    assert measured_rates("torch").measured and len(calls) == 2


def test_a_file_that_is_no_json_is_measured_anew(
    calls: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    measured_rates("torch")
    rates_file("torch").write_text("{")
    forget(monkeypatch)
    assert not known_rates("torch").measured


def test_a_cache_that_cannot_be_written_stops_nothing(
    calls: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert measured_rates("torch").measured and known_rates("torch").measured
    assert len(calls) == 1
