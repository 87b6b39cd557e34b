"""The table of an atlas: the same in memory and from its file, however many rows come at a time."""

from pathlib import Path

import polars
import pytest
from polars.testing import assert_frame_equal

import learnscope as ls
from learnscope.atlas import table as tables
from learnscope.atlas.store import STORE, Store
from learnscope.atlas.table import table_of, write_table
from tests.views.atlas.made import swept


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    over = {"model.hidden": [[2], [3, 3]], "problem.noise": [0.0, 0.8]}
    return swept(tmp_path_factory.mktemp("table"), over, {"seeds": 5}).path


def test_the_file_is_the_table_whatever_comes_at_a_time(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, paths = Store(folder / STORE), ("model.hidden", "problem.noise")
    whole = table_of(store, paths)
    usual = Store.rows
    monkeypatch.setattr(tables, "GROUP_ROWS", 6)
    monkeypatch.setattr(Store, "rows", lambda self: usual(self, 7))
    assert write_table(folder / STORE, paths, tmp_path / "t.parquet") == len(whole) == 20
    assert_frame_equal(polars.read_parquet(tmp_path / "t.parquet"), whole)
    assert_frame_equal(ls.load_atlas(folder).table, whole)
    assert whole["model.hidden"].unique().sort().to_list() == ["[2]", "[3, 3]"]
    store.close()


def test_a_store_without_members_has_a_file_with_the_columns(folder: Path, tmp_path: Path) -> None:
    store = Store(tmp_path / STORE, write=True)
    store.add_points([{"model.width": 3}])
    assert write_table(store.path, ("model.width",), tmp_path / "t.parquet") == 0
    found = polars.read_parquet(tmp_path / "t.parquet")
    assert len(found) == 0 and found.columns[:3] == ["point", "model.width", "seed"]
    store.close()


def test_members_are_counted_in_a_store_that_has_no_note_of_it(
    folder: Path, tmp_path: Path
) -> None:
    # As stores of earlier versions are.
    copy = tmp_path / STORE
    copy.write_bytes((folder / STORE).read_bytes())
    store = Store(copy, write=True)
    assert store.count() == 20
    store._base.execute("delete from meta where name = 'members'")
    assert store.count() == 20
    for key, members, numbers, data in Store(folder / STORE).shards():
        # A shard under another name brings members that are there already.
        store.begin(f"{key}-again", members)
        assert store.accept(f"{key}-again", numbers, data) == 0
    assert store.count() == 20 and store.notes()["members"] == 20
    store.close()
