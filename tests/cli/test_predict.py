import io
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import learnscope as ls
from tests.cli.calling import Cli, Write


def read(text: str) -> pl.DataFrame:
    return pl.read_csv(io.StringIO(text))


def test_columns_are_found_by_name_and_others_ignored(
    cli: Cli, finished: Path, table: Write
) -> None:
    columns = ls.load_run(_folder(finished)).trained[0].member.chain.columns
    x = np.random.default_rng(0).normal(scale=3, size=(9, 2)).round(3)
    straight = pl.DataFrame({columns[0]: x[:, 0], columns[1]: x[:, 1]}).write_csv()
    mixed = pl.DataFrame(
        {"note": ["a"] * 9, columns[1]: x[:, 1], "id": range(9), columns[0]: x[:, 0]}
    ).write_csv(separator=";")
    run = ls.load_run(_folder(finished))
    for name, text in (("straight.csv", straight), ("mixed.csv", mixed)):
        where = ("predict", "last", str(table(name, text)), f"--out={finished}")
        assert read(cli(*where).out)["prediction"].to_list() == run.predict(x).tolist()
        second = read(cli(*where, "--member=1").out)["prediction"]
        assert second.to_list() == run.predict(x, member=1).tolist()
        shares = read(cli(*where, "--proba").out)
        # CSV holds all digits of a float64.
        np.testing.assert_array_equal(shares.to_numpy(), run.predict_proba(x))


def test_numbers_stand_in_a_column_named_as_the_target(cli: Cli, tmp_path: Path) -> None:
    train = tmp_path / "train.csv"
    train.write_text("a,b\n" + "".join(f"{i},{2 * i + 0.5}\n" for i in range(30)))
    flags = ("--target=b", "--route=torch", "--training.epochs=3", "--no-report", "-q")
    path = cli("run", str(train), *flags, f"--out={tmp_path}").out.strip()
    # One input needs no separator.
    (tmp_path / "new.csv").write_text("a\n3\n4.5\n")
    out = tmp_path / "answers.csv"
    answer = cli("predict", path, str(tmp_path / "new.csv"), f"--to={out}")
    assert answer.out == ""
    expected = ls.load_run(path).predict(np.array([[3.0], [4.5]]))
    # The text has all the digits of a float64, which a scaled target is given in.
    answers = read(out.read_text())["b"].to_numpy()
    np.testing.assert_array_equal(answers, expected[:, 0])
    # The file it was trained on is not needed to answer.
    train.unlink()
    assert cli("predict", path, str(tmp_path / "new.csv")).code == 0
    refused = cli("predict", path, str(tmp_path / "new.csv"), "--proba")
    assert refused.code == 2
    assert "predicts numbers" in refused.complaint


def test_json_has_an_object_for_each_row(cli: Cli, finished: Path, table: Write) -> None:
    path = table("new.csv", _table("1,2", "3,4"))
    where = ("predict", "last", str(path), "--member=1", "--json", f"--out={finished}")
    run = ls.load_run(_folder(finished))
    x = np.array([[1.0, 2.0], [3.0, 4.0]])
    data = cli(*where).data
    assert data["run"] == str(_folder(finished))
    assert data["member"] == 1
    assert data["inputs"] == list(_columns())
    assert data["columns"] == ["prediction"]
    assert data["predictions"] == [{"prediction": name} for name in run.predict(x, member=1)]
    shares = cli(*where, "--proba").data
    names = [f"p_{name}" for name in run.trained[0].member.sample.outputs]
    assert shares["columns"] == names
    rows = [[row[name] for name in names] for row in shares["predictions"]]
    np.testing.assert_array_equal(rows, run.predict_proba(x, member=1))


def test_answers_go_to_a_file_and_not_to_a_folder(
    cli: Cli, finished: Path, table: Write, tmp_path: Path
) -> None:
    path = table("new.csv", _table("1,2"))
    where = ("predict", "last", str(path), "--member=0", f"--out={finished}")
    answer = cli(*where, f"--to={tmp_path}")
    assert answer.code == 2
    assert answer.complaint == (
        f"--to needs a file, and {str(tmp_path)!r} is a folder: for example "
        f"--to {tmp_path / 'answers.csv'}."
    )
    answer = cli(*where, f"--to={tmp_path / 'deep' / 'answers.csv'}")
    assert answer.code == 2
    assert f"there is no folder {str(tmp_path / 'deep')!r}" in answer.complaint
    answer = cli(*where, f"--to={tmp_path / 'answers.csv'}")
    assert (answer.code, answer.out) == (0, "")
    assert (tmp_path / "answers.csv").read_text() == cli(*where).out


def test_stdin_is_read_for_a_hyphen(
    cli: Cli, finished: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = io.TextIOWrapper(io.BytesIO(_table("1,2").encode()))
    monkeypatch.setattr("sys.stdin", text)
    answer = cli("predict", "last", "-", "--member=0", f"--out={finished}")
    assert answer.code == 0
    assert len(read(answer.out)) == 1


@pytest.mark.parametrize(
    ("content", "code", "message"),
    [
        ("x1,z\n1,2\n", 1, "which the network was trained on."),
        ("{0},{1}\n1,2\n,3\n4,5\n,\n7,\n", 1, "lacks values of column '{0}' in row 3"),
        ("{0},{1}\n1,2\n3,abc\n", 1, "text where numbers are expected: 'abc' in row 3"),
        ("{0},{1}\n", 1, "has no rows below its header"),
        ("{0},{1}\n1,inf\n", 1, "infinite value in row 2"),
        ("", 1, "is empty"),
    ],
)
def test_rows_that_cannot_be_answered_are_refused(
    cli: Cli, finished: Path, table: Write, content: str, code: int, message: str
) -> None:
    path = table("new.csv", content.format(*_columns()))
    answer = cli("predict", "last", str(path), "--member=0", f"--out={finished}")
    assert answer.code == code
    assert answer.out == ""
    assert message.format(*_columns()) in answer.complaint


def test_a_missing_column_names_the_nearest(cli: Cli, finished: Path, table: Write) -> None:
    first, second = _columns()
    path = table("new.csv", f"{first}_,{second}\n1,2\n")
    answer = cli("predict", "last", str(path), "--member=0", f"--out={finished}")
    assert f"has no column {first!r}" in answer.complaint
    assert f"Did you mean '{first}_'?" in answer.complaint


@pytest.mark.parametrize("member", [2, -1])
def test_a_member_that_is_not_there_is_refused(
    cli: Cli, finished: Path, table: Write, member: int
) -> None:
    path = table("new.csv", _table("1,2"))
    answer = cli("predict", "last", str(path), f"--member={member}", f"--out={finished}")
    assert answer.code == 2
    assert answer.complaint == f"member must be 0 to 1, got {member}."


def test_a_file_that_is_not_there_is_refused(cli: Cli, finished: Path) -> None:
    answer = cli("predict", "last", "no.csv", "--member=0", f"--out={finished}")
    assert answer.code == 2
    assert answer.complaint == "There is no file 'no.csv'."


def _folder(runs: Path) -> Path:
    return next(runs.glob("spirals/*"))


def _columns() -> tuple[str, ...]:
    from learnscope.training.member import prepare

    return prepare(ls.named("spirals"), 0).sample.columns


def _table(*rows: str) -> str:
    return "\n".join([",".join(_columns()), *rows]) + "\n"
