"""`learnscope sweep`: train an experiment over some of its settings."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter

from learnscope.cli.arguments import read_sets
from learnscope.cli.output import note, print_json, say
from learnscope.cli.progress import Style, make_sink
from learnscope.cli.stopping import stopping
from learnscope.errors import InputError, Interrupted

# The rest is imported where it is used, so that --help is quick.
if TYPE_CHECKING:
    from learnscope.sweeps.drive import Swept
    from learnscope.sweeps.sweep import Sweep

Route = Literal["auto", "torch", "fused"]
OK, FAILED, SOME_DIVERGED = 0, 1, 3

LONG_SECONDS = 600.0
"""Estimated time above which a sweep asks before it begins."""
MOST_ROUNDS = 20
MANY_BYTES = 2_000_000_000
"""The same for the size of its atlas."""


def sweep(
    what: str | None = None,
    /,
    *,
    over: Annotated[Sequence[str], Parameter(name="--over")] = (),
    where: str | None = None,
    sample: int | None = None,
    sampler: Literal["sobol", "random"] | None = None,
    sampler_seed: int | None = None,
    named: str = "",
    seeds: int | None = None,
    seed: int | None = None,
    sets: Annotated[Sequence[str], Parameter(name="--set", allow_leading_hyphen=True)] = (),
    target: str | None = None,
    name: str | None = None,
    out: Path = Path("atlases"),
    route: Route = "auto",
    engine: Literal["auto", "threads", "processes", "dask"] = "auto",
    refine: int | None = None,
    halving: bool = False,
    measure: str | None = None,
    resume: str | None = None,
    dry_run: bool = False,
    yes: Annotated[bool, Parameter(name=("--yes", "-y"))] = False,
    json: bool = False,
    progress: Style = "auto",
    quiet: Annotated[bool, Parameter(name=("--quiet", "-q"))] = False,
) -> int:
    """Train an experiment over some of its settings.

    Args:
        what: name of the catalogue, TOML or JSON file, or CSV file.
        over: SETTING=VALUES, an axis: 1..16, 0:2:0.25, log(1e-4,1,9), 8,16,32, [8];[8,8]; settings
            joined by / change together: model.width/training.epochs=4/1000,8/2000.
        where: condition on the settings that change, such as "width * depth <= 32".
        sample: draw this many points from the axes instead of all.
        sampler: how they are drawn; sobol where left out.
        sampler_seed: seed of the draw.
        named: of an experiment of the catalogue: which of its own sweeps.
        seeds: members of each point, each with a seed of its own.
        seed: seed of the first of them.
        sets: PATH=VALUE, one setting of all members; the same as --PATH VALUE.
        target: with a CSV file: the column to predict.
        name: name of the experiment and of the atlas.
        out: folder below which the atlas has its own, "atlases" where left out.
        route: trainer; "auto" takes the compiled one where it can.
        engine: where members are trained: auto, threads, processes or dask.
        refine: how often points are added between neighbours where the measure changes most.
        halving: few seeds for all points, then twice as many for the better half, and so on.
        measure: what --refine and --halving look at; left out, accuracy or squared error.
        resume: ATLAS or "last": go on with a sweep that was stopped.
        dry_run: show how many members, how long and how large; train nothing.
        yes: do not ask before a long sweep.
        json: print one JSON object.
        progress: how progress is shown on stderr.
        quiet: show no progress, and no text on stdout but where the atlas is.
    """
    options = {
        "where": where,
        "sample": sample,
        "sampler": sampler,
        "sampler_seed": sampler_seed,
    }
    overrides: dict[str, Any] = dict(read_sets(sets))
    for path, value in (("seeds", seeds), ("seed", seed), ("name", name)):
        if value is not None:
            if path in overrides:
                raise InputError(
                    f"{path} was given twice: {overrides[path]!r} and {str(value)!r}. Leave one."
                )
            overrides[path] = value
    if resume is not None:
        if what or over or overrides or named or any(v is not None for v in options.values()):
            raise InputError(
                "--resume goes on with a sweep as it is: leave out the experiment, its settings "
                "and its axes."
            )
        wanted, command, out = _resumed(resume, out)
    else:
        from learnscope.cli.sweep_source import find_sweep

        wanted = find_sweep(what, named, over, options, overrides, target)
        command = _command(what, named, over, options, overrides, target)
    how = _how(refine, halving, measure, resume)
    return _do(wanted, how, command, out, route, engine, dry_run, yes, json, progress, quiet)


def _how(
    refine: int | None, halving: bool, measure: str | None, resume: str | None
) -> Callable[[Sweep, Callable[[Sweep], Swept]], Swept]:
    """Return how a sweep is trained: all of it at once, or in rounds."""
    if (refine is not None and halving) or (resume and (refine is not None or halving)):
        raise InputError("--refine, --halving and --resume are three ways to go on: leave one.")
    if measure is not None and refine is None and not halving:
        raise InputError("--measure is what --refine and --halving look at: add one of them.")
    if refine is not None:
        if not 1 <= refine <= MOST_ROUNDS:
            raise InputError(f"--refine must be 1 to {MOST_ROUNDS} rounds, got {refine}.")
        rounds = refine
        return lambda wanted, train: _adaptive().refined(wanted, rounds, train, measure)
    if halving:
        return lambda wanted, train: _adaptive().halved(wanted, train, measure)
    return lambda wanted, train: train(wanted)


def _adaptive() -> Any:
    from learnscope.sweeps import adaptive

    return adaptive


def _do(
    wanted: Sweep,
    how: Callable[[Sweep, Callable[[Sweep], Swept]], Swept],
    command: str,
    out: Path,
    route: Route,
    engine: str,
    dry_run: bool,
    yes: bool,
    as_json: bool,
    progress: Style,
    quiet: bool,
) -> int:
    from learnscope.cli.fetching import with_files
    from learnscope.cli.sweep_text import as_data, cost_data, cost_sentence, outcome
    from learnscope.sweeps.cost import cost_of
    from learnscope.sweeps.drive import sweep as train_sweep
    from learnscope.sweeps.kept_route import kept_route
    from learnscope.sweeps.plan import make_plan

    experiment = with_files(wanted.experiment, quiet=quiet)
    wanted = wanted.model_copy(update={"experiment": experiment})
    plan = make_plan(wanted, kept_route(wanted, out, route))
    cost = cost_of(plan, out)
    if dry_run:
        if as_json:
            print_json(cost_data(plan, cost))
        else:
            say(cost_sentence(plan, cost))
            say("Nothing was trained or written.")
        return OK
    if not yes and (cost.seconds > LONG_SECONDS or cost.bytes > MANY_BYTES):
        _ask(cost_sentence(plan, cost))
    elif not quiet:
        note(f"learnscope: {cost_sentence(plan, cost)}")
    with stopping() as stop, make_sink("none" if quiet else progress) as sink:
        done = how(
            wanted,
            lambda part: train_sweep(
                part,
                out=out,
                route=route,
                engine=engine,
                on_progress=sink,
                should_stop=stop,
                command=command,
            ),
        )
    if as_json:
        print_json(as_data(done))
    elif quiet:
        print(done.atlas.path)
    else:
        outcome(done)
    return _code(done)


def _code(done: Swept) -> int:
    for text in done.errors:
        note(f"learnscope: {text}")
    if done.diverged:
        note(f"learnscope: {done.diverged:,} of {done.members:,} members diverged.")
    if done.failed or done.diverged == done.members:
        return FAILED
    return SOME_DIVERGED if done.diverged else OK


def _ask(text: str) -> None:
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise InputError(f"{text} Say --yes if that is meant, or take fewer values or seeds.")
    print(f"{text} Begin? [y/N] ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() not in {"y", "yes"}:
        raise Interrupted("Nothing was trained.")


def _resumed(text: str, out: Path) -> tuple[Sweep, str, Path]:
    """Return the sweep of an atlas as it was asked for last, its command, and where it lies."""
    from learnscope.atlas.atlas import load_atlas

    atlas = load_atlas(text, out=out)
    return atlas.sweep, str(atlas.meta.get("command", "")), atlas.path.parent


def _command(
    what: str | None,
    named: str,
    over: Sequence[str],
    options: Mapping[str, Any],
    overrides: Mapping[str, Any],
    target: str | None,
) -> str:
    """Return the command line to note in the atlas, without flags that change no result."""
    words = ["learnscope", "sweep", *([what] if what else [])]
    if named:
        words += ["--named", named]
    if target is not None:
        words += ["--target", target]
    for text in over:
        words += ["--over", text]
    for word, value in options.items():
        if value is not None:
            words.append(f"--{word.replace('_', '-')}={value}")
    words += [f"--{path}={value}" for path, value in overrides.items()]
    return shlex.join(words)
