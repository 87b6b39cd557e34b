import inspect
import re
import subprocess
import sys
from dataclasses import fields, is_dataclass
from typing import Any
from xml.etree import ElementTree

import matplotlib
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from learnscope.errors import DataError, InputError
from learnscope.models import (
    Autoencoder,
    Conv,
    Linear,
    Mlp,
    Model,
    Polynomial,
    Recurrent,
    RecurrentAutoencoder,
)
from learnscope.trained import Trained
from learnscope.views import VIEWS, Plots, View, save_svg
from tests.views import members as made
from tests.views.members import lost

CASES: dict[str, dict[str, Any]] = {
    "one member": {"n": 1},
    "twenty members": {"n": 20},
    "three classes": {"n": 2, "c": 3},
    "five classes": {"n": 2, "c": 5},
    "regression": {"n": 3, "c": 0},
    "one input": {"n": 3, "c": 0, "d": 1},
    "one input, four classes": {"n": 3, "c": 4, "d": 1},
    "one input, one layer": {"n": 3, "c": 0, "d": 1, "model": Mlp(hidden=(5,))},
    "four inputs": {"n": 3, "c": 4, "d": 4},
    "linear": {"n": 2, "model": Linear()},
    "images": {"n": 2, "model": Conv(), "images": True},
    "own images": {
        "n": 2, "model": Autoencoder(blocks=[4], code=3, variational={"beta": 1.0}), "images": True
    },
    "own rows": {"n": 2, "model": Autoencoder(code=1), "images": False},
    "series": {"n": 3, "model": Recurrent(layers=2), "series": True},
    "own windows": {"n": 2, "model": RecurrentAutoencoder(cell="lstm"), "series": True},
}  # fmt: skip
OWN = {"own images", "own rows", "own windows"}
ONE_INPUT = {"one input", "one input, four classes", "one input, one layer"}
NUMBERS = {"regression", "one input", "one input, one layer", "series"}
WHERE = {
    "data": set(CASES),
    "curves": set(CASES),
    "fit": ONE_INPUT,
    "boundary": set(CASES) - ONE_INPUT - OWN,
    "disagreement": set(CASES) - {"one member"} - OWN,
    "forecast": {"series"},
    "states": {"series", "own windows"},
    "hidden_lines": set(CASES) - {*ONE_INPUT, "four inputs"} - OWN - {"images", "series"},
    "confusion": set(CASES) - NUMBERS - OWN,
    "mistakes": set(CASES) - NUMBERS - OWN,
    "hidden_space": set(CASES) - {"linear", "images", "series"} - OWN,
    "switches": {"one input, one layer"},
    "parameters": set(CASES),
    "units": set(CASES) - {"linear", "images", "own images", "series", "own windows"},
    "filters": {"images", "own images"},
    "feature_maps": {"images", "own images"},
    "reconstructions": {"own images"},
    "codes": OWN,
    "latent_grid": {"own images"},
}

WITHOUT_AXES = {"mistakes", "filters", "feature_maps", "reconstructions", "latent_grid"}
"""Grids of images and tables, which have nothing to measure."""


def drawn(
    n: int, *, images: bool | None = None, series: bool = False, **options: Any
) -> list[Trained]:
    """Return members with drawn weights: on images, series, rows that are learned, or points."""
    if series:
        return made.of_series(n, **options)
    if images:
        return made.of_images(n, **options)
    if images is None:
        return made.drawn(n, **options)
    setup = made.experiment(made.Cloud(d=3), options["model"], loss="mse")
    return [made.trained(setup, seed) for seed in range(n)]


def suited(name: str, n: int, usual: str = "twenty members") -> list[Trained]:
    """Return `n` members that a view applies to."""
    case = usual if usual in WHERE[name] else min(WHERE[name])
    return drawn(**{**CASES[case], "n": n})


