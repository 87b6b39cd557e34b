"""Halving over epochs: members that go on are those that were trained straight through."""

import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars
import pytest

import learnscope as ls
from learnscope.atlas.atlas import Atlas
from learnscope.atlas.store import STORE, Store, is_begun
from learnscope.errors import InputError
from learnscope.sweeps import work
from learnscope.sweeps.adaptive import STATES, settled
from learnscope.sweeps.halving import epoch_counts, from_the_start
from learnscope.sweeps.rounds import at_points
from learnscope.training.loop import train_member
from learnscope.training.member import prepare
from tests.sweeps.halving_victim import wanted as victim_sweep

OVER = {"training.lr": "1e-4,1e-2", "model.activation": "relu,tanh"}
ONCE = 2 * (4 * 8 + 2 * 8 + 16)
"""Epochs of 4 points for 8, 2 for 16 and 1 for 32 that go on, with 2 seeds."""
ANEW = 2 * (4 * 8 + 2 * 16 + 32)
"""The same where members begin anew in every round."""


@pytest.fixture(autouse=True)
def keep_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let members of a few milliseconds keep their states too."""
    monkeypatch.setattr(work, "KEEP_SECONDS", 0.0)


def wanted(epochs: int = 32, seeds: int = 2, over: Any = OVER, **training: Any) -> ls.Sweep:
    base = ls.Experiment(
        problem={"kind": "spirals", "n": 40, "noise": 0.2},
        model={"kind": "mlp", "hidden": [4]},
        training={"epochs": epochs, "lr": 0.01, "batch_size": 16, **training},
        seeds=seeds,
    )
    return ls.Sweep(experiment=base, over=over, halving="epochs", measure="train_loss")


def trained(sweep: ls.Sweep, out: Path, route: Any, **more: Any) -> Any:
    return ls.sweep(sweep, out=out, route=route, engine="threads", **more)


def contents(atlas: Atlas) -> dict[tuple[str, int], tuple[Any, ...]]:
    """Every member with all of its bits, but for the seconds that it took."""
    table = atlas.table.drop("seconds", "point")
    found = {}
    for place, (point, seed) in enumerate(atlas.table.select("point", "seed").iter_rows()):
        row = atlas.row(point, seed)
        key = str(sorted(atlas.points[point].items())), seed
        found[key] = (row.mark(), row.history.tobytes(), table[place].write_json())
    return found


def straight(atlas: Atlas, out: Path, route: Any) -> dict[tuple[str, int], tuple[Any, ...]]:
    """The same members, each trained from its start to its end by an ordinary sweep."""
    return contents(trained(at_points(atlas.sweep, list(atlas.points.values())), out, route).atlas)


KILLS = 5
PLAIN: dict[str, Any] = {}
STOPPING = {"stopping": {"patience": 5}, "split": {"validation": 0.3}, "lr": 0.1}
STEPS = {"schedule": {"kind": "step", "every": 9, "warmup": 5}, "dropout": 0.2, "clip_norm": 1.0}
RMSPROP = {"optimizer": {"kind": "rmsprop", "momentum": 0.9}, "precision": "float64"}


@pytest.mark.parametrize(
    ("route", "training"),
    [
        ("fused", PLAIN),
        ("fused", STOPPING),
        ("fused", STEPS),
        ("fused", RMSPROP),
        ("torch", PLAIN),
        ("torch", STOPPING),
    ],
)
def test_members_that_go_on_have_the_bits_of_those_trained_through(
    tmp_path: Path, route: str, training: dict[str, Any]
) -> None:
    done = trained(wanted(**training), tmp_path / "halved", route)
    assert [r["points"] for r in done.rounds] == [4, 2, 1]
    if training == STOPPING:
        assert "stopped" in done.atlas.table["status"].to_list()
    else:
        assert done.epochs == ONCE
    assert done.all_epochs == 2 * 4 * 32
    assert contents(done.atlas) == straight(done.atlas, tmp_path / "straight", route)


def test_a_member_that_went_on_twice_is_that_of_the_readable_loop(tmp_path: Path) -> None:
    atlas = trained(wanted(), tmp_path, "torch").atlas
    last = atlas.table.filter(polars.col("training.epochs") == 32)
    assert len(last) == 2
    point = last["point"][0]
    for seed in (0, 1):
        alone = train_member(prepare(atlas.experiment(point), seed))
        kept = atlas.row(point, seed)
        assert (alone.epochs, alone.status) == (32, "trained")
        for name, array in alone.parameters.items():
            np.testing.assert_array_equal(kept.parameters[name], array)
        np.testing.assert_array_equal(
            kept.history[:, 1], alone.history["train_loss"].astype(np.float32)
        )


def test_each_member_has_the_epochs_that_it_really_had(tmp_path: Path) -> None:
    done = trained(wanted(), tmp_path, "torch")
    table = done.atlas.table
    counts = dict(table.group_by("training.epochs").len().iter_rows())
    assert counts == {8: 8, 16: 4, 32: 2}
    assert (table["epochs"] == table["training.epochs"]).all()
    # The same sweep without halving has all members at full length, and its own atlas for them.
    plain = done.atlas.sweep.model_copy(update={"halving": None, "measure": None})
    full = trained(plain, tmp_path, "torch")
    assert full.atlas.path != done.atlas.path
    assert (full.members, full.trained) == (8, 8)
    assert full.atlas.table["epochs"].to_list() == [32] * 8


@pytest.mark.parametrize("route", ["fused", "torch"])
def test_a_driver_that_dies_at_any_shard_goes_on(
    tmp_path: Path, route: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Died(BaseException):
        """The end of a process, which nothing handles."""

    sweep = wanted(16, over={"training.lr": "1e-4,1e-2"})
    truth = contents(trained(sweep, tmp_path / "whole", route).atlas)
    accept: Callable[..., int] = Store.accept
    dies_at, seen, acknowledged = 0, 0, 0

    def dying(self: Store, *arguments: Any) -> int:
        nonlocal seen
        seen += 1
        if seen == dies_at:
            raise Died
        return accept(self, *arguments)

    out = tmp_path / "killed"
    while dies_at < 20:
        dies_at, seen = dies_at + 1, 0
        with monkeypatch.context() as patch:
            patch.setattr(Store, "accept", dying)
            try:
                found = trained(sweep, out, route)
            except Died:
                (path,) = out.glob("*")
                kept = len(Atlas(path).table)
                assert kept >= acknowledged
                acknowledged = kept
                continue
        break
    assert seen < dies_at and contents(found.atlas) == truth
    assert not (found.atlas.path / STATES).exists()


@pytest.mark.slow
def test_a_driver_killed_at_any_moment_goes_on(tmp_path: Path) -> None:
    def driver(out: Path) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "tests.sweeps.halving_victim", str(out)]
        return subprocess.Popen(command, cwd=Path(__file__).parents[2])

    draw, began = random.Random(0), time.monotonic()
    assert driver(tmp_path / "whole").wait() == 0
    whole = time.monotonic() - began
    (path,) = (tmp_path / "whole").glob("*")
    truth = contents(Atlas(path))
    kept = 0
    for _ in range(KILLS):
        victim = driver(tmp_path / "killed")
        time.sleep(draw.uniform(0.5, 1.0) * whole)
        victim.kill()
        victim.wait()
        found = [Atlas(store.parent) for store in (tmp_path / "killed").glob(f"*/{STORE}")]
        now = sum(len(atlas.table) for atlas in found if is_begun(atlas.path / STORE))
        assert now >= kept
        kept = now
    done = trained(victim_sweep(), tmp_path / "killed", "fused")
    assert contents(done.atlas) == truth
    assert not (done.atlas.path / STATES).exists()
    assert not list(done.atlas.path.glob(".*.tmp"))


def test_states_are_those_of_the_round_and_go_with_it(tmp_path: Path) -> None:
    seen: list[tuple[str, int]] = []

    def look(progress: Any) -> None:
        for folder in tmp_path.glob(f"*/{STATES}"):
            seen.append((progress.message.partition(",")[0], len(list(folder.glob("[!.]*")))))

    done = trained(wanted(), tmp_path, "torch", on_progress=look)
    most: dict[str, int] = {}
    for title, n in seen:
        most[title] = max(most.get(title, 0), n)
    # 4 points with 2 seeds at first; 2 points go on, then 1.
    limits = dict(zip(most, (8, 4, 2), strict=False))
    assert most and all(most[title] <= limits[title] for title in most)
    assert not (done.atlas.path / STATES).exists()


def test_a_damaged_or_missing_state_costs_time_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from learnscope.sweeps import states
    from learnscope.training.checkpoint import save_checkpoint

    truth = contents(trained(wanted(), tmp_path / "whole", "torch").atlas)
    save = save_checkpoint
    written: list[Path] = []

    def spoilt(path: Path, *arguments: Any, **more: Any) -> None:
        save(path, *arguments, **more)
        written.append(path)
        data = bytearray(path.read_bytes())
        if len(written) % 3 == 0:
            path.unlink()
        elif len(written) % 3 == 1:
            data[-5] ^= 1
            path.write_bytes(data)
        else:
            path.write_bytes(data[: len(data) // 2])

    monkeypatch.setattr(states, "save_checkpoint", spoilt)
    done = trained(wanted(), tmp_path / "spoilt", "torch")
    assert contents(done.atlas) == truth and len(written) >= 8 + 4
    assert done.epochs == ANEW


def test_a_schedule_over_all_epochs_begins_anew_and_says_so(tmp_path: Path) -> None:
    sweep = settled(wanted(32, schedule={"kind": "cosine"}))
    assert "'cosine' is laid out over all epochs" in str(from_the_start(sweep, "torch"))
    assert from_the_start(settled(wanted(32)), "torch") is None
    assert "stacks" in str(from_the_start(settled(wanted(32)), "stack"))
    done = trained(sweep, tmp_path / "halved", "torch")
    assert done.epochs == ANEW
    assert contents(done.atlas) == straight(done.atlas, tmp_path / "straight", "torch")


@pytest.mark.parametrize(
    ("training", "eta", "counts"),
    [
        # Eight points: three halvings leave one. All end at an epoch that the longer ones look at.
        ({"epochs": 1000}, None, [124, 248, 496, 1000]),
        ({"epochs": 1000}, 3, [111, 333, 1000]),
        ({"epochs": 1000, "eval_every": 50}, None, [100, 250, 500, 1000]),
        ({"epochs": 40}, None, [10, 20, 40]),
        ({"epochs": 1000, "schedule": {"kind": "step", "warmup": 200}}, None, [248, 496, 1000]),
    ],
)
def test_epochs_of_the_rounds(training: dict[str, Any], eta: int | None, counts: Any) -> None:
    eight = {**OVER, "model.hidden": "4;8"}
    sweep = settled(wanted(**training, over=eight).model_copy(update={"eta": eta}))
    assert epoch_counts(sweep) == counts
    assert epoch_counts(settled(sweep)) == counts


def test_too_few_epochs_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="needs 16 or more in the end, got 15"):
        trained(wanted(15), tmp_path, "torch")
    assert not list(tmp_path.iterdir())
