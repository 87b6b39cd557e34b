import gc
import weakref
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from learnscope.errors import DataError, InputError
from learnscope.experiment import Experiment
from learnscope.problems.base import Sample
from learnscope.problems.image_files import ImageFiles
from learnscope.problems.mnist import Mnist
from learnscope.seeds import streams
from learnscope.training.evaluate import as_data
from learnscope.training.member import prepare
from tests.datasets.making import N_TEST, N_TRAIN, real_mnist, write_set


@pytest.fixture
def folder(tmp_path: Path) -> str:
    return str(write_set(tmp_path / "mnist"))


def draw(problem: ImageFiles, root: int = 0) -> Sample:
    return problem.sample(streams(root, problem_seed=problem.seed).draws)


def numbers(sample: Sample) -> list[int]:
    """The rows of the files that a sample holds: the top left pixel counts them."""
    return [int(n) for n in np.rint(sample.x[:, 0] * 255)]


def test_training_rows_come_first_and_the_test_rows_are_marked(folder: str) -> None:
    sample = draw(Mnist(path=folder))
    assert numbers(sample) == [*range(N_TRAIN), *range(100, 100 + N_TEST)]
    assert sample.y.tolist() == [i % 10 for i in [*range(N_TRAIN), *range(N_TEST)]]
    assert (sample.n_own_test, sample.shape) == (N_TEST, (1, 28, 28))
    assert sample.columns[:2] == ("pixel_0_0", "pixel_0_1") and sample.columns[-1] == "pixel_27_27"
    assert sample.x.dtype == np.float32
    assert sample.x.ctypes.data % 64 == 0


@pytest.mark.parametrize(("part", "rows"), [("train", N_TRAIN), ("test", N_TEST)])
def test_one_file_alone_has_no_test_rows_of_its_own(folder: str, part: Any, rows: int) -> None:
    sample = draw(Mnist(path=folder, part=part))
    assert len(sample) == rows and sample.n_own_test == 0


def test_grey_is_a_share_of_255_or_the_byte_itself(folder: str) -> None:
    shares, raw = draw(Mnist(path=folder)), draw(Mnist(path=folder, scale=False))
    assert raw.x.max() == 255 and shares.x.max() == 1
    # The nearest float32 to the quotient, as IEEE division gives it.
    np.testing.assert_array_equal(shares.x, (raw.x.astype(np.float64) / 255).astype(np.float32))


def test_trap_33_a_subset_has_no_row_twice_and_is_drawn_from_the_seed(folder: str) -> None:
    problem = Mnist(path=folder, n=30, n_test=10)
    first, again, other = draw(problem, 1), draw(problem, 1), draw(problem, 2)
    rows = numbers(first)
    assert len(set(rows)) == 40
    assert rows == sorted(rows)
    assert first.n_own_test == sum(row >= 100 for row in rows) == 10
    assert rows == numbers(again) != numbers(other)
    fixed = problem.model_copy(update={"seed": 7})
    assert numbers(draw(fixed, 1)) == numbers(draw(fixed, 2))


def test_one_of_the_two_numbers_may_be_left_out(folder: str) -> None:
    few = draw(Mnist(path=folder, n=5))
    assert len(few) == 5 + N_TEST and few.n_own_test == N_TEST
    assert len(draw(Mnist(path=folder, n_test=5))) == N_TRAIN + 5


