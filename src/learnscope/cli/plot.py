"""`learnscope atlas plot` and `learnscope atlas report`: the pictures and the page of an atlas."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from learnscope.cli.output import note, print_json
from learnscope.errors import InputError, listing, suggestion

if TYPE_CHECKING:
    from learnscope.atlas.atlas import Atlas
    from learnscope.views.atlas.base import AtlasView


def plot(
    atlas: str,
    view: str = "heat",
    /,
    *,
    x: str | None = None,
    y: str | None = None,
    panel: str | None = None,
    measure: str | None = None,
    statistic: str | None = None,
    cost: str | None = None,
    at: Sequence[str] = (),
    picture: Path | None = None,
    out: Path = Path("atlases"),
    json: bool = False,
) -> int:
    """Draw an atlas and print where the picture is.

    Args:
        atlas: folder, beginning of its name, or "last".
        view: heat, lines, phase, parts, scaling, cost or maps.
        x: setting across; a suitable one where left out.
        y: setting up, or of the lines; none for none.
        panel: setting of the panels; none for none.
        measure: a measure of the atlas, its score where left out.
        statistic: median, mean, sd, q10, q25, q75, q90 or failed.
        cost: of the view cost: seconds, parameters, epochs or rows.
        at: where all other settings are cut: --at problem.noise=0.5, several times for several.
        picture: file to write (.svg, .png, .pdf); VIEW.svg in the atlas where left out.
        out: folder below which the atlases are, "atlases" where left out.
        json: print one JSON object.
    """
    from learnscope.atlas.atlas import load_atlas
    from learnscope.cli.picture import check_picture, write_picture

    chosen = _view(view)
    given = {
        "x": x, "y": _none(y), "panel": _none(panel), "measure": measure, "statistic": statistic,
        "cost": cost, "at": _settings(at) or None,
    }  # fmt: skip
    options = _options(chosen, given)
    if picture is not None:
        check_picture(picture)
    found = load_atlas(atlas, out=out)
    arrays, path = _compute(chosen, found, options), picture or found.path / f"{chosen.name}.svg"
    write_picture(chosen.draw(arrays), path)
    said = chosen.describe(arrays)
    if json:
        print_json({"picture": str(path), "view": chosen.name, "text": said})
    else:
        note(said)
        print(path)
    return 0


def report(
    atlas: str,
    /,
    *,
    trials: bool = False,
    out: Path = Path("atlases"),
    open: bool = False,
    json: bool = False,
) -> int:
    """Write the report of an atlas anew and print where it is.

    Args:
        atlas: folder, beginning of its name, or "last".
        trials: train what the verdict proposes, on fresh seeds, and say what it brought.
        out: folder below which the atlases are, "atlases" where left out.
        open: open it in the browser.
        json: print one JSON object.
    """
    from learnscope.atlas.atlas import load_atlas

    path = load_atlas(atlas, out=out).report(trials=trials)
    if json:
        print_json({"report": str(path)})
    else:
        print(path)
    if open:
        import webbrowser

        webbrowser.open(path.resolve().as_uri())
    return 0


def _view(name: str) -> AtlasView:
    from learnscope.views.atlas import ATLAS_VIEWS

    if name not in ATLAS_VIEWS:
        raise InputError(
            f"There is no view {name!r} of an atlas.{suggestion(name, ATLAS_VIEWS)} There are "
            f"{listing(ATLAS_VIEWS)}."
        )
    return ATLAS_VIEWS[name]


def _options(view: AtlasView, given: dict[str, Any]) -> dict[str, Any]:
    """Return the options that were given; refuses those that the view does not have."""
    found = {name: value for name, value in given.items() if value is not None}
    for name in found:
        if name not in view.options:
            raise InputError(
                f"The view {view.name!r} has no --{name}. It has "
                f"{listing('--' + n for n in view.options if n in given)}."
            )
    return found


def _none(text: str | None) -> str | None:
    return "" if text == "none" else text


def _settings(pairs: Sequence[str]) -> dict[str, Any]:
    """Read "problem.noise=0.5"."""
    from learnscope.overrides import read_value

    found: dict[str, Any] = {}
    for pair in pairs:
        path, sign, value = pair.partition("=")
        if not sign or not path or not re.fullmatch(r"[\w.]+", path):
            raise InputError(f"--at needs SETTING=VALUE, such as problem.noise=0.5, got {pair!r}.")
        found[path] = read_value(value)
    return found


def _compute(view: AtlasView, atlas: Atlas, options: dict[str, Any]) -> Any:
    obstacle = view.obstacle(atlas)
    if obstacle:
        raise InputError(f"{obstacle[:1].upper()}{obstacle[1:]}")
    return view.compute(atlas, **options)
