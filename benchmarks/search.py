"""Image search: 1,000 queries for their 5 nearest among 60,000 images of 784 pixels.

Each contender runs in a process of its own, in turn, so that memory can be told apart and the
state of the machine is the same for all. They are given the same images, random ones with the
grey values and the share of empty pixels of MNIST, and must find the same neighbours.
"""

import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from benchmarks.machine import describe

N, D, QUERIES, K, ROUNDS = 60_000, 784, 1000, 5, 3
Images = NDArray[np.float32]
Positions = NDArray[np.int64]


def main() -> None:
    """Print seconds of processor time, wall time and memory of each, and ratios to ours."""
    if len(sys.argv) == 3 and sys.argv[1] == "search-one":
        return _one(sys.argv[2])
    print(f"search, {QUERIES} queries, top {K} of {N:,} x {D} (float32): {describe()}")
    print(f"{'':<34} {'cpu s':>7} {'wall s':>7} {'MB':>6} {'cpu / ours':>11}  same as ours")
    rows: dict[str, list[list[str]]] = {name: [] for name in CONTENDERS}
    for _ in range(ROUNDS):
        for name, runs in rows.items():
            runs.append(_measured(name))
    ours = rows["learnscope"]
    for name, runs in rows.items():
        cpu, wall, memory = (statistics.median(float(r[i]) for r in runs) for i in range(3))
        pairs = zip(runs, ours, strict=True)
        ratio = statistics.median(float(a[0]) / float(b[0]) for a, b in pairs)
        same = "yes" if runs[0][3] == ours[0][3] else "no"
        print(f"{name:<34} {cpu:>7.2f} {wall:>7.2f} {memory:>6.0f} {ratio:>10.2f}x  {same}")


def _measured(name: str) -> list[str]:
    command = [sys.executable, "-m", "benchmarks.search", "search-one", name]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{name} failed:\n{done.stderr[-2000:]}")
    return done.stdout.split()


def _one(name: str) -> None:
    images = _images()
    call = CONTENDERS[name](images)
    wall, cpu = time.perf_counter(), time.process_time()
    found = call(np.arange(0, N, N // QUERIES)[:QUERIES])
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    mark = np.dot(found.ravel() % 9973, np.arange(1, found.size + 1))
    print(f"{cpu:.3f} {wall:.3f} {memory:.0f} {mark}")


def _images() -> Images:
    """Return images of which a fifth of the pixels is grey, around ten patterns of strokes."""
    rng = np.random.default_rng(0)
    inked = rng.random((10, D)) < 0.2
    images = np.empty((N, D), dtype=np.float32)
    for start in range(0, N, 6000):
        block = rng.integers(0, 256, (6000, D)) * inked[rng.integers(0, 10, 6000)]
        images[start : start + 6000] = block / 255
    return images


def _ours(images: Images) -> Callable[[Positions], Positions]:
    from learnscope.search import build_index, search_rows

    index = build_index(images, metric="euclidean")
    return lambda own: search_rows(index, own, K).positions


def _scikit_learn(images: Images) -> Callable[[Positions], Positions]:
    from sklearn.neighbors import NearestNeighbors

    searcher = NearestNeighbors(n_neighbors=K + 1, algorithm="brute").fit(images)
    return lambda own: searcher.kneighbors(images[own], return_distance=False)[:, 1:]


def _torch(images: Images) -> Callable[[Positions], Positions]:
    import torch

    rows = torch.from_numpy(images)
    lengths = rows.square().sum(dim=1)

    def call(own: Positions) -> Positions:
        # In blocks of the same size as ours.
        blocks = torch.split(torch.from_numpy(own), 256)
        scores = (lengths - 2 * rows[part] @ rows.T for part in blocks)
        found = [s.topk(K + 1, largest=False).indices[:, 1:] for s in scores]
        return np.asarray(torch.cat(found).numpy())

    return call


CONTENDERS: dict[str, Callable[[Images], Callable[[Positions], Positions]]] = {
    "learnscope": _ours,
    "scikit-learn NearestNeighbors": _scikit_learn,
    "PyTorch product and topk": _torch,
}

if __name__ == "__main__":
    main()
