"""What the tests of data sets share: small sets made on the spot, and the real MNIST."""

import gzip
import hashlib
import struct
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from learnscope.arrays import Array
from learnscope.datasets.places import find_folder
from learnscope.datasets.sets import MNIST, DataFile, DataSet

N_TRAIN, N_TEST = 40, 20
FILES = ("train_images", "train_labels", "test_images", "test_labels")


def idx_bytes(array: Array) -> bytes:
    """An IDX file of bytes, put together from the description of the format alone."""
    head = b"\0\0\x08" + bytes([array.ndim]) + b"".join(struct.pack(">I", n) for n in array.shape)
    return head + array.astype(np.uint8).tobytes()


def contents() -> dict[str, bytes]:
    """The four files of a small set, unpacked: 40 training and 20 test images, all classes."""
    rng = np.random.default_rng(0)
    result: dict[str, bytes] = {}
    for half, n in (("train", N_TRAIN), ("test", N_TEST)):
        labels = np.arange(n) % 10
        pixels = rng.integers(0, 256, (n, 28, 28))
        # The top left pixel counts the rows, so that each row can be known again.
        pixels[:, 0, 0] = np.arange(n) + (100 if half == "test" else 0)
        result |= {f"{half}_images": idx_bytes(pixels), f"{half}_labels": idx_bytes(labels)}
    return result


def small_set() -> DataSet:
    """MNIST with the files of `contents` as the published ones, and no mirrors."""
    files: dict[str, Any] = {
        word: as_file(getattr(MNIST, word), data) for word, data in contents().items()
    }
    return replace(MNIST, mirrors=(), **files)


def as_file(file: DataFile, content: bytes) -> DataFile:
    """The same name with another content."""
    packed = gzip.compress(content, mtime=0)
    return replace(
        file,
        packed_bytes=len(packed),
        packed_sha256=hashlib.sha256(packed).hexdigest(),
        sha256=hashlib.sha256(content).hexdigest(),
    )


def write_set(folder: Path, *, packed: bool = True) -> Path:
    """Write the small set into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for word, data in contents().items():
        name = getattr(MNIST, word).name
        if packed:
            (folder / f"{name}.gz").write_bytes(gzip.compress(data, mtime=0))
        else:
            (folder / name).write_bytes(data)
    return folder


def real_mnist() -> Path:
    """The folder with the published MNIST; the test is skipped where it is not."""
    found = find_folder(MNIST)
    if found is None:
        # A checkout may have the files beside it.
        beside = Path(__file__).parents[3] / "shared" / "data" / "mnist"
        found = find_folder(MNIST, beside)
    if found is None:
        pytest.skip("the files of MNIST are not here: set LEARNSCOPE_DATA")
    return found
