import inspect
import re
from dataclasses import fields, is_dataclass
from itertools import pairwise
from typing import Any
from xml.etree import ElementTree

import matplotlib
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from learnscope.atlas.atlas import Atlas
from learnscope.errors import InputError
from learnscope.measures.atlas.result import WORDS
from learnscope.views import save_svg
from learnscope.views.atlas import ATLAS_VIEWS, AtlasPlots, AtlasView
from learnscope.views.atlas.maps import compute as maps
from learnscope.views.atlas.phase import compute as phase
from tests.views.atlas.made import failing

CASES = ("grid", "sizes", "sampled", "curve", "failing", "dead")
WITHOUT = {("scaling", "sampled"), ("maps", "sampled"), ("maps", "dead")}


@pytest.fixture
def case(request: pytest.FixtureRequest, grid: Atlas) -> Atlas:
    points = grid.table["point"].unique().sort().to_list()
    if request.param == "failing":
        return failing(grid, points[:3], points[3:5])
    if request.param == "dead":
        return failing(grid, points, [])
    found = request.getfixturevalue(request.param)
    assert isinstance(found, Atlas)
    return found


def arrays_of(view: AtlasView, atlas: Atlas) -> Any:
    return view.compute(atlas, **({"resolution": 8} if view.name == "maps" else {}))


@pytest.mark.parametrize("view", ATLAS_VIEWS.values(), ids=list(ATLAS_VIEWS))
@pytest.mark.parametrize("case", CASES, indirect=True, ids=list(CASES))
def test_a_view_keeps_its_contract(
    view: AtlasView, case: Atlas, request: pytest.FixtureRequest
) -> None:
    name = request.node.callspec.id.rpartition("-")[0] or request.node.callspec.id
    if (view.name, name) in WITHOUT or view.obstacle(case):
        if view.obstacle(case):
            assert re.fullmatch(r".*[^.]\.( .*\.)?", view.obstacle(case))
        with pytest.raises(InputError, match=r"\.$"):
            arrays_of(view, case)
        return
    before = dict(matplotlib.rcParams)
    arrays = arrays_of(view, case)
    assert is_dataclass(arrays) and fields(arrays)
    figure = view.draw(arrays)
    assert isinstance(figure, Figure)
    text = view.describe(arrays)
    assert text.endswith(".") and "nan" not in text.lower() and "\n" not in text
    svg = save_svg(figure, text)
    if name == "grid":
        assert svg == save_svg(view.draw(arrays), text), "equal arrays give equal pictures"
    ElementTree.fromstring(svg)
    assert dict(matplotlib.rcParams) == before


@pytest.mark.parametrize("view", ATLAS_VIEWS.values(), ids=list(ATLAS_VIEWS))
def test_an_atlas_without_members_is_refused(view: AtlasView, empty: Atlas) -> None:
    with pytest.raises(InputError, match="has none yet: sweep first"):
        view.compute(empty)


@pytest.mark.parametrize("view", ATLAS_VIEWS.values(), ids=list(ATLAS_VIEWS))
def test_every_view_is_a_method_with_the_same_options(view: AtlasView) -> None:
    method = inspect.signature(getattr(AtlasPlots, view.name)).parameters
    known = [name for name in method if name != "self"]
    assert sorted(known) == sorted(view.options)
    own = inspect.signature(view.compute).parameters
    assert {n: method[n].default for n in known} == {n: own[n].default for n in known}


def test_a_plot_is_a_figure(grid: Atlas) -> None:
    assert isinstance(grid.plot.heat(y="model.depth"), Figure)


@pytest.mark.parametrize("name", ["heat", "lines", "phase", "parts"])
def test_tick_labels_do_not_overlap(grid: Atlas, sizes: Atlas, name: str) -> None:
    for atlas in (grid, sizes):
        view = ATLAS_VIEWS[name]
        figure = view.draw(view.compute(atlas))
        FigureCanvasAgg(figure).draw()  # type: ignore[no-untyped-call]
        for axes in figure.axes:
            labels = [t for t in axes.get_xticklabels() if t.get_visible() and t.get_text()]
            boxes = [t.get_window_extent() for t in labels]
            shown = sorted((b.x0, b.x1) for b in boxes if b.width)
            assert all(a[1] <= b[0] + 1 for a, b in pairwise(shown))


def test_phase_has_the_words_of_the_verdict(grid: Atlas) -> None:
    from learnscope.measures.atlas.verdict import atlas_verdict

    verdict = atlas_verdict(grid)
    found = phase(grid, x="model.width", y="model.depth", panel="problem.noise", verdict=verdict)
    names = list(WORDS)
    for place, k in np.ndenumerate(found.word):
        assert names[k] == verdict.words[int(found.cells.point[place])]


def test_a_map_is_what_the_rebuilt_member_answers(grid: Atlas) -> None:
    found = maps(grid, x="model.width", y="", resolution=6, at={"problem.noise": 0.8})
    (place, tile), *_ = found.tiles.items()
    point, seed = int(found.cells.point[0][place]), found.seeds[place]
    own = grid.trained(point, [seed])[0]
    # The bluer a pixel is than orange, the less likely the second class.
    box = np.concatenate([
        np.stack([t.member.sample.x.min(axis=0), t.member.sample.x.max(axis=0)])
        for t in (grid.trained(int(found.cells.point[0][p]), [s])[0]
                  for p, s in found.seeds.items())
    ])  # fmt: skip
    from learnscope.views.plane import make_grid

    shares = own.member.head.shares(own.output(make_grid(box, 6).points().astype(np.float32)))
    surer = shares[:, 1].reshape(6, 6) - 0.5
    warm = tile.image[..., 0] - tile.image[..., 2]
    clear = np.abs(surer) > 0.1
    assert (np.sign(warm)[clear] == np.sign(surer)[clear]).all()


def test_too_many_lines_and_maps_are_refused(sampled: Atlas) -> None:
    with pytest.raises(InputError, match="lines draws at most 10 lines"):
        ATLAS_VIEWS["lines"].compute(sampled, x="training.lr", y="problem.noise")
    with pytest.raises(InputError, match="maps draws at most 150 of them"):
        ATLAS_VIEWS["maps"].compute(sampled, x="training.lr", y="problem.noise")
