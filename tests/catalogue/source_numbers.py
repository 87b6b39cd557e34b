"""The numbers of the source documents, and those that no entry of the catalogue has."""

LAST = {0: 24, 1: 30, 2: 13, 3: 15, 4: 54}
"""Document -> its last number: S0.1 to S0.24 and so on."""

ALL = [f"S{document}.{n}" for document, last in LAST.items() for n in range(1, last + 1)]

N_QUESTIONS = 46

MISSING: set[str] = set()
"""Numbers that no entry has yet."""

MISSING_QUESTIONS: set[str] = set()
"""Questions that no entry answers yet."""
