"""`learnscope show`: an experiment explained, without training it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from learnscope.cli.arguments import read_sets
from learnscope.cli.output import heading, print_json, say, table
from learnscope.errors import InputError

# The rest is imported where it is used, so that --help is quick.
if TYPE_CHECKING:
    from learnscope.catalogue.entry import Entry
    from learnscope.experiment import Experiment
    from learnscope.training.member import Member


def show(
    what: str | None = None,
    /,
    *,
    sets: Annotated[Sequence[str], Parameter(name="--set", allow_leading_hyphen=True)] = (),
    target: str | None = None,
    variant: str | None = None,
    out: Path = Path("runs"),
    json: bool = False,
    toml: bool = False,
    schema: bool = False,
) -> int:
    """Explain an experiment or a problem.

    Args:
        what: name of the catalogue, TOML, JSON or CSV file, run, or problem.
        sets: PATH=VALUE, one setting; the same as --PATH VALUE.
        target: with a CSV file: the column to predict.
        variant: of an experiment of the catalogue: one of its variants.
        out: folder below which the runs are, "runs" where left out.
        json: print all of it as one JSON object.
        toml: print the settings alone, as a TOML file.
        schema: print the JSON Schema of experiments, for editors.
    """
    if json + toml + schema > 1:
        raise InputError("--json, --toml and --schema are three answers: choose one.")
    if schema:
        from learnscope.experiment import json_schema

        print_json(json_schema())
        return 0
    from learnscope.cli.source import find_shown, is_problem

    overrides = read_sets(sets)
    if what is not None and target is None and is_problem(what, out):
        return _show_problem(what, overrides, toml=toml, as_json=json)
    if variant is not None:
        from learnscope.cli.study import variants

        (_, experiment), *more = variants(what, variant, overrides)
        if more:
            raise InputError("'show' explains one variant at a time: name it.")
        return _show(what, experiment, toml=toml, as_json=json)
    return _show(what, find_shown(what, overrides, out, target), toml=toml, as_json=json)


def _show(what: str | None, experiment: Experiment, *, toml: bool, as_json: bool) -> int:
    from learnscope.catalogue import names, read_entry
    from learnscope.cli.fetching import warn_of_stand_in
    from learnscope.stand_in import with_stand_in
    from learnscope.training.member import prepare

    if toml:
        print(experiment.to_toml(), end="")
        return 0
    experiment = with_stand_in(experiment)
    warn_of_stand_in(experiment)
    lesson = read_entry(what) if what in names() else None
    member = prepare(experiment, experiment.seed)
    if as_json:
        print_json(_facts(experiment, lesson, member))
    else:
        _tell(experiment, lesson, member)
    return 0


def _show_problem(name: str, overrides: Mapping[str, Any], *, toml: bool, as_json: bool) -> int:
    from learnscope.cli.problems import OF_A_FILE, check_overrides, show_file_problem, show_problem
    from learnscope.cli.source import find_experiment

    check_overrides(name, overrides)
    if name == OF_A_FILE and not overrides:
        show_file_problem(as_json)
        return 0
    experiment = find_experiment(None, {"problem": name, **overrides})
    if toml:
        print(experiment.to_toml(), end="")
    else:
        show_problem(experiment, as_json)
    return 0


def _facts(experiment: Experiment, lesson: Entry | None, member: Member) -> dict[str, Any]:
    from learnscope.cli.lesson import facts

    truth = member.sample.truth
    return {
        "experiment": experiment.to_dict(),
        "about": None if lesson is None else facts(lesson),
        "problem": experiment.problem.sentence(),
        "model": experiment.model.sentence(),
        "rows": {part: len(rows) for part, rows in member.rows.items()},
        "columns": list(member.sample.columns),
        "features": list(member.chain.names),
        "outputs": list(member.sample.outputs),
        "parameters": {name: list(s) for name, s in member.network.shapes().items()},
        "n_parameters": member.network.n_parameters(),
        "trace": [
            {"step": step, "shape": list(shape), "parameters": n}
            for step, shape, n in member.network.trace(len(member.rows.train))
        ],
        "floor": None if truth is None else truth.floor(),
        "floor_from": None if truth is None else truth.how,
        "warnings": list(experiment.warnings()),
    }


def _tell(experiment: Experiment, lesson: Entry | None, member: Member) -> None:
    from learnscope.cli.dry_run import print_trace
    from learnscope.cli.lesson import tell_lesson
    from learnscope.cli.problems import ceiling

    heading(experiment.title or experiment.name)
    if lesson is not None:
        tell_lesson(lesson)
        heading("The experiment")
    rows = ", ".join(f"{len(rows)} {part}" for part, rows in member.rows.items())
    say(f"{experiment.problem.sentence()} Rows: {rows}.")
    say(ceiling(member.sample))
    for text in experiment.warnings():
        say(f"Warning: {text}")
    heading("\nSettings")
    say(experiment.to_toml())
    print_trace(member.network.trace(len(member.rows.train)))
    heading("\nParameters")
    shapes = member.network.shapes().items()
    table(("name", "shape"), [(name, " x ".join(map(str, shape))) for name, shape in shapes])
    say(f"\n{member.network.n_parameters():,} parameters in all. {experiment.model.sentence()}.")
