import numpy as np
import pytest

from learnscope.measures.memory import memorise, random_labels
from learnscope.measures.refit import fit, given_member
from learnscope.training.member import prepare
from tests.measures.by_hand import experiment, member, trained


def test_sixteen_digits_are_known_by_heart() -> None:
    # S4.34: 16 images reach a loss below 1e-4 in 100 steps at rate 1e-2 (100 units).
    settings = experiment(
        problem="digits", model={"kind": "mlp", "hidden": [100]}, features=["minmax"],
        training={"loss": "cross_entropy", "lr": 1e-2, "weight_decay": 0.1},
    )  # fmt: skip
    found = memorise(member(settings), rows=16, steps=100)
    assert found.memorised and found.accuracy == 1.0
    assert found.losses[-1] < 1e-3
    assert "known by heart" in found.sentence()


def test_a_line_cannot_learn_an_xor_by_heart_and_it_says_so() -> None:
    settings = experiment(
        problem={"kind": "gates", "table": "xor"},
        model="linear",
        training={"loss": "bce_logits", "lr": 0.1, "split": {"test": 0}},
    )
    found = memorise(member(settings), rows=4, steps=500)
    assert not found.memorised and found.at_step is None
    # S1.4: the loss stays at ln 2, that of the best constant.
    assert found.losses[-1] == pytest.approx(np.log(2), abs=1e-3)
    assert "100 % of that of the best constant answer" in found.sentence()


def test_a_diverging_rate_is_named() -> None:
    settings = experiment(problem="line", model="linear", training={"optimizer": "sgd", "lr": 10.0})
    assert "diverged: lower training.lr" in memorise(member(settings), steps=200).sentence()


def test_a_wide_network_learns_shuffled_labels_and_a_line_does_not() -> None:
    def fitted(model: object, lr: float) -> tuple[float, float]:
        settings = experiment(
            problem={"kind": "gaussians", "n": 30}, model=model,
            training={"loss": "bce_logits", "lr": lr, "epochs": 3000, "split": {"test": 0}},
        )  # fmt: skip
        found = random_labels(fit([prepare(settings, 0)]))
        return found.shuffled[0], found.guess

    wide, guess = fitted({"kind": "mlp", "hidden": [64, 64], "activation": "tanh"}, 1e-2)
    assert guess == 0.5
    assert wide == 1.0
    line, _ = fitted("linear", 1e-2)
    # A line in the plane separates few of the labelings of 60 points (T. Cover, 1965).
    assert line < 0.75


def test_a_member_on_all_its_rows_is_the_member_itself() -> None:
    settings = experiment(
        problem={"kind": "gaussians", "n": 20}, features=["standardise"],
        training={"loss": "bce_logits", "epochs": 20},
    )  # fmt: skip
    (first,) = trained(settings)
    rows = first.member.rows
    again = given_member(settings, 0, first.member.sample, train=rows.train, test=rows.test)
    (second,) = fit([again], "torch")
    for name, value in first.result.parameters.items():
        assert np.array_equal(value, second.result.parameters[name])
    assert np.array_equal(
        again.sample.x[again.rows.test], first.member.sample.x[first.member.rows.test]
    )
