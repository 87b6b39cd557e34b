"""A CSV file given in place of an experiment: sensible settings for a table of one's own."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from learnscope.errors import InputError, listing
from learnscope.experiment import Experiment, read_experiment
from learnscope.overrides import apply_overrides
from learnscope.training.member import prepare


def experiment_for_table(
    path: Path, target: str | None, overrides: Mapping[str, Any]
) -> Experiment:
    """Return an experiment that predicts a column of a CSV file from the others.

    Standardised features, an MLP of two layers of 16, Adam at 0.01 in batches of 32, a fifth of
    the rows for the test and another for validation, early stopping; the loss is chosen by the
    target: "mse" of the standardised target for numbers, "bce_logits" for two classes,
    "cross_entropy" for more.

    Args:
        path: the file; the experiment holds its absolute path.
        target: the column to predict, unless `overrides` has it as "problem.target".
        overrides: dotted settings laid over these.

    Raises:
        InputError: there is no such file, or no target was named.
        DataError: the file cannot be learned from.
    """
    if target is None and "problem.target" not in overrides:
        raise InputError(
            f"--target is needed: which column of {str(path)!r} is to be predicted? It has "
            f"{listing(_header(path))}."
        )
    data = _sensible(path, target)
    experiment = read_experiment(apply_overrides(data, overrides))
    return experiment.override(_by_target(experiment, overrides))


def _sensible(path: Path, target: str | None) -> dict[str, Any]:
    name = re.sub(r"[^A-Za-z0-9_.-]+", "-", path.stem).strip("-._") or "table"
    problem = {"kind": "csv", "path": str(path.absolute())}
    return {
        "name": name[:80],
        "title": f"{target} of {path.name}" if target else path.name,
        "problem": problem if target is None else {**problem, "target": target},
        "features": [{"kind": "standardise"}],
        "model": {"kind": "mlp", "hidden": [16, 16]},
        "training": {
            "lr": 0.01,
            "epochs": 500,
            "batch_size": 32,
            "stopping": {"patience": 50},
            "split": {"test": 0.2, "validation": 0.2},
        },
    }


def _by_target(experiment: Experiment, overrides: Mapping[str, Any]) -> dict[str, str]:
    """Return the settings that the target decides, where the user has not."""
    if any(name.split(".")[:2] == ["training", "loss"] for name in overrides):
        return {}
    sample = prepare(experiment, experiment.seed).sample
    if sample.task == "classification":
        return {"training.loss": "bce_logits" if len(sample.outputs) == 2 else "cross_entropy"}
    return {} if "training.target" in overrides else {"training.target": "standardise"}


def _header(path: Path) -> list[str]:
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            return next(csv.reader(file), [])
    except FileNotFoundError:
        raise InputError(f"There is no file {str(path)!r}.") from None
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{str(path)!r} cannot be read: {error}.") from None
