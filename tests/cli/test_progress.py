import pytest

from learnscope.cli.progress import (
    WINDOW,
    Bar,
    Lines,
    Pace,
    Rate,
    Silence,
    Wait,
    describe,
    duration,
    make_sink,
)
from learnscope.training.result import PartProgress, Progress


def at(done: int, message: str = "", members_done: int = 0) -> Progress:
    return Progress(done=done, total=100, members_done=members_done, members=4, message=message)


def of_shards(share: float, members_done: int = 0, message: str = "") -> Progress:
    names = ("width 4, noise 0.5 and 3 more points", "features [x1, x2]")
    parts = tuple(
        PartProgress(key=name, name=name, members=500, share=s)
        for name, s in zip(names, (0.615, 0.0), strict=True)
    )
    return Progress(
        done=round(1000 * share),
        total=1000,
        members_done=members_done,
        members=10_000,
        message=message,
        share=share,
        parts=parts,
    )


def test_the_pace_counts_from_the_first_progress() -> None:
    pace = Pace()
    # Members kept from before a stop (50 epochs) took no time now, nor does loading until 10 s.
    for now in (0.0, 5.0, 10.0):
        assert pace.rate(at(50), now) is None
    rate = pace.rate(at(70), 14.0)
    # 20 epochs in 4 s; 30 are left.
    assert rate == Rate(epochs=5.0, members=None, seconds_left=6.0)


def test_the_pace_is_that_of_the_last_half_minute() -> None:
    pace = Pace()
    # One step a second for 100 s, then ten.
    for now in range(100):
        pace.steps(now, float(now))
    for now in range(100, 100 + int(WINDOW) + 2):
        found = pace.steps(100 + 10 * (now - 100), float(now))
    assert found == pytest.approx(10.0, rel=0.05)


def test_time_left_is_that_of_the_work_and_not_of_the_epochs() -> None:
    pace = Pace()
    pace.rate(of_shards(0.0), 0.0)
    # Half of the epochs may be a tenth of the work: nine times the 6 s are left.
    later = Progress(
        done=500, total=1000, members_done=100, members=200, share=0.1, parts=of_shards(0).parts
    )
    rate = pace.rate(later, 6.0)
    assert rate is not None
    assert rate.seconds_left == pytest.approx(54.0) and rate.members == pytest.approx(1000.0)
    assert describe(later, rate) == "100/200 members, 10 %, 1,000 members/min, 54 s left"


def test_a_description_has_rate_and_time_left() -> None:
    rate = Rate(epochs=5.0, members=None, seconds_left=6.0)
    text = describe(at(70, "loss 0.2", members_done=2), rate)
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


def test_every_shard_at_work_has_a_line_and_a_bar(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with Lines(every=0) as sink:
        sink(of_shards(0.25, 2500))
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "learnscope: 2,500/10,000 members, 25 %"
    assert lines[1].endswith("61 % of 500 members: width 4, noise 0.5 and 3 more points")
    assert lines[2].endswith("0 % of 500 members: features [x1, x2]")
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "160")
    with Bar() as sink:
        sink(of_shards(0.25, 2500))
        assert [task.total for task in sink._bars.tasks] == [1, 1, 1]
        # A shard that is through takes its bar with it.
        sink(Progress(done=1, total=1, members_done=10_000, members=10_000, share=1.0))
        assert len(sink._bars.tasks) == 1
        sink(of_shards(0.3, 3000, "7 of 20 shards left"))
    drawn = capsys.readouterr().err
    for words in ("61 % of 500 members: width 4", "features [x1, x2]", "7 of 20 shards left"):
        assert words in drawn


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
