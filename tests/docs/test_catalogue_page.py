"""The page of the catalogue says what its files say."""

import pytest

import learnscope as ls
from learnscope.catalogue import about
from tools import make_catalogue_page


def test_the_page_is_what_the_tool_writes_today() -> None:
    text = make_catalogue_page.PAGE.read_text(encoding="utf-8")
    # Run python tools/make_catalogue_page.py where this fails.
    assert text == make_catalogue_page.page()


def test_every_number_of_every_entry_has_a_row() -> None:
    text = make_catalogue_page.PAGE.read_text(encoding="utf-8")
    for name in ls.names():
        assert f"| `{name}` |" in text
        for number in about(name).sources:
            assert text.count(f"\n| {number} |") == 1


def test_the_check_fails_on_a_page_that_is_out_of_date(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(make_catalogue_page, "page", lambda: "other")
    assert make_catalogue_page.main(["--check"]) == 1
    assert "run python tools/make_catalogue_page.py" in capsys.readouterr().out
