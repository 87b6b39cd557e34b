import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from learnscope.arrays import Array
from learnscope.datasets.idx import write_idx
from learnscope.datasets.images import read_images
from learnscope.datasets.sets import MNIST
from learnscope.errors import DataError
from tests.datasets.making import N_TEST, N_TRAIN, real_mnist, write_set


@pytest.mark.parametrize("packed", [True, False])
def test_both_parts_are_read_from_gzipped_and_plain_files(tmp_path: Path, packed: bool) -> None:
    folder = write_set(tmp_path, packed=packed)
    train, test = (read_images(MNIST, folder, half) for half in ("train", "test"))
    assert train.pixels.shape == (N_TRAIN, 28, 28) and len(test) == N_TEST
    assert train.pixels[:, 0, 0].tolist() == list(range(N_TRAIN))
    assert test.labels.tolist() == [*range(10), *range(10)]


def broken(folder: Path, name: str, array: Array) -> Path:
    (folder / f"{name}.gz").unlink()
    write_idx(folder / name, array)
    return folder / name


IMAGES = np.zeros((N_TRAIN, 28, 28), np.uint8)
LABELS = np.zeros(N_TRAIN, np.uint8)


@pytest.mark.parametrize(
    ("name", "array", "reason"),
    [
        ("train-images-idx3-ubyte", IMAGES[1:], "has 39 images and"),
        (
            "train-images-idx3-ubyte",
            IMAGES[:, :27],
            "must hold images of 28 x 28 bytes, got 40 x 27",
        ),
        ("train-images-idx3-ubyte", IMAGES.astype("i2"), "got 40 x 28 x 28 of int16"),
        ("train-images-idx3-ubyte", LABELS, "must hold images of 28 x 28 bytes, got 40 of uint8"),
        ("train-labels-idx1-ubyte", IMAGES, "must hold labels, one byte each, got 3 dimensions"),
        ("train-labels-idx1-ubyte", LABELS[:0], "holds no labels"),
        (
            "train-labels-idx1-ubyte",
            LABELS + 10,
            "must hold labels 0 to 9, got 10 in 40 rows (firs",
        ),
    ],
)
def test_a_file_of_something_else_is_refused_by_name(
    tmp_path: Path, name: str, array: Array, reason: str
) -> None:
    folder = write_set(tmp_path)
    path = broken(folder, name, array)
    with pytest.raises(DataError, match=re.escape(reason)) as raised:
        read_images(MNIST, folder, "train")
    assert str(raised.value).startswith(f"{str(path)!r} ")
    assert len(read_images(MNIST, folder, "test")) == N_TEST


def test_both_files_are_named_where_their_counts_differ(tmp_path: Path) -> None:
    folder = write_set(tmp_path)
    broken(folder, "t10k-labels-idx1-ubyte", LABELS[:19])
    with pytest.raises(
        DataError, match=r"t10k-images-idx3-ubyte.gz' has 20 images and '.*labels.*' has 19 labels"
    ):
        read_images(MNIST, folder, "test")


@pytest.mark.parametrize(
    "spoil", [lambda b: b[: len(b) // 2], lambda b: b[:-9] + b"x" + b[-8:], lambda b: b"<html>"]
)
def test_a_damaged_file_is_named_and_the_others_are_still_good(
    tmp_path: Path, spoil: Callable[[bytes], bytes]
) -> None:
    folder = write_set(tmp_path)
    path = folder / "train-images-idx3-ubyte.gz"
    path.write_bytes(spoil(path.read_bytes()))
    with pytest.raises(DataError, match=r"train-images-idx3-ubyte.gz' (is|ends)"):
        read_images(MNIST, folder, "train")
    assert len(read_images(MNIST, folder, "test")) == N_TEST


def test_mnist_is_as_published() -> None:
    # The counts are those of the files' own page; the mean pixel is the one that everybody
    # standardises with.
    train, test = (read_images(MNIST, real_mnist(), half) for half in ("train", "test"))
    assert (len(train), len(test)) == (60_000, 10_000)
    assert train.labels[:5].tolist() == [5, 0, 4, 1, 9]
    assert np.bincount(train.labels).tolist() == [
        5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949,
    ]  # fmt: skip
    assert np.bincount(test.labels).tolist() == [
        980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009,
    ]  # fmt: skip
    assert train.pixels.mean() / 255 == pytest.approx(0.1307, abs=5e-5)
    assert train.pixels.std() / 255 == pytest.approx(0.3081, abs=5e-5)
