"""784-100-10 on 6,000 MNIST images in batches of 16, one core, against every rival."""

from benchmarks.machine import describe, hold_one_core
from benchmarks.rivals import RIVALS
from benchmarks.standings import Standings
from benchmarks.tables import digits, head, row
from benchmarks.work import N_IMAGES, Work, image_folder

WORKS = (
    Work(name="784-100-10 ReLU", hidden=(100,), activation="relu", rows=N_IMAGES, batch=16,
         images=True),
    Work(name="784-100-10 tanh", hidden=(100,), activation="tanh", rows=N_IMAGES, batch=16,
         images=True),
)  # fmt: skip
GOAL = 2


def main() -> None:
    """Print the table, or why there is none."""
    hold_one_core()
    print(f"784-100-10 with batches of 16, one core: {describe()}")
    if image_folder() is None:
        print("left out: no MNIST files; LEARNSCOPE_DATA names the folder that has them.")
        return
    print("microseconds of an update of one network (times learnscope's)")
    head("softmax cross-entropy", "stack", *(work.name for work in WORKS))
    standings = Standings()
    for rival in RIVALS:
        for stack in rival.sizes(WORKS[0]) if standings.may_run(rival) else ():
            standings.line(rival, stack, WORKS, lambda pair, _: digits(1e6 * pair.rival))
    row(("**learnscope**", "1", *(digits(1e6 * standings.ours(work)) for work in WORKS)))
    standings.tell_reasons()
    head("against", "times PyTorch's loop", "goal", "fastest rival", "times as fast")
    for work in WORKS:
        label, fastest = standings.fastest(work)
        loop = standings.of("PyTorch loop", work)
        row((work.name, f"{loop.ratio:.1f}x", f"≥ {GOAL}x", label, f"{fastest.ratio:.1f}x"))


if __name__ == "__main__":
    main()
