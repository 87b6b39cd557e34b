"""Processes: deaths, limits, and that nothing is left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from learnscope.engines.processes import Processes
from learnscope.errors import DataError
from tests.engines.shards import SECONDS, ends, facts, long, shard

linux = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


@pytest.fixture
def engine() -> Iterator[Processes]:
    engine = Processes(2)
    engine.start()
    yield engine
    engine.close()


def test_a_killed_worker_costs_its_own_shard_alone(engine: Processes) -> None:
    engine.submit(long())
    ends(engine, 1, ("progress",))
    engine.submit(shard((1,)))
    busy = next(w for w in engine._workers if w.shard is not None and w.shard.key == long().key)
    os.kill(busy.process.pid, signal.SIGKILL)
    found = {e.key: e for e in ends(engine, 2)}
    assert found[long().key].kind == "failed"
    assert "signal 9" in found[long().key].text
    assert found[shard((1,)).key].kind == "done"
    engine.submit(shard((2,)))
    engine.submit(shard((3,)))
    assert {e.kind for e in ends(engine, 2)} == {"done"}


def test_a_frozen_worker_is_killed_when_its_shard_is_cancelled(engine: Processes) -> None:
    engine.submit(long())
    ends(engine, 1, ("progress",))
    pids = engine.pids
    os.kill(pids[0], signal.SIGSTOP)
    os.kill(pids[1], signal.SIGSTOP)
    engine.cancel(long().key)
    until = time.monotonic() + SECONDS
    while set(pids) <= set(engine.pids) and time.monotonic() < until:
        engine.events(0.1)
    os.kill(next(p for p in engine.pids if p in pids), signal.SIGCONT)
    engine.submit(shard((1,)))
    assert ends(engine, 1)[0].kind == "done"


@linux
def test_memory_beyond_the_limit_fails_in_words_and_the_worker_lives() -> None:
    engine = Processes(1, memory_mb=1500)
    engine.start()
    try:
        # A layer of 20,000 by 20,000 float32 takes 1.6 GB.
        huge = shard((0,), epochs=1, settings={"model.hidden": [20_000, 20_000]})
        pids = engine.pids
        engine.submit(huge)
        (event,) = ends(engine, 1)
        assert event.kind == "failed"
        assert "Memory ran out" in event.text and "memory_mb" in event.text
        engine.submit(shard((0,)))
        assert ends(engine, 1)[0].kind == "done"
        assert engine.pids == pids
    finally:
        engine.close()


def test_workers_that_cannot_start_are_said_with_their_last_words(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    bad = tmp_path / "python"
    bad.write_text("#!/bin/sh\necho no room for another >&2\nexit 3\n")
    bad.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(bad))
    engine = Processes(1)
    with pytest.raises(DataError, match=r"cannot be started.*status 3.*no room for another"):
        engine.start()
    assert engine.pids == []


DRIVER = """
import sys
from learnscope.engines.processes import Processes
from tests.engines.shards import ends, long, shard
engine = Processes(2)
engine.start()
engine.submit(long())
engine.submit(shard((5,), epochs=1_000_000))
ends(engine, 1, ("progress",))
print(*engine.pids, flush=True)
while True:
    engine.events(1)
"""


@linux
def test_no_worker_outlives_a_killed_driver() -> None:
    root = Path(__file__).parents[2]
    driver = subprocess.Popen(
        [sys.executable, "-c", DRIVER], stdout=subprocess.PIPE, text=True, cwd=root
    )
    assert driver.stdout is not None
    pids = [int(word) for word in driver.stdout.readline().split()]
    assert len(pids) == 2 and all(map(_alive, pids))
    driver.kill()
    driver.wait()
    driver.stdout.close()
    until = time.monotonic() + SECONDS
    while any(map(_alive, pids)) and time.monotonic() < until:
        time.sleep(0.01)
    assert not any(map(_alive, pids))


def test_a_closed_engine_has_no_process_left(engine: Processes) -> None:
    engine.submit(long())
    ends(engine, 1, ("progress",))
    pids = engine.pids
    engine.close()
    assert engine.pids == [] and not any(map(_alive, pids))


def test_one_and_two_workers_give_the_same_bits(engine: Processes) -> None:
    engine.submit(shard((0, 1, 2), settings={"model.hidden": [64, 64]}))
    (two,) = ends(engine, 1)
    one = Processes(1)
    one.start()
    one.submit(shard((0, 1, 2), settings={"model.hidden": [64, 64]}))
    (alone,) = ends(one, 1)
    one.close()
    assert facts(two.payload) == facts(alone.payload)


def _alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return False
    return state != "Z"
