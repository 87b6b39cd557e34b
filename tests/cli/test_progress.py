import pytest

from learnscope.cli.progress import Bar, Lines, Pace, Silence, Wait, describe, duration, make_sink
from learnscope.training.result import Progress


def at(done: int, message: str = "", members_done: int = 0) -> Progress:
    return Progress(done=done, total=100, members_done=members_done, members=4, message=message)


def test_the_pace_counts_from_the_first_progress() -> None:
    pace = Pace()
    # Members kept from before a stop (50 epochs) took no time now.
    assert pace.rate(at(50), 10.0) is None
    assert pace.rate(at(70), 14.0) == 5.0


def test_a_description_has_rate_and_time_left() -> None:
    text = describe(at(70, "loss 0.2", members_done=2), 5.0)
    assert text == "2/4 members, 70 %, 5 epochs/s, 6.0 s left, loss 0.2"
    assert describe(at(0), None) == "0/4 members, 0 %"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.0123, "12 ms"), (1.25, "1.2 s"), (42, "42 s"), (600, "10 min"), (9000, "2.5 h")],
)
def test_durations_are_in_the_unit_a_reader_would_choose(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_lines_say_what_is_new_and_then_every_so_often(capsys: pytest.CaptureFixture[str]) -> None:
    with Lines(every=1e9) as sink:
        for done in (0, 0, 5, 50):
            sink(at(done, "compiling"))
    assert capsys.readouterr().err == "learnscope: compiling\n"
    with Lines(every=0) as sink:
        sink(at(10))
        sink(at(20))
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 2
    assert "0/4 members, 20 %" in captured.err


def test_the_wait_for_the_trainer_is_measured_and_the_rest_is_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    times = iter([10.0, 12.0, 40.0])
    monkeypatch.setattr("learnscope.cli.progress.time.monotonic", lambda: next(times))
    wait = Wait(Silence())
    assert wait.seconds() == 0
    for progress in (
        *(at(0, "loading the trainer") for _ in range(3)),
        at(0),
        at(0, "loss 0.5"),
        at(50),
    ):
        wait(progress)
    assert wait.seconds() == 30.0


def test_a_bar_is_drawn_on_stderr_alone(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")
    with Bar() as sink:
        sink(at(30, "loss 0.5"))
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "0/4 members, 30 %" in captured.err


def test_silence_is_silent(capsys: pytest.CaptureFixture[str]) -> None:
    with Silence() as sink:
        sink(at(30))
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("terminal", "term", "kind"),
    [(True, "xterm", Bar), (True, "dumb", Lines), (False, "xterm", Lines)],
)
def test_auto_draws_a_bar_on_a_terminal_that_can(
    monkeypatch: pytest.MonkeyPatch, terminal: bool, term: str, kind: type
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: terminal)
    monkeypatch.setenv("TERM", term)
    assert isinstance(make_sink("auto"), kind)
