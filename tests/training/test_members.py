"""Members prepared when they are asked for, and equal data stored once."""

import gc
import tracemalloc

import numpy as np
import pytest

from learnscope.catalogue import named, names
from learnscope.experiment import Experiment
from learnscope.fused import train_members
from learnscope.training.member import data_key, prepare
from learnscope.training.members import Members, epochs_of, members_of
from learnscope.training.result import HISTORY

SMALL = Experiment(
    problem={"kind": "spirals", "n": 100},
    model={"kind": "mlp", "hidden": [4, 4]},
    training={"epochs": 100},
    seeds=6,
)
FIXED = SMALL.override({"problem.seed": 1, "training.split.seed": 2})


def test_an_entry_is_the_member_that_prepare_gives() -> None:
    for i, member in enumerate(members_of(SMALL)):
        alone = prepare(SMALL, i)
        np.testing.assert_array_equal(member.parts["train"].x, alone.parts["train"].x)
        assert (member.seed, member.order_key) == (i, alone.order_key)
        for name, weights in alone.initial.items():
            np.testing.assert_array_equal(member.initial[name], weights)


def test_members_with_fixed_seeds_share_one_array() -> None:
    shared, own = list(members_of(FIXED)), list(members_of(SMALL))
    assert len({id(m.parts["train"].x) for m in shared}) == 1
    assert len({id(m.parts["train"].x) for m in own}) == 6
    assert len({m.initial["layers.0.weight"].tobytes() for m in shared}) == 6


def test_settings_that_have_no_part_in_the_data_do_not_divide_it() -> None:
    sweep = [SMALL.override({"training.lr": lr}) for lr in (0.1, 0.01)]
    sweep += [SMALL.override({"model.hidden": [9]}), SMALL.override({"training.batch_size": 5})]
    members = list(Members((e, seed) for e in sweep for seed in (0, 1)))
    assert len({id(m.parts["train"].x) for m in members}) == 2
    for change in ({"problem.noise": 0.3}, {"features": "powers"}, {"training.split.test": 0.5}):
        assert data_key(SMALL.override(change), 0) != data_key(SMALL, 0)
    assert data_key(SMALL, 0) != data_key(SMALL, 1)


@pytest.mark.parametrize("name", names())
def test_every_experiment_of_the_catalogue_has_a_key(name: str) -> None:
    experiment = named(name)
    same = experiment.override({"training.lr": 0.5, "seeds": 3})
    assert hash(data_key(experiment, 0)) == hash(data_key(same, 0))


def test_only_so_much_data_is_kept_for_members_to_come() -> None:
    members = Members(((SMALL, seed) for seed in range(20)), kept_bytes=30_000)
    first = members[0]
    assert members[0].sample is first.sample
    for i in range(20):
        members[i]
    assert members[0].sample is not first.sample


def test_epochs_are_known_before_anything_is_prepared() -> None:
    assert epochs_of(members_of(SMALL)) == [100] * 6
    assert members_of(SMALL)[1:3].sources == ((SMALL, 1), (SMALL, 2))


def test_the_lazy_and_the_prepared_members_give_the_same_results() -> None:
    lazy, listed = train_members(members_of(SMALL)), train_members(list(members_of(SMALL)))
    for a, b in zip(lazy, listed, strict=True):
        for name in a.parameters:
            np.testing.assert_array_equal(a.parameters[name], b.parameters[name])


@pytest.mark.parametrize("experiment", [SMALL, FIXED])
def test_a_member_costs_at_most_twice_its_weights_optimizer_and_history(
    experiment: Experiment,
) -> None:
    def peak(n: int) -> int:
        gc.collect()
        tracemalloc.start()
        sources = ((experiment, seed) for seed in range(n))
        kept = train_members(Members(sources, kept_bytes=100_000), n_threads=2)
        assert len(kept) == n
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    peak(10)  # loads what is loaded once
    each = (peak(600) - peak(200)) / 400
    # 37 weights with two moments in float32, 101 rows of the history.
    needed = 3 * 37 * 4 + 101 * len(HISTORY) * 8
    assert each <= 2 * needed
