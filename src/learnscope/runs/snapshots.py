"""The weights that were kept on the way, in a file beside the final ones.

`snapshots.safetensors` has an array "<seed>/<parameter>" (s, ...) for each member: a member that
stopped early or diverged has fewer of them. Their epochs follow from the settings and from the
epochs that the member did.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from learnscope.arrays import Array
from learnscope.errors import DataError
from learnscope.experiment import Experiment
from learnscope.models.network import Network
from learnscope.tensors import read_tensors, write_tensors
from learnscope.training.result import Result, Snapshots

SNAPSHOTS = "snapshots.safetensors"


def write_snapshots(folder: Path, results: Sequence[Result]) -> None:
    """Write the snapshots of all members; without any there is no file."""
    arrays = {
        f"{result.seed}/{name}": stack
        for result in results
        for name, stack in result.snapshots.parameters.items()
    }
    if arrays:
        epochs = {str(r.seed): list(r.snapshots.epochs) for r in results}
        write_tensors(folder / SNAPSHOTS, arrays, {"epochs": epochs})


def read_snapshots(
    folder: Path, experiment: Experiment, network: Network, results: Sequence[Result]
) -> list[Result]:
    """Return the results with their snapshots.

    Raises:
        DataError: the file is missing or damaged, or does not fit the settings.
    """
    training = experiment.training
    for result in results:
        reached = tuple(e for e in training.snapshot_epochs() if e <= result.epochs)
        if result.snapshots.epochs != reached:
            raise DataError(
                f"The notes of the run {str(folder)!r} name other snapshots than its settings "
                f"(seed {result.seed}): they were changed. Put them back, or train again."
            )
    expected = {
        f"{r.seed}/{name}": ((len(r.snapshots.epochs), *shape), training.precision)
        for r in results
        for name, shape in network.shapes().items()
        if r.snapshots.epochs
    }
    if not expected:
        return list(results)
    arrays, _ = read_tensors(folder / SNAPSHOTS, expected)
    return [_with(result, network, arrays) for result in results]


def _with(result: Result, network: Network, arrays: dict[str, Array]) -> Result:
    epochs = result.snapshots.epochs
    names = network.shapes() if epochs else ()
    parameters = {name: arrays[f"{result.seed}/{name}"] for name in names}
    return replace(result, snapshots=Snapshots(epochs=epochs, parameters=parameters))
