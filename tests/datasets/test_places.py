from pathlib import Path

import pytest

from learnscope.datasets import places
from learnscope.datasets.places import cache_folder, find_folder, missing_text
from learnscope.datasets.sets import FASHION_MNIST, MNIST, SETS
from tests.datasets.making import real_mnist, small_set, write_set


@pytest.fixture(autouse=True)
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No data of this machine."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("LEARNSCOPE_DATA", raising=False)


@pytest.mark.parametrize(
    "below", [".", "mnist", "MNIST", "MNIST/raw"], ids=["itself", "mnist", "MNIST", "torchvision"]
)
def test_the_variable_names_the_folder_or_one_above_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, below: str
) -> None:
    folder = write_set(tmp_path / "data" / below)
    monkeypatch.setenv("LEARNSCOPE_DATA", str(tmp_path / "data"))
    found = find_folder(MNIST)
    assert found is not None and found.samefile(folder)


@pytest.mark.parametrize("below", ["fashion-mnist", "FashionMNIST/raw", "fashion_mnist"])
def test_two_sets_lie_side_by_side(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, below: str
) -> None:
    mnist, fashion = (write_set(tmp_path / "data" / name) for name in ("mnist", below))
    monkeypatch.setenv("LEARNSCOPE_DATA", str(tmp_path / "data"))
    assert find_folder(MNIST) == mnist
    found = find_folder(FASHION_MNIST)
    assert found is not None and found.samefile(fashion)


def test_the_cache_is_looked_at_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert cache_folder(MNIST).is_relative_to(tmp_path / "cache")
    assert find_folder(MNIST) is None
    cached = write_set(cache_folder(MNIST))
    assert find_folder(MNIST) == cached
    monkeypatch.setenv("LEARNSCOPE_DATA", str(write_set(tmp_path / "mnist")))
    assert find_folder(MNIST) == tmp_path / "mnist"


def test_a_folder_named_in_the_settings_is_the_only_one(tmp_path: Path) -> None:
    write_set(cache_folder(MNIST))
    assert find_folder(MNIST, tmp_path / "elsewhere") is None
    assert find_folder(MNIST, write_set(tmp_path / "own")) == tmp_path / "own"


def test_a_folder_without_all_files_is_passed_over(tmp_path: Path) -> None:
    folder = write_set(tmp_path / "mnist")
    (folder / "t10k-labels-idx1-ubyte.gz").unlink()
    assert find_folder(MNIST, folder) is None
    text = missing_text(MNIST, folder)
    assert "mnist' lacks t10k-labels-idx1-ubyte)" in text
    assert "learnscope data get mnist" in text and "problem.fallback = 'digits'" in text


def test_files_of_another_set_are_not_taken_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # All sets name their files alike: the folder's name tells, and the content more surely.
    assert find_folder(FASHION_MNIST, write_set(tmp_path / "mnist")) is None
    monkeypatch.setitem(SETS, "mnist", small_set())
    disguised = write_set(tmp_path / "fashion-mnist")
    assert find_folder(FASHION_MNIST, disguised) is None
    assert "fashion-mnist' holds the files of MNIST" in missing_text(FASHION_MNIST, disguised)
    assert find_folder(MNIST, disguised) == disguised


def test_the_real_mnist_is_known_by_its_content() -> None:
    assert places.published(real_mnist()) == "mnist"
    assert find_folder(FASHION_MNIST, real_mnist()) is None
