"""The trainer of an atlas: that of its first members, for all that come later."""

from __future__ import annotations

from pathlib import Path

from learnscope.atlas.store import STORE, Store, is_begun
from learnscope.errors import InputError
from learnscope.stand_in import with_stand_in
from learnscope.sweeps.route import SweepRoute
from learnscope.sweeps.sweep import Sweep

NOTE = "route"
"""Name of the note in the store."""


def kept_route(sweep: Sweep, out: Path, route: SweepRoute) -> SweepRoute:
    """Return the route on which a sweep goes on: the one of the members that are there.

    Members of two routes differ in their last bits, so an atlas has those of one alone.

    Raises:
        InputError: another route is asked for.
        DataError: the atlas is damaged.
    """
    base = with_stand_in(sweep.experiment)
    whole = sweep.model_copy(update={"experiment": base})
    path = out / f"{base.name}-{whole.digest()}" / STORE
    if not is_begun(path):
        return route
    store = Store(path)
    try:
        kept: SweepRoute | None = store.notes().get(NOTE) if store.count() else None
    finally:
        store.close()
    if kept is None or route in ("auto", kept):
        return kept or route
    raise InputError(
        f"--route {route} cannot add to an atlas whose members were trained on the route "
        f"{kept!r}: they would not be of one kind. Leave --route out, or choose another --out."
    )
