"""Faulty scripts in many loop styles, each beside its mended twin, and how they are run.

A script prints `score 0.9712` at its end, higher being better, or raises an error.
"""

import contextlib
import io
import json
import runpy
import warnings
from dataclasses import dataclass
from pathlib import Path

import torch

from tests.doctor.cases.program import part_of
from tests.doctor.cases.threads import one_thread

FOLDER = Path(__file__).parent / "scripts"


@dataclass(frozen=True, kw_only=True)
class Script:
    """A faulty script and its twin.

    Attributes:
        name: stem of both files, without `_faulty` and `_mended`.
        truth: accepted slugs, the first is the fault.
        good: score of the twin.
        gap: by how much at least the faulty script's score is lower; None where the fault is
            no matter of the score.
        raises: name of the error that ends the faulty script; None where it runs through.
    """

    name: str
    truth: tuple[str, ...]
    good: float = 0.85
    gap: float | None = 0.1
    raises: str | None = None

    @property
    def part(self) -> str:
        """Return "held" for the third of all names that is held back, else "open"."""
        return part_of(self.name)

    def path(self, *, mended: bool = False) -> Path:
        """Return the file: a script or a notebook."""
        (found,) = FOLDER.glob(f"{self.name}_{'mended' if mended else 'faulty'}.*")
        return found


def run(path: Path) -> float:
    """Run a script or the code cells of a notebook in this process; return its score."""
    said = io.StringIO()
    quiet = warnings.catch_warnings(action="ignore")  # some scripts are told off by PyTorch
    with quiet, torch.random.fork_rng(), one_thread(), contextlib.redirect_stdout(said):
        if path.suffix == ".ipynb":
            exec(compile(notebook_code(path), path.name, "exec"), {"__name__": "__main__"})
        else:
            runpy.run_path(str(path), run_name="__main__")
    return float(said.getvalue().split()[-1])


def notebook_code(path: Path) -> str:
    """Return the code cells of a notebook, one after the other."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return "\n\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "code")


LISTED = (
    Script(name="bare_loop", truth=("gradients-not-cleared",)),
    # Steps come before gradients: what is seen is that nothing moves.
    Script(name="functional", truth=("step-before-backward", "weights-do-not-move")),
    Script(name="evaluation_function", truth=("broadcast-metric",)),
    Script(name="scored_after_training", truth=("evaluation-in-training-mode",), gap=0.02),
    # The statistics stay those of the start.
    Script(name="validate_every_epoch", truth=("training-in-eval-mode", "batchnorm-statistics")),
    # A closure without backward gives the step nothing to use.
    Script(
        name="lbfgs_closure",
        truth=("weights-do-not-move", "detached-graph", "step-before-backward"),
    ),
    # Gradients are cleared just before the step that should use them.
    Script(name="accumulation", truth=("weights-do-not-move", "step-before-backward")),
    Script(name="two_optimizers", truth=("optimizer-misses-parameters",)),
    Script(name="trainer_class", truth=("softmax-before-cross-entropy",), gap=0.05),
    Script(name="data_loader", truth=("ordered-batches",)),
    # The rate is gone after an epoch or two: rate and schedule are both too low.
    Script(name="scheduler", truth=("schedule-ends-early", "lr-too-low")),
    Script(name="history_of_losses", truth=("graph-kept",), gap=None),
    Script(name="optimizer_of_before", truth=("optimizer-misses-parameters",)),
    Script(name="first_training", truth=("shape-mismatch",), raises="ValueError"),
    Script(name="conv_to_dense", truth=("shape-mismatch",), raises="RuntimeError"),
    Script(name="labels_from_one", truth=("target-out-of-range",), raises="IndexError"),
    Script(name="doubles_from_numpy", truth=("dtype-mismatch",), raises="RuntimeError"),
    Script(name="state_between_batches", truth=("backward-twice",), raises="RuntimeError"),
    # An empty loader is what a batch too large leaves.
    Script(
        name="batch_larger_than_rows",
        truth=("empty-loader", "batch-too-large"),
        raises="ZeroDivisionError",
    ),
    Script(name="changed_in_place", truth=("in-place-change",), raises="RuntimeError"),
    Script(name="weights_elsewhere", truth=("device-mismatch",), raises="RuntimeError"),
    # What is printed is wrong, and what is learned is not.
    Script(name="epoch_loss_over_rows", truth=("wrong-metric",), gap=None),
    Script(name="schedule_first", truth=("schedule-order",), gap=None),
    # A step is then the limit times the rate: as if that were too low.
    Script(name="clipped_to_nothing", truth=("clipping-too-strong", "lr-too-low")),
)
SCRIPTS = {script.name: script for script in LISTED}
