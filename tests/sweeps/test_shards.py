"""How a sweep is cut: every member once, and members that share their data beside each other."""

import random
from collections.abc import Callable

import pytest

import learnscope as ls
from learnscope.sweeps.plan import Plan, cut, make_plan
from learnscope.sweeps.shard import Shard
from learnscope.training.member import data_key


def plan(over: dict[str, str], seeds: int) -> Plan:
    experiment = ls.Experiment(
        problem={"kind": "spirals", "n": 40}, training={"epochs": 300}, seeds=seeds
    )
    return make_plan(ls.Sweep(experiment=experiment, over=over), "fused")


def members(shards: list[Shard]) -> list[tuple[str, int]]:
    return [(str(s.points[i]), seed) for s in shards for i, seed in s.members()]


@pytest.mark.parametrize("seeds", [1, 7, 60])
@pytest.mark.parametrize(
    "over",
    [
        {"training.lr": "log(1e-3,1e-1,40)"},
        {"problem.noise": "0:2:0.5", "model.width": "2..6"},
        {"problem.noise": "lin(0,1,30)"},
    ],
)
def test_every_missing_member_is_in_one_shard(over: dict[str, str], seeds: int) -> None:
    made = plan(over, seeds)
    chance = random.Random(seeds)
    every = [(i, seed) for i in range(len(made.points)) for seed in range(seeds)]
    done = {pair for pair in every if chance.random() < 0.3}
    is_done: Callable[[int, int], bool] = lambda i, seed: (i, seed) in done  # noqa: E731
    shards, places = cut(made, is_done, 2)
    wanted = [(str(made.points[i]), seed) for i, seed in every if (i, seed) not in done]
    assert sorted(members(shards)) == sorted(wanted)
    for shard, place in zip(shards, places, strict=True):
        assert shard.points == tuple(made.points[i] for i in place)
        assert shard.epochs == 300 * shard.n_members


def test_points_that_draw_the_same_data_are_dealt_out_together() -> None:
    # The rate is the first axis, so that in the order of the grid the points of one problem lie
    # far from each other; 5 of them draw each sample once if all 5 are in one shard.
    made = plan({"training.lr": "log(1e-3,1e-1,5)", "problem.noise": "0:3:1"}, 60)
    shards, places = cut(made, lambda i, seed: False, 2)
    draws = sum(
        len({data_key(made.experiments[place[i]], seed) for i, seed in shard.members()})
        for shard, place in zip(shards, places, strict=True)
    )
    assert len(members(shards)) == 5 * 4 * 60
    # A shard that ends between two of the five draws once more; in grid order it would be 1,200.
    assert 4 * 60 <= draws <= 2 * 4 * 60


def test_a_shard_has_about_as_many_points_as_seeds() -> None:
    # Each point costs a shard the making of its experiment, each seed the drawing of its data.
    made = plan({"training.lr": "log(1e-3,1e-1,100)"}, 100)
    shards, _ = cut(made, lambda i, seed: False, 2)
    widest = max(len(set(map(str, shard.points))) for shard in shards)
    assert 10 <= widest <= 50
