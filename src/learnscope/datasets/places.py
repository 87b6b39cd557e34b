"""Where the files of a data set are: a folder that is named, `LEARNSCOPE_DATA`, the cache."""

import os
from pathlib import Path

from learnscope.datasets.sets import SETS, DataFile, DataSet
from learnscope.datasets.verify import content_sum
from learnscope.errors import DataError

VARIABLE = "LEARNSCOPE_DATA"
"""Environment variable with a folder: the files of one set, or a folder for each set."""


def cache_folder(data_set: DataSet) -> Path:
    """Return the folder of a set in the user's cache; it need not exist."""
    from platformdirs import user_cache_path

    return user_cache_path("learnscope", appauthor=False) / "data" / data_set.folders[0]


def candidates(data_set: DataSet) -> list[Path]:
    """Return the folders a set may be in, the first to look in first."""
    cache, root = cache_folder(data_set), os.environ.get(VARIABLE)
    if not root:
        return [cache]
    base = Path(root).expanduser()
    return [base, *(base / name for name in data_set.folders), cache]


def find_file(folder: Path, file: DataFile) -> Path | None:
    """Return the path of a file of a set in a folder, gzipped or plain, None if there is none."""
    paths = (folder / f"{file.name}.gz", folder / file.name)
    return next((path for path in paths if path.is_file()), None)


def find_folder(data_set: DataSet, path: str | Path | None = None) -> Path | None:
    """Return the first folder that holds all files of a set, None where there is none.

    Args:
        data_set: the set.
        path: the only folder to look in; left out, `candidates`.
    """
    places = candidates(data_set) if path is None else [Path(path).expanduser()]
    return next((p for p in places if is_complete(data_set, p) and is_of(data_set, p)), None)


def is_complete(data_set: DataSet, folder: Path) -> bool:
    """Whether a folder holds all files of a set."""
    return all(find_file(folder, file) for file in data_set.files)


def is_of(data_set: DataSet, folder: Path) -> bool:
    """Whether the files of a folder are not those of another set: all sets name them alike.

    The content of the smallest file tells, where it is a published one; else the names of the
    folder and the one above it do.
    """
    known = published(folder)
    if known is not None:
        return known == data_set.name
    for name in (folder.resolve().name.lower(), folder.resolve().parent.name.lower()):
        owners = [s.name for s in SETS.values() if name in {f.lower() for f in s.folders}]
        if owners:
            return data_set.name in owners
    return True


def published(folder: Path) -> str | None:
    """Return the name of the set whose test labels are in a folder, None where none's are."""
    for data_set in SETS.values():
        path = find_file(folder, data_set.test_labels)
        # A published file of labels has some thousand bytes; a large one is none.
        if path is None or path.stat().st_size > 100_000:
            continue
        try:
            if content_sum(path) == data_set.test_labels.sha256:
                return data_set.name
        except DataError:
            continue
    return None


def missing_text(data_set: DataSet, path: str | Path | None = None) -> str:
    """Say in one sentence that a set is not here, and what to do."""
    places = candidates(data_set) if path is None else [Path(path).expanduser()]
    best = max(places, key=lambda p: sum(find_file(p, f) is not None for f in data_set.files))
    lacking = [f.name for f in data_set.files if find_file(best, f) is None]
    if not lacking:
        known = published(best)
        whose = SETS[known].title if known else "another set"
        lack = f"{str(best)!r} holds the files of {whose}"
    elif len(lacking) < len(data_set.files):
        lack = f"{str(best)!r} lacks {', '.join(lacking)}"
    else:
        lack = f"they are not in {str(best)!r}"
    return (
        f"The files of {data_set.title} are not here ({lack}): get them with 'learnscope data get "
        f"{data_set.name}', set {VARIABLE} to a folder that has them, or use the digits that come "
        "with learnscope with problem.fallback = 'digits'."
    )
