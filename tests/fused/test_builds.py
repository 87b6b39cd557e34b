"""Builds on the disk: damaged, stale, of another processor, written by two at once, not writable.

Most tests build a unit of their own that takes a tenth of a second.
"""

import ctypes
import errno
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from learnscope.experiment import Experiment
from learnscope.fused import compiled, train_members
from learnscope.fused.units import Unit
from learnscope.fused.vectors import number, peek, poke
from learnscope.training.member import prepare

FLOAT32, FLOAT64 = np.dtype("float32"), np.dtype("float64")


# Numba infers the types inside.
def _raise_by(ws: Any, start: Any, n: Any) -> None:
    for i in range(n):
        poke(ws, i, peek(ws, i) + number(ws, start + 1))


UNIT = Unit(slot=0, name="raise_by", function=_raise_by, returns="nothing", fast=False)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep builds in a folder of the test's own."""
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "asked"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "user"))
    return tmp_path / "asked" / "learnscope-fused"


def load(dtype: np.dtype[Any] = FLOAT64) -> int:
    """Load or build the unit, and see that it does what it should; return 1 if it was loaded."""
    address, unit = compiled._load(UNIT, dtype)
    numbers = np.arange(5, dtype=dtype)
    # Places for what is returned and for an exception come first, see `compiled.call`.
    places = [ctypes.c_void_p(), ctypes.c_void_p()]
    pointers, whole = [ctypes.c_void_p] * 3, [ctypes.c_int64] * 2
    run = ctypes.CFUNCTYPE(ctypes.c_int32, *pointers, *whole)(address)
    assert run(*map(ctypes.addressof, places), numbers.ctypes.data, 2, 4) == 0
    assert numbers.tolist() == [3, 4, 5, 6, 4]
    return sum(unit.stats.cache_hits.values())


def only(folder: Path, pattern: str) -> Path:
    (found,) = folder.glob(pattern)
    return found


