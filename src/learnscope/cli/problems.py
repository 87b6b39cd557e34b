"""The problems by themselves: a line for each, and one explained with all its settings."""

from __future__ import annotations

import inspect
import json
import re
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from learnscope.cli.output import heading, note, print_json, say, table
from learnscope.datasets.places import missing_text
from learnscope.errors import InputError
from learnscope.problems import PROBLEMS, Problem, Sample
from learnscope.problems.image_files import ImageFiles
from learnscope.seeds import streams

if TYPE_CHECKING:
    from learnscope.experiment import Experiment

OF_A_FILE = "csv"
"""The problem whose examples are in a file of the user's own: `run FILE.csv` is the way to it."""


def summaries() -> dict[str, str]:
    """Return name -> one line for every problem, with the numbers of its default settings."""
    return {name: _summary(kind) for name, kind in PROBLEMS.items()}


def how_to_run(name: str) -> str:
    """Return the command that trains a problem by itself."""
    if name == OF_A_FILE:
        return "learnscope run FILE.csv --target COLUMN"
    return f"learnscope run --problem {name}"


def check_overrides(name: str, overrides: Mapping[str, Any]) -> None:
    """Refuse settings that are none of a problem."""
    for path in overrides:
        if not path.startswith("problem."):
            raise InputError(
                f"{path} is a setting of an experiment, and {name!r} is a problem. "
                f"'learnscope show --problem {name}' explains an experiment on it."
            )


def show_file_problem(as_json: bool) -> None:
    """Explain the problem that needs a file: there are no examples to tell of."""
    facts = {"kind": OF_A_FILE, "sentence": _summary(PROBLEMS[OF_A_FILE])}
    _print({**facts, "settings": _settings(PROBLEMS[OF_A_FILE], None)}, as_json)


def show_problem(experiment: Experiment, as_json: bool) -> None:
    """Explain the problem of an experiment: its examples, its ceiling and its settings."""
    problem = experiment.problem
    if isinstance(problem, ImageFiles) and problem.folder() is None:
        _show_without_files(problem, as_json)
        return
    sample = problem.sample(streams(experiment.seed, problem_seed=problem.seed).draws)
    truth = sample.truth
    facts = {
        "kind": problem.kind_name(),
        "sentence": problem.sentence(),
        "task": sample.task,
        "rows": len(sample),
        "columns": list(sample.columns),
        "outputs": list(sample.outputs),
        "floor": None if truth is None else truth.floor(),
        "floor_from": None if truth is None else truth.how,
        "settings": _settings(type(problem), problem),
    }
    _print(facts, as_json, sample)


def _show_without_files(problem: ImageFiles, as_json: bool) -> None:
    """Explain a problem whose files are not here, and how to get them."""
    facts = {"kind": problem.kind_name(), "sentence": problem.sentence()}
    note(f"learnscope: {missing_text(problem.source, problem.path)}")
    _print({**facts, "settings": _settings(type(problem), problem)}, as_json)


def ceiling(sample: Sample) -> str:
    """Say how good the best possible model is on examples like these."""
    truth = sample.truth
    if truth is None:
        return "The best possible result is not known: these are data, not a known source."
    floor = truth.floor()
    if sample.task == "classification":
        return f"The best possible model is right on {1 - floor:.1%} of new rows ({truth.how})."
    return f"The best possible model has a mean squared error of {floor:.4g} ({truth.how})."


def _print(facts: dict[str, Any], as_json: bool, sample: Sample | None = None) -> None:
    if as_json:
        print_json({"problem": facts})
        return
    heading(facts["kind"])
    say(facts["sentence"])
    if sample is not None:
        say(_examples(sample))
        say(ceiling(sample))
    heading("\nSettings")
    rows = [(f"problem.{s['name']}", _cell(s), s["meaning"]) for s in facts["settings"]]
    table(("setting", "value", "what it is"), rows)
    say(f"\nTrain on it with '{how_to_run(facts['kind'])}'.")


def _examples(sample: Sample) -> str:
    inputs = _listed(sample.columns, ("input", "inputs"))
    nouns = ("class", "classes") if sample.task == "classification" else ("number", "numbers")
    rows = "1 row" if len(sample) == 1 else f"{len(sample)} rows"
    return f"{rows} of {inputs}; to predict: {_listed(sample.outputs, nouns)}."


def _listed(names: tuple[str, ...], nouns: tuple[str, str]) -> str:
    shown = ", ".join(names[:6]) + (", ..." if len(names) > 6 else "")
    return f"{len(names)} {nouns[len(names) > 1]} ({shown})"


def _summary(kind: type[Problem]) -> str:
    """Return the sentence of the default settings, or of the file where some are needed."""
    if any(field.is_required() for field in kind.model_fields.values()):
        head = (inspect.getdoc(sys.modules[kind.__module__]) or "").split("\n\n")[0]
        text = " ".join(head.partition(": ")[2].split())
        return text[:1].upper() + text[1:]
    return kind().sentence()


def _settings(kind: type[Problem], problem: Problem | None) -> list[dict[str, Any]]:
    meanings, rows = _meanings(kind), []
    given = None if problem is None else problem.plain()
    for name, field in kind.model_fields.items():
        if name == "kind":
            continue
        row = {"name": name, "needed": field.is_required(), "meaning": meanings.get(name, "")}
        default = None if field.is_required() else field.default
        rows.append({**row, "value": default if given is None else given.get(name)})
    return rows


def _cell(setting: Mapping[str, Any]) -> str:
    if setting["needed"] and setting["value"] is None:
        return "(needed)"
    return "none" if setting["value"] is None else json.dumps(setting["value"])


def _meanings(kind: type[Problem]) -> dict[str, str]:
    """Return what the docstrings of a class and its bases say of each setting."""
    found: dict[str, str] = {}
    for base in reversed(kind.__mro__):
        section = inspect.cleandoc(base.__doc__ or "").partition("\nAttributes:\n")[2]
        # A setting stands four spaces in, the lines that go on with it eight.
        for match in re.finditer(r"^    (\w+): (.*(?:\n        .*)*)", section, re.MULTILINE):
            found[match[1]] = " ".join(match[2].replace("`", "").split())
    return found
