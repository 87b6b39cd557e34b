import gzip
from pathlib import Path

from learnscope.datasets.sets import MNIST
from learnscope.datasets.verify import check_file, check_folder
from tests.datasets.making import contents, real_mnist, small_set, write_set

SET = small_set()


def states(folder: Path) -> dict[str, str]:
    return {check.file: check.state for check in check_folder(SET, folder)}


def test_published_files_are_verified_however_they_are_packed(tmp_path: Path) -> None:
    whole = write_set(tmp_path / "gz")
    assert set(states(whole).values()) == {"verified"}
    assert set(states(write_set(tmp_path / "plain", packed=False)).values()) == {"verified"}
    loosely = gzip.compress(contents()["test_labels"], compresslevel=0)
    (whole / "t10k-labels-idx1-ubyte.gz").write_bytes(loosely)
    assert set(states(whole).values()) == {"verified"}


def test_missing_changed_and_damaged_files_are_told_apart(tmp_path: Path) -> None:
    folder = write_set(tmp_path)
    (folder / "train-images-idx3-ubyte.gz").unlink()
    path = folder / "train-labels-idx1-ubyte.gz"
    path.write_bytes(path.read_bytes()[:-4])
    other = bytearray(contents()["test_labels"])
    other[-1] ^= 1
    changed = folder / "t10k-labels-idx1-ubyte.gz"
    changed.write_bytes(gzip.compress(bytes(other)))
    assert states(folder) == {
        "train-images-idx3-ubyte": "missing",
        "train-labels-idx1-ubyte": "damaged",
        "t10k-labels-idx1-ubyte": "different",
        "t10k-images-idx3-ubyte": "verified",
    }
    check = check_file(SET.test_labels, changed)
    assert check.note.startswith(f"{str(changed)!r} is not the published file: its content has the")
    assert check.bytes == changed.stat().st_size


def test_the_real_mnist_is_verified() -> None:
    assert {c.state for c in check_folder(MNIST, real_mnist())} == {"verified"}
