"""What goes wrong around a sweep: disks, folders, other programs, engines that lie."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections import deque
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Self

import pytest

import learnscope.atlas.store as store
from learnscope.atlas.atlas import Atlas
from learnscope.atlas.folder import all_atlases
from learnscope.atlas.store import STORE, StoreError
from learnscope.engines.base import Engine, Event
from learnscope.engines.settings import EngineSettings
from learnscope.errors import DataError, Interrupted
from learnscope.sweeps.drive import Swept, sweep
from learnscope.sweeps.shard import Shard, train_shard
from learnscope.sweeps.work import TRIES
from tests.sweeps.victims import contents, train, wanted

EPOCHS, SEEDS = 20, 6


class Odd(Engine):
    """Runs shards at once in this thread, and says of each what `tell` makes of it."""

    name = "odd"

    def __init__(self, tell: Callable[[Shard, int], list[Event]]) -> None:
        self._tell = tell
        self._events: deque[Event] = deque()
        self.given: list[str] = []
        self.cancelled: list[str] = []

    @classmethod
    def of(cls, settings: EngineSettings) -> Self:
        raise NotImplementedError

    def start(self) -> int:
        return 1

    def submit(self, shard: Shard) -> None:
        self.given.append(shard.key)
        self._events.extend(self._tell(shard, self.given.count(shard.key)))

    def events(self, seconds: float) -> list[Event]:
        return [self._events.popleft()] if self._events else []

    def cancel(self, key: str) -> None:
        self.cancelled.append(key)

    def close(self) -> None:
        self._events.clear()


def done(shard: Shard) -> Event:
    return Event(kind="done", key=shard.key, payload=train_shard(shard))


def through(out: Path, engine: Engine, deadline: float | None = None) -> Swept:
    return sweep(wanted(EPOCHS, SEEDS), out=out, engine=engine, deadline=deadline, route="fused")


@pytest.fixture(scope="module")
def truth(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    out = tmp_path_factory.mktemp("whole")
    return contents(train(out, "threads", "fused", EPOCHS, SEEDS).atlas)


def test_results_that_come_twice_are_counted_once(tmp_path: Path, truth: bytes) -> None:
    found = through(tmp_path, Odd(lambda shard, n: [done(shard), done(shard)]))
    assert found.trained == found.members == 24
    assert contents(found.atlas) == truth


def test_a_result_that_comes_after_it_was_given_up_is_taken(tmp_path: Path, truth: bytes) -> None:
    held: list[Event] = []

    def tell(shard: Shard, n: int) -> list[Event]:
        # The first is lost from sight; it comes with the second, which is another shard.
        if not held:
            held.append(done(shard))
            return [Event(kind="failed", key=shard.key, text="gone")]
        return [held[0], done(shard)]

    engine = Odd(tell)
    found = through(tmp_path, engine)
    assert (found.trained, found.failed) == (24, 0)
    assert contents(found.atlas) == truth
    assert len(engine.given) == len(set(engine.given)), "a shard that had come was run again"


def test_a_shard_that_is_silent_is_cancelled_and_tried_again(tmp_path: Path, truth: bytes) -> None:
    engine = Odd(lambda shard, n: [] if n == 1 else [done(shard)])
    found = through(tmp_path, engine, deadline=0.05)
    assert (found.trained, found.failed) == (24, 0)
    assert set(engine.cancelled) == set(engine.given)
    assert contents(found.atlas) == truth


def test_a_shard_that_is_always_silent_is_set_aside(tmp_path: Path) -> None:
    first: list[str] = []

    def tell(shard: Shard, n: int) -> list[Event]:
        first.append(shard.key)
        return [] if shard.key == first[0] else [done(shard)]

    engine = Odd(tell)
    found = through(tmp_path, engine, deadline=0.05)
    assert found.failed > 0 and found.trained == found.members - found.failed
    assert engine.given.count(first[0]) == TRIES
    assert "failed 3 times: It gave no sign of life for 0.05 seconds." in found.errors[0]


@pytest.mark.parametrize("share", [0.0, 0.001, 0.5, 0.999])
def test_bytes_that_were_cut_come_whole_with_another_try(
    share: float, tmp_path: Path, truth: bytes
) -> None:
    def tell(shard: Shard, n: int) -> list[Event]:
        whole = done(shard)
        short = whole.payload[: int(share * len(whole.payload))]
        return [Event(kind="done", key=shard.key, payload=short)] if n == 1 else [whole]

    found = through(tmp_path, Odd(tell))
    assert (found.trained, found.failed) == (24, 0)
    assert contents(found.atlas) == truth


def test_events_of_shards_that_nobody_sent_are_left(tmp_path: Path, truth: bytes) -> None:
    stray = Event(kind="done", key="0" * 16, payload=b"?")
    found = through(tmp_path, Odd(lambda shard, n: [stray, done(shard)]))
    assert contents(found.atlas) == truth


FULL = """
import resource, sys
from pathlib import Path
from tests.sweeps.victims import train
import learnscope.sweeps.plan as plan
from learnscope.errors import DataError
plan.MOST_MEMBERS = 2
out = Path(sys.argv[1])
train(out / "warm", "threads", "fused", 20, 1)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]),) * 2)
try:
    train(out, "threads", "fused", 20, 6)
