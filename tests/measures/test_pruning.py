import numpy as np
import pytest

from learnscope.errors import InputError
from learnscope.measures.pruning import pruned, pruning_curve
from learnscope.trained import Trained
from tests.measures.by_hand import experiment, member

W0 = np.array([[1.0, 0.0], [0.1, 0.2], [3.0, -3.0]])
W1 = np.array([[2.0, 0.5, 0.01]])


def small() -> Trained:
    settings = experiment(
        problem={"kind": "gaussians", "n": 50},
        model={"kind": "mlp", "hidden": [3]},
        training={"loss": "bce_logits"},
    )
    weights = {
        "layers.0.weight": W0, "layers.0.bias": np.zeros(3),
        "layers.1.weight": W1, "layers.1.bias": np.zeros(1),
    }  # fmt: skip
    return member(settings, parameters=weights)


def test_edges_go_in_order_of_their_size() -> None:
    found = pruning_curve(small(), "edges", points=10)
    sizes = []
    for layer, unit, source in found.places:
        sizes.append(abs((W0, W1)[layer][unit, source]))
    assert sizes == sorted(sizes)
    assert found.total == 9
    assert (found.shares[0], found.shares[-1]) == (0.0, 1.0)


def test_units_go_in_order_of_what_passes_through_them() -> None:
    found = pruning_curve(small(), "units", points=4)
    # Norm in times norm out: 1 * 2, 0.2236 * 0.5, 4.24 * 0.01.
    assert [unit for _, unit, _ in found.places] == [2, 1, 0]


def test_a_unit_taken_away_is_a_network_without_it() -> None:
    t = small()
    x = np.random.default_rng(0).normal(size=(20, 2)).astype(np.float32)
    less = pruned(t.result.parameters, [(0, 1, -1)])
    hidden = np.maximum(x @ W0[[0, 2]].T, 0)
    assert t.member.network.output(less, x)[:, 0] == pytest.approx(hidden @ W1[0, [0, 2]], rel=1e-5)
    # The member's own weights are as they were.
    assert t.result.parameters["layers.1.weight"][0, 1] == np.float32(0.5)


def test_with_everything_gone_the_answer_is_the_bias() -> None:
    found = pruning_curve(small(), "edges", points=2)
    # The logit is 0 everywhere: ln 2.
    assert found.losses[-1] == pytest.approx(np.log(2))


def test_by_effect_the_first_to_go_hurts_least() -> None:
    t = small()
    found = pruning_curve(t, "units", "effect", points=4)
    loss, part = t.member.experiment.training.loss, t.member.parts["train"]
    alone = []
    for place in found.places:
        out = t.member.network.output(pruned(t.result.parameters, [place]), part.x)
        total, count = loss.total(out, part.y, None)
        alone.append(total / count)
    assert alone == sorted(alone)


def test_a_model_without_hidden_layers_has_no_units() -> None:
    t = member(experiment(problem="line", model="linear"))
    with pytest.raises(InputError, match="pruning of units needs a hidden layer"):
        pruning_curve(t, "units")