def test_the_first_build_fills_an_empty_folder_and_the_next_is_loaded_from_it(folder: Path) -> None:
    assert not folder.exists()
    assert [load(), load(FLOAT32)] == [0, 0]
    assert [load(), load(FLOAT32)] == [1, 1]
    assert {path.suffix for path in folder.iterdir()} == {".nbi", ".nbc"}


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def turn_a_bit(path: Path) -> None:
    content = bytearray(path.read_bytes())
    # Three quarters in: the machine's instructions, which would run as they are.
    content[len(content) * 3 // 4] ^= 1
    path.write_bytes(bytes(content))


DAMAGE: dict[str, Callable[[Path], object]] = {
    "truncated": truncate,
    "empty": lambda path: path.write_bytes(b""),
    "of another kind": lambda path: path.write_text("not a build\n" * 20),
    "with one bit turned": turn_a_bit,
    "missing": Path.unlink,
}


@pytest.mark.parametrize("damage", list(DAMAGE))
@pytest.mark.parametrize("pattern", ["*.nbi", "*.nbc"])
def test_a_damaged_file_is_never_used_and_written_anew(
    folder: Path, pattern: str, damage: str
) -> None:
    load()
    DAMAGE[damage](only(folder, pattern))
    assert load() == 0
    assert load() == 1


def test_a_build_of_other_sources_is_not_used(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as earlier:
        earlier.setattr(compiled, "_sources", lambda: "other sources")
        load()
        stale = only(folder, "*.nbc").read_bytes()
    assert load() == 0
    assert load() == 1
    # Killed after it had written the index and before it had written the build.
    only(folder, "*.nbc").write_bytes(stale)
    assert load() == 0
    assert load() == 1


def test_a_build_for_another_processor_is_not_used_and_both_are_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from numba.core.codegen import JITCPUCodegen

    load()
    with monkeypatch.context() as other:
        other.setattr(JITCPUCodegen, "magic_tuple", lambda self: ("other", "processor", ""))
        assert load() == 0
        assert load() == 1
    assert load() == 1


def test_a_build_for_the_other_number_type_in_its_place_is_not_used(folder: Path) -> None:
    # Two processes that find no index both take the first name, and one writes over the other.
    load(FLOAT32)
    other = only(folder, "*.nbc").read_bytes()
    for path in folder.iterdir():
        path.unlink()
    load(FLOAT64)
    only(folder, "*.nbc").write_bytes(other)
    assert load(FLOAT64) == 0
    assert [load(FLOAT64), load(FLOAT32)] == [1, 0]
    assert [load(FLOAT64), load(FLOAT32)] == [1, 1]


def test_a_disk_that_is_full_stops_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from numba.core.caching import IndexDataCacheFile

    def full(self: object, path: str) -> Any:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as short:
        short.setattr(IndexDataCacheFile, "_open_for_write", full)
        assert [load(), load()] == [0, 0]
    assert list(folder.iterdir()) == []


def test_a_folder_that_is_read_only_is_passed_over(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.mkdir(parents=True)
    folder.chmod(0o555)
    if os.geteuid() == 0:
        # Nothing is read-only to this user; the operating system's answer to others is this.
        refuse(folder, monkeypatch)
    try:
        assert compiled.cache_folder() == tmp_path / "user" / "learnscope" / "fused"
        assert [load(), load()] == [0, 1]
        assert list(folder.iterdir()) == []
    finally:
        folder.chmod(0o755)


def refuse(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make = tempfile.TemporaryFile

    def refusing(*args: Any, **options: Any) -> Any:
        if options.get("dir") == folder:
            raise PermissionError(errno.EACCES, "Permission denied")
        return make(*args, **options)

    monkeypatch.setattr(tempfile, "TemporaryFile", refusing)


def test_a_folder_of_somebody_else_is_passed_over(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.mkdir(parents=True)
    stranger = os.getuid() + 1
    monkeypatch.setattr(os, "getuid", lambda: stranger)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    chosen = compiled.cache_folder()
    assert folder not in chosen.parents and chosen != folder
    assert chosen.parent == tmp_path and chosen.name.startswith("learnscope-fused-")


IN_ANOTHER_PROCESS = """
import sys, time
from pathlib import Path
from tests.fused.test_builds import load, np
ready, go = Path(sys.argv[1]), Path(sys.argv[2])
ready.touch()
while not go.exists():
    time.sleep(0.001)
for name in sys.argv[3].split(","):
    load(np.dtype(name))
"""


def test_two_processes_may_build_at_once(folder: Path, tmp_path: Path) -> None:
    ready, go = [tmp_path / "a", tmp_path / "b"], tmp_path / "go"
    orders = ("float32,float64", "float64,float32")
    running = [
        subprocess.Popen([sys.executable, "-c", IN_ANOTHER_PROCESS, mine, go, order])
        for mine, order in zip(ready, orders, strict=True)
    ]
    while not all(path.exists() for path in ready):
        assert all(process.poll() is None for process in running)
    go.touch()
    assert [process.wait(60) for process in running] == [0, 0]
    # Whatever they left behind, from here on it is whole.
    load(), load(FLOAT32)
    assert [load(), load(FLOAT32)] == [1, 1]
    assert not list(folder.glob("*.tmp*"))


TRAIN = """
import sys, time
from learnscope.fused import compiled
from tests.fused.test_builds import fingerprint
start = time.process_time()
print(fingerprint(), time.process_time() - start, compiled.cache_folder())
"""


def fingerprint() -> str:
    """Train a network of every part that needs a unit of its own; return a hash of the weights."""
    experiment = Experiment(
        problem={"kind": "spirals", "n": 20},
        model={"kind": "mlp", "hidden": (5, 3), "activation": ("tanh", "relu")},
        training={"loss": "bce_logits", "epochs": 5, "batch_size": 7, "dropout": 0.1, "l1": 0.01},
    )
    (result,) = train_members([prepare(experiment, 3)])
    return hashlib.sha256(b"".join(w.tobytes() for w in result.parameters.values())).hexdigest()


def in_a_fresh_process(cache: Path) -> tuple[str, float]:
    """Return what a process that starts with this folder of builds trains, and its seconds."""
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(cache)}
    done = subprocess.run(
        [sys.executable, "-c", TRAIN], capture_output=True, text=True, check=True, env=environment
    )
    weights, seconds, folder = done.stdout.split()
    assert Path(folder) == cache / "learnscope-fused"
    return weights, float(seconds)


@pytest.mark.slow
def test_a_training_is_the_same_built_loaded_and_built_again_after_damage(tmp_path: Path) -> None:
    built, _ = in_a_fresh_process(tmp_path / "first")
    # A copy that cannot be told from the first, somewhere else.
    shutil.copytree(tmp_path / "first", tmp_path / "second")
    loaded, seconds = in_a_fresh_process(tmp_path / "second")
    assert loaded == built
    # Loading takes a quarter of a second of processor time, building some seconds.
    assert seconds < 2.0
    files = sorted((tmp_path / "second" / "learnscope-fused").iterdir())
    for path in files[:: len(files) // 4]:
        truncate(path)
    mended, _ = in_a_fresh_process(tmp_path / "second")
    assert mended == built
    assert in_a_fresh_process(tmp_path / "second")[0] == built
