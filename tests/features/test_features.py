"""One contract for every feature map."""

import json
import re
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from learnscope.errors import DataError, InputError
from learnscope.features import FEATURES, FeatureMap, fit_chain, read_chain
from learnscope.features.base import FeatureChain, need_few

KINDS = sorted(FEATURES)


def make(kind: str, **fields: Any) -> FeatureMap:
    return FEATURES[kind](**fields)


PLANE = ("x", "y")
POINTS = np.random.default_rng(0).normal(size=(40, 2)) * (1.0, 3.0) + (0.5, -2.0)

# Values for which no square or power of a default map overflows, nor a spread vanishes.
values = st.floats(-1e6, 1e6, allow_nan=False).map(lambda value: round(value, 6))
rows = st.integers(1, 12).flatmap(lambda n: arrays(np.float64, (n, 2), elements=values))
chains = st.lists(st.sampled_from([k for k in KINDS if k not in {"polar", "phase"}]), max_size=3)


@pytest.mark.parametrize("kind", KINDS)
def test_registry_name_is_the_kind(kind: str) -> None:
    assert FEATURES[kind].kind_name() == kind


@pytest.mark.parametrize("kind", KINDS)
def test_one_name_for_each_column(kind: str) -> None:
    chain = fit_chain([FEATURES[kind]()], POINTS, PLANE)
    out = chain.apply(POINTS)
    assert out.dtype == np.float64
    assert out.shape == (len(POINTS), len(chain.names))
    assert len(set(chain.names)) == len(chain.names)


