"""`learnscope sweep`: train an experiment over some of its settings."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter

from learnscope.cli.arguments import read_sets
from learnscope.cli.progress import Style
from learnscope.cli.sweep_doing import Manner, Place, do_sweep
from learnscope.errors import InputError

# The rest is imported where it is used, so that --help is quick.
if TYPE_CHECKING:
    from learnscope.sweeps.sweep import Sweep

Route = Literal["auto", "torch", "fused", "stack"]


def sweep(
    what: str | None = None,
    /,
    *,
    over: Annotated[Sequence[str], Parameter(name="--over")] = (),
    where: str | None = None,
    sample: int | None = None,
    sampler: Literal["sobol", "random", "optuna"] | None = None,
    sampler_seed: int | None = None,
    trials: int | None = None,
    named: str = "",
    seeds: int | None = None,
    seed: int | None = None,
    sets: Annotated[Sequence[str], Parameter(name="--set", allow_leading_hyphen=True)] = (),
    target: str | None = None,
    name: str | None = None,
    out: Path = Path("atlases"),
    route: Route = "auto",
    engine: Literal["auto", "threads", "processes", "dask"] = "auto",
    workers: int | None = None,
    memory: int | None = None,
    scheduler: str | None = None,
    tls_ca: str | None = None,
    tls_cert: str | None = None,
    tls_key: str | None = None,
    deadline: float | None = None,
    part: str | None = None,
    refine: int | None = None,
    halving: Literal["seeds", "epochs"] | None = None,
    eta: int | None = None,
    measure: str | None = None,
    resume: str | None = None,
    report: bool = False,
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
        sampler: how they are drawn; sobol where left out. optuna chooses --trials points by what
            came of those before.
        sampler_seed: seed of the draw.
        trials: with --sampler optuna: how many points it chooses.
        named: of an experiment of the catalogue: which of its own sweeps.
        seeds: members of each point, each with a seed of its own.
        seed: seed of the first of them.
        sets: PATH=VALUE, one setting of all members; the same as --PATH VALUE.
        target: with a CSV file: the column to predict.
        name: name of the experiment and of the atlas.
        out: folder below which the atlas has its own, "atlases" where left out.
        route: trainer; "auto" takes the compiled one where it can, stacks where they are faster.
        engine: where members are trained: auto, threads, processes or dask.
        workers: shards trained at a time; left out, the cores of this process.
        memory: MiB that a worker process may take.
        scheduler: with --engine dask: address of a running scheduler, tls://host:port.
        tls_ca: with --scheduler: file with the certificate of the cluster's authority.
        tls_cert: file with this client's certificate.
        tls_key: file with its key.
        deadline: seconds that a shard may give no sign of life before it is tried again.
        part: train one part only, such as 3/10, into a folder of its own; 'learnscope atlas merge'
            puts them together.
        refine: how often points are added between neighbours where the measure changes most.
        halving: seeds (or nothing more): few seeds for all points, then twice as many for the
            better half, and so on. epochs: the same with epochs, each member going on from where
            it stood.
        eta: with --halving: one in how many points goes on, with so many times as much; 2 where
            left out.
        measure: what --refine, --halving and optuna look at; left out, accuracy or squared error.
        resume: ATLAS or "last": go on with a sweep that was stopped.
        report: write the report too, and say the verdict.
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
        "trials": trials,
        "refine": refine,
        "halving": halving,
        "eta": eta,
        "measure": measure,
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
    from learnscope.engines import EngineSettings
    from learnscope.sweeps.part import Part

    place = Place(
        out=out,
        engine=engine,
        settings=EngineSettings(
            workers=workers,
            memory_mb=memory,
            scheduler=scheduler,
            tls_ca=tls_ca,
            tls_cert=tls_cert,
            tls_key=tls_key,
        ),
        part=None if part is None else Part.read(part),
        deadline=deadline,
    )
    manner = Manner(report=report, yes=yes, json=json, progress=progress, quiet=quiet)
    return do_sweep(wanted, command, place, route, dry_run, manner)


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
