import csv
import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from learnscope.errors import DataError, InputError, LearnscopeError
from learnscope.problems import Sample
from learnscope.problems.csv import Csv
from learnscope.seeds import streams
from learnscope.training.split import Split, split_rows

_SIX = "a,b,y\n1,0.5,1.5\n2,0.25,2.5\n3,-1e3,3.5\n4,.5,4.5\n5,6.,5.5\n6,7,6.5\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "table.csv"


def _read(file: Path, content: str | bytes, root: int = 0, **given: Any) -> Sample:
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    problem = Csv(**{"path": str(file), "target": "y", **given})
    return problem.sample(streams(root).draws)


def test_numbers_become_inputs_and_a_number_to_predict(file: Path) -> None:
    sample = _read(file, _SIX)
    np.testing.assert_array_equal(sample.x[:, 1], [0.5, 0.25, -1000, 0.5, 6, 7])
    np.testing.assert_array_equal(sample.y, [[1.5], [2.5], [3.5], [4.5], [5.5], [6.5]])
    assert (sample.task, sample.columns, sample.outputs) == ("regression", ("a", "b"), ("y",))
    assert sample.truth is None and sample.groups is None and not sample.ordered


def test_columns_chooses_the_inputs_and_their_order(file: Path) -> None:
    text = "a,name,b,y\n1,u,2,0.5\n3,v,4,1.5\n"
    sample = _read(file, text, columns=("b", "a"))
    np.testing.assert_array_equal(sample.x, [[2, 1], [4, 3]])
    assert sample.columns == ("b", "a")


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=2, unique=True))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
def test_every_double_is_read_back_exactly(file: Path, values: list[float]) -> None:
    with file.open("w", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow(["a", "y"])
        writer.writerows((repr(v), i) for i, v in enumerate(values))
    problem = Csv(path=str(file), target="y", task="regression", constant="keep")
    np.testing.assert_array_equal(problem.sample(streams(0).draws).x[:, 0], values)


def test_text_labels_become_sorted_classes(file: Path) -> None:
    sample = _read(file, "a,y\n1,red\n2,blue\n3,red\n4, green\n5,blue\n6,green\n")
    assert sample.outputs == ("blue", "green", "red")
    np.testing.assert_array_equal(sample.y, [2, 0, 2, 1, 0, 1])
    assert sample.y.dtype == np.int64


@pytest.mark.parametrize(
    ("target", "task", "outputs"),
    [
        ([7, 3, 7, 3], "classification", ("3", "7")),
        ([1.0, 0.0, 1.0, 0.0], "classification", ("0", "1")),
        # Few values, but not whole.
        ([0.5, 1.5, 0.5, 1.5], "regression", ("y",)),
        # Whole, but nearly one for each row.
        ([1, 2, 3, 3], "regression", ("y",)),
        ([10, 9, 10, 9], "classification", ("9", "10")),
        # 21 values are more than 20.
        ([i % 21 for i in range(210)], "regression", ("y",)),
        ([i % 20 for i in range(210)], "classification", tuple(map(str, range(20)))),
    ],
)
def test_whole_numbers_with_few_values_are_classes(
    file: Path, target: list[float], task: str, outputs: tuple[str, ...]
) -> None:
    rows = "".join(f"{i},{v}\n" for i, v in enumerate(target))
    sample = _read(file, f"a,y\n{rows}")
    assert (sample.task, sample.outputs) == (task, outputs)


def test_task_overrules_the_guess(file: Path) -> None:
    text = "a,y\n1,0\n2,1\n3,0\n4,1\n"
    assert _read(file, text, task="regression").y.shape == (4, 1)
    halves = "a,y\n1,0.5\n2,1.5\n3,0.5\n4,1.5\n"
    assert _read(file, halves, task="classification").outputs == ("0.5", "1.5")
    ends = "a,y\n1,inf\n2,-inf\n3,inf\n4,-inf\n"
    assert _read(file, ends, task="classification").outputs == ("-inf", "inf")


@pytest.mark.parametrize(
    "content",
    [
        "ä;y\n1;2.5\n3;4\n".encode(),
        "ä\ty\r\n1\t2.5\r\n3\t4\r\n".encode(),
        "\n\nä|y\r1|2.5\r3|4\r".encode(),
        "ä,y\n1,2.5\n3,4".encode("utf-8-sig"),
        "ä,y\n1,2.5\n3,4\n".encode("utf-16"),
        '"ä","y"\n"1","2.5"\n\n3,4\n,\n'.encode(),
        "ä ,y \n 1, 2.5\n3 ,4\n".encode(),
    ],
    ids=["semicolon", "tab and CRLF", "bar and CR", "BOM", "UTF-16", "quotes", "blanks"],
)
def test_separators_line_ends_and_marked_encodings_are_found(file: Path, content: bytes) -> None:
    sample = _read(file, content)
    assert sample.columns == ("ä",)
    np.testing.assert_array_equal(sample.x, [[1], [3]])
    np.testing.assert_array_equal(sample.y, [[2.5], [4]])


def test_commas_in_numbers_and_other_encodings_are_settings(file: Path) -> None:
    content = "größe;y\n1,5;0,5\n-2;1,25e1\n".encode("cp1252")
    sample = _read(file, content, decimal=",", encoding="cp1252")
    assert sample.columns == ("größe",)
    np.testing.assert_array_equal(sample.x, [[1.5], [-2]])
    np.testing.assert_array_equal(sample.y, [[0.5], [12.5]])


def test_a_name_broken_into_lines_is_read_as_one(file: Path) -> None:
    assert _read(file, '"sepal\n length",y\n1,2.5\n3,4\n').columns == ("sepal length",)


def test_rows_with_missing_values_are_dropped_on_request(file: Path) -> None:
    text = "a,b,y\n1,,0.5\nNA,2,1.5\n3,x,2.5\n4,?,nan\n5,6,4.5\n"
    sample = _read(file, text, columns=("a",), missing="drop")
    np.testing.assert_array_equal(sample.x, [[1], [3], [5]])


def test_groups_stay_together_and_are_no_input(file: Path) -> None:
    sample = _read(file, "a,who,y\n1,eve,0.5\n2,bob,1.5\n3,eve,2.5\n4,ann,3.5\n", group="who")
    assert sample.columns == ("a",)
    assert sample.groups is not None
    np.testing.assert_array_equal(sample.groups, [2, 1, 2, 0])
    rows = split_rows(Split(test=0.3), sample, streams(0).split)
    assert not {*sample.groups[rows.train]} & {*sample.groups[rows.test]}


@pytest.mark.parametrize(
    "times",
    [
        ["10", "9", "-1"],
        ["2024-03-01", "2024-02-29", "2023-12-31"],
        ["2024-01-01T12:00:00+00:00", "2024-01-01T12:30:00+01:00", "2024-01-01T10:00:00Z"],
    ],
)
def test_rows_are_put_in_the_order_of_the_time_column(file: Path, times: list[str]) -> None:
    rows = "".join(f"{i},{t},{i}.5\n" for i, t in enumerate(times))
    sample = _read(file, f"a,when,y\n{rows}", time="when")
    np.testing.assert_array_equal(sample.x[:, 0], [2, 1, 0])
    np.testing.assert_array_equal(sample.y[:, 0], [2.5, 1.5, 0.5])
    assert sample.ordered and sample.columns == ("a",)


def test_constant_inputs_are_dropped_or_kept_on_request(file: Path) -> None:
    text = "a,b,y\n1,2,0.5\n1,3,1.5\n"
    assert _read(file, text, constant="drop").columns == ("b",)
    assert _read(file, text, constant="keep").columns == ("a", "b")


def test_part_of_the_rows_is_drawn_without_replacement(file: Path) -> None:
    one, again, other = (_read(file, _SIX, root, n=3) for root in (0, 0, 3))
    assert len({*one.x[:, 0].tolist()}) == 3
    np.testing.assert_array_equal(one.x[:, 0] + 0.5, one.y[:, 0])
    np.testing.assert_array_equal(one.x, again.x)
    assert not np.array_equal(one.x, other.x)
    with pytest.raises(InputError, match=r"problem.n must be <= 6, the usable rows .* got 7"):
        _read(file, _SIX, n=7)


def test_a_changed_file_is_read_anew_and_has_another_fingerprint(file: Path) -> None:
    _read(file, _SIX)
    problem = Csv(path=str(file), target="y")
    before = problem.fingerprint()
    assert before == hashlib.sha256(_SIX.encode()).hexdigest()
    file.write_text(_SIX.replace("1.5", "9.5"))
    assert problem.sample(streams(0).draws).y[0, 0] == 9.5
    assert problem.fingerprint() != before


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "is empty: it needs a header with names and at least two rows"),
        ("\n \n", "is empty"),
        ("a,y\n", "has 0 rows, and nothing can be learned from fewer than 2"),
        ("a,y\n1,2\n", "has 1 row, and nothing"),
        ("y\n1\n2\n", "has one column only, 'y': a table needs inputs and a target"),
        ("a b y\n1 2 3\n", "separated by a comma, a semicolon, a tab or '|'"),
        ("1,2\n3,4\n", "has numbers (1, 2) in its first row, where the names"),
        ("a,y,a\n1,2,3\n", "has the column name 'a' more than once"),
        (",y\n0,1.5\n1,3.5\n", "has no name for column 1, often the number of the row"),
        ("a,y\n1,2\n3,4,5\n", "has 3 values in row 3, and the header names 2 columns"),
        ('a,y\n"1,2\n3,4\n', "a quotation mark that is opened and not closed"),
        (b"\x00\x01", "is not a text file: it holds zero bytes"),
        (b"PK\x03\x04abc", "is a spreadsheet or an archive: please save the table as CSV"),
        (b"\x1f\x8babc", "is compressed or Parquet"),
        (b"a,y\n1,2\n\xe4,3\n", "is not UTF-8 text, as its row 3 shows. Save it as UTF-8, or set"),
        (
            "a,b,y\n1,,0.5\n2,3,1.5\nNA,5,\n",
            "lacks 3 values in 2 of 3 rows, first in row 2 of 'b', row 4 of 'a', row 4 of 'y'. "
            "Fill them in, name the columns to use with problem.columns, or set problem.missing",
        ),
        (
            "a,b,y\n1,2,0.5\n2,red,1.5\n3,blue,2.5\n",
            "has text where numbers are expected: 'red' in row 3 of column 'b' (the first of 2). "
            "Name the columns of numbers with problem.columns",
        ),
        ("a;y\n1,5;2\n2,5;3\n", "If the comma is the decimal sign, set problem.decimal = ','"),
        ("a,y\n1,2.5\n2,x\n", "'x' in row 3 of column 'y' (the only one). Mend it, or set"),
        ("a,y\n1,2\n-inf,3\n", "has an infinite value in row 3 of column 'a'"),
        ("a,b,y\n1,2,2.5\n1,3,5\n", "has the same value in all rows of 'a', which tells nothing"),
        ("a,y\n1,0.5\n2,0.5\n", "has 0.5 in every row of the target 'y': there is nothing"),
        ("a,y\n1,x\n2,x\n", "has one class only, 'x', in column 'y'"),
        ("a,y\n1,7\n2,7\n", "has one class only, '7', in column 'y'"),
        ("a,y\n1,u\n2,v\n3,w\n", "has 3 different values in 3 rows of the label column 'y'"),
    ],
)
def test_unusable_table_is_refused_in_a_sentence(
    file: Path, content: str | bytes, message: str
) -> None:
    with pytest.raises(DataError) as caught:
        _read(file, content)
    assert message in str(caught.value)
    assert str(file) in str(caught.value)


