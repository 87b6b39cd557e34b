import numpy as np
import pytest

from learnscope.catalogue import named
from learnscope.errors import InputError
from learnscope.runs.run import Run
from learnscope.runs.train import train
from learnscope.views.hidden_space import compute, describe, draw, project


def untrained(hidden: list[int]) -> Run:
    return train(named("disc_in_ring").override({"model.hidden": hidden, "training.epochs": 0}))


def test_the_coordinates_are_the_units_of_the_last_hidden_layer() -> None:
    run = untrained([4, 3])
    found = compute(run.trained)
    p, x = run.results[0].parameters, run.trained[0].member.sample.x
    a = x
    for i in range(2):
        a = 1 / (1 + np.exp(-(a @ p[f"layers.{i}.weight"].T + p[f"layers.{i}.bias"])))
    np.testing.assert_allclose(found.values, a, rtol=1e-5)
    assert found.groups.tolist() == [[0, 1, 2]]


@pytest.mark.parametrize(
    ("h", "drawn", "there_are"), [(2, 1, 1), (4, 4, 4), (5, 10, 10), (7, 10, 35)]
)
def test_all_triples_of_up_to_five_units_are_drawn(h: int, drawn: int, there_are: int) -> None:
    found = compute(untrained([h]).trained)
    assert (len(found.groups), found.n_groups) == (drawn, there_are)
    assert f"{drawn} of {there_are} " in describe(found)


def test_units_can_be_named() -> None:
    run = untrained([7])
    assert compute(run.trained, units=[6, 1, 4]).groups.tolist() == [[1, 4, 6]]
    with pytest.raises(
        InputError, match=r"two or more different numbers from 0 to 6, got \[7, 1\]"
    ):
        compute(run.trained, units=[7, 1])


def test_a_dead_unit_is_an_axis_along_which_nothing_happens() -> None:
    weights = [
        {"weight": [[1, 0], [0, 1], [0, 0]], "bias": [0, 0, -1]},
        {"weight": [[1, 1, 1]]},
    ]
    settings = {"model.hidden": [3], "model.activation": "relu", "model.weights": weights}
    run = train(named("disc_in_ring").override({**settings, "training.epochs": 0}))
    found = compute(run.trained)
    assert found.dead.tolist() == [False, False, True]
    assert "dead units: 1." in describe(found)
    assert draw(found).axes[0].get_ylabel() == "up: unit 2 (dead)"


def test_parallel_lines_stay_parallel_and_corners_apart() -> None:
    rng = np.random.default_rng(0)
    points, shift = rng.normal(size=(20, 3)), np.array([0.3, -1.0, 2.0])
    moved = project(points + shift) - project(points)
    np.testing.assert_allclose(moved, np.broadcast_to(project(shift[None]), (20, 2)), atol=1e-12)
    corners = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)], dtype=float)
    places = project(corners)
    gaps = np.linalg.norm(places[:, None] - places[None], axis=2) + np.eye(8)
    assert gaps.min() > 0.15
