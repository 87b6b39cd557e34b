import time
from pathlib import Path

import pytest

import learnscope as ls
from learnscope.cli.cost import estimate_cost
from learnscope.cli.size import OBJECTS_BYTES, check_sample, memory, too_large
from learnscope.errors import InputError
from learnscope.training.member import prepare
from tests.cli.calling import SMALL, Cli


@pytest.mark.parametrize(
    ("name", "sets", "numbers"),
    [
        ("spirals", {"problem.n": 10**9}, "2,000,000,000"),
        ("spirals", {"problem.n": 40_000_000, "problem.arms": 3}, "120,000,000"),
        ("spirals", {"problem": {"kind": "blobs", "n": [10**8, 1], "centers": 2}}, "200,000,002"),
    ],
)
def test_a_sample_too_large_to_draw_is_refused_before_it_is_drawn(
    cli: Cli, tmp_path: Path, name: str, sets: dict[str, object], numbers: str
) -> None:
    problem = ls.named(name).override(sets).problem
    with pytest.raises(InputError, match=f"asks for {numbers} numbers or more, and a sample may"):
        check_sample(problem)


@pytest.mark.parametrize("flags", [(), ("--dry-run",)])
def test_run_and_dry_run_refuse_a_sample_too_large(
    cli: Cli, tmp_path: Path, flags: tuple[str, ...]
) -> None:
    answer = cli("run", "spirals", "--problem.n=1000000000", *flags, f"--out={tmp_path}")
    assert answer.code == 2
    assert "problem.n = 1000000000 asks for" in answer.complaint
    assert list(tmp_path.iterdir()) == []


def test_the_estimate_grows_with_the_members_and_half_the_memory_is_the_limit() -> None:
    first = prepare(ls.named("spirals").override({"seeds": 1000}), 0)
    # 200 rows x 2 float64 and a class; the same 200 rows as float32, their targets float32;
    # 37 weights float64.
    member = 200 * (2 * 8 + 8) + 200 * (2 * 4 + 4) + 37 * 8 + OBJECTS_BYTES
    limit = 2 * 1000 * member
    assert too_large(first, limit) == ""
    text = too_large(first, limit - 2)
    assert "The data of 1,000 members with 200 rows and 2 columns take about 0.0 GB" in text


def test_run_refuses_more_than_half_the_memory_and_names_the_figure(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("learnscope.cli.size.memory", lambda: 8 * 10**9)
    answer = cli("run", "spirals", "--seeds=1000000", f"--out={tmp_path}")
    assert answer.code == 2
    assert "take about 17.5 GB, more than half of this machine's memory of 8.0 GB" in (
        answer.complaint
    )
    assert list(tmp_path.iterdir()) == []


def test_a_dry_run_of_a_million_members_draws_a_few_of_them(cli: Cli) -> None:
    start = time.process_time()
    experiment = ls.named("spirals").override({"seeds": 1_000_000})
    cost = estimate_cost(experiment)
    # All of them would take minutes.
    assert time.process_time() - start < 5
    assert cost.members == 1_000_000
    assert cost.updates == 1_000_000 * 1000
    few = estimate_cost(experiment.override({"seeds": 1000}))
    # 1000 and a million members both fill all cores.
    assert cost.seconds == pytest.approx(1000 * few.seconds)


def test_the_memory_of_this_machine_is_more_than_python_needs() -> None:
    assert 2**28 < memory() < 2**50


def test_faults_of_the_data_come_before_the_announcement(cli: Cli, tmp_path: Path) -> None:
    answer = cli("run", "spirals", *SMALL, "--training.split.test=400", f"--out={tmp_path}")
    assert answer.code == 2
    # One line alone: nothing was announced.
    assert "leaves no rows to train on: 40 rows, 400 for the test" in answer.complaint
