"""Train one network for one epoch in this process and print what that took.

`python -m benchmarks.first_call` is the first call there is, when the folder that NUMBA_CACHE_DIR
names is empty, and a call that finds the build there otherwise.
"""

import json
import time

from learnscope import fused
from learnscope.experiment import Experiment
from learnscope.training.member import prepare


def main() -> None:
    """Print seconds of wall time and of processor time as JSON."""
    member = prepare(Experiment(problem="spirals", training={"epochs": 1}), 0)
    wall, cpu = time.perf_counter(), time.process_time()
    fused.train_members([member], n_threads=1)
    print(json.dumps([time.perf_counter() - wall, time.process_time() - cpu]))


if __name__ == "__main__":
    main()
