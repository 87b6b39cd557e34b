"""A result as plain data beside its arrays: what the files of a run say of a member."""

from collections.abc import Mapping
from typing import Any

from learnscope.arrays import Array
from learnscope.training.result import Result, Snapshots


def result_row(result: Result) -> dict[str, Any]:
    """Return all of a result but its arrays."""
    return {
        "seed": result.seed,
        "status": result.status,
        "epochs": result.epochs,
        "best_epoch": result.best_epoch,
        "cause": result.cause,
        "seconds": result.seconds,
        "snapshots": list(result.snapshots.epochs),
    }


def read_result(
    row: Mapping[str, Any],
    parameters: Mapping[str, Array],
    history: Mapping[str, Array],
    snapshots: Mapping[str, Array] | None = None,
) -> Result:
    """Return the result of a row and its arrays; a missing or wrong word raises as it does."""
    return Result(
        seed=int(row["seed"]),
        parameters=parameters,
        history=history,
        status=row["status"],
        epochs=int(row["epochs"]),
        best_epoch=int(row["best_epoch"]),
        cause=row["cause"],
        seconds=float(row["seconds"]),
        snapshots=Snapshots(
            epochs=tuple(int(e) for e in row.get("snapshots", ())), parameters=snapshots or {}
        ),
    )
