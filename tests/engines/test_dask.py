"""Dask: closed to the outside, and what the faults of a cluster come to."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from learnscope.engines import EngineSettings
from learnscope.engines.dask import Dask
from learnscope.errors import DataError, InputError
from tests.engines.shards import SECONDS, ends, facts, long, shard

# Dask leaves sockets of workers that were killed to the collector of garbage.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
distributed = pytest.importorskip("distributed", reason="the extra 'cluster' is not installed")


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (EngineSettings(scheduler="tcp://10.0.0.7:8786"), "not on this machine and not encrypted"),
        (EngineSettings(scheduler="tcp://cluster.example:8786"), "not encrypted"),
        (EngineSettings(scheduler="tcp://127.evil.example:8786"), "not encrypted"),
        (EngineSettings(scheduler="10.0.0.7:8786"), "must be tls://host:port"),
        (EngineSettings(scheduler="tls://host"), "must be tls://host:port"),
        (EngineSettings(scheduler="tls://host:1", tls_ca="ca.pem"), "needs tls_cert, tls_key"),
        (EngineSettings(scheduler="tcp://127.0.0.1:1", workers=3), "leave out workers"),
        (EngineSettings(tls_ca="ca.pem"), "needs a scheduler"),
    ],
)
def test_what_is_open_or_makes_no_sense_is_refused(settings: EngineSettings, words: str) -> None:
    with pytest.raises(InputError, match=words):
        Dask(settings)


def test_a_cluster_of_its_own_listens_on_this_machine_alone_and_keeps_memory() -> None:
    import psutil

    engine = Dask(EngineSettings(workers=2))
    engine.start()
    try:
        me = psutil.Process()
        family = [me, *me.children(recursive=True)]
        heard = {
            c.laddr.ip for p in family for c in p.net_connections("inet") if c.status == "LISTEN"
        }
        assert heard == {"127.0.0.1"}
        assert engine._client is not None
        seen = engine._client.run(_thresholds)
        assert set(seen.values()) == {(str(1 << 30), str(1 << 30), "1")}
    finally:
        engine.close()
    _, left = psutil.wait_procs([p for p in family[1:] if _is_worker(p)], timeout=SECONDS)
    assert not left


def test_a_killed_worker_costs_its_shard_and_another_takes_its_place() -> None:
    engine = Dask(EngineSettings(workers=1))
    engine.start()
    try:
        engine.submit(long())
        ends(engine, 1, ("progress",))
        assert engine._client is not None
        (pid,) = engine._client.run(os.getpid).values()
        os.kill(pid, signal.SIGKILL)
        (event,) = ends(engine, 1)
        assert event.kind == "failed" and event.text == "Its worker died."
        engine.submit(shard())
        assert ends(engine, 1)[0].kind == "done"
    finally:
        engine.close()


def test_without_a_scheduler_there_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("learnscope.engines.dask.CONNECT_SECONDS", 0.5)
    engine = Dask(EngineSettings(scheduler="tcp://127.0.0.1:9"))
    with pytest.raises(DataError, match=r"tcp://127\.0\.0\.1:9 cannot be used"):
        engine.start()


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str, list[int]]]:
    """A scheduler and a worker with TLS: folder of the certificates, address, processes."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl makes the certificates")
    folder = tmp_path_factory.mktemp("tls")
    _make_certificates(folder)
    found = folder / "scheduler.json"
    tls = [f"--tls-ca-file={folder}/ca.pem", f"--tls-cert={folder}/one.pem"]
    tls.append(f"--tls-key={folder}/one.key")
    place = ["--protocol", "tls", "--host", "127.0.0.1", "--no-dashboard", *tls]
    own = ["--port", "0", "--scheduler-file", str(found)]
    processes = [_dask("scheduler", *place, *own)]
    try:
        until = time.monotonic() + SECONDS
        while not (found.is_file() and found.stat().st_size) and time.monotonic() < until:
            time.sleep(0.1)
        address = json.loads(found.read_text())["address"]
        workers = ["--no-nanny", "--nthreads", "1", "--local-directory", str(folder / "local")]
        processes.append(_dask("worker", address, *place, *workers))
        yield folder, address, [p.pid for p in processes]
    finally:
        for process in processes:
            process.kill()
            process.wait()


@pytest.mark.slow
def test_tls_takes_its_own_and_refuses_strangers_and_says_when_it_is_gone(
    secured: tuple[Path, str, list[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, address, pids = secured
    engine = Dask(_with(folder, address, "one"))
    assert engine.start() == 1
    monkeypatch.setattr("learnscope.engines.dask.CONNECT_SECONDS", 3)
    stranger = Dask(_with(folder, address, "foreign"))
    with pytest.raises(DataError, match="cannot be used"):
        stranger.start()
    engine.submit(shard())
    (event,) = ends(engine, 1)
    assert facts(event.payload)
    os.kill(pids[0], signal.SIGKILL)
    with pytest.raises(DataError, match=r"scheduler of the cluster is gone.*is kept"):
        ends(engine, 1, ("refused",))
    engine.close()


def _with(folder: Path, address: str, name: str) -> EngineSettings:
    return EngineSettings(
        scheduler=address,
        tls_ca=str(folder / "ca.pem"),
        tls_cert=str(folder / f"{name}.pem"),
        tls_key=str(folder / f"{name}.key"),
    )


def _make_certificates(folder: Path) -> None:
    """An authority with one certificate, and one that signed itself."""

    def run(*words: str) -> None:
        subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)

    new = ("-newkey", "rsa:2048", "-nodes", "-days", "2")
    run("req", "-x509", *new, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=authority")
    run("req", *new, "-keyout", "one.key", "-out", "one.csr", "-subj", "/CN=one")
    sign = ("-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2")
    run("x509", "-req", "-in", "one.csr", *sign, "-out", "one.pem")
    run("req", "-x509", *new, "-keyout", "foreign.key", "-out", "foreign.pem", "-subj", "/CN=x")


def _dask(*words: str) -> subprocess.Popen[bytes]:
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    return subprocess.Popen([sys.executable, "-m", "dask", *words], **quiet)  # type: ignore[call-overload, no-any-return]


def _thresholds() -> tuple[str | None, ...]:
    names = ("MALLOC_TRIM_THRESHOLD_", "MALLOC_MMAP_THRESHOLD_", "OMP_NUM_THREADS")
    return tuple(os.environ.get(name) for name in names)


def _is_worker(process: object) -> bool:
    try:
        return "resource_tracker" not in " ".join(process.cmdline())  # type: ignore[attr-defined]
    except Exception:
        return False
