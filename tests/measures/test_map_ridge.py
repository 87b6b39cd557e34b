import numpy as np
import pytest

from learnscope.errors import InputError
from learnscope.measures.map_ridge import map_ridge
from learnscope.trained import Trained
from tests.measures.by_hand import experiment, member, trained


def polynomial(degree: int, decay: float, **training: object) -> dict[str, object]:
    return {
        "problem": {"kind": "xsin10x", "seed": 0},
        "model": {"kind": "polynomial", "degree": degree},
        "training": {
            "loss": {"kind": "mse", "reduction": "sum"}, "weight_decay": decay,
            "precision": "float64", "split": {"test": 0}, **training,
        },
    }  # fmt: skip


@pytest.mark.parametrize(
    ("degree", "decay", "sse", "norm"),
    [(5, 0.01, 0.764, 6.74), (5, 0.1, 1.371, 2.25), (3, 0.01, 1.607, 6.48)],
)  # fmt: skip
def test_trained_ridge_and_most_probable_weights_are_the_sources(
    degree: int, decay: float, sse: float, norm: float
) -> None:
    # S2.4: SSE within 1e-3 and norm within 1e-2 of each other; the source's figures are rounded.
    settings = experiment(**polynomial(degree, decay, optimizer="lbfgs", lr=1.0, epochs=2000))
    found = map_ridge(trained(settings)[0])
    for solution in (found.trained, found.ridge, found.map):
        assert solution.sse == pytest.approx(sse, abs=1e-3)
        assert solution.norm == pytest.approx(norm, abs=1e-2)
    assert found.apart < 1e-8
    assert found.unfinished < 1e-2


def test_adam_of_the_source_ends_at_ridge() -> None:
    settings = experiment(**polynomial(3, 0.1, lr=1e-2, epochs=10_000))
    from learnscope.measures.refit import fit
    from learnscope.training.member import prepare

    found = map_ridge(fit([prepare(settings, 0)])[0])
    assert found.trained.sse == pytest.approx(found.ridge.sse, abs=1e-3)
    assert found.trained.norm == pytest.approx(found.ridge.norm, abs=1e-2)


def closed(reduction: str, decay_biases: bool) -> tuple[Trained, np.ndarray]:
    settings = experiment(
        problem={"kind": "plane_surface", "n": 40}, model="linear",
        training={"loss": {"kind": "mse", "reduction": reduction}, "weight_decay": 0.3,
                  "decay_biases": decay_biases, "precision": "float64", "split": {"test": 0}},
    )  # fmt: skip
    t = member(settings)
    x, y = t.member.parts["train"].x, t.member.parts["train"].y
    design = np.column_stack((x, np.ones(len(x))))
    c = 1.0 if reduction == "sum" else 1 / len(x)
    penalty = 0.15 * np.diag([1.0, 1.0, float(decay_biases)])
    return t, np.linalg.solve(c * design.T @ design + penalty, c * design.T @ y)[:, 0]


@pytest.mark.parametrize("reduction", ["sum", "mean"])
@pytest.mark.parametrize("decay_biases", [True, False])
@pytest.mark.parametrize("noise", [0.01, 1.0, 7.0])
def test_normal_equations_give_the_same_whatever_the_noise(
    reduction: str, decay_biases: bool, noise: float
) -> None:
    t, theta = closed(reduction, decay_biases)
    found = map_ridge(t, noise_variance=noise)
    assert found.ridge.theta == pytest.approx(theta)
    assert found.map.theta == pytest.approx(theta)


def test_what_has_no_closed_form_is_refused() -> None:
    with pytest.raises(InputError, match="ridge is for models that are linear in their weights"):
        map_ridge(member(experiment(problem="line", model={"kind": "mlp", "hidden": [2]})))
    with pytest.raises(InputError, match="ridge needs weight decay"):
        map_ridge(member(experiment(problem="line", model="linear")))
