"""The defects that are known in the source documents, T1 to T53: each has a test of its number."""

import re
from pathlib import Path

HERE = Path(__file__).parent
DEFECTS = range(1, 54)


def numbers_in(text: str) -> set[int]:
    """Return the numbers that names of tests begin with: `test_t04_t05_...` has 4 and 5."""
    names = re.findall(r"^def test((?:_t\d\d)+)_", text, flags=re.MULTILINE)
    return {int(number) for name in names for number in name.split("_t") if number}


def test_each_defect_has_a_test_named_after_it() -> None:
    found = set().union(*(numbers_in(p.read_text()) for p in HERE.parent.rglob("test_*.py")))
    assert sorted(set(DEFECTS) - found) == []
    assert sorted(found - set(DEFECTS)) == []
