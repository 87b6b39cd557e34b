"""The networks of images of S4.28, S4.35 and S4.39 beside a plain PyTorch script, start to end.

Both are started as fresh processes, in turn, so that the state of the machine is the same for the
two of a pair, and both are held to one thread. The script reads the files, trains with a
`DataLoader` and prints the losses of every epoch; the command keeps losses, weights and settings
in its run folder, compares the run with simple references, and draws nothing here (`--no-report`).
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
    ("dense", "784-100-10 (S4.28)", "mnist_dense", 20, 2.0),
    ("conv", "convolutions 16-64-128 (S4.35)", "mnist_conv", 5, 1.0),
    ("autoencoder", "784-50-784 (S4.39)", "mnist_autoencoder", 20, 2.0),
)
"""Name in the script, title, entry, epochs (the entries have 20), the goal: times as fast."""
PAIRS, MOST_MEMORY = 3, 1.5
HERE = Path(__file__).parent


def main() -> None:
    """Print both tables, or why there are none."""
    print(f"images, 6,000 in batches of 16: {describe()}")
    print(f"fresh processes, medians of {PAIRS} pairs")
    folder = image_folder()
    if folder is None:
        print("left out: no MNIST files; LEARNSCOPE_DATA names the folder that has them.")
        return
    os.environ |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    os.environ["LEARNSCOPE_DATA"] = str(folder.parent)
    pairs = {title: _pairs(what, entry, epochs, folder) for what, title, entry, epochs, _ in WORKS}
    head("processor seconds", "epochs", "script", "learnscope", "times as fast", "goal")
    for _, title, _, epochs, goal in WORKS:
        plain, ours = zip(*((a.cpu, b.cpu) for a, b in pairs[title]), strict=True)
        ratio = statistics.median(a / b for a, b in zip(plain, ours, strict=True))
        row((title, str(epochs), *_medians(plain, ours), f"{ratio:.2f}x", f"≥ {goal:g}x"))
    head("memory, MB", "script", "learnscope", "ratio", "goal")
    for _, title, *_ in WORKS:
        plain, ours = zip(*((a.memory, b.memory) for a, b in pairs[title]), strict=True)
        ratio = statistics.median(b / a for a, b in zip(plain, ours, strict=True))
        row((title, *_medians(plain, ours), f"{ratio:.2f}x", f"≤ {MOST_MEMORY:g}x"))


def _medians(*values: tuple[float, ...]) -> list[str]:
    return [digits(statistics.median(numbers)) for numbers in values]


def _pairs(what: str, entry: str, epochs: int, folder: Path) -> list[tuple[Cost, Cost]]:
    """Return what script and command took; what is compiled is compiled before."""
    _ours(entry, 1)
    return [(_plain(what, folder, epochs), _ours(entry, epochs)) for _ in range(PAIRS)]


def _plain(what: str, folder: Path, epochs: int) -> Cost:
    script = str(HERE / "plain_pictures.py")
    return measure([sys.executable, script, what, str(folder), str(epochs)])


def _ours(entry: str, epochs: int) -> Cost:
    with tempfile.TemporaryDirectory() as name:
        return measure(
            [
                sys.executable, "-m", "learnscope", "run", entry, f"--training.epochs={epochs}",
                "--training.eval_every=1", f"--out={name}", "--no-report", "--quiet",
            ]
        )  # fmt: skip


if __name__ == "__main__":
    main()
