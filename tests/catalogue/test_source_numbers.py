"""Nothing of the source is forgotten in silence: each number has an entry, or stands in a list."""

import learnscope as ls
from learnscope.catalogue import about, read_entry
from tests.catalogue.source_numbers import ALL, LAST, MISSING, MISSING_QUESTIONS, N_QUESTIONS


def test_the_list_has_the_136_numbers_of_the_five_documents() -> None:
    assert len(ALL) == len(set(ALL)) == sum(LAST.values()) == 136


def test_every_number_has_an_entry_or_is_known_to_be_missing() -> None:
    found = {number for name in ls.names() for number in about(name).sources}
    assert found <= set(ALL)
    # Where an entry for a missing number was added: take it out of MISSING.
    assert found & MISSING == set()
    assert found | MISSING == set(ALL)


def test_every_question_of_the_bank_is_answered_or_known_to_be_missing() -> None:
    bank = {f"Q{n}" for n in range(1, N_QUESTIONS + 1)}
    asked = [q.number for name in ls.names() for q in read_entry(name).question]
    assert len(asked) == len(set(asked))
    found = {number for number in asked if number[0] == "Q"}
    assert found & MISSING_QUESTIONS == set()
    assert found | MISSING_QUESTIONS == bank
