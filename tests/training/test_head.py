import re
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from learnscope.errors import InputError
from learnscope.problems.base import Sample
from learnscope.training.head import Head, fit_head, make_head
from learnscope.training.losses import LOSSES


def labelled(c: int) -> Sample:
    y = np.arange(12) % c
    outputs = tuple(f"class {i}" for i in range(c))
    return Sample(
        x=np.zeros((12, 2)), y=y, task="classification", columns=("a", "b"), outputs=outputs
    )


def measured(k: int) -> Sample:
    y = np.arange(6.0 * k).reshape(6, k)
    outputs = tuple(f"y{i}" for i in range(k))
    return Sample(x=np.zeros((6, 2)), y=y, task="regression", columns=("a", "b"), outputs=outputs)


def head(loss: str, sample: Sample) -> Head:
    return make_head(LOSSES[loss](), sample)


@pytest.mark.parametrize(
    ("loss", "classes", "n_outputs"),
    [
        ("mse", 2, 1),
        ("mse", 3, 3),
        ("bce", 2, 1),
        ("bce_logits", 2, 1),
        ("cross_entropy", 2, 2),
        ("cross_entropy", 5, 5),
        ("nll", 3, 3),
        ("huber", 4, 4),
    ],
)
def test_the_loss_says_how_many_outputs_there_are(loss: str, classes: int, n_outputs: int) -> None:
    assert head(loss, labelled(classes)).n_outputs == n_outputs


@pytest.mark.parametrize("loss", ["mse", "l1", "huber", "percentage", "weighted"])
def test_numbers_are_learned_as_they_are(loss: str) -> None:
    sample = measured(3)
    made = head(loss, sample)
    assert made.n_outputs == 3 and not made.logits
    np.testing.assert_array_equal(made.encode(sample.y), sample.y)


def test_labels_become_what_the_loss_compares() -> None:
    three, two = labelled(3), labelled(2)
    assert head("cross_entropy", three).encode(three.y).tolist() == three.y.tolist()
    assert head("cross_entropy", three).encode(three.y).dtype == np.int64
    np.testing.assert_array_equal(head("mse", three).encode(three.y), np.eye(3)[three.y])
    for loss in ("mse", "bce", "bce_logits"):
        column = head(loss, two).encode(two.y)
        assert column.shape == (12, 1) and column.dtype == np.float64
        np.testing.assert_array_equal(column[:, 0], two.y)


@pytest.mark.parametrize("loss", sorted(LOSSES))
@pytest.mark.parametrize("classes", [2, 3])
def test_every_loss_takes_what_its_head_encodes_or_is_refused(loss: str, classes: int) -> None:
    sample = labelled(classes)
    try:
        made = head(loss, sample)
    except InputError:
        assert loss == "percentage" or (loss in {"bce", "bce_logits"} and classes == 3)
        return
    output = np.full((12, made.n_outputs), 0.5)
    total, count = LOSSES[loss]().total(output, made.encode(sample.y), None)
    assert np.isfinite(total) and count > 0


@pytest.mark.parametrize(
    ("loss", "output", "label"),
    [
        ("mse", 0.4, 0),
        ("mse", 0.6, 1),
        ("mse", 7.0, 1),
        ("bce", 0.49, 0),
        ("bce", 0.51, 1),
        ("bce_logits", -0.1, 0),
        ("bce_logits", 0.4, 1),
    ],
)
def test_two_classes_are_cut_where_the_output_means_one_half(
    loss: str, output: float, label: int
) -> None:
    made = head(loss, labelled(2))
    assert made.labels(np.array([[output]])).tolist() == [label]
    assert made.shares(np.array([[output]])).argmax() == label


def test_the_largest_of_several_outputs_decides() -> None:
    made = head("cross_entropy", labelled(3))
    labels = made.labels(np.array([[0.1, 3.0, 2.0], [-5.0, -6.0, -4.0]]))
    assert labels.tolist() == [1, 2] and labels.dtype == np.int64


outputs = arrays(np.float64, (7, 3), elements=st.floats(-1e3, 1e3))


@given(output=outputs, loss=st.sampled_from(["mse", "cross_entropy", "nll"]))
def test_shares_of_three_classes_sum_to_one(output: Any, loss: str) -> None:
    shares = head(loss, labelled(3)).shares(output)
    assert shares.min() >= 0
    np.testing.assert_allclose(shares.sum(axis=1), 1, atol=1e-12)


@given(output=outputs, loss=st.sampled_from(["mse", "bce", "bce_logits"]))
def test_shares_of_two_classes_sum_to_one(output: Any, loss: str) -> None:
    shares = head(loss, labelled(2)).shares(output[:, :1])
    assert shares.shape == (7, 2) and shares.min() >= 0
    np.testing.assert_allclose(shares.sum(axis=1), 1, atol=1e-12)


def test_shares_are_pytorchs_probabilities() -> None:
    z = np.random.default_rng(0).normal(size=(9, 3)) * 4
    t = torch.from_numpy(z)
    softmax = torch.softmax(t, dim=1).numpy()
    np.testing.assert_allclose(head("cross_entropy", labelled(3)).shares(z), softmax, rtol=1e-12)
    logs = torch.log_softmax(t, dim=1).numpy()
    np.testing.assert_allclose(head("nll", labelled(3)).shares(logs), softmax, rtol=1e-12)
    sigmoid = torch.sigmoid(t[:, 0]).numpy()
    ours = head("bce_logits", labelled(2)).shares(z[:, :1])[:, 1]
    np.testing.assert_allclose(ours, sigmoid, rtol=1e-12)


def test_shares_of_outputs_without_any_belief_are_equal() -> None:
    shares = head("mse", labelled(4)).shares(np.array([[-1.0, 0.0, -2.0, 0.0]]))
    assert shares.tolist() == [[0.25] * 4]


@pytest.mark.parametrize(
    ("loss", "sample", "text"),
    [
        ("cross_entropy", measured(1), "'cross_entropy' needs labels, and the target y0 is a"),
        ("bce", measured(2), "'bce' needs labels, and the target y0, y1 is a number. Use 'mse'"),
        ("bce_logits", labelled(3), "is for two classes, and the problem has 3. Use 'cross_ent"),
        ("percentage", labelled(2), "'percentage' divides by the size of the target, which for"),
    ],
)
def test_a_loss_that_does_not_fit_the_target_is_refused(
    loss: str, sample: Sample, text: str
) -> None:
    with pytest.raises(InputError, match=re.escape(text)):
        head(loss, sample)


def test_steps_of_a_series_are_scaled_alike() -> None:
    y = np.arange(12.0).reshape(6, 2)
    plain = head("mse", measured(2))
    together = fit_head(plain, y, together=True)
    assert together.shift == (5.5, 5.5) and len(set(together.scale)) == 1
    assert together.encode(y).std() == pytest.approx(1)
    np.testing.assert_allclose(together.decode(together.encode(y)), y)
    assert fit_head(plain, y).shift == (5.0, 6.0)
    # A series that stands still is shifted and not scaled, as a column is.
    assert fit_head(plain, np.full((3, 2), 4.0), together=True).scale == (1.0, 1.0)
