"""Parts of a sweep, trained wherever, put together as one atlas."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from learnscope.atlas.atlas import Atlas
from learnscope.atlas.folder import META, SWEEP, TABLE, folder_for, is_atlas, path_for
from learnscope.atlas.store import STORE, Store
from learnscope.atlas.table import write_table
from learnscope.errors import InputError
from learnscope.files import write_whole
from learnscope.runs.folder import held
from learnscope.runs.train import versions
from learnscope.sweeps.part import PARTS
from learnscope.sweeps.sweep import Sweep, load_sweep, sweep_to_toml


@dataclass(frozen=True, kw_only=True, slots=True)
class Merged:
    """What came of a merge.

    Attributes:
        atlas: the atlas that has them all.
        members: members in it now.
        new: those that it did not have.
        sources: number of folders they were read from.
    """

    atlas: Atlas
    members: int
    new: int
    sources: int


def parts_of(sweep: Sweep, out: str | Path) -> list[Path]:
    """Return the folders of the parts of a sweep below `out`, in order."""
    atlas = path_for(sweep, Path(out))
    return sorted(p.parent for p in (atlas.parent / PARTS / atlas.name).glob(f"*/{STORE}"))


def merge(sources: Sequence[str | Path], *, out: str | Path = "atlases") -> Merged:
    """Put the members of parts, or of whole atlases of one sweep, into one atlas.

    The sources stay as they are. A member that is there already is compared and left out, so a
    merge may be done again when more parts have come.

    Args:
        sources: their folders.
        out: folder below which the atlas has its own.

    Raises:
        InputError: a folder is no atlas, they are of different sweeps, or a process is at work.
        DataError: one is damaged, or two have other weights for one member.
    """
    folders = [Path(source) for source in sources]
    sweep = _shared_sweep(folders)
    target = folder_for(sweep, Path(out))
    if target.resolve() in {folder.resolve() for folder in folders}:
        raise InputError(f"{str(target)!r} is where the others are put: leave it out of them.")
    with held(target, f"The sweep {target.name!r}"):
        write_whole(target / SWEEP, sweep_to_toml(sweep))
        store = Store(target / STORE, write=True)
        try:
            new = sum(_add(store, folder) for folder in folders)
            _write(store, sweep, target, folders)
            members = store.count()
        finally:
            store.settle()
            store.close()
    return Merged(atlas=Atlas(target), members=members, new=new, sources=len(folders))


def _shared_sweep(folders: Sequence[Path]) -> Sweep:
    """Return the sweep of the first folder; all must be of one atlas."""
    if not folders:
        raise InputError("A merge needs the folder of a part. Train one with --part 1/10.")
    for folder in folders:
        if not is_atlas(folder):
            raise InputError(f"{str(folder)!r} is not the folder of an atlas: it has no {STORE}.")
    sweeps = [load_sweep(folder / SWEEP) for folder in folders]
    for folder, sweep in zip(folders, sweeps, strict=True):
        if sweep.digest() != sweeps[0].digest():
            raise InputError(
                f"{str(folder)!r} is of another sweep than {str(folders[0])!r}: they differ in "
                "what all members share, or in the settings that change. Merge them apart."
            )
    return sweeps[0]


def _add(store: Store, folder: Path) -> int:
    """Add the members of a folder and return how many of them are new."""
    source = Store(folder / STORE)
    try:
        points = source.points()
        own = dict(zip(points, store.add_points(list(points.values())), strict=True))
        new = 0
        for key, n_members, numbers, data in source.shards():
            store.begin(key, n_members)
            new += store.accept(key, [None if n is None else own[n] for n in numbers], data)
        return new
    finally:
        source.close()


def _write(store: Store, sweep: Sweep, target: Path, folders: Sequence[Path]) -> None:
    rows = write_table(store.path, sweep.paths, target / TABLE)
    meta = {
        "name": target.name,
        "members_in_table": rows,
        "merged": [folder.name for folder in folders],
        "versions": versions(),
    }
    write_whole(target / META, json.dumps(meta, indent=1))
