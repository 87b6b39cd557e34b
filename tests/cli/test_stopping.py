import json
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from learnscope.cli.stopping import stopping
from tests.cli.calling import Cli

RUN = (
    "run", "spirals", "--no-report", "--progress=none",
    "--problem.n=20", "--training.lr=0.01", "--seeds=3",
)  # fmt: skip


def start(out: Path, *flags: str) -> subprocess.Popen[str]:
    argv = [sys.executable, "-m", "learnscope", *RUN, *flags, f"--out={out}"]
    return subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def wait_for(out: Path, name: str) -> None:
    for _ in range(6000):
        if any(out.glob(f"*/*/{name}")):
            return
        time.sleep(0.01)
    raise AssertionError(f"no {name} after a minute")


@pytest.mark.parametrize("route", ["torch", "fused"])
def test_a_stopped_run_goes_on_to_the_same_figures(cli: Cli, tmp_path: Path, route: str) -> None:
    flags = (f"--route={route}", "--training.epochs=300")
    process = start(tmp_path, *flags)
    # The wish is asked for before the first update, so the run cannot be done before it.
    wait_for(tmp_path, "meta.json")
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 130
    assert out == ""
    assert "learnscope: stopping" in err
    assert "Traceback" not in err
    assert "Go on with: learnscope run --resume" in err.splitlines()[-1]
    resumed = cli("run", "--resume", "last", "--no-report", "--json", f"--out={tmp_path}")
    assert resumed.code == 0
    whole = cli(*RUN, *flags, "--json", f"--out={tmp_path / 'whole'}")
    for name in ("metrics", "statuses", "route", "members", "health"):
        assert resumed.data[name] == whole.data[name]


def test_a_wish_of_the_machine_to_stop_keeps_the_run_too(cli: Cli, tmp_path: Path) -> None:
    process = start(tmp_path, "--route=torch", "--training.epochs=100000")
    wait_for(tmp_path, "meta.json")
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=120)
    assert process.returncode == 130
    assert "Go on with: learnscope run --resume" in err.splitlines()[-1]


def test_the_wish_to_stop_is_made_by_a_signal_and_ends_with_the_block() -> None:
    before = signal.getsignal(signal.SIGINT)
    with stopping() as stop:
        assert not stop()
        signal.raise_signal(signal.SIGINT)
        assert stop()
    assert signal.getsignal(signal.SIGINT) is before


def test_a_second_signal_ends_at_once() -> None:
    code = (
        "import signal\n"
        "from learnscope.cli.stopping import stopping\n"
        "with stopping():\n"
        "    signal.raise_signal(signal.SIGINT)\n"
        "    signal.raise_signal(signal.SIGINT)\n"
        "    print('still here')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 130
    assert "still here" not in done.stdout
    assert done.stderr.count("stopping") == 1


def test_in_another_thread_signals_are_left_alone() -> None:
    before, found = signal.getsignal(signal.SIGINT), []

    def look() -> None:
        with stopping() as stop:
            found.append((stop(), signal.getsignal(signal.SIGINT)))

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    assert found == [(False, before)]


def test_a_run_stopped_by_the_machine_is_listed_as_interrupted(cli: Cli, tmp_path: Path) -> None:
    process = start(tmp_path, "--route=torch", "--training.epochs=100000")
    wait_for(tmp_path, "meta.json")
    running = cli("runs", "list", "--json", f"--out={tmp_path}").data["runs"][0]
    process.kill()
    process.communicate(timeout=60)
    assert running["state"] == "running"
    killed = cli("runs", "list", "--json", f"--out={tmp_path}").data["runs"][0]
    assert killed["state"] == "interrupted"
    meta = json.loads(Path(killed["path"], "meta.json").read_text())
    assert meta["status"] == "running"
