import base64
import hashlib
import io
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars
import pytest

from learnscope.atlas.atlas import Atlas
from learnscope.errors import InputError
from learnscope.measures.atlas.verdict import atlas_verdict
from learnscope.reports.atlas.report import render
from tests.views.atlas.made import failing, swept, wide, with_table


@pytest.fixture(scope="module")
def atlas(tmp_path_factory: pytest.TempPathFactory) -> Atlas:
    over = {"model.width": [1, 2, 4], "problem.noise": [0.0, 0.8]}
    return swept(tmp_path_factory.mktemp("report"), over)


@pytest.fixture(scope="module")
def page(atlas: Atlas) -> str:
    return render(atlas)


def data_of(page: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.S)
    assert found is not None
    data = json.loads(found.group(1))
    assert isinstance(data, dict)
    return data


def test_the_figures_are_those_of_the_table(atlas: Atlas, page: str) -> None:
    data = data_of(page)
    points = data["points"]
    assert [a["path"] for a in data["axes"]] == ["model.width", "problem.noise"]
    for k, point in enumerate(points["id"]):
        own = atlas.table.filter(polars.col("point") == point)
        alive = own.filter(polars.col("dead") == 0)["test_accuracy"].to_numpy()
        assert points["n"][k] == len(alive)
        assert data["axes"][0]["texts"][points["place"][0][k]] == str(own["model.width"][0])
        shown = points["values"]["test_accuracy"]
        if len(alive):
            assert shown["median"][k] == pytest.approx(np.median(alive), rel=1e-3)
            assert shown["low"][k] == pytest.approx(alive.min(), rel=1e-3)
        else:
            assert shown["median"][k] is None
        if len(alive) > 1:
            assert shown["sd"][k] == pytest.approx(np.std(alive, ddof=1), rel=1e-3, abs=1e-9)


def test_the_page_asks_nothing_of_the_network_and_allows_its_own_script_alone(page: str) -> None:
    script = re.findall(r"<script>(.*?)</script>", page, re.S)
    assert len(script) == 1
    digest = base64.b64encode(hashlib.sha256(script[0].encode()).digest()).decode()
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)
    assert policy is not None
    allowed = policy.group(1).replace("&#39;", "'")
    assert "default-src 'none'" in allowed and f"script-src 'sha256-{digest}'" in allowed
    outside = re.findall(r'(?:src|href)="(?!data:|#)[^"]*"', page)
    assert outside == []


def test_the_page_says_the_verdict_the_command_and_the_settings(atlas: Atlas, page: str) -> None:
    verdict = atlas_verdict(atlas)
    assert verdict.paragraph.split(".")[0] in page
    assert "learnscope sweep twirls.toml" in page
    assert "[sweep.over]" in page
    assert "<code>training.lr</code>" in page and "<code>model.width</code>" in page