def test_dropping_all_rows_is_refused(file: Path) -> None:
    with pytest.raises(DataError, match="has 1 row without missing values, and nothing"):
        _read(file, "a,y\n1,\n2,3.5\n", missing="drop")


def test_row_numbers_count_empty_lines_and_the_header(file: Path) -> None:
    with pytest.raises(DataError, match="'u' in row 6 of column 'a'"):
        _read(file, "\na,y\n1,2.5\n\n3,4\nu,6\n")
    with pytest.raises(DataError, match="has 3 values in row 4"):
        _read(file, "\n\na,y\n1,2,3\n")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"target": "Y"}, "problem.target: .* has no column 'Y'. Did you mean 'y'"),
        ({"target": "weight"}, "has no column 'weight'. It has a, b, y"),
        ({"columns": ("a", "bb")}, "problem.columns: .* has no column 'bb'. Did you mean 'b'"),
        ({"group": "g"}, "problem.group: .* has no column 'g'"),
        ({"time": "t"}, "problem.time: .* has no column 't'"),
        ({"columns": ("a", "y")}, "columns must not hold the target 'y'"),
        ({"columns": ("a", "a")}, "columns must name each column once, got a twice"),
        ({"group": "y"}, "group must be another column than the target"),
        ({"encoding": "klingon"}, "'klingon' is no encoding of text"),
        ({"encoding": "rot13"}, "'rot13' is no encoding of text"),
        ({"path": "none.csv"}, "problem.path: there is no file 'none.csv'"),
        ({"path": "."}, "problem.path '.' is a folder, not a CSV file"),
        ({"path": "a\0b"}, "cannot be read"),
        ({"path": ""}, "path must be text of at least 1 characters"),
    ],
)
def test_bad_setting_is_refused_in_a_sentence(
    file: Path, given: dict[str, Any], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        _read(file, _SIX, **given)


def test_a_time_that_is_no_date_is_named(file: Path) -> None:
    with pytest.raises(DataError, match="'soon' in row 3 of the time column 't', which is neither"):
        _read(file, "a,t,y\n1,2024-01-01,0.5\n2,soon,1.5\n", time="t")


def test_a_huge_file_is_refused_before_it_is_read(file: Path) -> None:
    with file.open("wb") as handle:
        # Sparse: takes no room on the disk.
        handle.truncate(257 * 2**20)
    with pytest.raises(InputError, match=r"has 257 MiB, more than 256. Save a part of its rows"):
        Csv(path=str(file), target="y").sample(streams(0).draws)


@given(
    st.binary(max_size=80)
    | st.text(alphabet='ay,;"\n\r\t 01.5-xéN', max_size=80).map(lambda t: f"a,y\n{t}".encode())
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300)
def test_arbitrary_bytes_are_a_table_or_are_refused_in_a_sentence(
    file: Path, content: bytes
) -> None:
    try:
        sample = _read(file, content)
    except LearnscopeError as error:
        assert "\n" not in str(error)
        return
    assert np.isfinite(sample.x).all() and np.isfinite(sample.y).all() and len(sample) >= 2
