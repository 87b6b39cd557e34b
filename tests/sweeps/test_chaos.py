"""Kills at random moments: nothing that was kept is lost, nothing is counted twice.

The moments are drawn from a seed over the time that an uninterrupted driver takes on this
machine, so that they fall everywhere: while it starts, trains, keeps a shard, renames a file.
"""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from learnscope.atlas.atlas import Atlas
from learnscope.atlas.folder import all_atlases
from learnscope.atlas.store import STORE
from learnscope.engines.base import Event
from learnscope.engines.processes import Processes
from learnscope.errors import InputError
from learnscope.runs.folder import held
from learnscope.sweeps.drive import sweep
from tests.sweeps.victims import contents, train, wanted

ROOT = Path(__file__).parents[2]
DRIVER_KILLS, WORKER_KILLS, RENAME_KILLS = 20, 20, 10
EPOCHS = 400


@pytest.fixture(scope="module")
def truth(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The atlas of a sweep that nothing disturbed."""
    return contents(train(tmp_path_factory.mktemp("whole"), "threads", "fused", EPOCHS).atlas)


def test_a_driver_killed_twenty_times(tmp_path: Path, truth: bytes) -> None:
    draw = random.Random(1)
    kept = 0
    ends = 0
    whole = _seconds(_driver(tmp_path / "timed"))
    for i in range(DRIVER_KILLS):
        driver = _driver(tmp_path / f"atlas{ends}")
        time.sleep(draw.uniform(0.3, 1.0) * whole)
        driver.kill()
        driver.communicate()
        if driver.returncode == 0:
            # It came through before: it is compared, and another sweep is begun.
            assert contents(_atlas(tmp_path / f"atlas{ends}")) == truth, i
            ends, kept = ends + 1, 0
            continue
        now = _kept(tmp_path / f"atlas{ends}")
        assert now >= kept, f"kill {i} lost what was kept"
        kept = now
    for n in range(ends + 1):
        found = train(tmp_path / f"atlas{n}", "threads", "fused", EPOCHS)
        assert found.trained + found.skipped == found.members and not found.errors
        assert contents(found.atlas) == truth


def test_workers_killed_twenty_times_in_one_sweep(tmp_path: Path) -> None:
    settings = wanted(150, 3)
    truth = contents(sweep(settings, out=tmp_path / "whole", engine="threads", route="torch").atlas)
    engine = _Murderous(random.Random(2), WORKER_KILLS)
    found = sweep(settings, out=tmp_path / "killed", engine=engine, route="torch")
    # A shard whose three tries all fell to a kill was set aside; the same command takes it up.
    again = sweep(settings, out=tmp_path / "killed", engine="threads", route="torch")
    assert found.trained + again.trained == found.members
    assert contents(again.atlas) == truth
    assert engine.kills > 0


class _Murderous(Processes):
    """Kills one of its workers at random moments."""

    def __init__(self, draw: random.Random, most: int) -> None:
        super().__init__(2)
        self._draw, self._most = draw, most
        self.kills = 0

    def events(self, seconds: float) -> list[Event]:
        if self.kills < self._most and self._draw.random() < 0.3:
            busy = [w.process.pid for w in self._workers if w.shard is not None]
            if busy:
                os.kill(self._draw.choice(busy), signal.SIGKILL)
                self.kills += 1
        return super().events(seconds)


RENAMING = """
import os, signal, sys
from pathlib import Path
import learnscope.files
from tests.sweeps.victims import train
left = int(sys.argv[2])
before = sys.argv[3] == "before"
whole = Path.replace
def replace(self, target):
    global left
    left -= 1
    if left < 0 and before:
        os.kill(os.getpid(), signal.SIGKILL)
    found = whole(self, target)
    if left < 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return found
Path.replace = replace
train(Path(sys.argv[1]), "threads", "fused", int(sys.argv[4]))
"""


def test_a_driver_killed_while_it_renames(tmp_path: Path, truth: bytes) -> None:
    # A sweep renames three files: its settings, its table, its notes.
    cases = [(n, moment) for n in range(3) for moment in ("before", "after")]
    for n, moment in (cases * 2)[:RENAME_KILLS]:
        words = [str(tmp_path), str(n), moment, str(EPOCHS)]
        code = subprocess.run([sys.executable, "-c", RENAMING, *words], cwd=ROOT, env=_env())
        assert code.returncode == -signal.SIGKILL
        if not all_atlases(tmp_path):
            continue
        # Whatever is there can be read, between two kills too.
        assert len(_atlas(tmp_path).table) == _kept(tmp_path)
    assert contents(train(tmp_path, "threads", "fused", EPOCHS).atlas) == truth
    assert not list(tmp_path.rglob("*.tmp")), "a temporary file is left"


def test_two_drivers_at_once_one_works_and_the_other_says_so(tmp_path: Path, truth: bytes) -> None:
    first = train(tmp_path, "threads", "fused", EPOCHS)
    with (
        held(first.atlas.path),
        pytest.raises(InputError, match=r"'chaos-.*is being trained by another process.*Wait"),
    ):
        train(tmp_path, "threads", "fused", EPOCHS)
    drivers = [_driver(tmp_path / "both", epochs=EPOCHS) for _ in range(2)]
    said = [driver.communicate()[1] for driver in drivers]
    codes = [driver.returncode for driver in drivers]
    assert 0 in codes
    for code, text in zip(codes, said, strict=True):
        assert code == 0 or "is being trained by another process" in text
    assert contents(_atlas(tmp_path / "both")) == truth


def _driver(out: Path, engine: str = "threads", epochs: int = EPOCHS) -> subprocess.Popen[str]:
    words = ["-m", "tests.sweeps.victims", str(out), engine, "fused", str(epochs), "12", "3"]
    return subprocess.Popen(
        [sys.executable, *words],
        cwd=ROOT,
        env=_env(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _env() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)])}


def _seconds(driver: subprocess.Popen[str]) -> float:
    began = time.perf_counter()
    _, said = driver.communicate()
    assert driver.returncode == 0, said
    return time.perf_counter() - began


def _atlas(out: Path) -> Atlas:
    (folder,) = all_atlases(out)
    return Atlas(folder)


def _kept(out: Path) -> int:
    """Members that are kept, read past learnscope."""
    stores = list(out.glob(f"*/{STORE}"))
    if not stores:
        return 0
    with closing(sqlite3.connect(stores[0])) as base:
        assert base.execute("pragma integrity_check").fetchone() == ("ok",)
        if not base.execute("select 1 from sqlite_master where name = 'member'").fetchone():
            return 0
        (count,) = base.execute("select count(*) from member").fetchone()
        assert isinstance(count, int)
        return count
