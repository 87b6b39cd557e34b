import math
import re
from typing import Any

import numpy as np
import pytest

from learnscope.arrays import Array
from learnscope.errors import InputError
from learnscope.problems.base import Sample, Truth
from learnscope.problems.spirals import Spirals
from learnscope.seeds import streams


def draw(problem: Spirals, root: int = 0) -> Sample:
    return problem.sample(streams(root, problem_seed=problem.seed).draws)


def truth_of(problem: Spirals) -> Truth:
    truth = draw(problem).truth
    assert truth is not None
    return truth


def direct_posterior(problem: Spirals, x: Array, m: int = 4000) -> Array:
    """Bayes' rule with m points of every curve, written again from the source, no short cut."""
    u = (np.arange(m) + 0.5) / m
    # Equal steps of t, each with its share of points: t = 2 pi R sqrt(U) has a density like t.
    t = 2 * math.pi * problem.revolutions * u
    r = 2 * t + math.pi / 2
    logs = []
    for k in range(problem.arms):
        angle = t + 2 * math.pi * k / problem.arms
        curve = np.stack((r * np.cos(angle), r * np.sin(angle)), axis=1)
        square = (x**2).sum(axis=1)[:, None] - 2 * x @ curve.T + (curve**2).sum(axis=1)
        logs.append(-square / (2 * problem.noise**2))
    top = np.max([log.max(axis=1) for log in logs], axis=0)
    density = np.stack([np.exp(log - top[:, None]) @ u for log in logs], axis=1)
    return np.asarray(density / density.sum(axis=1, keepdims=True))


def test_seed_zero_with_twins_gives_the_published_points() -> None:
    sample = draw(Spirals(n=100, noise=0.5, twins=True, seed=0))
    np.testing.assert_allclose(sample.x[0], (-1.2098, -10.4117), atol=5e-5)
    np.testing.assert_allclose(sample.x[100], (0.5720, 11.3722), atol=5e-5)
    assert sample.y.tolist() == [0] * 100 + [1] * 100


@pytest.mark.parametrize("revolutions", [1.0, 2.0])
def test_radius_reaches_four_pi_turns_plus_half_pi(revolutions: float) -> None:
    sample = draw(Spirals(n=200_000, noise=0.0, revolutions=revolutions))
    # The largest of 200,000 uniform numbers lacks 1e-5 of 1 at most, its root half of that.
    expected = 4 * math.pi * revolutions + math.pi / 2
    assert np.hypot(*sample.x.T).max() == pytest.approx(expected, abs=0.01)


def test_twins_are_opposite_and_form_groups() -> None:
    sample = draw(Spirals(n=30, noise=0.0, twins=True))
    np.testing.assert_allclose(sample.x[30:], -sample.x[:30], atol=1e-12)
    assert sample.groups is not None
    assert sample.groups.tolist() == [*range(30), *range(30)]


def test_arms_have_angles_of_their_own_without_twins() -> None:
    sample = draw(Spirals(n=30, noise=0.0))
    assert sample.groups is None
    assert not np.allclose(np.hypot(*sample.x[:30].T), np.hypot(*sample.x[30:].T))


def test_arms_are_turned_by_equal_angles() -> None:
    sample = draw(Spirals(n=10, noise=0.0, arms=5, twins=True))
    z = (sample.x[:, 0] + 1j * sample.x[:, 1]).reshape(5, 10)
    np.testing.assert_allclose(z / z[0], np.exp(2j * np.pi * np.arange(5) / 5)[:, None] + 0 * z)
    assert sample.outputs == ("arm A", "arm B", "arm C", "arm D", "arm E")


@pytest.mark.parametrize("noise, accuracy", [(0.5, 1.0), (1.0, 0.998), (2.0, 0.882), (3.0, 0.705)])
def test_no_rule_beats_the_floor(noise: float, accuracy: float) -> None:
    # The analytic rule sign(cos(angle - (radius - pi/2) / 2)) reaches this accuracy.
    floor = truth_of(Spirals(revolutions=2.0, noise=noise)).floor()
    assert 1 - floor >= accuracy - 0.002


@pytest.mark.parametrize(
    "settings",
    [
        {"revolutions": 2.0, "noise": 2.0},
        {"revolutions": 2.0, "noise": 1.0},
        {"revolutions": 0.5, "noise": 3.0},
        {"revolutions": 1.0, "noise": 0.7, "arms": 7},
    ],
)
def test_floor_is_the_mean_of_the_direct_posterior(settings: dict[str, Any]) -> None:
    problem = Spirals(n=10_000 // settings.get("arms", 2), **settings)
    best = direct_posterior(problem, draw(problem, root=5).x, m=600).max(axis=1)
    error = best.std() / math.sqrt(len(best))
    assert truth_of(problem).floor() == pytest.approx(1 - best.mean(), abs=4 * error + 1e-3)


@pytest.mark.parametrize("noise", [0.2, 1.0, 2.5])
@pytest.mark.parametrize("arms", [2, 5])
def test_target_is_bayes_rule_also_between_and_outside_the_arms(noise: float, arms: int) -> None:
    problem = Spirals(revolutions=2.0, noise=noise, arms=arms)
    x = np.random.default_rng(0).uniform(-35, 35, (300, 2))
    x[0] = 0.0
    gap = np.abs(truth_of(problem).target(x) - direct_posterior(problem, x, m=20_000)).max(axis=1)
    inside = np.hypot(*x.T) < 8 * math.pi + math.pi / 2 + 3 * noise
    assert gap[inside].max() < 2e-4
    # Many standard deviations outside, the last bit of an arm decides, and four nodes on a piece
    # no longer resolve it to the last digit.
    assert gap.max() < 1e-2


def test_without_noise_the_nearest_arm_is_certain() -> None:
    sample = draw(Spirals(n=500, noise=0.0, revolutions=3.0, arms=3))
    assert sample.truth is not None
    np.testing.assert_array_equal(sample.truth.target(sample.x), np.eye(3)[sample.y])
    assert sample.truth.floor() == 0.0


@pytest.mark.parametrize("noise", [1e-6, 1e-3, 0.05])
def test_little_noise_never_tears_an_arm_into_dots(noise: float) -> None:
    sample = draw(Spirals(n=2000, noise=noise, revolutions=2.0))
    assert sample.truth is not None
    right = sample.truth.target(sample.x)[np.arange(len(sample)), sample.y]
    assert right.min() > 0.999
    assert sample.truth.floor() < 1e-6


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"n": 0}, "Spirals.n must be >= 1, got 0."),
        ({"noise": -1.0}, "Spirals.noise must be >= 0, got -1.0."),
        ({"arms": 1}, "Spirals.arms must be >= 2, got 1."),
        ({"revolutions": 0.0}, "Spirals.revolutions must be > 0, got 0.0."),
    ],
)
def test_bad_setting_is_named_with_its_rule(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=re.escape(message)):
        Spirals(**settings)
