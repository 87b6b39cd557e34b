"""Property tests: whatever the shapes, both routes give the same in float64."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from learnscope.arrays import Ints
from learnscope.experiment import Experiment
from learnscope.fused import plan
from learnscope.fused.codes import CHUNK, TURNED
from learnscope.models.mlp import Mlp
from learnscope.problems.base import Sample
from learnscope.training.head import make_head
from learnscope.training.member import Examples, Member, prepare
from learnscope.training.split import Part, Rows
from tests.fused.members import assert_as_by_the_route

# Vectors hold 2, 4 or 8 numbers of float64, 16 of float32 at most; tiles take four units.
EDGES = sorted({n + i for n in (4, 8, 16, 32) for i in (-1, 0, 1)} | {1, 2})
WIDTHS = st.sampled_from(EDGES) | st.integers(1, 40)
ROWS = st.sampled_from([*EDGES, 63, 64, 65]) | st.integers(1, 70)


def make_member(
    *,
    n_inputs: int,
    hidden: tuple[int, ...],
    n_outputs: int,
    n: int,
    n_test: int,
    classes: bool = False,
    seed: int = 0,
    activation: str = "tanh",
    bias: bool = True,
    **training: Any,
) -> Member:
    """Return a member with normal data and weights of these shapes, which no problem gives.

    `n_outputs` numbers, or as many classes (two of them share one output).
    """
    loss = "mse"
    if classes:
        loss = "bce_logits" if n_outputs == 2 else "cross_entropy"
    experiment = Experiment(
        problem={"kind": "spirals", "n": 10},
        model=Mlp(hidden=hidden, activation=activation, bias=bias),
        training={"loss": loss, "precision": "float64", "epochs": 3, "lr": 0.01, **training},
    )
    rng, rows = np.random.default_rng(seed), n + n_test
    sample = Sample(
        x=rng.normal(size=(rows, n_inputs)),
        y=rng.integers(n_outputs, size=rows) if classes else rng.normal(size=(rows, n_outputs)),
        task="classification" if classes else "regression",
        columns=tuple(f"x{i}" for i in range(n_inputs)),
        outputs=tuple(f"y{i}" for i in range(n_outputs)),
    )
    head = make_head(experiment.training.loss, sample)
    network = experiment.model.network(n_inputs, head.n_outputs)
    part: dict[Part, Ints] = {"train": np.arange(n), "test": np.arange(n, rows)}
    encoded = head.encode(sample.y)
    return replace(
        prepare(experiment, seed),
        sample=sample,
        head=head,
        network=network,
        rows=Rows(train=part["train"], validation=np.arange(0), test=part["test"]),
        parts={
            name: Examples(x=sample.x[index], y=encoded[index], weight=None)
            for name, index in part.items()
            if len(index)
        },
        initial={
            name: rng.normal(size=shape) / np.sqrt(shape[-1])
            for name, shape in network.shapes().items()
        },
    )


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    n_inputs=WIDTHS,
    hidden=st.lists(WIDTHS, max_size=3),
    n_outputs=st.integers(1, 9),
    n=ROWS,
    n_test=st.integers(0, 20),
    batch=st.sampled_from(["all", "one", "n", "more", "less", "half", 7, 8, 9]),
    shuffle=st.booleans(),
    bias=st.booleans(),
    classes=st.booleans(),
    activation=st.sampled_from(["tanh", "silu"]),
    dropout=st.sampled_from([0.0, 0.0, 0.3]),
)
# One of everything: one row, one input, one unit, one output, a batch of one.
@example(1, [1], 1, 1, 0, "one", True, True, False, "tanh", 0.0)
@example(1, [], 1, 1, 1, "more", True, False, False, "tanh", 0.0)
@example(33, [], 9, 65, 3, "less", True, True, True, "tanh", 0.0)
@example(2, [1, 17, 1], 2, 33, 0, "n", False, True, True, "silu", 0.0)
def test_any_shape_is_trained_as_by_the_pytorch_route(
    n_inputs: int,
    hidden: list[int],
    n_outputs: int,
    n: int,
    n_test: int,
    batch: str | int,
    shuffle: bool,
    bias: bool,
    classes: bool,
    activation: str,
    dropout: float,
) -> None:
    sizes = {
        "all": None, "one": 1, "n": n, "more": n + 1000, "less": max(1, n - 1),
        "half": max(1, n // 2),
    }  # fmt: skip
    member = make_member(
        n_inputs=n_inputs,
        hidden=tuple(hidden),
        n_outputs=max(2, n_outputs) if classes else n_outputs,
        n=n,
        n_test=n_test,
        classes=classes,
        activation=activation,
        bias=bias,
        batch_size=sizes[batch] if isinstance(batch, str) else batch,
        shuffle=shuffle,
        dropout=dropout if hidden else 0.0,
        # A rate that suits a sum over few rows and many.
        epochs=3,
    )
    assert_as_by_the_route([member])


@settings(max_examples=8, deadline=None, derandomize=True)
@given(
    n=st.integers(200, 700),
    batch=st.none() | st.integers(100, 300),
    dropout=st.sampled_from([0.0, 0.3]),
    n_test=st.sampled_from([0, 1, 129]),
)
def test_rows_that_go_through_in_chunks_are_trained_as_by_the_pytorch_route(
    n: int, batch: int | None, dropout: float, n_test: int
) -> None:
    member = make_member(
        n_inputs=3, hidden=(65, 47), n_outputs=2, n=n, n_test=n_test, activation="silu",
        batch_size=batch, dropout=dropout, epochs=2,
    )  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        # Of a cache so small that a chunk has the least number of rows.
        patch.setattr(plan, "CACHE_BYTES", 1)
        assert plan.make_plan(member).whole[CHUNK] < min(n, batch or n)
        assert_as_by_the_route([member])


@settings(max_examples=15, deadline=None, derandomize=True)
@given(
    n_inputs=st.sampled_from([64, 65, 72, 784]),
    width=st.sampled_from([1, 3, 4, 5, 64, 80]),
    n=st.sampled_from([1, 15, 16, 17, 63, 64, 65, 130]),
    batch=st.none() | st.sampled_from([1, 10, 16, 64, 65]),
    bias=st.booleans(),
)
@example(n_inputs=64, width=64, n=64, batch=None, bias=True)
@example(n_inputs=64, width=64, n=65, batch=64, bias=False)
def test_wide_layers_with_few_rows_are_trained_as_by_the_pytorch_route(
    n_inputs: int, width: int, n: int, batch: int | None, bias: bool
) -> None:
    member = make_member(
        n_inputs=n_inputs, hidden=(width,), n_outputs=2, n=n, n_test=0, bias=bias,
        batch_size=batch, epochs=2,
    )  # fmt: skip
    assert_as_by_the_route([member])
    wide = plan.is_wide(n_inputs, 8) or plan.is_wide(width, 8)
    assert (plan.make_plan(member).whole[TURNED] > 0) == (wide and min(batch or n, n) <= 64)