def test_each_map_is_that_of_the_member_in_the_middle(atlas: Atlas, page: str) -> None:
    from PIL import Image

    maps = data_of(page)["maps"]
    sheet = re.search(r'id="sheet"[^>]*base64,([^"]*)"', page)
    assert sheet is not None
    image = Image.open(io.BytesIO(base64.b64decode(sheet.group(1))))
    side, across = maps["side"], maps["across"]
    assert image.size == (across * side, -(-len(maps["index"]) // across) * side)
    assert sorted(maps["index"]) == list(range(len(maps["index"])))
    for point, seed in zip(data_of(page)["points"]["id"], maps["seeds"], strict=True):
        own = atlas.table.filter((polars.col("point") == point) & (polars.col("dead") == 0))
        if len(own):
            ranked = own.sort("test_accuracy")["test_accuracy"].to_list()
            mine = own.filter(polars.col("seed") == seed)["test_accuracy"][0]
            assert mine in (ranked[(len(ranked) - 1) // 2], ranked[len(ranked) // 2])


def test_failures_and_members_that_are_missing_are_said(atlas: Atlas) -> None:
    points = atlas.table["point"].unique().sort().to_list()
    page = render(failing(atlas, points[:1], points[1:2]), pictures=())
    assert "<strong>3 members.</strong>" in page and "<strong>1 member.</strong> Dead:" in page
    data = data_of(page)
    assert data["points"]["diverged"][0] == 3
    assert data["points"]["values"]["test_accuracy"]["median"][0] is None


def test_texts_of_settings_cannot_leave_their_place(atlas: Atlas) -> None:
    evil = "</script><script>alert(1)</script>"

    def change(table: polars.DataFrame) -> polars.DataFrame:
        return table.with_columns(
            polars.when(polars.col("model.width") == 1)
            .then(polars.lit(evil))
            .otherwise(polars.lit("b"))
            .alias("model.width")
        )

    page = render(with_table(atlas, change), pictures=())
    assert evil not in page
    # What is long is cut, and stays text.
    assert data_of(page)["axes"][0]["texts"][0].startswith("</script>")


def test_an_atlas_without_members_has_no_report(atlas: Atlas) -> None:
    with pytest.raises(InputError, match="sweep first"):
        render(with_table(atlas, lambda table: table.clear()))


def test_trials_are_said_where_they_were_made(atlas: Atlas) -> None:
    from learnscope.measures.atlas.result import Trial

    trial = Trial(
        change="Train longer", because="It still falls.", overrides={"training.epochs": "36"},
        expected=0.1, left_out="there was no time",
    )  # fmt: skip
    page = render(atlas, verdict=replace(atlas_verdict(atlas), trials=(trial,)), pictures=())
    assert "<strong>Train longer.</strong>" in page and "--training.epochs 36" in page
    assert "Not trained: there was no time." in page


@pytest.mark.slow
def test_a_page_of_ten_thousand_points_is_less_than_five_megabytes(tmp_path: Path) -> None:
    many = wide(tmp_path)
    assert (len(many.table), many.table["point"].n_unique()) == (10_000, 10_000)
    page = render(many)
    assert len(page.encode()) < 5_000_000
    data = data_of(page)
    assert len(data["points"]["id"]) == 10_000
    # Maps of what was learned are there for some hundreds of them, of both kinds of network.
    assert sum(i >= 0 for i in data["maps"]["index"]) >= 500


@pytest.mark.slow
@pytest.mark.parametrize(("points", "seeds"), [(500, 20)])
def test_ten_thousand_members_make_less_than_five_megabytes(
    atlas: Atlas, points: int, seeds: int
) -> None:
    from learnscope.reports.atlas.figures import atlas_figures
    from learnscope.reports.atlas.report import _embedded

    rng = np.random.default_rng(0)
    n = points * seeds
    widths, noises = np.arange(100), np.arange(points // 100) * 0.01
    point = np.repeat(np.arange(points), seeds)
    table = atlas.table[:1].drop("point", "seed", "model.width", "problem.noise")
    rows = polars.concat([table] * n).with_columns(
        polars.Series("point", point + 1),
        polars.Series("seed", np.tile(np.arange(seeds), points)),
        polars.Series("model.width", widths[point % 100]),
        polars.Series("problem.noise", noises[point // 100]),
        *(polars.Series(name, rng.random(n)) for name in atlas.measures if "_" in name),
        dead=0.0,
    )
    data = atlas_figures(with_table(atlas, lambda _: rows), {})
    # The maps add at most one and a half million pixels of 64 colours, packed.
    assert len(_embedded(data)) < 3_500_000


def test_report_is_written_into_the_folder(atlas: Atlas) -> None:
    path = atlas.report()
    assert path == atlas.path / "report.html" and path.is_file()
    assert isinstance(path, Path)


def test_the_best_point_of_each_cell_that_is_shown_first_has_a_map(tmp_path: Path) -> None:
    over = {"model.width": [1, 2, 4], "model.depth": [1, 2], "problem.noise": [0.0, 0.8]}
    grid = swept(tmp_path, over)
    from learnscope.reports.atlas.figures import atlas_figures, best_of_cells
    from learnscope.reports.atlas.sprites import sprites

    # Width by depth by noise: the page begins with width and depth, at the best noise.
    data = atlas_figures(grid, {})
    noise = grid.points[data["points"]["id"][0]].keys() - {"model.width", "model.depth"}
    best = data["axes"][2]["texts"][data["axes"][2]["best"]]
    first = best_of_cells(data)
    own = [grid.points[data["points"]["id"][i]] for i in first]
    cells = [(p["model.width"], p["model.depth"]) for p in own]
    assert sorted(cells) == [(w, d) for w in (1, 2, 4) for d in (1, 2)]
    assert {float(p[name]) for p in own for name in noise} == {float(best)}
    found = sprites(grid, data["points"]["id"], 8, first)
    assert all(found.index[i] >= 0 for i in first)
    assert sum(k >= 0 for k in found.index) == 8
