"""A real process that is killed without warning, again and again."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

SCRIPT = """
import os, random, signal, sys, time
from pathlib import Path

import numpy as np
import torch
import torch._dynamo  # the optimisers import it

from learnscope.training.checkpoint import load_checkpoint, save_checkpoint
from learnscope.training.loop import train_member
from tests.training.members import spirals

folder = Path(sys.argv[1])
member = spirals(epochs=150, batch_size=9, dropout=0.2, lr=0.01, precision="float32",
                 stopping={"patience": 140}, split={"validation": 0.2})


def train(path):
    result = train_member(
        member,
        resume=load_checkpoint(path, member),
        save=lambda state: save_checkpoint(path, member, state),
        save_every_seconds=0.01,
    )
    np.savez(path.with_suffix(".npz"), status=result.status, epochs=result.epochs,
             **result.parameters, **result.history)


def attempt(path):
    pid = os.fork()
    if pid == 0:
        train(path)
        os._exit(0)
    return pid


# A child that is not disturbed, which also tells how long one takes on this machine.
start = time.monotonic()
assert os.waitpid(attempt(folder / "whole"), 0)[1] == 0
whole = time.monotonic() - start
rng, kills = random.Random(int(sys.argv[2])), 0
while True:
    pid = attempt(folder / "killed")
    # The first kills come at random moments of the first fifth; later ones leave time to finish.
    time.sleep(rng.uniform(0.02, 0.2) * whole * (1 + kills // 6))
    os.kill(pid, signal.SIGKILL)
    if os.waitpid(pid, 0)[1] == 0:
        break
    kills += 1
print(kills)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="needs fork and SIGKILL")
def test_killed_training_ends_with_the_same_bits(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(tmp_path), "1"],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) >= 3
    whole, killed = (dict(np.load(tmp_path / f"{name}.npz")) for name in ("whole", "killed"))
    assert whole.keys() == killed.keys()
    for name in whole:
        np.testing.assert_array_equal(whole[name], killed[name], strict=True)