@pytest.mark.parametrize("kind", KINDS)
def test_rows_are_mapped_one_by_one(kind: str) -> None:
    chain = fit_chain([FEATURES[kind]()], POINTS, PLANE)
    alone = np.concatenate([chain.apply(row[None]) for row in POINTS])
    # A product of matrices may add in another order for another number of rows.
    np.testing.assert_allclose(alone, chain.apply(POINTS), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_inputs_are_not_changed(kind: str) -> None:
    x = POINTS.copy()
    fit_chain([FEATURES[kind]()], x, PLANE).apply(x)
    np.testing.assert_array_equal(x, POINTS)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("width", [1, 3])
def test_other_widths_are_mapped_or_refused_in_a_sentence(kind: str, width: int) -> None:
    x, columns = np.ones((4, width)), tuple("abc"[:width])
    try:
        chain = fit_chain([FEATURES[kind]()], x, columns)
    except InputError as error:
        assert kind in {"polar", "phase", "products"}
        assert f"{kind!r} needs" in str(error) and f"got {width}" in str(error)
    else:
        assert chain.apply(x).shape == (4, len(chain.names))


@pytest.mark.parametrize("kind", [k for k in KINDS if "keep" in FEATURES[k].model_fields])
def test_keep_puts_the_raw_columns_behind(kind: str) -> None:
    kept = fit_chain([make(kind, keep=True)], POINTS, PLANE)
    plain = fit_chain([make(kind, keep=False)], POINTS, PLANE)
    assert kept.names == (*plain.names, *PLANE)
    both = np.concatenate((plain.apply(POINTS), POINTS), axis=1)
    np.testing.assert_array_equal(kept.apply(POINTS), both)


def fitted(maps: list[FeatureMap], train: np.ndarray) -> FeatureChain:
    """Fit maps that were drawn at random; too many columns are refused, and tell nothing here."""
    try:
        return fit_chain(maps, train, PLANE)
    except InputError as error:
        assert "more than the 20,000 that are sensible" in str(error)
        assume(False)
        raise


@settings(max_examples=40, deadline=None)
@given(kinds=chains, train=rows, first=rows, second=rows)
def test_rows_that_are_not_for_training_never_change_the_map(
    kinds: list[str], train: np.ndarray, first: np.ndarray, second: np.ndarray
) -> None:
    assume(kinds.count("products") + kinds.count("radius_squared") < 2)
    if "random_fourier" in kinds:
        # The sine of a phase of 1e8 carries the rounding of the phase, 1e-8.
        train = np.clip(train, -10, 10)
    maps = [FEATURES[k]() for k in kinds]
    chain = fitted(maps, train)
    before = json.dumps(chain.to_json())
    with np.errstate(all="ignore"):
        chain.apply(first)
        out = chain.apply(np.concatenate((train, second)))[: len(train)]
        again = fit_chain(maps, train, PLANE).apply(train)
    assert json.dumps(chain.to_json()) == before
    np.testing.assert_allclose(out, again, rtol=1e-9, atol=1e-9)


@settings(max_examples=60, deadline=None)
@given(kinds=chains, start=st.sampled_from(["polar", "phase", "identity"]), train=rows, x=rows)
def test_a_chain_comes_back_from_json_bit_for_bit(
    kinds: list[str], start: str, train: np.ndarray, x: np.ndarray
) -> None:
    # A product of the one column that products give of two is refused.
    assume(kinds.count("products") + kinds.count("radius_squared") < 2)
    with np.errstate(all="ignore"):
        chain = fitted([FEATURES[k]() for k in (start, *kinds)], train)
        if not all(np.isfinite(v).all() for s in chain.states for v in s.values()):
            return  # a power overflowed: such a chain is refused before it is saved
        back = read_chain(json.loads(json.dumps(chain.to_json())), PLANE)
        assert back.maps == chain.maps and back.names == chain.names
        assert back.apply(x).tobytes() == chain.apply(x).tobytes()


def test_fields_of_a_map_come_back_too() -> None:
    maps: list[FeatureMap] = [
        make("polar", keep=True),
        make("minmax", low=-1.0),
        make("powers", powers=(1, 3)),
    ]
    chain = fit_chain(maps, POINTS, PLANE)
    assert read_chain(chain.to_json(), PLANE).maps == tuple(maps)


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ([{"map": {"kind": "polr"}, "state": {}}], "Feature map 0 of a saved model cannot be"),
        ([{"map": {"kind": "polar"}}], "'state' is missing"),
        ([{"map": {"kind": "minmax"}, "state": {}}], "'minmax' remembers {'least': (2,)"),
        (
            [{"map": {"kind": "minmax"}, "state": {"least": [0.0], "span": [1.0]}}],
            "got {'least': (1,), 'span': (1,)}",
        ),
        (
            [{"map": {"kind": "minmax"}, "state": {"least": [0, "a"], "span": [1, 1]}}],
            "could not convert",
        ),
        (
            [{"map": {"kind": "minmax"}, "state": {"least": [0, float("nan")], "span": [1, 1]}}],
            "'least' has values that are not finite",
        ),
        ([{"map": {"kind": "products"}, "state": {"a": []}}], "remembers nothing, got {'a'"),
    ],
)
def test_a_damaged_chain_is_refused(data: list[dict[str, object]], text: str) -> None:
    with pytest.raises(DataError, match=re.escape(text)):
        read_chain(data, PLANE)


@pytest.mark.parametrize("shape", [(5,), (5, 1), (5, 3), (5, 2, 1)])
def test_inputs_of_another_width_are_never_repeated_to_fit(shape: tuple[int, ...]) -> None:
    chain = fit_chain([FEATURES["standardise"]()], POINTS, PLANE)
    with pytest.raises(DataError, match=re.escape("shape (rows, 2), one column each for x, y")):
        chain.apply(np.zeros(shape))


def test_a_chain_of_no_maps_is_the_identity() -> None:
    chain = fit_chain([], POINTS, PLANE)
    assert chain.names == PLANE
    np.testing.assert_array_equal(chain.apply(POINTS), POINTS)


def test_later_maps_learn_from_what_earlier_ones_give() -> None:
    chain = fit_chain([FEATURES["polar"](), FEATURES["standardise"]()], POINTS, PLANE)
    out = chain.apply(POINTS)
    np.testing.assert_allclose(out.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(out.std(axis=0), 1, atol=1e-12)


def test_too_many_columns_are_refused_before_memory_is() -> None:
    columns = tuple(f"pixel {i}" for i in range(784))
    for feature_map in (make("monomials", degree=10), FEATURES["products"]()):
        with pytest.raises(InputError, match="more than the 20,000 that are sensible"):
            feature_map.names(columns)
    need_few("products", 20_000)
