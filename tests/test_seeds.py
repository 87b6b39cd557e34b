import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.random import RandomState, SeedSequence

from learnscope.seeds import Streams, streams


def numbers(source: Streams) -> dict[str, tuple[float, ...]]:
    """Draw from every stream."""
    return {
        "data": tuple(source.draws.data.uniform(size=3)),
        "noise": tuple(source.draws.noise.uniform(size=3)),
        "split": tuple(source.split.uniform(size=3)),
        "init": tuple(source.init.uniform(size=3)),
        "order": (float(source.order_key),),
        "dropout": (float(source.dropout_key),),
    }


@given(st.integers(0, 2**40))
def test_the_root_seed_alone_fixes_every_stream(root: int) -> None:
    assert numbers(streams(root)) == numbers(streams(root))


def test_every_seed_and_every_purpose_has_a_stream_of_its_own() -> None:
    drawn = [values for root in range(200) for values in numbers(streams(root)).values()]
    assert len(set(drawn)) == len(drawn)


def test_streams_are_numpys_spawned_sequences() -> None:
    spawned = SeedSequence(7).spawn(6)
    source = streams(7)
    expected = np.random.default_rng(spawned[3]).uniform(size=4)
    np.testing.assert_array_equal(source.init.uniform(size=4), expected)
    assert source.order_key == int(spawned[4].generate_state(1, np.uint64)[0])


def test_drawing_more_for_one_purpose_shifts_no_other() -> None:
    thirsty = streams(3)
    thirsty.draws.data.uniform(size=10_000)
    thirsty.init.uniform(size=10_000)
    rest = {k: v for k, v in numbers(thirsty).items() if k not in {"data", "init"}}
    assert rest.items() <= numbers(streams(3)).items()


def test_a_problem_seed_is_the_legacy_generator_for_every_member() -> None:
    expected = RandomState(0).normal(size=6)
    for root in (0, 1):
        draws = streams(root, problem_seed=0).draws
        # One generator for both purposes: draws follow each other as in a script.
        got = [*draws.data.normal(size=2), *draws.noise.normal(size=2), *draws.data.normal(size=2)]
        np.testing.assert_array_equal(got, expected)


def test_a_split_seed_is_the_legacy_generator_for_every_member() -> None:
    for root in (0, 1):
        got = streams(root, split_seed=42).split.permutation(2000)
        np.testing.assert_array_equal(got, RandomState(42).permutation(2000))


@pytest.mark.parametrize("fixed", ["problem_seed", "split_seed"])
def test_a_fixed_seed_leaves_the_other_streams_alone(fixed: str) -> None:
    plain, other = numbers(streams(5)), numbers(streams(5, **{fixed: 1}))
    changed = {"problem_seed": {"data", "noise"}, "split_seed": {"split"}}[fixed]
    assert {k for k in plain if plain[k] != other[k]} == changed


def test_the_global_generator_is_neither_read_nor_changed() -> None:
    np.random.seed(1)
    before = np.random.get_state()[1].copy()  # type: ignore[index]
    first = numbers(streams(0))
    np.testing.assert_array_equal(np.random.get_state()[1], before)  # type: ignore[index]
    np.random.seed(2)
    assert numbers(streams(0)) == first
