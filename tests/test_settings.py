import math
import re
from typing import Annotated, Any, Literal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field, ValidationError, model_validator

from learnscope.complaints import short
from learnscope.errors import InputError
from learnscope.settings import (
    Count,
    Flag,
    Natural,
    NonNegative,
    Positive,
    Real,
    Seed,
    Settings,
    Share,
    Whole,
    kinds_of,
)


class Round(Settings):
    kind: Literal["round"] = "round"
    radius: Positive = 1.0


class Square(Settings):
    kind: Literal["square"] = "square"
    side: Positive = 1.0


SHAPES: dict[str, type[Settings]] = {"round": Round, "square": Square}
AnyShape: Any = kinds_of(SHAPES)


class Inner(Settings):
    count: Count = 1
    low: Real = 0.0
    high: Real = 1.0

    @model_validator(mode="after")
    def _in_order(self) -> "Inner":
        if self.low >= self.high:
            raise ValueError(f"low must be < high, got {self.low:g}.")
        return self


class Owner(Settings):
    needed: Whole
    natural: Natural = 0
    share: Share = 0.5
    size: NonNegative = 0.0
    flag: Flag = False
    seed: Seed = 0
    word: Literal["red", "green"] = "red"
    some: Literal["all"] | tuple[Positive, ...] = "all"
    name: Annotated[str, Field(min_length=2, max_length=5)] = "ab"
    numbers: Annotated[tuple[Whole, ...], Field(min_length=1, max_length=3)] = (1,)
    limit: Positive | None = 2.0
    search: Literal["none", "all"] | None = "all"
    maybe: Natural | None = None
    pair: tuple[Real, Real] = (0.0, 1.0)
    inner: Inner = Inner()
    inners: tuple[Inner, ...] = ()
    shape: AnyShape = Round()
    shapes: tuple[AnyShape, ...] = ()


def complaint(**fields: Any) -> str:
    with pytest.raises(InputError) as caught:
        Owner(**{"needed": 1, **fields})
    return str(caught.value)


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"natural": -1}, "Owner.natural must be >= 0, got -1."),
        ({"inner": {"count": 0}}, "inner.count must be >= 1, got 0."),
        ({"share": 1.0}, "Owner.share must be < 1, got 1.0."),
        ({"shape": {"kind": "round", "radius": 0}}, "shape.radius must be > 0, got 0."),
        ({"seed": 2**32}, "Owner.seed must be < 4294967296, got 4294967296."),
        ({"natural": 1.5}, "Owner.natural must be a whole number, got 1.5."),
        ({"natural": "1"}, "Owner.natural must be a whole number, got '1'."),
        ({"natural": True}, "Owner.natural must be a whole number, got True."),
        ({"natural": math.nan}, "Owner.natural must be a whole number, got nan."),
        ({"share": "0.1"}, "Owner.share must be a number, got '0.1'."),
        ({"share": True}, "Owner.share must be a number, got True."),
        ({"share": np.True_}, "Owner.share must be a number, got True."),
        ({"size": math.nan}, "Owner.size must be a finite number, got nan."),
        ({"size": math.inf}, "Owner.size must be a finite number, got inf."),
        ({"flag": 1}, "Owner.flag must be true or false, got 1."),
        ({"flag": "yes"}, "Owner.flag must be true or false, got 'yes'."),
        ({"word": "gren"}, "must be one of red, green, got 'gren'. Did you mean 'green'?"),
        ({"word": 3}, "Owner.word must be one of red, green, got '3'."),
        ({"some": "al"}, "Owner.some must be one of all, got 'al'. Did you mean 'all'?"),
        ({"some": [1, -2]}, "some.1 must be > 0, got -2."),
        ({"some": 3}, "Owner.some must be a list, got 3."),
        ({"name": 3}, "Owner.name must be text, got 3."),
        ({"name": "a"}, "Owner.name must be text of at least 2 characters, got 'a'."),
        ({"name": "abcdef"}, "Owner.name must be text of at most 5 characters, got 'abcdef'."),
        ({"numbers": []}, "Owner.numbers must be a list of at least 1, got []."),
        ({"numbers": [1, 2, 3, 4]}, "must be a list of at most 3, got [1, 2, 3, 4]."),
        ({"numbers": 3}, "Owner.numbers must be a list, got 3."),
        ({"numbers": [1, "x"]}, "numbers.1 must be a whole number, got 'x'."),
        ({"pair": [1]}, "pair.1 is needed and has no default: please set it."),
        ({"pair": [1, 2, 3]}, "Owner.pair must be a list of at most 2, got [1, 2, 3]."),
        ({"inner": 3}, "Owner.inner must be a table of settings, got 3."),
        ({"inner": {"low": 2}}, "inner.low must be < high, got 2."),
        ({"inners": [{}, {"count": -1}]}, "inners.1.count must be >= 1, got -1."),
        ({"shape": {"kind": "rond"}}, "one of round, square, got 'rond'. Did you mean 'round'?"),
        ({"shape": "sqare"}, "one of round, square, got 'sqare'. Did you mean 'square'?"),
        ({"shape": {}}, "Owner.shape needs a 'kind' that says which one it is, got {}."),
        ({"shape": 3}, "Owner.shape must be a table of settings, got 3."),
        ({"shapes": ["round", {"kind": "square", "side": -1}]}, "shapes.1.side must be > 0,"),
    ],
)
def test_a_broken_rule_is_one_sentence_with_owner_rule_and_value(
    fields: dict[str, Any], text: str
) -> None:
    assert text in complaint(**fields)


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"natral": 1}, "Owner has no setting 'natral'. Did you mean 'natural'?"),
        ({"inner": {"cuont": 1}}, "inner has no setting 'cuont'. Did you mean 'count'?"),
        ({"inners": [{"hihg": 1}]}, "inners.0 has no setting 'hihg'. Did you mean 'high'?"),
        (
            {"shape": {"kind": "square", "sdie": 1}},
            "shape has no setting 'sdie'. Did you mean 'side'?",
        ),
        (
            {"shapes": [{"kind": "round"}, {"kind": "round", "xyz": 1}]},
            "shapes.1 has no setting 'xyz'. It takes kind, radius.",
        ),
    ],
)
def test_an_unknown_key_names_its_table_and_the_nearest_known_one(
    fields: dict[str, Any], text: str
) -> None:
    assert complaint(**fields) == text


