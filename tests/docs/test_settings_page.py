"""The reference of the settings says what the settings are."""

from pathlib import Path

import pytest

from learnscope.features import FEATURES
from learnscope.models import MODELS
from learnscope.models.init import INITS
from learnscope.problems import PROBLEMS
from learnscope.training.losses import LOSSES
from learnscope.training.optimizers import OPTIMIZERS
from learnscope.training.schedules import SCHEDULES
from learnscope.training.settings import Training
from tools import make_settings_page

REGISTRIES = (PROBLEMS, FEATURES, MODELS, INITS, LOSSES, OPTIMIZERS, SCHEDULES)


def test_the_page_is_what_the_tool_writes_today() -> None:
    text = make_settings_page.PAGE.read_text(encoding="utf-8")
    # Run python tools/make_settings_page.py where this fails.
    assert text == make_settings_page.page()


def test_every_kind_has_a_heading_and_every_setting_of_a_training_a_row() -> None:
    lines = make_settings_page.PAGE.read_text(encoding="utf-8").splitlines()
    for registry in REGISTRIES:
        assert {f"### {name}" for name in registry} <= set(lines)
    for name in Training.model_fields:
        assert any(line.startswith(f"| `{name}` |") for line in lines), name


def test_the_check_fails_on_a_page_that_is_out_of_date(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(make_settings_page, "PAGE", tmp_path / "settings.md")
    monkeypatch.setattr(make_settings_page, "page", lambda: "text\n")
    assert make_settings_page.main(["--check"]) == 1
    assert "run python tools/make_settings_page.py" in capsys.readouterr().out
    assert make_settings_page.main([]) == 0
    assert make_settings_page.main(["--check"]) == 0
