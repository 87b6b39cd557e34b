"""The pictures of a report: every view that applies, with a caption from its own arrays."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from learnscope.errors import LearnscopeError
from learnscope.reports.inline import inline_svg
from learnscope.trained import Trained
from learnscope.views import VIEWS, View, save_svg

ORDER = ("fit", "boundary", "curves", "disagreement", "hidden_lines", "parameters", "units")
"""Views of what was learned, in this order; later ones of `VIEWS` follow behind."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Picture:
    """A picture of a report.

    Attributes:
        name: of its view, with a suffix where a view is drawn twice.
        title: what it shows, a few words.
        caption: the numbers in it, a sentence; also what a screen reader speaks.
        svg: the element, "" where it could not be drawn; the caption then says why.
    """

    name: str
    title: str
    caption: str
    svg: str


def problem_picture(trained: Sequence[Trained]) -> list[Picture]:
    """Return the picture of the examples, where there is one."""
    return _view(VIEWS["data"], trained, {}) if "data" in VIEWS else []


def learned_pictures(trained: Sequence[Trained]) -> list[Picture]:
    """Return the pictures of what was learned."""
    names = [n for n in ORDER if n in VIEWS]
    names += [n for n in VIEWS if n not in names and n != "data"]
    result: list[Picture] = []
    for name in names:
        result += _view(VIEWS[name], trained, _variants(name, trained))
    return result


def _variants(name: str, trained: Sequence[Trained]) -> Mapping[str, Mapping[str, Any]]:
    if name == "curves":
        # One point is no curve.
        if trained[0].member.experiment.training.epochs == 0:
            return {"none": {}}
        if all(t.diverged for t in trained):
            return {}
        return {
            "linear scale": {"log": False},
            # The accuracy stands in the picture above.
            "loss on a logarithmic scale": {"log": True, "accuracy": False},
        }
    return {}


def _view(
    view: View, trained: Sequence[Trained], variants: Mapping[str, Mapping[str, Any]]
) -> list[Picture]:
    if "none" in variants or not view.applies(trained):
        return []
    title = view.purpose[:1].upper() + view.purpose[1:]
    try:
        arrays = view.compute(trained)
        caption = view.describe(arrays)
    except LearnscopeError as error:
        return [Picture(name=view.name, title=title, caption=f"Not drawn: {error}", svg="")]
    result = []
    for i, (variant, options) in enumerate((variants or {"": {}}).items()):
        svg = save_svg(view.draw(arrays, **options))
        result.append(
            Picture(
                name=view.name if i == 0 else f"{view.name}-{i + 1}",
                title=f"{title}, {variant}" if variant else title,
                caption=caption,
                svg=inline_svg(svg, prefix=f"{view.name}-{i}-", label=f"{title}. {caption}"),
            )
        )
    return result
