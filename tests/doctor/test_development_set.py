import importlib
from typing import Any

import pytest
import torch

from tests.doctor.cases.everything import CASES, HEALTHY
from tests.doctor.cases.listed_scripts import LISTED, SCRIPTS, Script, run
from tests.doctor.cases.plain_loop import train
from tests.doctor.cases.program import Case, Healthy, Program

SEEDS = [0, pytest.param(1, marks=pytest.mark.study)]
"""The second seed doubles a minute, so only the studies take it."""


def _faults() -> set[str]:
    return {c.truth[0] for c in CASES.values()} | {s.truth[0] for s in LISTED}


def test_there_are_cases_enough_of_faults_enough() -> None:
    assert len(CASES) >= 75
    assert len(_faults()) >= 50
    assert len(HEALTHY) >= 24
    assert len(SCRIPTS) == len(LISTED) >= 12


def test_a_third_of_each_kind_is_held_back() -> None:
    for kind in (CASES, HEALTHY):
        share = sum(c.part == "held" for c in kind.values()) / len(kind)
        # A binomial third of 46 has a deviation of 0.07.
        assert 1 / 3 - 0.2 < share < 1 / 3 + 0.2


def test_equivalent_slugs_are_argued_for() -> None:
    silent = [c.name for c in CASES.values() if len(c.truth) > 1 and not c.because]
    assert silent == []


def test_every_slug_is_one_of_the_doctor() -> None:
    faults = pytest.importorskip("learnscope.doctor").FAULTS
    named = {slug for c in CASES.values() for slug in c.truth}
    named |= {slug for s in LISTED for slug in s.truth}
    assert named - set(faults) == set()


def test_a_program_is_the_same_at_every_call_and_leaves_the_random_state() -> None:
    before = torch.get_rng_state()
    one, two = (CASES["careless_annotator"].build(3) for _ in range(2))
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.equal(one.X, two.X) and torch.equal(one.y, two.y)
    pairs = zip(one.model.parameters(), two.model.parameters(), strict=True)
    assert all(torch.equal(a, b) for a, b in pairs)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_the_faulty_program_fails_and_its_twin_succeeds(case: Case, seed: int) -> None:
    twin = train(case.build(seed, mended=True), seed)
    assert twin.test >= case.good
    if case.violates is not None:
        assert case.violates(case.build(seed))
        assert not case.violates(case.build(seed, mended=True))
    else:
        assert train(case.build(seed), seed).test <= twin.test - case.gap


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("program", HEALTHY.values(), ids=HEALTHY.keys())
def test_the_healthy_program_succeeds(program: Healthy, seed: int) -> None:
    assert train(program.build(seed), seed).test >= program.good


@pytest.mark.parametrize("script", LISTED, ids=SCRIPTS.keys())
def test_the_faulty_script_fails_and_its_twin_succeeds(script: Script) -> None:
    score = run(script.path(mended=True))
    assert score >= script.good
    if script.raises is not None:
        with pytest.raises(Exception) as caught:
            run(script.path())
        assert type(caught.value).__name__ == script.raises
    elif script.gap is not None:
        assert run(script.path()) <= score - script.gap


def _diagnose(program: Program) -> Any:
    pytest.importorskip("learnscope.doctor")
    package = importlib.import_module("learnscope")
    return package.diagnose(**program.arguments(), seed=0)


SAMPLE = [c for c in CASES.values() if c.part == "open"][::8]
SOUND = [h for h in HEALTHY.values() if h.part == "open"][::8]


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_doctor_names_most_faults_of_a_sample() -> None:
    """Single programs are near a limit, and a busy machine does fewer trials: most must be named.

    `python -m benchmarks doctor` measures the whole set.
    """
    named = [bool(set(c.truth) & {f.slug for f in _diagnose(c.build(0)).findings}) for c in SAMPLE]
    assert sum(named) >= 0.8 * len(named), dict(zip((c.name for c in SAMPLE), named, strict=True))


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_doctor_raises_hardly_an_alarm_on_sound_programs() -> None:
    found = {h.name: _diagnose(h.build(0)) for h in SOUND}
    alarms = {name: d.findings for name, d in found.items() if d.verdict == "faulty"}
    assert len(alarms) <= 1, alarms
