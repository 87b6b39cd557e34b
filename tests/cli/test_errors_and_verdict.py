from pathlib import Path

import pytest

from learnscope.experiment import Experiment
from learnscope.sweeps.drive import sweep
from learnscope.sweeps.sweep import Sweep
from tests.cli.calling import Cli, Write

QUICK = ("--draws=3", "--restarts=1", "--longer=1", "--large=100")
BEND = """
name = "bend"
[problem]
kind = "formula"
formula = "x**2"
noise = 0.3
n = 60
spacing = "random"
[model]
kind = "polynomial"
degree = 1
[training]
epochs = 200
lr = 0.1
schedule = "cosine"
split = {test = 0.5}
"""


@pytest.fixture(scope="module")
def atlases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("atlases")
    experiment = Experiment(
        name="bend",
        problem={"kind": "formula", "formula": "x**2", "noise": 0.3, "n": 60, "spacing": "random"},
        model={"kind": "polynomial", "degree": 1},
        training={"epochs": 200, "lr": 0.1, "schedule": "cosine", "split": {"test": 0.5}},
        seeds=4,
    )
    over = {"model.degree": [1, 2], "problem.noise": [0.1, 0.3]}
    sweep(Sweep(experiment=experiment, over=over), out=out, engine="threads")
    return out


def test_errors_of_a_file_are_measured_and_add_up(cli: Cli, table: Write) -> None:
    path = str(table("bend.toml", BEND))
    found = cli("errors", path, *QUICK, "--json").data
    parts = ("noise", "approximation", "estimation", "optimisation")
    total = sum(found[name]["value"] for name in parts)
    assert found["agrees"]
    assert found["total"]["value"] - total == pytest.approx(found["difference"]["value"])
    assert found["noise"]["value"] == pytest.approx(0.09)
    assert found["approximation"]["value"] == pytest.approx(4 / 45, rel=0.2)
    assert all(found[name]["how"] and found[name]["low"] <= found[name]["high"] for name in parts)
    told = cli("errors", path, *QUICK, "--model.degree=2")
    assert told.code == 0
    assert "approximation error" in told.out and "they agree" in told.out


def test_errors_of_an_atlas_are_those_of_its_points(cli: Cli, atlases: Path) -> None:
    where = f"--atlases={atlases}"
    found = cli("errors", "bend", where, *QUICK, "--point=1", "--point=3", "--json").data
    assert [row["point"] for row in found["points"]] == [1, 3]
    assert (
        found["points"][0]["approximation"]["value"] > found["points"][1]["approximation"]["value"]
    )
    told = cli("errors", "bend", where, *QUICK).out
    assert "Measured errors of 4 points" in told and "model.degree = 2" in told


def test_the_verdict_on_an_atlas_is_a_paragraph_and_a_table(cli: Cli, atlases: Path) -> None:
    (folder,) = atlases.iterdir()
    told = cli("verdict", str(folder), "--no-trials").out
    assert "under-fitting" in told and "Best setting of each problem" in told
    found = cli("verdict", "bend", f"--atlases={atlases}", "--no-trials", "--json").data
    assert {p["word"] for p in found["points"]} >= {"under-fitting"}
    assert found["choices"][0]["best"] == found["choices"][0]["smallest"] == 3
    assert found["trials"] == [] or all(t["gain"] is None for t in found["trials"])


def test_the_verdict_on_a_run_tries_what_it_proposes(
    cli: Cli, table: Write, tmp_path: Path
) -> None:
    path, out = str(table("bend.toml", BEND)), f"--out={tmp_path / 'runs'}"
    assert cli("run", path, "--seeds=4", "-q", "--no-report", out).code == 0
    told = cli("verdict", "last", out, "--seeds=5").out
    assert "This setting is under-fitting" in told
    assert "Double the degree: --model.degree 2." in told and "helps (p" in told
    found = cli("verdict", "bend", out, "--seeds=5", "--json").data
    gains = {t["change"]: t["gain"]["value"] for t in found["trials"] if t["gain"]}
    assert max(gains, key=lambda name: gains[name]) == "Double the degree"


def test_wrong_words_are_complained_of_in_a_sentence(
    cli: Cli, atlases: Path, tmp_path: Path
) -> None:
    where = f"--atlases={atlases}"
    answer = cli("verdict", "nothing", f"--out={tmp_path}", where)
    assert answer.code == 2 and "Nor is there such an atlas" in answer.complaint
    answer = cli("errors", "bend", where, "--problem.noise=3", *QUICK)
    assert answer.code == 2 and "points of an atlas have their own settings" in answer.complaint
    answer = cli("errors", "spirals", "--point=1", *QUICK)
    assert answer.code == 2 and "--point names a point of an atlas" in answer.complaint
    answer = cli("errors", "spirals", "--draws=2")
    assert answer.code == 2 and "draws >= 3" in answer.complaint
    answer = cli("verdict", "bend", where, "--budget=soon")
    assert answer.code == 2 and "--budget must be a time" in answer.complaint
    answer = cli("verdict", "bend", where, "--seeds=1")
    assert answer.code == 2 and "--seeds must be >= 2" in answer.complaint
    answer = cli("errors", "bend", where, "--point=99", *QUICK)
    assert answer.code == 1 and "no point 99" in answer.complaint


def test_a_learning_curve_forecasts_and_checks_itself(
    cli: Cli, table: Write, tmp_path: Path
) -> None:
    path, picture = str(table("bend.toml", BEND)), tmp_path / "curve.svg"
    asked = ("learning-curve", path, "--sizes=20,40,80,160", "--seeds=6", "--model.degree=2")
    found = cli(*asked, "--json").data
    assert found["sizes"] == [20, 40, 80, 160] and len(found["test"]) == 6
    assert found["law"]["c"] >= found["floor"] == pytest.approx(0.09)
    assert [f["size"] for f in found["forecasts"]] == [320, 1600]
    assert found["checks"][0]["forecast"]["size"] == 160
    told = cli(*asked, f"--picture={picture}")
    assert "With 2x the data you would get" in told.out and picture.stat().st_size > 1000
    answer = cli("learning-curve", path, "--sizes=ten")
    assert answer.code == 2 and "--sizes must be whole numbers above 0" in answer.complaint


def test_a_width_curve_says_where_the_rows_are_fitted(cli: Cli, table: Write) -> None:
    path = str(table("bend.toml", BEND))
    found = cli("width-curve", path, "--sizes=1,2,3", "--seeds=3", "--json").data
    assert found["over"] == "degree" and found["descent"]["threshold"] is None
    told = cli("width-curve", path, "--sizes=1,2,3", "--seeds=3").out
    assert "No degree fits the training rows." in told
    answer = cli("width-curve", path, "--model=linear")
    assert answer.code == 2 and "needs a network with hidden layers" in answer.complaint
