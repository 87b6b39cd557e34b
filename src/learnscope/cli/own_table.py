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
from learnscope.problems.csv import Csv
from learnscope.seeds import streams


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
        InputError: there is no such file, no target was named, or two were.
        DataError: the file cannot be learned from.
    """
    if target is None and "problem.target" not in overrides:
        raise InputError(
            f"--target is needed: which column of {str(path)!r} is to be predicted? It has "
            f"{listing(_header(path))}."
        )
    given = {"kind": "csv", "path": str(path.absolute())}
    if target is not None:
        given["target"] = target
    _refuse_doubled(path, target, overrides)
    problem = _problem(given, overrides)
    data = _sensible(path, given, problem.target)
    # Before the user's settings, which must fit the loss that will be used.
    data["training"] |= _by_target(problem, overrides)
    return read_experiment(apply_overrides(data, overrides))


def _refuse_doubled(path: Path, target: str | None, overrides: Mapping[str, Any]) -> None:
    other = overrides.get("problem.target")
    if target is not None and other is not None:
        raise InputError(
            f"problem.target was given twice: {target!r} by --target and {other!r}. Leave one."
        )
    for name in ("problem", "problem.kind", "problem.path"):
        if name in overrides:
            raise InputError(
                f"{name} was given twice: the table {str(path)!r} and {overrides[name]!r}. Leave "
                "one."
            )


def _problem(given: Mapping[str, Any], overrides: Mapping[str, Any]) -> Csv:
    """Return the problem with the user's settings of it, none of which depends on the others."""
    own = {name: value for name, value in overrides.items() if name.startswith("problem.")}
    problem = read_experiment(apply_overrides({"problem": given}, own)).problem
    assert isinstance(problem, Csv)
    return problem


def _sensible(path: Path, problem: Mapping[str, str], target: str) -> dict[str, Any]:
    name = re.sub(r"[^A-Za-z0-9_.-]+", "-", path.stem).strip("-._") or "table"
    return {
        "name": name[:80],
        "title": f"{target} of {path.name}",
        "problem": dict(problem),
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


def _by_target(problem: Csv, overrides: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings of the training that the target decides, where the user has not."""
    if "training.loss" in overrides or "training.loss.kind" in overrides:
        return {}
    # All rows: which task it is does not depend on the ones that are drawn.
    sample = problem.model_copy(update={"n": None}).sample(streams(0).draws)
    if sample.task == "classification":
        kind = "bce_logits" if len(sample.outputs) == 2 else "cross_entropy"
        return {"loss": {"kind": kind}}
    return {"target": "standardise"}


def _header(path: Path) -> list[str]:
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            return next(csv.reader(file), [])
    except FileNotFoundError:
        raise InputError(f"There is no file {str(path)!r}.") from None
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{str(path)!r} cannot be read: {error}.") from None
