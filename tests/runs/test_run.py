import json
import multiprocessing
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import learnscope as ls
from learnscope.errors import DataError, InputError, Interrupted
from learnscope.runs.folder import all_runs, find_run, held, new_folder, state_of
from learnscope.runs.run import Run
from learnscope.training.result import Progress

ROUTES = ("torch", "fused")


def small(**changes: object) -> ls.Experiment:
    base = ls.Experiment(
        name="small",
        problem={"kind": "spirals", "n": 20},
        features=["standardise"],
        model={"kind": "mlp", "hidden": [3]},
        training={"epochs": 30, "lr": 0.01},
        seeds=3,
    )
    return base.override(changes)


def same(a: Run, b: Run) -> None:
    """Assert that two runs are equal, bit for bit."""
    assert a.experiment == b.experiment
    assert a.metrics == b.metrics
    assert a.history.equals(b.history)
    for left, right in zip(a.results, b.results, strict=True):
        assert (left.seed, left.status, left.epochs) == (right.seed, right.status, right.epochs)
        for name, array in left.parameters.items():
            np.testing.assert_array_equal(array, right.parameters[name])


@pytest.mark.parametrize("route", ROUTES)
def test_a_run_read_from_its_folder_is_the_run_that_was_written(
    tmp_path: Path, route: ls.Route
) -> None:
    run = ls.train(small(), out=tmp_path, route=route)
    assert run.path is not None
    assert state_of(run.path) == "done"
    again = ls.load_run(run.path)
    same(run, again)
    x = np.random.default_rng(0).normal(size=(7, 2))
    for member in range(3):
        np.testing.assert_array_equal(run.predict(x, member), again.predict(x, member))
        np.testing.assert_array_equal(run.predict_proba(x, member), again.predict_proba(x, member))
    assert again.meta["route"] == route


def test_the_folder_holds_what_it_promises_and_nothing_else(tmp_path: Path) -> None:
    run = ls.train(small(), out=tmp_path)
    assert run.path is not None
    names = {p.name for p in run.path.iterdir() if p.name != ".lock"}
    assert names == {
        "experiment.toml",
        "meta.json",
        "history.parquet",
        "model.json",
        "weights.safetensors",
        "DONE",
    }
    assert ls.load_experiment(run.path / "experiment.toml") == run.experiment
    table = pl.read_parquet(run.path / "history.parquet")
    assert table["epoch"].max() == 30
    assert set(table["seed"]) == {0, 1, 2}
    meta = json.loads((run.path / "meta.json").read_text())
    assert meta["status"] == "done"
    assert meta["metrics"]["test_accuracy"] == run.metrics["test_accuracy"]


@pytest.mark.parametrize("route", ROUTES)
def test_a_member_is_the_experiment_trained_alone(route: ls.Route) -> None:
    together = ls.train(small(), route=route)
    alone = ls.train(small(seed=2, seeds=1), route=route)
    for name, array in alone.results[0].parameters.items():
        np.testing.assert_array_equal(array, together.results[2].parameters[name])
    assert alone.metrics["test_loss"][0] == together.metrics["test_loss"][2]


def test_a_run_in_memory_can_be_saved_later(tmp_path: Path) -> None:
    run = ls.train(small())
    assert run.path is None
    same(run, ls.load_run(run.save(tmp_path)))


