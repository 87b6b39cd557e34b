import pytest

from learnscope.problems.circles import Circles
from learnscope.problems.gates import Gates
from learnscope.problems.moons import Moons
from learnscope.problems.sum import Sum
from learnscope.problems.wording import counted, many, smeared


@pytest.mark.parametrize(
    "value, text",
    [
        (50, "50 points each"),
        (1, "1 point each"),
        ((5, 9), "5 and 9 points"),
        ((1, 2, 3), "1, 2 and 3 points"),
        ((1,), "1 point"),
    ],
)
def test_counts_are_said_once_for_all_or_one_by_one(
    value: int | tuple[int, ...], text: str
) -> None:
    assert counted(value) == text


def test_noise_of_zero_is_said_in_words() -> None:
    assert smeared(0.0) == ", without noise"
    assert smeared(0.5, "the inputs") == ", Gaussian noise of sd 0.5 on the inputs"


def test_sentence_of_a_problem_holds_its_numbers() -> None:
    assert Circles(n=(7, 9), noise=0.1, factor=0.5).sentence() == (
        "Two concentric circles of radius 1 and 0.5, 7 and 9 points, Gaussian noise of sd 0.1 on "
        "both coordinates."
    )


def test_one_thing_is_singular() -> None:
    assert (many(1, "row"), many(0, "row"), many(2, "row")) == ("1 row", "0 rows", "2 rows")
    assert ", 1 point each, " in Moons(n=1).sentence()
    assert Sum(n=1).sentence().startswith("1 pair of whole numbers")
    assert Gates(table="01").sentence().startswith("The logic gate of 1 input:")
