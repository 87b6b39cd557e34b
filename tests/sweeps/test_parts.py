"""Parts of a sweep and their merge: the atlas of one machine, whoever trained what."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from learnscope.atlas.folder import all_atlases
from learnscope.atlas.store import STORE, StoreError
from learnscope.errors import DataError, InputError
from learnscope.runs.folder import held
from learnscope.sweeps.drive import sweep
from learnscope.sweeps.merge import merge, parts_of
from learnscope.sweeps.part import Part
from tests.sweeps.victims import contents, train, wanted

EPOCHS, SEEDS = 20, 6


@pytest.fixture(scope="module")
def truth(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    out = tmp_path_factory.mktemp("whole")
    return contents(train(out, "threads", "fused", EPOCHS, SEEDS).atlas)


def part(out: Path, text: str, seeds: int = SEEDS) -> int:
    found = sweep(
        wanted(EPOCHS, seeds), out=out, engine="threads", route="fused", part=Part.read(text)
    )
    assert found.members == found.trained + found.skipped
    return found.trained


@pytest.mark.parametrize("n", [1, 3, 5])
def test_parts_together_are_the_whole(n: int, tmp_path: Path, truth: bytes) -> None:
    trained = [part(tmp_path, f"{i}/{n}") for i in range(1, n + 1)]
    assert sum(trained) == 24 and max(trained) - min(trained) <= 1
    assert all_atlases(tmp_path) == [], "parts are no atlases of their own"
    found = merge(parts_of(wanted(EPOCHS, SEEDS), tmp_path), out=tmp_path)
    assert (found.members, found.new, found.sources) == (24, 24, n)
    assert contents(found.atlas) == truth


def test_merging_goes_on_when_more_has_come_and_changes_nothing_twice(
    tmp_path: Path, truth: bytes
) -> None:
    settings = wanted(EPOCHS, SEEDS)
    part(tmp_path, "1/2")
    assert merge(parts_of(settings, tmp_path), out=tmp_path).new == 12
    part(tmp_path, "2/2")
    assert merge(parts_of(settings, tmp_path), out=tmp_path).new == 12
    # Parts of another count overlap with those.
    part(tmp_path, "2/3")
    found = merge(parts_of(settings, tmp_path), out=tmp_path)
    assert (found.new, found.members) == (0, 24)
    assert contents(found.atlas) == truth
    # The whole sweep finds it all done.
    assert train(tmp_path, "threads", "fused", EPOCHS, SEEDS).trained == 0


def test_a_part_asked_for_again_trains_nothing(tmp_path: Path) -> None:
    assert part(tmp_path, "2/3") == 8
    assert part(tmp_path, "2/3") == 0


def test_an_atlas_with_members_of_others_is_merged_whole(tmp_path: Path, truth: bytes) -> None:
    """A shard of which some members came before from elsewhere keeps only the rest."""
    train(tmp_path / "a", "threads", "fused", EPOCHS, 2)
    part(tmp_path / "b", "1/2")
    part(tmp_path / "b", "2/2")
    (a,) = all_atlases(tmp_path / "a")
    settings = wanted(EPOCHS, SEEDS)
    middle = merge([a, *parts_of(settings, tmp_path / "b")], out=tmp_path / "c")
    assert middle.members == 24
    again = merge([middle.atlas.path], out=tmp_path / "d")
    assert contents(again.atlas) == truth


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("0/3", "between 1 and the number of parts, got 0/3"),
        ("4/3", "got 4/3.*Write 3/10"),
        ("1/0", "got 1/0"),
        ("three", "two whole numbers, as in 3/10, got 'three'"),
        ("-1/3", "two whole numbers"),
        ("1/3/5", "two whole numbers"),
    ],
)
def test_a_wrong_part_is_refused(text: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        Part.read(text)


def test_what_cannot_be_merged_is_refused(tmp_path: Path) -> None:
    part(tmp_path, "1/2")
    (own,) = parts_of(wanted(EPOCHS, SEEDS), tmp_path)
    with pytest.raises(InputError, match="needs the folder of a part"):
        merge([], out=tmp_path)
    with pytest.raises(InputError, match=r"is not the folder of an atlas: it has no atlas\.sqlite"):
        merge([own, tmp_path], out=tmp_path)
    other = train(tmp_path / "other", "threads", "fused", EPOCHS + 1, 1).atlas.path
    with pytest.raises(InputError, match="is of another sweep than"):
        merge([own, other], out=tmp_path)
    found = merge([own], out=tmp_path)
    with pytest.raises(InputError, match="leave it out"):
        merge([found.atlas.path], out=tmp_path)
    with held(found.atlas.path), pytest.raises(InputError, match="by another process"):
        merge([own], out=tmp_path)


def test_a_damaged_part_is_named_and_leaves_the_others(tmp_path: Path) -> None:
    part(tmp_path, "1/2")
    part(tmp_path, "2/2")
    good, bad = parts_of(wanted(EPOCHS, SEEDS), tmp_path)
    whole = (bad / STORE).read_bytes()
    (bad / STORE).write_bytes(whole[:100] + b"?" * (len(whole) - 100))
    with pytest.raises((StoreError, DataError), match=r"2-of-2.*damaged"):
        merge([good, bad], out=tmp_path)
    shutil.rmtree(bad)
    assert merge([good], out=tmp_path).members == 12
