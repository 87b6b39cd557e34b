from pathlib import Path

import pytest

from tests.cli.calling import Cli
from tests.views.atlas.made import swept


@pytest.fixture(scope="module")
def atlases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("atlases")
    swept(out, {"model.width": [1, 2, 4], "problem.noise": [0.0, 0.8]})
    return out


def test_a_picture_is_written_into_the_atlas_or_where_the_user_says(
    cli: Cli, atlases: Path, tmp_path: Path
) -> None:
    answer = cli("atlas", "plot", "last", "--out", str(atlases))
    assert answer.code == 0
    path = Path(answer.out.strip())
    assert path.name == "heat.svg" and path.read_text().startswith("<?xml")
    assert "test accuracy" in answer.err
    png = tmp_path / "lines.png"
    answer = cli(
        "atlas", "plot", "twirls", "lines", "--y", "none", "--at", "problem.noise=0.8",
        "--measure", "test_loss", "--picture", str(png), "--json", "--out", str(atlases),
    )  # fmt: skip
    assert answer.data["picture"] == str(png) and answer.data["view"] == "lines"
    assert png.read_bytes()[:4] == b"\x89PNG"


def test_the_report_is_written(cli: Cli, atlases: Path) -> None:
    answer = cli("atlas", "report", "last", "--json", "--out", str(atlases))
    assert answer.code == 0
    page = Path(answer.data["report"]).read_text(encoding="utf-8")
    assert page.startswith("<!DOCTYPE html>") and "What limits the points" in page


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("last", "heet"), "There is no view 'heet' of an atlas. Did you mean 'heat'?"),
        (("last", "heat", "--x", "model.widht"), "Did you mean 'model.width'?"),
        (("last", "heat", "--measure", "test_acuracy"), "Did you mean 'test_accuracy'?"),
        (("last", "cost", "--panel", "model.width"), "The view 'cost' has no --panel."),
        (("last", "heat", "--at", "problem.noise"), "--at needs SETTING=VALUE"),
        (("last", "heat", "--at", "problem.noise=7", "--panel", "none"), "has no value 7"),
        (("last", "heat", "--picture", "map.gif"), "--picture needs a file that ends in .svg"),
        (("lost", "heat"), "There is no atlas 'lost'"),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(
    cli: Cli, atlases: Path, arguments: tuple[str, ...], complaint: str
) -> None:
    answer = cli("atlas", "plot", *arguments, "--out", str(atlases))
    assert answer.code == 2
    assert complaint in answer.complaint


def test_the_report_of_an_empty_folder_is_refused(cli: Cli, tmp_path: Path) -> None:
    answer = cli("atlas", "report", "last", "--out", str(tmp_path))
    assert answer.code == 2 and "There is no atlas in" in answer.complaint
