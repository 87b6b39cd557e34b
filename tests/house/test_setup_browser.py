"""The set-up of the browser: tried again when the network fails, harmless when it is impossible."""

import pytest

from tools import setup_browser


def test_failed_installation_is_tried_again_and_no_more_after_success() -> None:
    statuses = iter([1, 100, 0, 0])  # update, install (fails), update, install
    calls: list[list[str]] = []

    def call(command: list[str]) -> int:
        calls.append(command)
        return next(statuses)

    setup_browser.install_browser(call)
    assert ["update" in c for c in calls] == [True, False, True, False]
    assert calls[-1][-2:] == list(setup_browser.PACKAGES)


def test_installation_gives_up_in_the_end() -> None:
    calls: list[list[str]] = []

    def call(command: list[str]) -> int:
        calls.append(command)
        return 1

    setup_browser.install_browser(call)
    assert len(calls) == 2 * setup_browser.N_TRIES


def test_without_a_browser_and_without_rights_the_way_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(setup_browser, "find_browser", lambda: None)
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    assert setup_browser.main() == 1
    assert "as root: apt-get install chromium fonts-liberation" in capsys.readouterr().err


def test_browser_that_does_not_start_is_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("shutil.which", lambda name: f"/bin/{name}")
    monkeypatch.setattr(setup_browser, "_call", lambda command: int("google" not in command[0]))
    assert setup_browser.find_browser() == "/bin/google-chrome"