def picture(view: View, trained: list[Trained]) -> Figure:
    options = (
        {"resolution": 24} if "resolution" in inspect.signature(view.compute).parameters else {}
    )
    return view.draw(view.compute(trained, **options))


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("name", VIEWS)
def test_view_draws_what_it_applies_to(name: str, case: str) -> None:
    view, trained = VIEWS[name], drawn(**CASES[case])
    assert view.applies(trained) == (case in WHERE[name])
    if case not in WHERE[name]:
        return
    figure = picture(view, trained)
    assert isinstance(figure, Figure)
    title = figure.get_suptitle()
    assert title and title.count("\n") <= 1
    assert name == "data" or trained[0].member.experiment.model.sentence() in title.replace(
        "\n", " "
    )
    if name in WITHOUT_AXES or (name == "data" and "images" in case):
        assert _outside(figure) == []
        return
    assert figure.axes[0].get_ylabel() and figure.axes[-1 if name == "units" else 0] is not None
    assert any(axes.get_xlabel() for axes in figure.axes)
    assert _outside(figure) == []


def _outside(figure: Figure) -> list[str]:
    """Return the texts that are cut off at the edge of the figure."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()  # type: ignore[no-untyped-call]
    width, height = canvas.get_width_height()
    unused = _labels_out_of_view(figure)
    cut = []
    for text in figure.findobj(matplotlib.text.Text):
        assert isinstance(text, matplotlib.text.Text)
        if not text.get_visible() or not text.get_text().strip() or id(text) in unused:
            continue
        box = text.get_window_extent()
        # One pixel: the box of a text is a little larger than its ink.
        if box.x0 < -1 or box.y0 < -1 or box.x1 > width + 1 or box.y1 > height + 1:
            cut.append(text.get_text())
    return cut


def _labels_out_of_view(figure: Figure) -> set[int]:
    """Return the labels of ticks that matplotlib keeps beyond the limits and does not draw."""
    unused = set()
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            low, high = sorted(axis.get_view_interval())
            for tick in (*axis.get_major_ticks(), *axis.get_minor_ticks()):
                if not axes.get_visible() or not low <= tick.get_loc() <= high:
                    unused |= {id(tick.label1), id(tick.label2)}
    return unused


@pytest.mark.parametrize("name", VIEWS)
def test_svg_is_well_formed_and_the_same_each_time(name: str) -> None:
    trained = suited(name, 2, "five classes")
    svg = [save_svg(picture(VIEWS[name], trained), alt='a "b" <c>') for _ in range(2)]
    assert svg[0] == svg[1]
    root = ElementTree.fromstring(svg[0])
    assert root.get("aria-label") == 'a "b" <c>'
    words = " ".join("".join(t.itertext()) for t in root.iter("{http://www.w3.org/2000/svg}text"))
    assert "sample" in words or trained[0].member.experiment.model.sentence()[:3] in words
    assert len(svg[0]) < 300_000


@pytest.mark.parametrize("name", VIEWS)
def test_settings_of_matplotlib_are_neither_used_nor_changed(name: str) -> None:
    trained = suited(name, 20)
    plain = save_svg(picture(VIEWS[name], trained))
    dark: Any = {
        "axes.facecolor": "black",
        "text.color": "white",
        "font.size": 20.0,
        "svg.hashsalt": "x",
    }
    with matplotlib.rc_context(dark):
        before = dict(matplotlib.rcParams)
        assert save_svg(picture(VIEWS[name], trained)) == plain
        assert dict(matplotlib.rcParams) == before


def test_import_is_light_and_drawing_needs_no_pyplot() -> None:
    code = (
        "import sys; from learnscope.views import VIEWS; "
        "assert 'matplotlib' not in sys.modules; "
        "from tests.views.members import drawn; t = drawn(2); "
        "[v.draw(v.compute(t)) for v in VIEWS.values() if v.applies(t)]; "
        "assert 'matplotlib.pyplot' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("name", [n for n in VIEWS if n not in {"data", "curves"}])
def test_diverged_members_are_left_out_and_named(name: str) -> None:
    trained = [lost(t) if t.result.seed in (1, 3) else t for t in suited(name, 6)]
    title = picture(VIEWS[name], trained).get_suptitle().replace("\n", " ")
    assert "2 of 6 diverged, left out (seeds 1, 3)" in title


@pytest.mark.parametrize("name", [n for n in VIEWS if n not in {"data", "curves"}])
def test_members_that_all_diverged_are_refused(name: str) -> None:
    trained = [lost(t) for t in suited(name, 2)]
    assert not VIEWS[name].applies(trained)
    with pytest.raises(DataError, match=r"none of the 2 members can be drawn: all diverged"):
        VIEWS[name].compute(trained)


@pytest.mark.parametrize("name", ["data", "curves"])
def test_data_and_curves_are_drawn_of_diverged_members_too(name: str) -> None:
    trained = [lost(t) for t in drawn(2)]
    assert VIEWS[name].applies(trained)
    assert _outside(picture(VIEWS[name], trained)) == []


@pytest.mark.parametrize("name", VIEWS)
def test_no_member_and_members_of_two_problems_are_refused(name: str) -> None:
    assert not VIEWS[name].applies([])
    with pytest.raises(InputError, match="at least one trained member, got none"):
        VIEWS[name].compute([])
    with pytest.raises(InputError, match="shows members of one problem"):
        VIEWS[name].compute([*drawn(1), *drawn(1, d=3)])


@pytest.mark.parametrize("name", VIEWS)
def test_view_says_what_it_is_and_shows(name: str) -> None:
    view = VIEWS[name]
    assert view.name == name and "\n" not in view.purpose
    arrays = view.compute(suited(name, 3))
    assert is_dataclass(arrays) and {f.name for f in fields(arrays)} >= {"record"}
    text = view.describe(arrays)
    assert text.endswith(".") and any(c.isdigit() for c in text) and "\n" not in text


def test_plots_has_a_method_for_each_view() -> None:
    assert {n for n in vars(Plots) if not n.startswith("_")} == set(VIEWS)
    for name in VIEWS:
        figure = getattr(Plots(suited(name, 3)), name)()
        assert isinstance(figure, Figure)


def test_long_texts_stay_in_two_lines() -> None:
    trained = [
        lost(t) if t.result.seed > 3 else t for t in drawn(9, d=5, model=Mlp(hidden=(7,) * 40))
    ]
    figure = picture(VIEWS["boundary"], trained)
    assert figure.get_suptitle().count("\n") == 1
    assert _outside(figure) == []


@pytest.mark.parametrize("model", [Linear(), Polynomial()])
def test_units_of_a_model_without_hidden_layers_are_refused(model: Model) -> None:
    plots = Plots(drawn(2, d=1, c=0, model=model))
    message = rf"units shows hidden units, and this {model.kind_name()} model has no hidden layer"
    with pytest.raises(InputError, match=message):
        plots.units()


@pytest.mark.parametrize(
    ("name", "members", "message"),
    [
        (
            "fit",
            {"n": 2},
            r"fit is for one input, and this problem has 2 \(x1, x2\). Use 'boundary'",
        ),
        (
            "boundary",
            {"n": 2, "d": 1},
            r"boundary is for two inputs or more, .* 1 \(x1\). Use 'fit'",
        ),
        (
            "hidden_lines",
            {"n": 2, "d": 3},
            r"hidden_lines needs two inputs, and this problem has 3",
        ),
        ("disagreement", {"n": 1}, "disagreement needs at least two living members .* got 1"),
    ],
)
def test_a_picture_of_the_wrong_kind_of_problem_is_refused_by_name(
    name: str, members: dict[str, Any], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        getattr(Plots(drawn(**members)), name)()


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("name", VIEWS)
def test_a_view_that_does_not_apply_says_why(name: str, case: str) -> None:
    trained = drawn(**CASES[case])
    obstacle = VIEWS[name].obstacle(trained)
    assert (obstacle == "") == (case in WHERE[name])
    if obstacle:
        with pytest.raises(InputError, match=re.escape(obstacle)):
            getattr(Plots(trained), name)()
