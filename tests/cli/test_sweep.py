"""`learnscope sweep` and `learnscope atlas`, as a user types them."""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import polars
import pytest
from safetensors.numpy import load_file

import learnscope as ls
from learnscope.cli import main
from tests.cli.calling import Answer, Cli

QUICK = ("--problem.n=40", "--training.epochs=8", "--route=torch", "--engine=threads")
GRID = ("--over", "model.width=2..4", "--over", "problem.noise=0:1:0.5", "--seeds=3")


def swept(out: Path, cli: Cli, *more: str) -> Answer:
    return cli("sweep", "spirals", *QUICK, *GRID, f"--out={out}", "--progress=none", *more)


@pytest.fixture(scope="module")
def atlases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one finished atlas, 9 points and 27 members; never written to by a test."""
    out = tmp_path_factory.mktemp("atlases")
    assert main(["sweep", "spirals", *QUICK, *GRID, f"--out={out}", "-q"]) == 0
    return out


def test_a_sweep_says_what_it_did_and_trains_nothing_twice(cli: Cli, tmp_path: Path) -> None:
    first = swept(tmp_path, cli, "--json").data
    assert (first["members"], first["trained"], first["skipped"], first["failed"]) == (27, 27, 0, 0)
    assert Path(first["path"]).is_dir() and first["seconds"] > 0
    again = swept(tmp_path, cli, "--json").data
    assert (again["path"], again["trained"], again["skipped"]) == (first["path"], 0, 27)
    resumed = cli(
        *("sweep", "--resume=last", f"--out={tmp_path}", "--engine=threads", "--json", "-q")
    ).data
    assert (resumed["trained"], resumed["skipped"]) == (0, 27)
    # More seeds and more values go into the same atlas.
    more = cli(
        *("sweep", "spirals", *QUICK, "--over=model.width=2..5", "--over=problem.noise=0,0.5"),
        *("--seeds=4", f"--out={tmp_path}", "--json", "--progress=none"),
    ).data
    assert (more["path"], more["members"], more["skipped"]) == (first["path"], 32, 18)
    assert len(ls.load_atlas(first["path"]).table) == 27 + 14


def test_members_are_those_of_single_runs(cli: Cli, atlases: Path, tmp_path: Path) -> None:
    atlas = ls.load_atlas("last", out=atlases)
    row = atlas.select("width == 3", "noise == 0.5", "seed == 2").row(0, named=True)
    alone = cli(
        *("run", "spirals", "--problem.n=40", "--training.epochs=8", "--route=torch", "--seed=2"),
        *("--model.width=3", "--problem.noise=0.5", f"--out={tmp_path}", "--json", "--no-report"),
    ).data
    assert row["test_mse"] == alone["metrics"]["test_mse"][0]


def test_a_dry_run_writes_nothing(cli: Cli, tmp_path: Path) -> None:
    data = swept(tmp_path / "none", cli, "--dry-run", "--json").data
    assert (data["points"], data["members"], data["skipped"]) == (9, 27, 0)
    assert data["seconds"] > 0 and data["bytes"] > 0
    assert data["axes"] == {"model.width": [2, 3, 4], "problem.noise": [0.0, 0.5, 1.0]}
    assert not (tmp_path / "none").exists()
    assert "27 members" in swept(tmp_path / "none", cli, "--dry-run").out


def test_a_long_sweep_needs_yes(cli: Cli, tmp_path: Path) -> None:
    answer = cli(
        "sweep", "spirals", "--over=model.width=1..8", "--seeds=9000000", f"--out={tmp_path}"
    )
    assert answer.code == 2 and "--yes" in answer.complaint
    assert not list(tmp_path.iterdir())


def test_a_file_brings_its_axes(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(
        'problem = {kind = "spirals", n = 40}\nmodel = {kind = "mlp", width = 3, depth = 1}\n'
        "seeds = 2\ntraining.epochs = 5\n"
        '[sweep]\nwhere = "width * depth <= 8"\n'
        '[sweep.over]\nmodel.width = "2..4"\n"model.depth" = [1, 2, 3]\n'
    )
    quick = ("--out", str(tmp_path / "a"), "--json", "--progress=none", "--dry-run")
    assert cli("sweep", str(file), *quick).data["points"] == 7
    assert cli("sweep", str(file), *quick, "--over=model.depth=1").data["points"] == 3
    assert cli("sweep", str(file), *quick, "--where=width == depth").data["points"] == 2
    assert "use 'learnscope sweep'" in cli("run", str(file)).complaint


def test_sampled_and_linked_axes(cli: Cli, tmp_path: Path) -> None:
    quick = (*QUICK, f"--out={tmp_path}", "--dry-run", "--json")
    over = ("--over=training.lr=log(1e-4,1)", "--over=model.width=1..64")
    assert cli("sweep", "spirals", *quick, *over, "--sample=20").data["points"] == 20
    linked = "--over=model.width/training.epochs=4/10,8/5,16/2"
    assert cli("sweep", "spirals", *quick, linked).data["points"] == 3
    complaint = cli("sweep", "spirals", *QUICK, f"--out={tmp_path}", *over).complaint
    assert "--sample N" in complaint


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["spirals"], "needs an axis"),
        (["spirals", "--over", "model.width"], "SETTING=VALUES"),
        (["spirals", "--over", "model.width=1...4"], "no range"),
        (["spirals", "--over", "model.width=4..1"], "smaller number first"),
        (["spirals", "--over", "model.width=1,1"], "twice"),
        (["spirals", "--over", "model.width=1", "--over", "model.width=2"], "given twice"),
        (["spirals", "--over", "model.widht=1..4"], "no setting 'widht'"),
        (["spirals", "--over", "seed=1..4"], "--seeds N"),
        (["spirals", "--over", "model.width=1..4", "--where", "width > 9"], "No point"),
        (["spirals", "--over", "model.width=1..4", "--where", "heigth > 9"], "heigth"),
        (["spirals", "--over", "model.width=1..4", "--sample", "0"], "sample"),
        (["spirals", "--over", "model.width=1..4", "--engine", "thread"], "threads"),
        (["spirals", "--named", "width"], "no sweep 'width'"),
        (["--resume", "last"], "no atlas"),
        (["spirals", "--resume", "last"], "--resume goes on"),
        (["nothing", "--over", "model.width=1..4"], "no experiment 'nothing'"),
        (["missing.toml"], "no file"),
    ],
)
def test_wrong_sweeps_are_refused_in_a_sentence(
    cli: Cli, tmp_path: Path, argv: list[str], words: str
) -> None:
    answer = cli("sweep", *argv, f"--out={tmp_path}", "-q")
    assert answer.code == 2
    assert words in answer.complaint
    assert not list(tmp_path.glob("*/*.sqlite"))


ROUNDS = ("--over", "training.lr=1e-6,1e-2,3e-2,0.1", "--seeds=4", "--measure=train_loss")


def in_rounds(out: Path, cli: Cli, *more: str) -> Answer:
    quick = ("--problem.n=40", "--model.output=identity", "--training.epochs=32", "--route=torch")
    own = ("--engine=threads", f"--out={out}", "--progress=none")
    return cli("sweep", "spirals", *quick, *ROUNDS, *own, *more)


@pytest.mark.parametrize(
    ("flags", "rounds"),
    [
        (("--halving",), [(4, 2), (2, 4)]),
        (("--halving", "seeds"), [(4, 2), (2, 4)]),
        (("--halving=epochs",), [(4, 4), (2, 4), (1, 4)]),
        (("--halving", "epochs", "--eta=4"), [(4, 4), (1, 4)]),
        (("--refine=1",), [(4, 4), (5, 4)]),
        (("--sampler=optuna", "--trials=3"), [(3, 4)]),
    ],
)
def test_a_sweep_in_rounds_is_resumed_as_a_whole(
    cli: Cli, tmp_path: Path, flags: tuple[str, ...], rounds: list[tuple[int, int]]
) -> None:
    if "optuna" in str(flags):
        pytest.importorskip("optuna")
    bound = in_rounds(tmp_path, cli, *flags, "--dry-run", "--json").data
    assert not list(tmp_path.iterdir())
    done = in_rounds(tmp_path, cli, *flags, "--json").data
    assert [(r["points"], r["seeds"]) for r in done["rounds"]] == rounds
    assert done["measure"] == "train_loss" and done["trained"] == done["members"]
    assert done["members"] <= bound["members"] and done["epochs"] <= bound["epochs"]
    if "epochs" in str(flags):
        assert done["epochs"] < done["epochs_of_all"] == bound["epochs_of_all"] == 4 * 4 * 32
    again = cli(
        *("sweep", "--resume=last", f"--out={tmp_path}", "--engine=threads", "--json", "-q")
    ).data
    assert [(r["points"], r["seeds"]) for r in again["rounds"]] == rounds
    assert (again["trained"], again["skipped"]) == (0, done["members"])
    shown = cli("atlas", "show", "last", f"--out={tmp_path}", "--json").data
    assert shown["state"] == "done" and shown["asked"] == done["members"]


def test_a_stopped_sweep_in_rounds_names_the_round_and_goes_on(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from learnscope.sweeps.work import Work

    truth = in_rounds(tmp_path / "whole", cli, "--halving=epochs", "--json").data
    accept = Work._accept

    def stopping(self: Work, event: Any) -> None:
        accept(self, event)
        if self.title.startswith("round 2"):
            self.should_stop = lambda: True

    with monkeypatch.context() as patch:
        patch.setattr(Work, "_accept", stopping)
        answer = in_rounds(tmp_path / "a", cli, "--halving=epochs", "-q")
    assert answer.code == 130
    assert "Stopped in round 2 of 3, 16 epochs" in answer.complaint
    (row,) = cli("atlas", "list", f"--out={tmp_path / 'a'}", "--json").data["atlases"]
    assert row["state"] == "interrupted" and 16 < row["members"] < truth["members"]
    resumed = cli(
        *("sweep", "--resume=last", f"--out={tmp_path / 'a'}", "--engine=threads", "--json", "-q")
    ).data
    assert resumed["members"] == truth["members"]
    assert resumed["trained"] == truth["members"] - row["members"]
    assert resumed["best"] == truth["best"]


def test_a_file_says_how_points_are_chosen(cli: Cli, tmp_path: Path) -> None:
    pytest.importorskip("optuna")
    file = tmp_path / "mine.toml"
    file.write_text(
        'problem = {kind = "spirals", n = 40}\nmodel = {kind = "mlp", width = 3, depth = 1}\n'
        'seeds = 2\ntraining.epochs = 5\n[sweep]\nsampler = "optuna"\ntrials = 9\n'
        '[sweep.over]\nmodel.width = "1..16"\ntraining.lr = "log(1e-3,1)"\n'
    )
    quick = (f"--out={tmp_path / 'a'}", "--progress=none", "--dry-run")
    told = cli("sweep", str(file), *quick, "--json").data
    assert (told["points"], told["members"], told["most_rounds"]) == (9, 18, 3)
    assert (
        "9 trials of Optuna over model.width x training.lr, 2 seeds each"
        in cli("sweep", str(file), *quick).out
    )
    assert cli("sweep", str(file), *quick, "--json", "--trials=5").data["points"] == 5


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (("--halving", "--refine=2"), "leave one"),
        (("--halving=epoch",), "epochs"),
        (("--halving", "epoch"), "epochs"),
        (("--sampler=optuna",), "trials = 60"),
        (("--trials=6",), "trials is the number of points"),
        (("--refine=99",), "refine must be <= 20"),
        (("--eta=2",), "add halving"),
        (("--halving", "--measure=tset_loss"), "Did you mean 'test_loss'"),
        (("--halving", "--part=1/2"), "Leave --part out"),
        (("--halving=epochs", "--training.epochs=10"), "needs 16 or more in the end, got 10"),
    ],
)
def test_wrong_rounds_are_refused_in_a_sentence(
    cli: Cli, tmp_path: Path, flags: tuple[str, ...], words: str
) -> None:
    over = ("--over=model.width=1..4", "--seeds=4", f"--out={tmp_path}", "-q")
    answer = cli("sweep", "spirals", *over, *flags)
    assert answer.code == 2
    assert words in answer.complaint
    assert not list(tmp_path.iterdir())


def test_an_atlas_is_listed_and_shown(cli: Cli, atlases: Path) -> None:
    (row,) = cli("atlas", "list", f"--out={atlases}", "--json").data["atlases"]
    assert (row["state"], row["members"]) == ("done", 27)
    shown = cli("atlas", "show", "last", f"--out={atlases}", "--json").data
    assert (shown["points"], shown["seeds"], shown["asked"]) == (9, 3, 27)
    assert shown["measure"] == "test_accuracy" and len(shown["best"]) == 9
    assert "model.width    2, 3, 4" in cli("atlas", "show", "last", f"--out={atlases}").out


def test_queries_equal_those_by_hand(cli: Cli, atlases: Path) -> None:
    table = ls.load_atlas("last", out=atlases).table
    asked = ("atlas", "query", "last", f"--out={atlases}")
    rows = cli(
        *asked, "--by=width", "--where=problem.noise <= 0.5", "--measure=train_loss", "--json"
    ).data["rows"]
    assert [row["model.width"] for row in rows] == [2, 3, 4]
    for row in rows:
        own = table.filter(
            (polars.col("model.width") == row["model.width"]) & (polars.col("problem.noise") < 0.7)
        )["train_loss"].to_numpy()
        assert row["n"] == len(own) == 6
        assert row["mean"] == pytest.approx(own.mean())
        assert row["sd"] == pytest.approx(own.std(ddof=1))
        assert row["q90"] == pytest.approx(np.quantile(own, 0.9))
    best = cli(*asked, "--sort=train_loss", "--top=1", "--csv").out.splitlines()
    assert len(best) == 2
    cells = dict(zip(best[0].split(","), best[1].split(","), strict=True))
    assert float(cells["train_loss"]) == pytest.approx(table["train_loss"].min())
    both = cli(*asked, "--by=noise", "--measure=train_loss,test_loss", "--json").data
    assert both["columns"][-2:] == ["test_loss.mean", "test_loss.sd"]


def test_a_query_goes_to_a_file(cli: Cli, atlases: Path, tmp_path: Path) -> None:
    for ending, read in ((".csv", polars.read_csv), (".parquet", polars.read_parquet)):
        file = tmp_path / f"rows{ending}"
        assert cli("atlas", "query", "last", f"--out={atlases}", f"--to={file}").code == 0
        assert len(read(file)) == 27
    wrong = cli("atlas", "query", "last", f"--out={atlases}", f"--to={tmp_path / 'rows.xls'}")
    assert wrong.code == 2 and ".parquet" in wrong.complaint


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["query", "last", "--by", "widht"], "Did you mean"),
        (["query", "last", "--measure", "tset_loss"], "Did you mean 'test_loss'"),
        (["query", "last", "--where", "width <"], "formula"),
        (["query", "last", "--where", "status < 3"], "holds text"),
        (["query", "last", "--top", "0"], ">= 1"),
        (["query", "last", "--descending"], "--sort"),
        (["query", "last", "--csv", "--json"], "leave one"),
        (["show", "other"], "no atlas 'other'"),
        (["compare", "last", "1", "1"], "got 1 twice"),
        (["compare", "last", "1", "99"], "no members of point 99"),
        (["open", "last", "--point", "99"], "no member"),
        (["export", "last", "--to", "x", "--where", "width > 99"], "Widen"),
        (["rm", "last"], "--yes"),
        (["rm"], "needs an atlas"),
    ],
)
def test_wrong_questions_are_refused_in_a_sentence(
    cli: Cli, atlases: Path, argv: list[str], words: str
) -> None:
    answer = cli("atlas", *argv, f"--out={atlases}")
    assert answer.code in (1, 2)
    assert words in (answer.complaint if "--json" not in argv else answer.err)


def test_points_are_compared_in_pairs(cli: Cli, atlases: Path) -> None:
    from scipy.stats import ttest_rel

    table = ls.load_atlas("last", out=atlases).table
    sides = [
        table.filter(polars.col("point") == p).sort("seed")["train_mse"].to_numpy() for p in (1, 9)
    ]
    data = cli(
        "atlas", "compare", "last", "1", "9", "--measure=train_mse", f"--out={atlases}", "--json"
    ).data
    assert data["p"] == pytest.approx(ttest_rel(*sides).pvalue)
    assert data["value"] == pytest.approx(float(np.mean(sides[0] - sides[1])))
    assert data["differences"] == {"model.width": [2, 4], "problem.noise": [0.0, 1.0]}


def test_a_point_becomes_a_run(cli: Cli, atlases: Path, tmp_path: Path) -> None:
    opened = cli(
        *("atlas", "open", "last", "--point=5", f"--to={tmp_path}", f"--out={atlases}"),
        *("--no-report", "--json"),
    ).data
    run = ls.load_run(opened["path"])
    assert len(run.results) == 3
    shown = cli("runs", "show", "last", f"--out={tmp_path}", "--json").data
    table = ls.load_atlas("last", out=atlases).select("point == 5")
    assert shown["metrics"]["test_mse"] == table["test_mse"].to_list()
    one = cli(
        *("atlas", "open", "last", "--point=5", "--seed=1", f"--to={tmp_path}"),
        *(f"--out={atlases}", "--no-report", "--json"),
    ).data
    assert [r.seed for r in ls.load_run(one["path"]).results] == [1]


def test_weights_and_histories_are_exported(cli: Cli, atlases: Path, tmp_path: Path) -> None:
    done = cli("atlas", "export", "last", f"--to={tmp_path}", f"--out={atlases}", "--json").data
    assert done["members"] == 27
    weights = load_file(tmp_path / "weights.safetensors")
    members = polars.read_parquet(tmp_path / "members.parquet")
    histories = polars.read_parquet(tmp_path / "histories.parquet")
    atlas = ls.load_atlas("last", out=atlases)
    for row in members.sample(5, seed=0).iter_rows(named=True):
        kept = atlas.row(row["point"], row["seed"])
        for name, array in kept.parameters.items():
            np.testing.assert_array_equal(weights[f"{row['stack']}/{name}"][row["place"]], array)
        own = histories.filter(
            (polars.col("point") == row["point"]) & (polars.col("seed") == row["seed"])
        )
        np.testing.assert_array_equal(own["train_loss"].to_numpy(), kept.history[:, 1])
    assert len(histories) == sum(
        len(atlas.row(p, s).history) for p, s in members.select("point", "seed").iter_rows()
    )


def test_an_atlas_is_removed(cli: Cli, tmp_path: Path) -> None:
    path = Path(swept(tmp_path, cli, "--json").data["path"])
    assert cli("atlas", "rm", "last", "--yes", f"--out={tmp_path}").code == 0
    assert not path.exists()
    assert re.search("no atlas", cli("atlas", "show", "last", f"--out={tmp_path}").err)


def test_the_notes_of_an_atlas_are_plain(atlases: Path) -> None:
    (meta,) = atlases.glob("*/meta.json")
    notes = json.loads(meta.read_text())
    assert notes["members"] == 27 and notes["command"].startswith("learnscope sweep spirals")


def test_the_command_says_which_route_it_takes(cli: Cli, tmp_path: Path) -> None:
    series = ("sweep", "series_forecast", "--over=model.hidden=2,3", "--problem.n=200")
    quick = ("--training.epochs=2", "--training.batch_size=16", f"--out={tmp_path}", "--seeds=8")
    told = cli(*series, *quick, "--dry-run", "--json").data
    assert told["route"] == "stack" and "faster in stacks" in told["route_reason"]
    answer = cli(*series, *quick, "--route=stack", "--training.clip_norm=1")
    assert answer.code == 2
    assert "training.clip_norm is not done in stacks" in answer.err
    # A run trains its members one by one, so that each can be taken up where it was stopped.
    assert cli("run", "series_forecast", "--route=stack").code == 2


def test_a_sweep_of_the_catalogue_stands_beside_what_is_expected(cli: Cli, tmp_path: Path) -> None:
    own = ("sweep", "polynomial", "--seeds=1", f"--out={tmp_path}", "--progress=none")
    told = cli(*own)
    assert "What the catalogue expects" in told.out
    assert re.search(r"holds +S2\.5 +a line, no noise: training error", told.out)
    rows = cli(*own, "--json").data["expected"]
    assert {row["source"] for row in rows} == {"S2.5"} and all(row["passed"] for row in rows)
    atlas = ls.load_atlas("last", out=tmp_path)
    line = atlas.select("degree == 1", "noise == 0")["train_mse"]
    assert rows[0]["mean"] == pytest.approx(line.mean()) and rows[0]["members"] == 1
    # With another setting nothing is expected of it.
    changed = cli(*own, "--training.epochs=2", "--json").data
    assert changed["expected"] == []
