import re
from typing import Any

import numpy as np
import pytest

from learnscope.errors import InputError
from learnscope.probes import PROBES, Probe
from learnscope.probes.fresh import Fresh
from learnscope.probes.shift import Shift
from learnscope.trained import Trained
from tests.measures.by_hand import experiment, trained

QUICK: dict[str, dict[str, Any]] = {
    "one_batch": {"steps": 30},
    "random_labels": {"epochs": 5},
    "calibration": {"draws": 50},
    "learning_curve": {"sizes": [0.5, 1.0]},
    "bias_variance": {"draws": 3, "seeds": 2},
}


@pytest.fixture(scope="module")
def blobs() -> list[Trained]:
    settings = experiment(
        problem={"kind": "gaussians", "n": 40}, model={"kind": "mlp", "hidden": [4]}, seeds=2,
        training={"loss": "bce_logits", "epochs": 30, "lr": 0.05,
                  "split": {"test": 0.3, "validation": 0.2}},
    )  # fmt: skip
    return trained(settings)


@pytest.fixture(scope="module")
def curve() -> list[Trained]:
    settings = experiment(
        problem={"kind": "xsin10x", "n": 20}, seeds=2,
        model={"kind": "mlp", "hidden": [4], "activation": "tanh"},
        training={"epochs": 30, "lr": 0.05},
    )  # fmt: skip
    return trained(settings)


@pytest.fixture(scope="module")
def digits() -> list[Trained]:
    settings = experiment(
        problem={"kind": "digits", "n": 300}, model="linear", features=["minmax"], seeds=2,
        training={"loss": "cross_entropy", "epochs": 60, "lr": 0.05,
                  "split": {"test": 0.3, "validation": 0.2}},
    )  # fmt: skip
    return trained(settings)


def quick(name: str) -> Probe:
    return PROBES[name](**QUICK.get(name, {}))


@pytest.mark.parametrize("name", PROBES)
@pytest.mark.parametrize("which", ["blobs", "curve", "digits"])
def test_probe_answers_or_says_why_not(
    name: str, which: str, request: pytest.FixtureRequest
) -> None:
    members, probe = request.getfixturevalue(which), quick(name)
    assert probe.kind_name() == name and probe.purpose
    obstacle = probe.obstacle(members)
    if obstacle:
        assert obstacle.endswith(".")
        return
    found = probe.answer(members)
    assert found.sentences and all(s.endswith((".", "]")) for s in found.sentences)
    assert all(len(row) == len(found.columns) for row in found.rows)
    assert found.data
    if found.chart is not None:
        figure = found.figure()
        assert figure is not None and figure.axes[0].get_xlabel() and figure.axes[0].get_ylabel()


def test_changes_of_images_refuse_plain_rows(blobs: list[Trained]) -> None:
    for name in ("shift", "rotation", "flip", "scale", "occlusion"):
        assert "needs inputs that are images" in PROBES[name]().obstacle(blobs)


def test_a_shift_by_the_whole_image_leaves_a_guess(digits: list[Trained]) -> None:
    data = Shift(levels=(0, 8)).answer(digits).data
    for clean, (still, gone) in zip(data["clean"], data["scores"], strict=True):
        assert still == clean > 0.7
        # An empty image has one label: that of at most a quarter of 90 rows in 10 classes.
        assert gone < 0.25


def test_options_are_checked_like_all_settings() -> None:
    with pytest.raises(InputError, match=re.escape("levels")):
        Shift(levels=(-1,))
    assert Shift(levels=2).levels == (2,)


def test_noise_on_a_threshold_costs_what_the_normal_distribution_says() -> None:
    # Label sign(x), x = +-1: noise of sd s flips it with probability Phi(-1 / s).
    from scipy.stats import norm

    from learnscope.measures.robustness import add_noise, robustness
    from tests.measures.by_hand import member

    settings = experiment(
        problem={"kind": "gaussians", "n": 2000, "means": [[-1, 0], [1, 0]],
                 "covariances": [[[1e-8, 0], [0, 1e-8]], [[1e-8, 0], [0, 1e-8]]]},
        model="linear", training={"loss": "bce_logits", "split": {"test": 0.5}},
    )  # fmt: skip
    weights = {"layers.0.weight": np.array([[1.0, 0.0]]), "layers.0.bias": np.zeros(1)}
    found = robustness(
        [member(settings, parameters=weights)],
        lambda x, level, rng: add_noise(x, level, rng),
        (0.5, 1.0, 2.0),
    )
    # 2,000 rows: a standard error of 1 %.
    assert found.scores[0] == pytest.approx(norm.cdf(1 / np.array([0.5, 1.0, 2.0])), abs=0.035)
    assert found.clean[0] == 1.0


def test_examples_of_another_domain_are_scored_as_they_are() -> None:
    settings = experiment(
        problem={"kind": "gaussians", "n": 60}, model="linear",
        training={"loss": "bce_logits", "epochs": 200, "lr": 0.05},
    )  # fmt: skip
    run = trained(settings)
    means = [list(m) for m in settings.problem.means]  # type: ignore[attr-defined]
    swapped = Fresh(problem={"means": means[::-1]})
    same = Fresh().answer(run).data["scores"]["accuracy"]["after"][0]
    other = swapped.answer(run).data["scores"]["accuracy"]["after"][0]
    # With the two classes exchanged what was right is wrong: both draws have the same points.
    assert same + other == pytest.approx(1.0, abs=0.1)
    assert same > 0.6
