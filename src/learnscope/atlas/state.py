"""How far an atlas is: what its store and its notes say."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from learnscope.atlas.folder import META, SWEEP
from learnscope.atlas.store import STORE, Store

State = Literal["done", "running", "interrupted"]


def state_of(folder: Path) -> State:
    """Say how far the sweep of an atlas is; partial results can be read in every state."""
    from learnscope.runs.folder import LOCK, is_locked

    if (folder / LOCK).exists() and is_locked(folder / LOCK):
        return "running"
    notes, asked = folder / META, folder / SWEEP
    # The notes are written when a sweep is through, the sweep itself when it begins.
    if notes.is_file() and asked.is_file() and notes.stat().st_mtime >= asked.stat().st_mtime:
        return "done"
    return "interrupted"


def count_of(folder: Path) -> int:
    """Return the number of members that are there."""
    store = Store(folder / STORE)
    try:
        return store.count()
    finally:
        store.close()


def failures_of(folder: Path) -> list[str]:
    """Return why shards failed that did not come since."""
    store = Store(folder / STORE)
    try:
        return [f"{members:,} members: {error}" for _, members, error in store.failures()]
    finally:
        store.close()