@pytest.mark.parametrize("route", ROUTES)
def test_a_run_that_was_stopped_goes_on_to_the_same_end(tmp_path: Path, route: ls.Route) -> None:
    epochs = 3000 if route == "torch" else 300_000
    slow = small(**{"training.epochs": epochs, "training.eval_every": epochs // 6})
    whole = ls.train(slow, route=route)
    asked = 0

    def stop() -> bool:
        nonlocal asked
        asked += 1
        return asked == 20 if route == "torch" else True

    with pytest.raises(Interrupted, match="learnscope run --resume"):
        ls.train(slow, out=tmp_path, route=route, should_stop=stop)
    (folder,) = all_runs(tmp_path)
    assert state_of(folder) == "interrupted"
    with pytest.raises(DataError, match=r"is not finished \(interrupted\)"):
        ls.load_run(folder)
    same(ls.resume(folder), whole)
    assert state_of(folder) == "done"
    same(ls.resume(folder), whole)


def _train_for_ever(folder: str) -> None:
    ls.train(small(**{"training.epochs": 4000}), out=folder, route="torch")


@pytest.mark.slow
def test_a_run_that_is_killed_again_and_again_ends_as_if_it_never_was(tmp_path: Path) -> None:
    whole = ls.train(small(**{"training.epochs": 4000}), route="torch")
    context = multiprocessing.get_context("spawn")
    process = context.Process(target=_train_for_ever, args=(str(tmp_path),))
    process.start()
    kills = 0
    while process.is_alive():
        process.join(1.5 + 1.5 * kills)
        if not process.is_alive():
            break
        process.kill()
        process.join()
        kills += 1
        folders = all_runs(tmp_path)
        if folders:
            # The kill may have come after the last file, while the process was ending.
            assert state_of(folders[0]) in {"interrupted", "done"}
            process = context.Process(target=ls.resume, args=(folders[0],))
        else:
            process = context.Process(target=_train_for_ever, args=(str(tmp_path),))
        process.start()
    assert kills
    (folder,) = all_runs(tmp_path)
    same(ls.load_run(folder), whole)


def test_two_processes_do_not_train_one_run(tmp_path: Path) -> None:
    folder = new_folder(tmp_path, small())
    with held(folder):
        assert state_of(folder) == "running"
        for _ in range(2):
            with pytest.raises(InputError, match="is being trained by another process"):
                ls.resume(folder)
            assert state_of(folder) == "running"
    assert state_of(folder) == "interrupted"


def test_a_failure_is_noted_in_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr("learnscope.runs.train.train_members", broken)
    with pytest.raises(RuntimeError, match="a bug"):
        ls.train(small(), out=tmp_path)
    (folder,) = all_runs(tmp_path)
    assert state_of(folder) == "failed"
    assert "a bug" in (folder / "FAILED").read_text()


def test_a_fault_in_the_data_is_found_before_a_folder_is_made(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="leaves no rows to train on"):
        ls.train(small(**{"training.split.test": 40}), out=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_runs_of_one_second_get_folders_of_their_own(tmp_path: Path) -> None:
    folders = [new_folder(tmp_path, small()) for _ in range(3)]
    assert len(set(folders)) == 3
    assert all_runs(tmp_path) == sorted(folders, key=lambda p: p.name)


def test_a_run_is_found_by_path_name_stamp_and_last(tmp_path: Path) -> None:
    first = new_folder(tmp_path, small())
    other = new_folder(tmp_path, small(name="other"))
    assert find_run(str(first), tmp_path) == first
    assert find_run("small", tmp_path) == first
    assert find_run("last", tmp_path) in {first, other}
    with pytest.raises(InputError, match="There is no run 'nothing'"):
        find_run("nothing", tmp_path)
    with pytest.raises(InputError, match="could be 2 runs"):
        find_run(first.name[:6], tmp_path)


def test_data_that_changed_since_are_noticed(tmp_path: Path) -> None:
    table = tmp_path / "table.csv"
    rows = [f"{i},{i * i % 7},{2 * i + 1}" for i in range(40)]
    table.write_text("a,b,y\n" + "\n".join(rows) + "\n")
    run = ls.train(
        small(**{"problem": {"kind": "csv", "path": str(table), "target": "y"}, "seeds": 1}),
        out=tmp_path / "runs",
    )
    assert run.path is not None
    ls.load_run(run.path)
    table.write_text("a,b,y\n" + "\n".join(["9,9,9", *rows[1:]]) + "\n")
    with pytest.raises(DataError, match=r"data of the run .* have changed"):
        ls.load_run(run.path)


@pytest.mark.parametrize(
    "name", ["model.json", "weights.safetensors", "history.parquet", "experiment.toml"]
)
def test_a_file_cut_short_is_said_in_one_sentence(tmp_path: Path, name: str) -> None:
    run = ls.train(small(seeds=1), out=tmp_path)
    assert run.path is not None
    path = run.path / name
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises((DataError, InputError), match=name):
        ls.load_run(run.path)


def test_a_missing_weight_file_is_named(tmp_path: Path) -> None:
    run = ls.train(small(seeds=1), out=tmp_path)
    assert run.path is not None
    (run.path / "weights.safetensors").unlink()
    with pytest.raises(DataError, match="There is no weight file"):
        ls.load_run(run.path)


def test_settings_cut_at_a_line_end_are_not_taken_for_the_run_s(tmp_path: Path) -> None:
    run = ls.train(small(seeds=1), out=tmp_path)
    assert run.path is not None
    path = run.path / "experiment.toml"
    shorter = path.read_text().split("[training.schedule]")[0]
    path.write_text(shorter)
    ls.load_experiment(path)
    with pytest.raises(DataError, match="was changed or cut short since the run began"):
        ls.load_run(run.path)


def test_a_table_named_by_a_relative_path_is_found_from_anywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here").mkdir()
    (tmp_path / "there").mkdir()
    rows = "\n".join(f"{i},{2 * i}" for i in range(20))
    (tmp_path / "here" / "t.csv").write_text(f"x,y\n{rows}\n")
    monkeypatch.chdir(tmp_path / "here")
    table = {"kind": "csv", "path": "t.csv", "target": "y", "task": "regression"}
    run = ls.train(small(problem=table, seeds=1), out=tmp_path / "runs")
    assert run.path is not None
    monkeypatch.chdir(tmp_path / "there")
    assert ls.load_run(run.path).metrics == run.metrics


def table_run(folder: Path, route: ls.Route) -> tuple[Path, Path, list[str]]:
    """Return (folder of a run stopped after some members, its table, the table's rows)."""
    table = folder / "table.csv"
    rows = [f"{i},{i * i % 7},{2 * i + 1}" for i in range(40)]
    table.write_text("a,b,y\n" + "\n".join(rows) + "\n")
    problem = {"kind": "csv", "path": str(table), "target": "y", "task": "regression"}
    epochs = 400_000 if route == "fused" else 40
    settings = small(problem=problem, seeds=8, **{"training.epochs": epochs})
    done: list[int] = []

    def stop() -> bool:
        return len(done) > 0

    def count(progress: Progress) -> None:
        if progress.members_done:
            done.append(progress.members_done)

    with pytest.raises(Interrupted):
        ls.train(settings, out=folder / "runs", route=route, should_stop=stop, on_progress=count)
    (run_folder,) = all_runs(folder / "runs")
    return run_folder, table, rows


@pytest.mark.parametrize("route", ROUTES)
def test_a_run_does_not_go_on_with_other_data(tmp_path: Path, route: ls.Route) -> None:
    folder, table, rows = table_run(tmp_path, route)
    old = table.read_text()
    table.write_text("a,b,y\n" + "\n".join(["9,9,9", *rows[1:]]) + "\n")
    with pytest.raises(DataError, match="data of this run have changed since its first members"):
        ls.resume(folder)
    table.write_text(old)
    assert len(ls.resume(folder).trained) == 8


def test_a_run_does_not_go_on_with_another_route(tmp_path: Path) -> None:
    folder, _, _ = table_run(tmp_path, "torch")
    with pytest.raises(InputError, match="began on the route 'torch'"):
        ls.resume(folder, route="fused")
    assert ls.resume(folder).meta["route"] == "torch"


def test_a_changed_model_file_does_not_answer(tmp_path: Path) -> None:
    run = ls.train(small(seeds=1), out=tmp_path)
    assert run.path is not None
    path = run.path / "model.json"
    path.write_text(path.read_text().replace('"relu"', '"sin"'))
    with pytest.raises(DataError, match="is not the model of this run's settings"):
        ls.load_run(run.path)


def test_a_diverged_member_does_not_answer() -> None:
    wild = small(**{"training.optimizer": "sgd", "training.lr": 1e30, "seeds": 1})
    run = ls.train(wild)
    assert run.results[0].status == "diverged"
    with pytest.raises(DataError, match="All members of this run diverged"):
        run.predict([[0.0, 0.0]])
    with pytest.raises(DataError, match="Member 0 diverged"):
        run.predict([[0.0, 0.0]], member=0)


def test_a_diverged_member_has_no_score_on_fresh_examples() -> None:
    run = ls.train(small(seeds=2))
    wild = ls.train(small(seeds=1, **{"training.optimizer": "sgd", "training.lr": 1e30}))
    both = Run(run.experiment, [run.trained[0], wild.trained[0]], run.meta)
    scores = both.evaluate()["fresh_accuracy"]
    assert scores[0] == run.evaluate()["fresh_accuracy"][0]
    assert np.isnan(scores[1])


def test_inputs_beyond_all_numbers_get_no_answer() -> None:
    run = ls.train(small(seeds=1))
    with pytest.raises(DataError, match=r"no finite answer for 1 rows \(first: row 1\)"):
        run.predict([[0.0, 0.0], [1e300, 1e300]])
    with pytest.raises(DataError, match="not of one length"):
        run.predict([[0.0, 0.0], [1.0]])


def test_training_needs_an_experiment() -> None:
    with pytest.raises(InputError, match=r"train needs an Experiment, got 'spirals'. Use ls"):
        ls.train("spirals")  # type: ignore[arg-type]


def test_fresh_examples_are_scored_for_every_member() -> None:
    run = ls.train(small())
    scores = run.evaluate()
    assert len(scores["fresh_accuracy"]) == 3
    assert scores == run.evaluate()
