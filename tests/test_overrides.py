import datetime
import math
import re
import tomllib
from typing import Any

import pytest
import tomli_w
from hypothesis import given
from hypothesis import strategies as st

from learnscope.errors import InputError
from learnscope.overrides import apply_overrides, read_value

DATA: dict[str, Any] = {
    "model": {"kind": "mlp", "hidden": [8, 8], "init": {"kind": "default"}},
    "training": {"lr": 0.1},
    "features": [{"kind": "polar", "keep": True}],
}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("8", 8),
        ("-3", -3),
        ("1e-2", 0.01),
        ("1_000", 1000),
        ("true", True),
        ("8,8", [8, 8]),
        ("8, 16 ,32", [8, 16, 32]),
        ("8,", [8]),
        ("[8, 8]", [8, 8]),
        ("[]", []),
        ("", ""),
        ("adam", "adam"),
        ("relu,tanh", ["relu", "tanh"]),
        ('"3"', "3"),
        ("{kind = 'adam', beta1 = 0.5}", {"kind": "adam", "beta1": 0.5}),
        ("exp(x, 4)", "exp(x, 4)"),
        ("x * sin(10 * x)", "x * sin(10 * x)"),
        ("Rings, and what they need", "Rings, and what they need"),
        ("a\nb = 3", "a\nb = 3"),
        ("3\nseeds = 5", "3\nseeds = 5"),
        ("3 # note", 3),
        ("1" * 5000, "1" * 5000),
        ("2020-01-01", "2020-01-01"),
    ],
)
def test_text_of_a_flag_is_a_toml_value_a_list_or_a_word(text: str, value: Any) -> None:
    assert read_value(text) == value


def test_infinity_is_read_as_toml_reads_it() -> None:
    assert math.isinf(read_value("inf"))


@given(
    st.recursive(
        st.booleans() | st.integers(-(2**63), 2**63) | st.floats(allow_nan=False) | st.text(),
        lambda inner: st.lists(inner, max_size=3),
        max_leaves=5,
    )
)
def test_every_value_can_be_written_as_a_flag(value: Any) -> None:
    text = tomli_w.dumps({"value": value}).removeprefix("value = ").strip()
    # Line ends are left out of flags; TOML allows them inside lists only for looks.
    assert read_value(" ".join(text.split("\n"))) == value


@given(st.text(max_size=30))
def test_any_text_can_be_read(text: str) -> None:
    value = read_value(text)
    assert not isinstance(value, datetime.date)


def test_a_path_is_set_and_the_original_is_kept() -> None:
    result = apply_overrides(DATA, {"model.hidden": "4,4", "training.lr": 1e-3})
    assert result["model"]["hidden"] == [4, 4]
    assert result["training"]["lr"] == 1e-3
    assert DATA["model"]["hidden"] == [8, 8] and DATA["training"]["lr"] == 0.1


def test_tables_on_the_way_are_made() -> None:
    result = apply_overrides(DATA, {"training.stopping.patience": 5})
    assert result["training"] == {"lr": 0.1, "stopping": {"patience": 5}}


def test_places_of_lists_are_numbers() -> None:
    result = apply_overrides(DATA, {"features.0.keep": False, "model.hidden.1": 3})
    assert result["features"] == [{"kind": "polar", "keep": False}]
    assert result["model"]["hidden"] == [8, 3]


def test_another_kind_starts_afresh_and_the_same_kind_does_not() -> None:
    assert apply_overrides(DATA, {"model.kind": "linear"})["model"] == {"kind": "linear"}
    assert apply_overrides(DATA, {"model.kind": "mlp"})["model"] == DATA["model"]


@pytest.mark.parametrize("word", ["model", "model.kind"])
def test_the_order_of_flags_does_not_matter(word: str) -> None:
    flags = {"model.degree": 3, "model.init.sd": 2.0, "model.init.kind": "normal"}
    first = apply_overrides(DATA, {**flags, word: "polynomial"})
    last = apply_overrides(DATA, {word: "polynomial", **flags})
    assert first == last
    assert first["model"] == {
        "kind": "polynomial",
        "degree": 3,
        "init": {"kind": "normal", "sd": 2.0},
    }


def test_words_of_a_list_have_settings_too() -> None:
    result = apply_overrides(DATA, {"features": "standardise,polar", "features.1.keep": True})
    assert result["features"] == ["standardise", {"kind": "polar", "keep": True}]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("training.lr.x", "training.lr is a value (0.1), it has no settings of its own."),
        ("features.1.keep", "features.1: '1' is not a place in a list of 1 (0, 1, ...)."),
        ("features.first.keep", "features.first: 'first' is not a place in a list of 1"),
        ("features.-1.keep", "features.-1: '-1' is not a place in a list of 1"),
        ("model.hidden.\u00b2", "'\u00b2' is not a place in a list of 2"),
    ],
)
def test_a_path_that_leads_nowhere_is_refused(path: str, text: str) -> None:
    with pytest.raises(InputError, match=re.escape(text)):
        apply_overrides(DATA, {path: 1})


def test_values_read_are_what_a_toml_file_would_say() -> None:
    for text in ("1e-2", "[1, 2]", "true", "'word'", "{a = 1}"):
        assert read_value(text) == tomllib.loads(f"value = {text}")["value"]
