import numpy as np
import pytest

from tests.cli.calling import Cli, Write

HEADER = "size,rooms,price,kind"


def rows(n: int = 40) -> list[list[str]]:
    rng = np.random.default_rng(0)
    size, rooms = rng.uniform(1, 2, n), rng.integers(1, 5, n)
    return [
        [f"{s:.3f}", str(r), f"{s * r:.3f}", "big" if s * r > 4 else "small"]
        for s, r in zip(size, rooms, strict=True)
    ]


def csv(table: list[list[str]]) -> str:
    return "\n".join([HEADER, *(",".join(row) for row in table)]) + "\n"


def flags(target: str, *columns: str) -> tuple[str, ...]:
    chosen = ",".join(f'"{name}"' for name in columns)
    return (
        f"--target={target}",
        f"--problem.columns=[{chosen}]",
        "--route=torch",
        "--training.epochs=2",
        "--no-report",
        "--progress=none",
    )


@pytest.mark.parametrize(
    ("target", "loss"), [("price", "mse"), ("kind", "bce_logits"), ("rooms", "cross_entropy")]
)
def test_a_table_is_learned_with_the_loss_of_its_target(
    cli: Cli, table: Write, target: str, loss: str
) -> None:
    path = table("my houses.csv", csv(rows()))
    data = cli("run", str(path), *flags(target, "size"), "--dry-run", "--json").data
    experiment = data["experiment"]
    assert experiment["training"]["loss"]["kind"] == loss
    assert experiment["problem"]["path"] == str(path)
    assert experiment["name"] == "my-houses"
    assert experiment["features"][0]["kind"] == "standardise"
    assert experiment["training"]["stopping"]["patience"] > 0


def test_the_path_of_a_table_is_kept_whole(
    cli: Cli, table: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = table("houses.csv", csv(rows()))
    monkeypatch.chdir(path.parent)
    assert cli("run", "houses.csv", *flags("price", "size"), "-q").code == 0
    monkeypatch.chdir("/")
    report = cli("runs", "show", "last", f"--out={path.parent / 'runs'}", "--json").data
    assert report["experiment"]["problem"]["path"] == str(path)


def test_the_path_of_a_table_among_the_settings_is_kept_whole_too(
    cli: Cli, table: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = table("houses.csv", csv(rows()))
    place = path.parent / "here, there"
    place.mkdir()
    path = path.rename(place / "houses.csv")
    monkeypatch.chdir(place)
    own = ("--problem=csv", "--problem.path=houses.csv", "--problem.target=price")
    run = cli("run", *own, *flags("price", "size")[1:], "-q").out.strip()
    monkeypatch.chdir("/")
    assert cli("report", str(path.parent / run)).code == 0


def test_a_loss_of_ones_own_is_kept(cli: Cli, table: Write) -> None:
    path = table("houses.csv", csv(rows()))
    loss = ("--training.loss=l1", "--dry-run", "--json")
    data = cli("run", str(path), *flags("price", "size"), *loss).data
    assert data["experiment"]["training"]["loss"]["kind"] == "l1"


def test_the_loss_is_chosen_before_the_settings_of_ones_own(cli: Cli, table: Write) -> None:
    path = table("houses.csv", csv(rows()))
    own = ("--training.class_weights=balanced", "--dry-run", "--json")
    training = cli("run", str(path), *flags("kind", "size"), *own).data["experiment"]["training"]
    assert (training["loss"]["kind"], training["class_weights"]) == ("bce_logits", "balanced")
    # A target of numbers has no classes to weigh.
    answer = cli("run", str(path), *flags("price", "size"), *own)
    assert answer.code == 2
    assert "class_weights" in answer.err


@pytest.mark.parametrize(
    ("flag", "message"),
    [
        ("--problem.target=size", "problem.target was given twice: 'price' by --target and 'size'"),
        ("--problem.path=other.csv", "problem.path was given twice: the table"),
        ("--problem.kind=moons", "problem.kind was given twice: the table"),
    ],
)
def test_a_table_and_a_target_are_given_once(
    cli: Cli, table: Write, flag: str, message: str
) -> None:
    path = table("houses.csv", csv(rows()))
    answer = cli("run", str(path), *flags("price", "size"), flag)
    assert answer.code == 2
    assert message in answer.complaint


def test_a_path_below_the_current_folder_is_said_as_it_was_typed(
    cli: Cli, table: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = table("houses.csv", changed(4, 0, "NaN"))
    monkeypatch.chdir(path.parent)
    answer = cli("run", "houses.csv", *flags("price", "size"))
    assert answer.complaint.startswith("'houses.csv' lacks 1 value in 1 of 40 rows")
    # From elsewhere the whole path is needed.
    monkeypatch.chdir("/")
    answer = cli("run", str(path), *flags("price", "size"))
    assert answer.complaint.startswith(f"{str(path)!r} lacks 1 value")


def test_without_a_target_the_columns_are_listed(cli: Cli, table: Write) -> None:
    path = table("houses.csv", csv(rows()))
    answer = cli("run", str(path))
    assert answer.code == 2
    assert "which column" in answer.complaint
    assert "size, rooms, price, kind" in answer.complaint


def changed(row: int, column: int, value: str) -> str:
    table = rows()
    table[row][column] = value
    return csv(table)


@pytest.mark.parametrize(
    ("content", "target", "code", "message"),
    [
        (csv(rows()), "prise", 2, "no column 'prise'. Did you mean 'price'?"),
        (changed(4, 0, "NaN"), "price", 1, "row 6 of 'size'"),
        (changed(4, 0, ""), "price", 1, "row 6 of 'size'"),
        (changed(4, 0, "large"), "price", 1, "text where numbers are expected: 'large' in row 6"),
        (changed(4, 0, "inf"), "price", 1, "infinite value in row 6"),
        (csv(rows(1)), "price", 1, "1 row, and nothing can be learned"),
        (csv([[*row[:3], "big"] for row in rows()]), "kind", 1, "one class only, 'big'"),
        (csv([[*row[:2], "2.5", "a"] for row in rows()]), "price", 1, "2.5 in every row"),
        ("", "price", 1, "is empty"),
        ("\x00\x01", "price", 1, "not a text file"),
    ],
)
def test_a_bad_table_is_one_sentence(
    cli: Cli, table: Write, content: str, target: str, code: int, message: str
) -> None:
    path = table("houses.csv", content)
    answer = cli("run", str(path), *flags(target, "size", "rooms"), f"--out={path.parent}")
    assert answer.code == code
    assert message in answer.complaint
    # Nothing was begun.
    assert [p.name for p in path.parent.iterdir()] == ["houses.csv"]
