"""Quantities of images and of searches among them, against closed forms and hand-worked sizes."""

import math
from typing import Any

import numpy as np
import pytest

import learnscope as ls
from learnscope.catalogue.quantities import QUANTITIES
from learnscope.errors import InputError
from learnscope.runs.run import Run


def of(run: Run, kind: str, **fields: Any) -> list[float]:
    return QUANTITIES[kind](**fields).values(run.trained)


def digits(model: dict[str, Any], *, side: int = 8, **training: Any) -> Run:
    return ls.train(
        ls.Experiment(
            problem={"kind": "digits", "n": 120, "scale": True, "side": side},
            model=model,
            training={"epochs": 1, "batch_size": 20, "lr": 1e-3, **training},
        )
    )


@pytest.fixture(scope="module")
def autoencoder() -> Run:
    model = {"kind": "autoencoder", "code": 12, "code_activation": "relu", "bias": False}
    return digits(model, loss="mse")


@pytest.fixture(scope="module")
def classifier() -> Run:
    return digits({"kind": "mlp", "hidden": [16]}, loss="cross_entropy", epochs=20)


def test_draws_with_replacement_repeat_as_often_as_they_should(classifier: Run) -> None:
    # N (1 - (1 - 1/N)^n); the variance of the number of empty boxes is below 16.1².
    expected = 60_000 * (1 - (1 - 1 / 60_000) ** 6000)
    assert of(classifier, "distinct_draws")[0] == pytest.approx(expected, abs=5 * 16.1)
    assert of(classifier, "distinct_draws", n=50, of=1) == [1.0]


def test_rows_drawn_without_replacement_are_all_different(classifier: Run) -> None:
    n = len(classifier.trained[0].member.rows.train)
    assert of(classifier, "distinct_rows") == [n]
    assert of(classifier, "n_inputs") == [64]


def test_sizes_of_maps_are_those_of_the_formula() -> None:
    # 28 - 3 + 1 = 26, halved 13; 13 - 3 + 1 = 11, halved and rounded down 5.
    run = digits({"kind": "conv", "blocks": [2, 3]}, side=28, loss="cross_entropy")
    found = {
        (block, word): of(run, "map_size", block=block, of=word)[0]
        for block in (0, 1)
        for word in ("conv", "pool", "channels", "flat")
    }
    assert [found[0, w] for w in ("conv", "pool", "channels", "flat")] == [26, 13, 2, 338]
    assert [found[1, w] for w in ("conv", "pool", "channels", "flat")] == [11, 5, 3, 75]
    with pytest.raises(InputError, match="no convolution block 2"):
        of(run, "map_size", block=2)


def test_without_biases_the_scale_of_the_pixels_does_not_matter_to_a_cosine(
    autoencoder: Run,
) -> None:
    # A ReLU of a linear map is homogeneous: codes of 2x are twice those of x (a power of two,
    # so that no digit is lost).
    assert of(autoencoder, "wrong_scale", n=60, factor=256) == [0.0]
    one, many = (of(autoencoder, "nearest_label", n=60, factor=f) for f in (1, 256))
    assert one == many


def test_pixels_find_labels_as_scikit_learn_does(autoencoder: Run) -> None:
    from sklearn.neighbors import NearestNeighbors

    member = autoencoder.trained[0].member
    rows = member.rows.train[:60]
    x, y = member.sample.x[rows], np.asarray(member.sample.labels)[rows]
    found = NearestNeighbors(n_neighbors=2, metric="cosine").fit(x).kneighbors(x)[1][:, 1]
    expected = float(np.mean(y[found] == y))
    assert of(autoencoder, "nearest_label", by="pixels", n=60) == [pytest.approx(expected)]


def test_a_shift_makes_pixels_find_less(autoencoder: Run) -> None:
    kept = of(autoencoder, "nearest_label", by="pixels", n=80)[0]
    moved = of(autoencoder, "shifted_label", by="pixels", n=80, pixels=3)[0]
    assert 0 <= moved < kept


def test_the_matrix_of_cosines_is_that_of_the_pairs(autoencoder: Run) -> None:
    assert of(autoencoder, "cosine_matrix", n=60)[0] < 1e-12
    assert of(autoencoder, "cosine_matrix", n=60, of="pairs")[0] < 1e-12


def test_chance_is_worked_out_as_by_hand(classifier: Run) -> None:
    # sqrt(10000 x 0.9728 x 0.0272); (0.924 - 0.944) / sqrt(2 x 0.934 x 0.066 / 1000).
    assert of(classifier, "binomial_sd", p=0.9728, n=10_000)[0] == pytest.approx(16.27, abs=0.005)
    z = of(classifier, "two_proportions", right=944, other=924, n=1000)[0]
    assert z == pytest.approx(-0.02 / math.sqrt(2 * 0.934 * 0.066 / 1000))
    p = classifier.metrics["test_accuracy"][0]
    n = len(classifier.trained[0].member.rows.test)
    assert of(classifier, "accuracy_error")[0] == pytest.approx(math.sqrt(2 * p * (1 - p) / n))
    apart = classifier.metrics["test_accuracy"][0] - classifier.metrics["train_accuracy"][0]
    assert of(classifier, "parts_apart", name="accuracy") == [pytest.approx(apart)]


def test_a_number_is_taken_out_of_the_answer_of_a_probe(classifier: Run) -> None:
    shift = {"kind": "shift", "levels": [1, 3]}
    clean = of(classifier, "probed", probe=shift, take="clean.0")
    assert clean == [classifier.metrics["test_accuracy"][0]]
    far = of(classifier, "probed", probe=shift, take="scores.0.1")[0]
    lost = of(classifier, "probed", probe=shift, take="clean.0", less="scores.0.1")[0]
    assert lost == pytest.approx(clean[0] - far)
    with pytest.raises(InputError, match=r"no 'scores\.9'"):
        of(classifier, "probed", probe=shift, take="scores.9")


def test_one_right_answer_is_learned_and_is_a_function_of_the_seed(classifier: Run) -> None:
    first, last = (of(classifier, "one_target", of=w, last=10)[0] for w in ("first", "last"))
    assert last < 0.2 * first
    assert of(classifier, "one_target", last=10) == [last]
    # With no step to speak of the loss stays where it began.
    still = of(classifier, "one_target", lr=1e-12, last=10)[0]
    assert still == pytest.approx(
        of(classifier, "one_target", lr=1e-12, of="first", last=10)[0], rel=0.1
    )