def test_a_missing_value_is_asked_for() -> None:
    with pytest.raises(InputError, match=r"Owner\.needed is needed and has no default: please"):
        Owner()  # type: ignore[call-arg]


def test_a_rule_of_several_fields_names_its_owner() -> None:
    with pytest.raises(InputError, match=re.escape("Inner.low must be < high, got 3.")):
        Inner(low=3.0)


def test_unknown_keys_come_first_and_the_rest_is_counted() -> None:
    text = complaint(natural=-1, share=2.0, wrod="red")
    assert text.startswith("Owner has no setting 'wrod'. Did you mean 'word'?")
    assert text.endswith("(2 more to mend after it.)")


def test_the_branches_of_one_field_count_once() -> None:
    assert complaint(some=[-1]).count("more to mend") == 0


@pytest.mark.parametrize("number", [np.int64(3), np.uint8(3), np.array(3)])
def test_numpys_whole_numbers_pass(number: Any) -> None:
    assert Owner(needed=number).needed == 3
    assert type(Owner(needed=number).needed) is int


@pytest.mark.parametrize("number", [0.25, np.float64(0.25), np.float32(0.25)])
def test_numpys_numbers_pass(number: Any) -> None:
    assert type(Owner(needed=1, share=number).share) is float


def test_arrays_of_several_numbers_are_refused_for_one() -> None:
    assert "natural must be a whole number, got array([1, 2])." in complaint(
        natural=np.array([1, 2])
    )


def test_whole_numbers_pass_for_real_ones() -> None:
    assert Owner(needed=1, size=3).size == 3.0


def test_a_word_stands_for_a_kind_with_its_defaults() -> None:
    owner = Owner(needed=1, shape="square", shapes=("round", "square"))
    assert owner.shape == Square()
    assert owner.shapes == (Round(), Square())


def test_settings_cannot_be_changed() -> None:
    owner = Owner(needed=1)
    with pytest.raises(ValidationError, match="frozen"):
        owner.needed = 2  # type: ignore[misc]


def test_equal_settings_are_equal_values() -> None:
    assert Owner(needed=1) == Owner(needed=1)
    assert hash(Inner(count=2)) == hash(Inner(count=2))


def test_none_is_the_word_for_null_where_a_field_takes_it() -> None:
    owner = Owner(**{"needed": 1, "limit": "none", "maybe": "none"})
    assert owner.limit is None and owner.maybe is None
    assert Owner(needed=1, search="none").search == "none"
    assert "natural must be a whole number, got 'none'." in complaint(natural="none")


def test_plain_data_make_the_same_settings_again() -> None:
    for owner in (Owner(needed=1, limit=None), Owner(needed=1, search="none", maybe=3)):
        assert Owner(**owner.plain()) == owner
    assert Owner(needed=1, limit=None).plain()["limit"] == "none"
    assert "maybe" not in Owner(needed=1).plain()


def test_kind_names() -> None:
    assert Round.kind_name() == "round"
    assert Owner.kind_name() is None


def test_long_values_are_cut() -> None:
    assert short(list(range(100))).endswith("...")
    assert len(short("x" * 1000)) == 60


def test_a_complaint_quotes_no_more_than_a_line_of_the_value() -> None:
    assert len(complaint(natural="x" * 10_000)) < 150


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(field=st.sampled_from(sorted(Owner.model_fields)), value=JUNK)
def test_whatever_is_given_is_taken_or_refused_in_one_line(field: str, value: Any) -> None:
    try:
        Owner(**{"needed": 1, field: value})
    except InputError as error:
        text = str(error)
        assert field in text.split(" ")[0]
        assert text.endswith((".", "?", ")"))
        assert "Input should" not in text
