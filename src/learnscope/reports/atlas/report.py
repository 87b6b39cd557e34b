"""The report of an atlas: one HTML page that needs nothing else and opens without a network."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from learnscope.errors import LearnscopeError
from learnscope.files import write_whole
from learnscope.measures.atlas.result import WORDS, AtlasVerdict
from learnscope.reports.atlas.figures import atlas_figures, best_of_cells
from learnscope.reports.atlas.sprites import MOST_MAPS, sprites
from learnscope.reports.diagnosing import Diagnosed, limited_member
from learnscope.reports.diagnosis import diagnosis_rows
from learnscope.reports.inline import inline_svg
from learnscope.reports.pictures import Picture
from learnscope.reports.report import environment, stylesheet
from learnscope.reports.settings_rows import setting_rows
from learnscope.views.atlas.direction import value_text
from learnscope.views.atlas.phase import LOOKS
from learnscope.views.style import save_svg

if TYPE_CHECKING:
    from learnscope.atlas.atlas import Atlas

SCRIPTS = ("choices.js", "map.js", "details.js", "table.js", "start.js")
ROWS = 20
"""Rows of the table for a reader whose browser runs no script."""
FIXED_PICTURES = ("phase", "lines", "parts", "scaling", "cost")
"""Views that the page shows as pictures; the heat map is its explorer."""
MOST_CELLS = 2_500
"""Cells beyond which a picture of cells is left to the explorer."""


def write_report(
    atlas: Atlas, *, verdict: AtlasVerdict | None = None, diagnose: bool = False
) -> Path:
    """Write report.html into the folder of the atlas and return its path.

    Args:
        atlas: the atlas.
        verdict: see `render`.
        diagnose: ask the doctor about a member of a point that is limited, some seconds.
    """
    from learnscope.atlas.folder import REPORT

    path = atlas.path / REPORT
    found = limited_member(atlas, verdict) if diagnose and verdict is not None else None
    write_whole(path, render(atlas, verdict=verdict, diagnosed=found))
    return path


def render(
    atlas: Atlas,
    *,
    verdict: AtlasVerdict | None = None,
    pictures: Sequence[Picture] | None = None,
    most_maps: int = MOST_MAPS,
    diagnosed: Diagnosed | None = None,
) -> str:
    """Return the report as the text of one HTML page.

    The page asks nothing of the network: its policy (Content-Security-Policy) forbids it, and
    allows the one script that is in it, by its checksum.

    Args:
        atlas: the atlas.
        verdict: that on it, where it is at hand, with its trials; left out, it is worked out
            without trials.
        pictures: those of `all_pictures`, where they are at hand; left out, they are drawn.
        most_maps: points that get a map of what was learned, at most.
        diagnosed: what the doctor says of a member; left out, the page has no such section.

    Raises:
        InputError: the atlas has no members yet.
    """
    if verdict is None:
        from learnscope.measures.atlas.verdict import atlas_verdict

        verdict = atlas_verdict(atlas)
    words: dict[int, Any] = dict(verdict.words)
    data = atlas_figures(atlas, words)
    maps = sprites(atlas, data["points"]["id"], most_maps, best_of_cells(data))
    data["maps"] = {
        "side": maps.side, "across": maps.across, "index": maps.index, "seeds": maps.seeds,
        "why": maps.why,
    }  # fmt: skip
    data["words"] = {
        word: {"means": means, "colour": LOOKS[word][0], "sign": LOOKS[word][1]}
        for word, means in WORDS.items()
    }
    script = _script()
    table = atlas.table
    return environment().get_template("atlas/report.html.j2").render(
        css=stylesheet() + _text("atlas.css"),
        script=script,
        checksum=_checksum(script),
        data=_embedded(data),
        sheet=maps.png,
        atlas=atlas,
        title=atlas.sweep.experiment.title or atlas.sweep.experiment.name,
        members=len(table),
        points=len(data["points"]["id"]),
        verdict=verdict,
        trials=[t for t in verdict.trials],
        pictures=all_pictures(atlas, verdict) if pictures is None else pictures,
        axes=[(a["path"], _values_text(a["texts"])) for a in data["axes"]],
        rows=_best_rows(data),
        measure=data["measures"][0]["label"],
        failures=_failures(atlas),
        diagnosis=None if diagnosed is None else diagnosis_rows(diagnosed.diagnosis),
        diagnosed="" if diagnosed is None else diagnosed.whose,
        settings=[r for r in setting_rows(atlas.sweep.experiment) if r.path not in atlas.axes],
        sweep_file=_sweep_file(atlas),
        command=str(atlas.meta.get("command") or "learnscope sweep sweep.toml"),
        meta=atlas.meta,
    )  # fmt: skip


def _text(name: str) -> str:
    folder = resources.files("learnscope.reports") / "templates" / "atlas"
    return (folder / name).read_text(encoding="utf-8")


def _script() -> str:
    return "".join(_text(name) for name in SCRIPTS)


def _checksum(script: str) -> str:
    digest = hashlib.sha256(script.encode("utf-8")).digest()
    return f"sha256-{base64.b64encode(digest).decode('ascii')}"


def _embedded(data: dict[str, Any]) -> str:
    """Return JSON that no text in it can end the element that holds it."""
    text = json.dumps(data, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def all_pictures(atlas: Atlas, verdict: AtlasVerdict) -> list[Picture]:
    """Return the pictures that apply, with captions from their own arrays."""
    from learnscope.views.atlas import ATLAS_VIEWS

    found = []
    for name in ("heat", *FIXED_PICTURES):
        view = ATLAS_VIEWS[name]
        title = f"{view.purpose[:1].upper()}{view.purpose[1:]}"
        if view.obstacle(atlas):
            continue
        options: dict[str, Any] = (
            {"verdict": verdict} if name in ("phase", "parts", "scaling") else {}
        )
        try:
            arrays = view.compute(atlas, **options)
            caption = view.describe(arrays)
        except LearnscopeError as error:
            found.append(Picture(name=name, title=title, caption=f"Not drawn: {error}", svg=""))
            continue
        cells = getattr(arrays, "cells", arrays)
        if getattr(getattr(cells, "point", None), "size", 0) > MOST_CELLS and name in (
            "heat", "phase", "parts",
        ):  # fmt: skip
            continue
        label = f"{title}. {caption}"
        file = save_svg(view.draw(arrays), label)
        svg = inline_svg(file, prefix=f"{name}-", label=label)
        found.append(Picture(name=name, title=title, caption=caption, svg=svg, file=file))
    return found


def _values_text(texts: list[str]) -> str:
    if len(texts) <= 12:
        return ", ".join(texts)
    return f"{', '.join(texts[:4])} … {texts[-1]} ({len(texts)} values)"


def _best_rows(data: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the best points for a reader without a script."""
    measure, points = data["measures"][0], data["points"]
    own = points["values"][measure["name"]]
    known = [i for i, v in enumerate(own["median"]) if v is not None]
    known.sort(key=lambda i: own["median"][i], reverse=measure["up"])
    return [
        {
            "settings": [
                axis["texts"][place[i]]
                for axis, place in zip(data["axes"], points["place"], strict=True)
            ],
            "value": value_text(own["median"][i]),
            "spread": f"{value_text(own['low'][i])} to {value_text(own['high'][i])}",
            "n": points["n"][i],
            "lost": points["diverged"][i] + points["dead"][i],
            "word": points["word"][i],
        }
        for i in known[:ROWS]
    ]  # fmt: skip


def _failures(atlas: Atlas) -> list[tuple[int, str]]:
    """Return how many members failed of each cause, the most frequent first, and failed shards."""
    import polars

    table = atlas.table
    gone = table.filter(polars.col("status") == "diverged")
    causes = gone.group_by("cause").len().sort("len", "cause", descending=[True, False])
    found = [(int(n), str(cause) or "diverged") for cause, n in causes.iter_rows()]
    if "dead" in table.columns:
        dead = int((table.filter(polars.col("status") != "diverged")["dead"] > 0).sum())
        if dead:
            found.append((dead, "dead: no gradient reaches any weight any more"))
    return found


def _sweep_file(atlas: Atlas) -> str:
    from learnscope.sweeps.sweep import sweep_to_toml

    return sweep_to_toml(atlas.sweep)
