"""`learnscope probe`: questions to a trained run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from learnscope.cli.arguments import read_sets
from learnscope.cli.output import note, print_json, say, table
from learnscope.cli.picture import check_picture, write_picture
from learnscope.errors import DataError, InputError, suggestion
from learnscope.overrides import read_value
from learnscope.runs.folder import find_run
from learnscope.runs.run import answering, load_run

if TYPE_CHECKING:
    from learnscope.probes import Answer, Probe
    from learnscope.runs.run import Run
    from learnscope.trained import Trained


def probe(
    name: str | None = None,
    run: str = "last",
    /,
    *,
    member: int | None = None,
    sets: Annotated[Sequence[str], Parameter(name="--set", allow_leading_hyphen=True)] = (),
    picture: Path | None = None,
    out: Path = Path("runs"),
    json: bool = False,
    **options: str,
) -> int:
    """Put a question to a trained run; without NAME, list the questions.

    Args:
        name: of the probe.
        run: folder, name, stamp, or "last".
        member: ask this member alone, 0 is the first; left out, all that are alive.
        sets: PATH=VALUE, one setting of the problem; the same as --PATH VALUE.
        picture: file for the picture (.svg, .png or .pdf).
        out: folder below which the runs are, "runs" where left out.
        json: print one JSON object.
        options: options of the probe, for example --levels 1,2,4.
    """
    from learnscope.probes import PROBES

    if name is None:
        _list(json)
        return 0
    if name not in PROBES:
        raise InputError(
            f"There is no probe {name!r}.{suggestion(name, PROBES)} 'learnscope probe' lists them."
        )
    asked = _settings(PROBES[name], options, read_sets(sets))
    if picture is not None:
        check_picture(picture)
    folder = find_run(run, out)
    trained = _members(load_run(folder), member)
    if obstacle := asked.obstacle(trained):
        raise InputError(obstacle)
    found = asked.answer(trained)
    if picture is not None:
        _draw(found, picture, name)
    if json:
        print_json(
            {
                "probe": asked.plain(),
                "run": str(folder),
                "seeds": [t.result.seed for t in trained],
                "sentences": list(found.sentences),
                **found.data,
            }
        )
        return 0
    _say(found)
    return 0


def _list(json: bool) -> None:
    from learnscope.probes import PROBES

    rows = [(name, kind.purpose, ", ".join(_options(kind))) for name, kind in PROBES.items()]
    if json:
        keys = ("name", "purpose", "options")
        print_json({"probes": [dict(zip(keys, row, strict=True)) for row in rows]})
        return
    table(("probe", "what it asks", "options"), rows)


def _options(kind: type[Probe]) -> Sequence[str]:
    return [f"--{field.replace('_', '-')}" for field in kind.model_fields if field != "kind"]


def _settings(kind: type[Probe], options: Mapping[str, str], sets: Mapping[str, str]) -> Probe:
    """Return the probe with its options, and with settings of the problem where it takes some."""
    data: dict[str, Any] = {}
    for key, text in options.items():
        field = key.replace("-", "_")
        if field not in kind.model_fields or field == "kind":
            known = _options(kind)
            raise InputError(
                f"The probe {kind.kind_name()!r} has no option --{key}."
                f"{suggestion(key, [k[2:] for k in known])} It takes {', '.join(known)}."
            )
        data[field] = read_value(text)
    for path, text in sets.items():
        table_name, _, rest = path.partition(".")
        if table_name != "problem" or not rest or "problem" not in kind.model_fields:
            raise InputError(
                f"--{path} is a setting of an experiment, which the probe {kind.kind_name()!r} "
                "does not change. 'fresh' takes settings of the problem."
            )
        data.setdefault("problem", {})[rest] = read_value(text)
    return kind(**data)


def _members(run: Run, member: int | None) -> list[Trained]:
    """Return the member asked for, or all that are alive."""
    from learnscope.measures.health import is_dead

    if member is not None:
        return [run.trained[answering(run.results, member)]]
    alive = [t for t in run.trained if not t.diverged and not is_dead(t)]
    if not alive:
        raise DataError(
            "No member of this run is alive: none can be asked. 'learnscope runs show' says why."
        )
    return alive


def _draw(found: Answer, picture: Path, name: str) -> None:
    figure = found.figure()
    if figure is None:
        raise InputError(f"The probe {name!r} has no picture. Leave --picture out.")
    write_picture(figure, picture)
    note(f"learnscope: the picture is in {str(picture)!r}.")


def _say(found: Answer) -> None:
    for sentence in found.sentences:
        say(sentence)
    if found.rows:
        say()
        table(found.columns, found.rows, right=found.columns[1:])
