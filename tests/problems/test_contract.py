"""What every problem keeps: one suite over all members of `PROBLEMS`."""

import inspect
import json
import random
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from pydantic import TypeAdapter

from learnscope.experiment import Experiment, read_experiment
from learnscope.problems import PROBLEMS, AnyProblem, Problem, Sample, Truth
from learnscope.problems.image_files import ImageFiles
from learnscope.seeds import streams
from tests.datasets.making import write_set

# Settings a problem needs to exist at all; "{folder}" stands for the folder of `example`.
EXAMPLES: dict[str, Mapping[str, Any]] = {
    "csv": {"path": "{folder}/table.csv", "target": "weight"},
    "fashion_mnist": {"path": "{folder}/fashion_mnist"},
    "mnist": {"path": "{folder}/mnist"},
}
# Even points or a table, without noise: the same rows from every seed.
FIXED = {"damped_sine", "formula", "gates", "line", "parabola"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the files that some problems read."""
    path = tmp_path_factory.mktemp("files")
    rows = [f"{i},{i % 3},{0.5 * i + 1:.2f}" for i in range(12)]
    (path / "table.csv").write_text("\n".join(["length,legs,weight", *rows]) + "\n")
    write_set(path / "mnist")
    write_set(path / "fashion_mnist")
    return path


@pytest.fixture(params=sorted(PROBLEMS))
def example(request: pytest.FixtureRequest, folder: Path) -> Problem:
    kind = str(request.param)
    settings = {
        key: value.replace("{folder}", str(folder)) if isinstance(value, str) else value
        for key, value in EXAMPLES.get(kind, {}).items()
    }
    problem: Problem = TypeAdapter(AnyProblem).validate_python({"kind": kind, **settings})
    return problem


def draw(problem: Problem, root: int = 0) -> Sample:
    return problem.sample(streams(root, problem_seed=problem.seed).draws)


def known(problem: Problem, root: int = 0) -> tuple[Sample, Truth]:
    sample = draw(problem, root)
    if sample.truth is None:
        pytest.skip("real data: the truth is not known")
    return sample, sample.truth


def global_states() -> tuple[str, ...]:
    return (repr(np.random.get_state()), repr(random.getstate()), str(torch.get_rng_state().sum()))


def same(a: Sample, b: Sample) -> bool:
    return np.array_equal(a.x, b.x) and np.array_equal(a.y, b.y)


def test_kind_is_the_name_in_the_registry() -> None:
    assert {name: member.kind_name() for name, member in PROBLEMS.items()} == {
        name: name for name in PROBLEMS
    }
    assert list(PROBLEMS) == sorted(PROBLEMS)


def test_every_setting_is_documented(example: Problem) -> None:
    # Settings that several problems share are documented once, where they are declared.
    text = "\n".join(inspect.getdoc(c) or "" for c in type(example).__mro__)
    # A line may document several settings that belong together: "low, high: ...".
    documented = {
        word.strip() for line in text.splitlines() for word in line.split(":")[0].split(",")
    }
    assert not set(type(example).model_fields) - {"kind"} - documented


def test_sample_has_the_stated_shapes_and_types(example: Problem) -> None:
    sample = draw(example)
    n, d = sample.x.shape
    assert n == len(sample) > 0
    # A byte of grey has no more digits than float32.
    assert sample.x.dtype == (np.float32 if isinstance(example, ImageFiles) else np.float64)
    assert np.isfinite(sample.x).all()
    assert len(sample.columns) == d == len(set(sample.columns))
    assert len(set(sample.outputs)) == len(sample.outputs)
    assert all((*sample.columns, *sample.outputs))
    if sample.task == "regression":
        assert sample.y.shape == (n, len(sample.outputs))
        assert sample.y.dtype == np.float64
        assert np.isfinite(sample.y).all()
    else:
        assert sample.y.shape == (n,) and sample.y.dtype == np.int64
        assert set(np.unique(sample.y)) == set(range(len(sample.outputs)))
    if sample.groups is not None:
        assert sample.groups.shape == (n,) and sample.groups.dtype == np.int64


def test_sample_is_a_function_of_the_root_seed_alone(example: Problem) -> None:
    before = global_states()
    first, again = draw(example, 3), draw(example, 3)
    known_truth = first.truth
    if known_truth is not None:
        known_truth.floor()
        known_truth.target(first.x)
    assert same(first, again)
    assert global_states() == before


def test_another_root_seed_gives_other_examples(example: Problem) -> None:
    # Real data has no truth and stays what it is.
    fixed = example.kind_name() in FIXED or draw(example).truth is None
    assert same(draw(example, 1), draw(example, 2)) == fixed


def test_problem_seed_gives_every_member_the_same_examples(example: Problem) -> None:
    one, other = (example.model_copy(update={"seed": seed}) for seed in (5, 6))
    assert same(draw(one, 1), draw(one, 2))
    fixed = example.kind_name() in FIXED or draw(example).truth is None
    assert same(draw(one), draw(other)) == fixed


def test_more_noise_draws_do_not_move_the_positions(example: Problem) -> None:
    if "noise" not in type(example).model_fields or draw(example).ordered:
        pytest.skip("has no noise, or its inputs are the noisy series itself")
    problem = type(example)(**{**example.model_dump(), "seed": None, "noise": 0.25})
    quiet, loud = draw(problem), draw(type(problem)(**{**problem.model_dump(), "noise": 0.5}))
    if quiet.task == "classification":
        np.testing.assert_array_equal(quiet.y, loud.y)
    else:
        np.testing.assert_array_equal(quiet.x, loud.x)


def test_sentence_is_one_sentence(example: Problem) -> None:
    text = example.sentence()
    assert text.endswith(".")
    assert "\n" not in text
    assert ". " not in text
    assert len(text) < 300


def test_settings_survive_toml_and_json(example: Problem) -> None:
    experiment = Experiment(problem=example)
    assert read_experiment(tomllib.loads(experiment.to_toml())) == experiment
    assert read_experiment(json.loads(experiment.to_json())) == experiment


def test_target_has_one_column_for_each_output(example: Problem) -> None:
    sample, truth = known(example)
    spread = sample.x.max(axis=0) - sample.x.min(axis=0) + 1
    around = np.random.default_rng(0).uniform(-1, 1, (300, sample.x.shape[1])) * spread
    for x in (sample.x, sample.x.mean(axis=0) + around, sample.x[:1]):
        target = truth.target(x)
        assert target.shape == (len(x), len(sample.outputs))
        assert np.isfinite(target).all()
        if sample.task == "classification":
            np.testing.assert_allclose(target.sum(axis=1), 1.0, atol=1e-12)
            assert target.min() >= 0


def test_floor_lies_in_its_range(example: Problem) -> None:
    sample, truth = known(example)
    floor = truth.floor()
    assert type(floor) is float
    assert truth.how
    limit = 1 - 1 / len(sample.outputs) if sample.task == "classification" else sample.y.var()
    # The variance of a few rows may fall short of that of the noise.
    assert 0 <= floor <= 1.5 * limit


def test_floor_is_the_error_of_the_target_on_fresh_examples(example: Problem) -> None:
    problem = example
    n = getattr(example, "n", None)
    # A longer series is another problem.
    if isinstance(n, int) and not draw(example).ordered:
        many = n * max(1, 30_000 // len(draw(example)))
        problem = type(example)(**{**example.model_dump(), "n": many})
    sample, truth = known(problem, root=11)
    best = truth.target(sample.x)
    if sample.task == "classification":
        loss = (best.argmax(axis=1) != sample.y).astype(float)
    else:
        loss = ((best - sample.y) ** 2).mean(axis=1)
    # Four standard errors of the mean, and what the floor itself is allowed.
    error = loss.std() / np.sqrt(len(loss))
    assert truth.floor() == pytest.approx(loss.mean(), abs=4 * error + 1e-3)
