"""How much the snapshots of a training may take."""

from learnscope.errors import InputError
from learnscope.experiment import Experiment
from learnscope.models.network import Network

MOST_BYTES = 2_000_000_000
"""Bytes of the snapshots of all members of an experiment: they are in memory until it is done."""


def snapshot_bytes(experiment: Experiment, network: Network) -> int:
    """Return what the snapshots of one member take."""
    training = experiment.training
    itemsize = 4 if training.precision == "float32" else 8
    return len(training.snapshot_epochs()) * network.n_parameters() * itemsize


def check_snapshots(experiment: Experiment, network: Network) -> None:
    """Refuse snapshots of all members that take more than `MOST_BYTES`."""
    if experiment.training.snapshots is None:
        return
    needed = experiment.seeds * snapshot_bytes(experiment, network)
    if needed > MOST_BYTES:
        members = "1 member" if experiment.seeds == 1 else f"{experiment.seeds:,} members"
        raise InputError(
            f"training.snapshots keeps {len(experiment.training.snapshot_epochs()):,} times "
            f"{network.n_parameters():,} weights of {members}: {needed / 1e9:,.1f} GB, and at most "
            f"{MOST_BYTES / 1e9:g} GB are kept. Use fewer snapshots, or fewer seeds."
        )
