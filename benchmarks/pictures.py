"""The networks of images of S4.28, S4.35 and S4.39 beside a plain PyTorch script, start to end.

All are started as fresh processes, in turn, so that the state of the machine is the same for those
of a round, and all are held to one thread: the plain script, which reads the files, trains with a
`DataLoader` and prints the losses of every epoch; `ls.train` on the same settings, which keeps
losses, weights and settings in a run folder; and the command, which besides compares the run with
simple references to judge it (`--no-report`, as the script draws nothing either).
"""

import os
import statistics
import sys
import tempfile
from pathlib import Path

from benchmarks.machine import Cost, describe, measure
from benchmarks.tables import digits, head, row
from benchmarks.work import image_folder

WORKS = (
    ("dense", "784-100-10 (S4.28)", "mnist_dense", 10, 2.0),
    ("conv", "convolutions 16-64-128 (S4.35)", "mnist_conv", 5, 1.0),
    ("autoencoder", "784-50-784 (S4.39)", "mnist_autoencoder", 10, 2.0),
)
"""Name in the script, title, entry, epochs, and the goal: how many times as fast."""
ROUNDS, MOST_MEMORY = 3, 1.5
HERE = Path(__file__).parent
TRAIN = """
import sys
import learnscope as ls
settings = {"training.epochs": int(sys.argv[2]), "training.eval_every": 1}
ls.train(ls.named(sys.argv[1]).override(settings), out=sys.argv[3])
"""
Round = tuple[Cost, Cost, Cost]


def main() -> None:
    """Print both tables, or why there are none."""
    print(f"images, 6,000 in batches of 16: {describe()}")
    print(f"fresh processes, medians of {ROUNDS} rounds")
    folder = image_folder()
    if folder is None:
        print("left out: no MNIST files; LEARNSCOPE_DATA names the folder that has them.")
        return
    os.environ |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    os.environ["LEARNSCOPE_DATA"] = str(folder.parent)
    rounds = {
        title: _rounds(what, entry, epochs, folder) for what, title, entry, epochs, _ in WORKS
    }
    head("processor seconds", "epochs", "DataLoader script", "ls.train", "times as fast", "goal",
         "the command")  # fmt: skip
    for _, title, _, epochs, goal in WORKS:
        plain, ours, command = (_median(rounds[title], i, "cpu") for i in range(3))
        ratio = statistics.median(r[0].cpu / r[1].cpu for r in rounds[title])
        row((title, str(epochs), digits(plain), digits(ours), f"{ratio:.1f}x", f"≥ {goal:g}x",
             digits(command)))  # fmt: skip
    head("memory, MB", "DataLoader script", "ls.train", "ratio", "goal", "the command")
    for _, title, *_ in WORKS:
        plain, ours, command = (_median(rounds[title], i, "memory") for i in range(3))
        ratio = statistics.median(r[1].memory / r[0].memory for r in rounds[title])
        row((title, digits(plain), digits(ours), f"{ratio:.2f}x", f"≤ {MOST_MEMORY:g}x",
             digits(command)))  # fmt: skip


def _rounds(what: str, entry: str, epochs: int, folder: Path) -> list[Round]:
    """Return what script, library and command took; what is compiled is compiled before."""
    _train(entry, 1)
    return [
        (_plain(what, folder, epochs), _train(entry, epochs), _command(entry, epochs))
        for _ in range(ROUNDS)
    ]


def _median(rounds: list[Round], which: int, of: str) -> float:
    return statistics.median(float(getattr(costs[which], of)) for costs in rounds)


def _plain(what: str, folder: Path, epochs: int) -> Cost:
    script = str(HERE / "plain_pictures.py")
    return measure([sys.executable, script, what, str(folder), str(epochs)])


def _train(entry: str, epochs: int) -> Cost:
    with tempfile.TemporaryDirectory() as name:
        return measure([sys.executable, "-c", TRAIN, entry, str(epochs), name])


def _command(entry: str, epochs: int) -> Cost:
    with tempfile.TemporaryDirectory() as name:
        return measure(
            [
                sys.executable, "-m", "learnscope", "run", entry, f"--training.epochs={epochs}",
                "--training.eval_every=1", f"--out={name}", "--no-report", "--quiet",
            ]
        )  # fmt: skip


if __name__ == "__main__":
    main()
