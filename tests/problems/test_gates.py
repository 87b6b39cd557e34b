import re
from typing import Any

import numpy as np
import pytest
from scipy.stats import norm

from learnscope.errors import InputError
from learnscope.experiment import Experiment
from learnscope.problems.base import Sample
from learnscope.problems.gates import Gates
from learnscope.seeds import streams


def draw(problem: Gates, root: int = 0) -> Sample:
    return problem.sample(streams(root, problem_seed=problem.seed).draws)


def test_default_is_the_and_gate_of_the_source() -> None:
    sample = draw(Gates())
    assert sample.x.tolist() == [[0, 0], [0, 1], [1, 0], [1, 1]]
    assert sample.y.tolist() == [0, 0, 0, 1]


@pytest.mark.parametrize(
    "name, gate",
    [
        ("and", lambda a, b: a & b),
        ("or", lambda a, b: a | b),
        ("xor", lambda a, b: a ^ b),
        ("nand", lambda a, b: 1 - (a & b)),
        ("nor", lambda a, b: 1 - (a | b)),
        ("XNOR", lambda a, b: 1 - (a ^ b)),
    ],
)
def test_name_stands_for_its_table(name: str, gate: Any) -> None:
    sample = draw(Gates(table=name))
    a, b = sample.x.astype(int).T
    np.testing.assert_array_equal(sample.y, gate(a, b))


def test_sentence_shows_the_whole_table() -> None:
    assert Gates().sentence() == (
        "The logic gate AND: 00 gives 0, 01 gives 0, 10 gives 0, 11 gives 1."
    )


def test_parity_of_five_inputs_is_a_table_of_32_rows() -> None:
    table = "".join(str(i.bit_count() % 2) for i in range(32))
    sample = draw(Gates(table=table, n=3))
    assert sample.x.shape == (96, 5)
    np.testing.assert_array_equal(sample.y, sample.x.sum(axis=1) % 2)
    assert Gates(table=table).sentence().endswith("01111 gives 0, and 16 rows more.")


def test_override_reads_tables_with_and_without_leading_zero() -> None:
    experiment = Experiment(problem=Gates())
    for text, table in (("0110", "0110"), ("1110", "1110"), ("or", "0111")):
        changed = experiment.override({"problem.table": text}).problem
        assert isinstance(changed, Gates)
        assert changed.table == table


def test_without_noise_the_table_is_certain() -> None:
    sample = draw(Gates(table="00010111"))
    assert sample.truth is not None
    np.testing.assert_array_equal(sample.truth.target(sample.x), np.eye(2)[sample.y])
    assert sample.truth.floor() == 0.0


@pytest.mark.parametrize("noise", [0.2, 0.5])
def test_floor_of_noisy_xor_is_that_of_two_independent_bits(noise: float) -> None:
    truth = draw(Gates(table="xor", noise=noise)).truth
    assert truth is not None
    wrong = norm.sf(0.5 / noise)
    assert truth.floor() == pytest.approx(2 * wrong * (1 - wrong), abs=1e-3)


def test_target_of_noisy_and_weighs_the_rows_alike() -> None:
    truth = draw(Gates(noise=0.4)).truth
    assert truth is not None
    x = np.random.default_rng(0).uniform(-1, 2, (50, 2))
    one, zero = norm.pdf(x, 1, 0.4), norm.pdf(x, 0, 0.4)
    expected = one.prod(axis=1) / (one + zero).prod(axis=1)
    np.testing.assert_allclose(truth.target(x)[:, 1], expected, atol=1e-9)


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("anf", "Gates.table must be digits 0 and 1 or one of and, or, xor"),
        ("011", "Gates.table must have 2, 4, 8, ... or 4096 digits, one for each row, got 3."),
        ("0", "Gates.table must have 2, 4, 8, ... or 4096 digits, one for each row, got 1."),
        ("0000", "Gates.table must hold a 0 and a 1, got '0000': there is nothing to tell apart."),
    ],
)
def test_bad_table_is_named_with_its_rule(table: str, message: str) -> None:
    with pytest.raises(InputError, match=re.escape(message)):
        Gates(table=table)
