"""The pictures of a report: every view that applies, with a caption from its own arrays."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from learnscope.errors import LearnscopeError
from learnscope.reports.inline import inline_svg
from learnscope.trained import Trained
from learnscope.views import VIEWS, View, save_svg

ORDER = (
    "forecast", "fit", "boundary", "reconstructions", "curves", "codes", "latent_grid",
    "disagreement", "hidden_lines", "filters", "feature_maps", "states", "parameters", "units",
)  # fmt: skip
"""Views of what was learned, in this order; later ones of `VIEWS` follow behind."""


PROBLEM = "data"
"""View of the examples, which comes first."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Picture:
    """A picture of a report.

    Attributes:
        name: of its view, with a suffix where a view is drawn twice.
        title: what it shows, a few words.
        caption: the numbers in it, a sentence; also what a screen reader speaks.
        svg: the element, "" where it could not be drawn; the caption then says why.
        file: the same as an SVG document that stands alone, to be written as a file; "" likewise.
    """

    name: str
    title: str
    caption: str
    svg: str
    file: str = ""

    @property
    def of_problem(self) -> bool:
        """Whether it shows the examples, not what was learned."""
        return self.name == PROBLEM


def each_picture(trained: Sequence[Trained]) -> Iterator[Picture]:
    """Draw one after the other: the examples, where they can be drawn, and what was learned."""
    names = [n for n in (PROBLEM, *ORDER) if n in VIEWS]
    names += [n for n in VIEWS if n not in names]
    for name in names:
        yield from _view(VIEWS[name], trained, _variants(name, trained))


def all_pictures(trained: Sequence[Trained]) -> list[Picture]:
    """Return the pictures of `each_picture`."""
    return list(each_picture(trained))


def _variants(name: str, trained: Sequence[Trained]) -> Mapping[str, Mapping[str, Any]]:
    if name == "curves":
        # One point is no curve.
        if trained[0].member.experiment.training.epochs == 0:
            return {"none": {}}
        # The few losses of members that all diverged are seen on one scale.
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
    purpose = view.alone if len(trained) == 1 and view.alone else view.purpose
    title = purpose[:1].upper() + purpose[1:]
    try:
        arrays = view.compute(trained)
        caption = view.describe(arrays)
    except LearnscopeError as error:
        return [Picture(name=view.name, title=title, caption=f"Not drawn: {error}", svg="")]
    result = []
    for i, (variant, options) in enumerate((variants or {"": {}}).items()):
        label = f"{title}, {variant}" if variant else title
        file = save_svg(view.draw(arrays, **options), f"{label}. {caption}")
        result.append(
            Picture(
                name=view.name if i == 0 else f"{view.name}-{i + 1}",
                title=label,
                caption=caption,
                svg=inline_svg(file, prefix=f"{view.name}-{i}-", label=f"{label}. {caption}"),
                file=file,
            )
        )
    return result