except DataError as error:
    sys.exit(str(error))
"""


@pytest.mark.parametrize("size", [1_000, 60_000, 150_000])
def test_a_full_disk_stops_the_sweep_with_the_reason(
    size: int, tmp_path: Path, truth: bytes
) -> None:
    found = _python(FULL, str(tmp_path), str(size))
    assert found.returncode == 1, found.stderr
    assert "Free some space" in found.stderr and "Traceback" not in found.stderr
    kept = _kept(tmp_path)
    again = train(tmp_path, "threads", "fused", EPOCHS, SEEDS)
    assert again.skipped == kept and again.trained == 24 - kept
    assert contents(again.atlas) == truth


def test_a_file_system_that_fills_up(tmp_path: Path, truth: bytes) -> None:
    """SQLite's own limit of pages stands for the disk: the same error, the same place."""
    first = train(tmp_path, "threads", "fused", EPOCHS, 1)
    whole = store.Store.accept
    calls = 0

    def accept(self: store.Store, *args: object) -> int:
        nonlocal calls
        calls += 1
        if calls == 2:
            pages = self._base.execute("pragma page_count").fetchone()[0]
            self._base.execute(f"pragma max_page_count = {pages}")
        return whole(self, *args)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store.Store, "accept", accept)
        with pytest.raises(StoreError, match=r"disk is full. Free some space"):
            train(tmp_path, "threads", "fused", EPOCHS, SEEDS)
    kept = _kept(tmp_path)
    assert first.members < kept < 24
    assert contents(train(tmp_path, "threads", "fused", EPOCHS, SEEDS).atlas) == truth


def test_a_store_that_another_program_holds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, truth: bytes
) -> None:
    train(tmp_path, "threads", "fused", EPOCHS, 1)
    monkeypatch.setattr(store, "BUSY_SECONDS", 0.05)
    (folder,) = all_atlases(tmp_path)
    with closing(sqlite3.connect(folder / STORE, isolation_level=None)) as other:
        other.execute("begin immediate")
        with pytest.raises(StoreError, match=r"is locked\. Another program holds it: close that"):
            train(tmp_path, "threads", "fused", EPOCHS, SEEDS)
    assert contents(train(tmp_path, "threads", "fused", EPOCHS, SEEDS).atlas) == truth


@pytest.mark.skipif(os.getuid() == 0, reason="root writes everywhere")
def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    train(tmp_path, "threads", "fused", EPOCHS, 1)
    (folder,) = all_atlases(tmp_path)
    folder.chmod(0o500)
    try:
        with pytest.raises(DataError, match=r"cannot be (made|written)"):
            train(tmp_path, "threads", "fused", EPOCHS, SEEDS)
        assert len(Atlas(folder).table) == 4
    finally:
        folder.chmod(0o700)


def test_a_place_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DataError, match=r"cannot be made.*--out"):
        train(tmp_path / "file", "threads", "fused", EPOCHS, 1)


@pytest.mark.parametrize("damage", ["cut", "noise", "text", "empty"])
def test_a_damaged_store_is_refused_in_one_sentence(damage: str, tmp_path: Path) -> None:
    train(tmp_path, "threads", "fused", EPOCHS, SEEDS)
    (folder,) = all_atlases(tmp_path)
    path = folder / STORE
    data = path.read_bytes()
    changed = {
        "cut": data[: len(data) // 3],
        "noise": data[:4096] + bytes(len(data) - 4096),
        "text": b"This is no database. " * 500,
        "empty": b"",
    }[damage]
    path.write_bytes(changed)
    if damage == "empty":
        # SQLite takes an empty file as a new store: the sweep fills it again.
        assert train(tmp_path, "threads", "fused", EPOCHS, SEEDS).trained == 24
        return
    with pytest.raises(StoreError, match="The file is damaged: put a good copy in its place"):
        train(tmp_path, "threads", "fused", EPOCHS, SEEDS)


def test_a_stop_keeps_what_is_finished(tmp_path: Path, truth: bytes) -> None:
    asked = 0

    def stop() -> bool:
        nonlocal asked
        asked += 1
        return asked > 2

    with pytest.raises(Interrupted, match="are kept in"):
        sweep(
            wanted(EPOCHS, SEEDS),
            out=tmp_path,
            engine=Odd(lambda shard, n: [done(shard)]),
            should_stop=stop,
            route="fused",
        )
    kept = _kept(tmp_path)
    again = train(tmp_path, "threads", "fused", EPOCHS, SEEDS)
    assert 0 < kept == again.skipped
    assert contents(again.atlas) == truth


def _python(code: str, *words: str) -> subprocess.CompletedProcess[str]:
    root = Path(__file__).parents[2]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(root / "src"), str(root)])}
    command = [sys.executable, "-c", code, *words]
    return subprocess.run(command, cwd=root, env=env, capture_output=True, text=True)


def _kept(out: Path) -> int:
    try:
        (folder,) = all_atlases(out)
        return len(Atlas(folder).table)
    except (ValueError, DataError):
        return 0
