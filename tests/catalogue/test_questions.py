"""Answers are computed, and exercises can be solved and are not solved from the start."""

import pytest

import learnscope as ls
from learnscope.catalogue import read_entry
from learnscope.catalogue.answering import answer, question
from learnscope.catalogue.entry import Entry, Figure, Question, Says
from learnscope.catalogue.exercising import attempt, exercise
from learnscope.errors import InputError

WITH_QUESTIONS = [n for n in ls.names() if read_entry(n).question]
GOALS = [(n, q.number) for n in ls.names() for q in read_entry(n).question if q.goal]


@pytest.mark.slow
@pytest.mark.parametrize("name", WITH_QUESTIONS)
def test_every_question_has_an_answer_with_numbers(name: str) -> None:
    """With few members for each figure: the wording is looked at, not the numbers."""
    found = read_entry(name)
    most = 1 if found.data["problem"]["kind"] == "mnist" else 2  # pictures take long
    for asked in found.question:
        few = tuple(f.model_copy(update={"seeds": min(f.seeds, most)}) for f in asked.figures)
        got = answer(found, asked.model_copy(update={"figures": few}))
        assert len(got.rows) == len(asked.figures)
        assert "{" not in got.text
        assert any(c.isdigit() for c in got.text)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "number"), GOALS)
def test_an_exercise_is_solved_by_its_solution_and_not_from_the_start(
    name: str, number: str
) -> None:
    found = read_entry(name)
    _, goal = exercise(found, number)
    solved = attempt(found, goal, goal.solution)
    assert solved.reached, solved.text
    start = attempt(found, goal, {})
    assert not start.reached, start.text
    assert goal.hint in start.text


def test_sentences_follow_the_numbers() -> None:
    score = {"kind": "score", "name": "train_mse"}
    figures = (
        Figure(name="a", what="w", quantity=score, seeds=1),
        Figure(name="b", what="w", quantity=score, variant="right", seeds=1),
    )
    says = (
        Says(this="b", below="a", yes="{b} is less than {a}.", no="wrong"),
        Says(this="a", below="b", yes="wrong", no="and not the other way round."),
        Says(this="a", below="a", times=1.1, yes="Within a tenth.", no="wrong"),
    )
    asked = Question(number="E99", text="?", figures=figures, answer="{a}!", says=says)
    text = answer(read_entry("line_by_hand"), asked).text
    assert text.startswith("43.01! ")
    assert text.endswith("is less than 43.01. and not the other way round. Within a tenth.")


def test_a_question_is_found_by_its_number_with_or_without_its_letter() -> None:
    found: Entry = read_entry("polynomial")
    for text in ("Q21", "q21", "21"):
        assert question(found, text).number == "Q21"
    with pytest.raises(InputError, match=r"'polynomial' has no question '7'\. It has Q20, Q21"):
        question(found, "7")


def test_an_exercise_that_does_not_exist_is_refused() -> None:
    with pytest.raises(InputError, match="'blobs' has no exercise"):
        exercise(read_entry("blobs"))
    with pytest.raises(InputError, match="has no exercise 'Q21': it has Q20"):
        exercise(read_entry("polynomial"), "Q21")


def test_only_the_settings_of_the_exercise_may_be_changed() -> None:
    found = read_entry("line_by_hand")
    _, goal = exercise(found)
    with pytest.raises(InputError, match=r"problem.slope is not left to you .* model.weights"):
        attempt(found, goal, {"problem.slope": 1})


def test_a_miss_says_how_far_and_hints() -> None:
    found = read_entry("line_by_hand")
    _, goal = exercise(found)
    got = attempt(found, goal, {"model.weights.0.weight": "[[2]]"})
    # Off by 3 everywhere: a squared error of 9.
    assert not got.reached
    assert got.text.startswith("Not yet: the squared error is 9, wanted at most 1e-06. The weight")