def test_classes_are_kept_and_numbered_in_the_given_order(folder: str) -> None:
    sample = draw(Mnist(path=folder, classes=(8, 3)))
    assert sample.outputs == ("8", "3")
    assert Counter(sample.y.tolist()) == {0: 6, 1: 6}
    kept = {n % 100 % 10 for n, y in zip(numbers(sample), sample.y, strict=True) if y == 0}
    assert kept == {8}
    assert len(draw(Mnist(path=folder, classes=(8, 3), n=5, n_test=2))) == 7


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (
            {"n": N_TRAIN + 1},
            r"problem.n must be <= 40, the images of these classes in the file, g",
        ),
        ({"n_test": 21}, r"problem.n_test must be <= 20"),
        ({"classes": (3,), "n": 5}, r"problem.n must be <= 4, .* got 5"),
        ({"part": "test", "n": 21}, r"problem.n must be <= 20"),
    ],
)
def test_more_images_than_there_are_are_refused(
    folder: str, fields: dict[str, Any], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        draw(Mnist(path=folder, **fields))


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"classes": (3, 10)}, r"classes must be labels 0 to 9, got 10"),
        ({"classes": (3, 3)}, r"classes must be different labels, got 3 more than once"),
        ({"classes": ()}, r"classes"),
        ({"n": 0}, r"n must be"),
        ({"part": "train", "n_test": 5}, r"n_test is for part = 'both', got part = 'train'"),
    ],
)
def test_settings_that_make_no_sense_are_refused(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        Mnist(**fields)


def test_missing_files_are_said_in_one_sentence_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(DataError) as raised:
        draw(Mnist(path=str(tmp_path)))
    text = str(raised.value)
    assert text.startswith("The files of MNIST are not here (they are not in ")
    for remedy in ("learnscope data get mnist", "LEARNSCOPE_DATA", "problem.fallback = 'digits'"):
        assert remedy in text


def test_members_that_use_all_images_share_them_as_long_as_one_lives(folder: str) -> None:
    problem = Mnist(path=folder)
    first, second = draw(problem, 0), draw(problem, 1)
    assert first.x is second.x
    with pytest.raises(ValueError, match="read-only"):
        first.x[0, 0] = 1
    kept = weakref.ref(first.x)
    del first, second
    gc.collect()
    assert kept() is None
    assert numbers(draw(problem)) == [*range(N_TRAIN), *range(100, 100 + N_TEST)]


def test_a_member_trains_on_its_sample_without_a_second_copy(
    folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # These few images are small enough to be copied otherwise.
    monkeypatch.setattr("learnscope.training.evaluate.SHARED_BYTES", 0)
    experiment = Experiment(
        problem={"kind": "mnist", "path": folder}, training={"loss": "cross_entropy"}
    )
    member = prepare(experiment, 0)
    assert {part: len(examples.x) for part, examples in member.parts.items()} == {
        "train": N_TRAIN,
        "test": N_TEST,
    }
    for examples in member.parts.values():
        assert np.shares_memory(examples.x, member.sample.x)
        assert np.shares_memory(as_data(examples).x.numpy(), member.sample.x)
    with_validation = prepare(experiment.override({"training.split.validation": 0.5}), 0)
    examples = with_validation.parts["train"]
    np.testing.assert_array_equal(examples.x, with_validation.sample.x[with_validation.rows.train])
    assert np.shares_memory(as_data(examples).x.numpy(), examples.x)


def test_a_changed_file_is_read_anew(tmp_path: Path) -> None:
    folder = write_set(tmp_path / "mnist", packed=False)
    problem = Mnist(path=str(folder))
    before = draw(problem)
    path = folder / "train-images-idx3-ubyte"
    data = bytearray(path.read_bytes())
    data[17] ^= 255
    path.write_bytes(bytes(data))
    assert not np.array_equal(before.x, draw(problem).x)


def test_the_sentence_says_what_is_asked_for() -> None:
    assert Mnist(n=6000, n_test=1000).sentence() == (
        "6000 training and 1000 test images of MNIST: handwritten digits, 28 x 28 pixels of grey "
        "from 0 to 1, in 10 classes."
    )
    assert Mnist(part="test", scale=False, classes=(1, 7)).sentence() == (
        "All test images of MNIST: handwritten digits, 28 x 28 pixels of grey from 0 to 255, in 2 "
        "classes."
    )


def test_mnist_is_read_whole_and_as_a_subset() -> None:
    folder = str(real_mnist())
    sample = draw(Mnist(path=folder))
    assert sample.x.shape == (70_000, 784) and sample.n_own_test == 10_000
    assert sample.y[:5].tolist() == [5, 0, 4, 1, 9]
    assert sample.x[:60_000].mean(dtype=np.float64) == pytest.approx(0.1307, abs=5e-5)
    subset = draw(Mnist(path=folder, n=6000, n_test=1000))
    # S4.22 drew 6000 rows with replacement, of which 5710 were different; these all are.
    # Of all images of MNIST no two are equal, so that equal rows would be repeats.
    assert len({row.tobytes() for row in subset.x}) == len(subset) == 7000
