from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import learnscope as ls
from learnscope.cli import main
from learnscope.search import agreement, index_of
from tests.cli.calling import Cli
from tests.search.pictures import by_hand


@pytest.fixture(scope="session")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one run of digits, two members; never written to by a test."""
    out = tmp_path_factory.mktemp("digits")
    flags = [
        "--problem=digits",
        "--problem.n=200",
        "--problem.seed=0",
        "--model.hidden=12,6",
        "--model.activation=tanh",
    ]
    training = ["--training.loss=cross_entropy", "--training.epochs=30", "--training.lr=0.01"]
    more = ["--seeds=2", "-q", "--no-report", "--progress=none", f"--out={out}"]
    assert main(["run", *flags, *training, *more]) == 0
    return out


def test_the_nearest_rows_are_told_with_class_and_distance(cli: Cli, digits: Path) -> None:
    run = ls.load_run(next(digits.glob("*/*")))
    sample = run.trained[0].member.sample
    where = ("search", "last", f"--out={digits}", "--member=0")
    data = cli(*where, "--query=17", "--k=4", "--by=pixels", "--metric=euclidean", "--json").data
    table = by_hand(sample.x, sample.x[[17]], "euclidean", np.array([17]))[0]
    order = np.argsort(table, kind="stable")[:4]
    assert [n["row"] for n in data["neighbours"]] == order.tolist()
    assert [n["class"] for n in data["neighbours"]] == [str(c) for c in sample.y[order]]
    # Ties of whole grey values are exact in both.
    np.testing.assert_allclose([n["distance"] for n in data["neighbours"]], table[order])
    assert (data["query"], data["space"], data["searched"]) == (17, "pixels", 200)
    told = cli(*where, "--query=17", "--by=layer1").out
    assert "by layer 1, cosine distance" in told and "200 examples were searched" in told
    assert cli(*where).out == cli(*where, "--query=0").out


def test_a_picture_file_is_a_query_and_the_answer_a_picture(
    cli: Cli, digits: Path, tmp_path: Path
) -> None:
    run = ls.load_run(next(digits.glob("*/*")))
    image = run.trained[0].member.sample.x[5].reshape(8, 8)
    file, svg = tmp_path / "five.png", tmp_path / "near.svg"
    Image.fromarray((image * 255 / 16).round().astype(np.uint8)).save(file)
    where = ("search", "last", f"--out={digits}", "--member=0", "--by=pixels")
    data = cli(*where, f"--query={file}", f"--picture={svg}", "--json").data
    assert data["query"] is None and data["neighbours"][0]["row"] == 5
    assert "five.png" in svg.read_text() and "row 5" in svg.read_text()
    # On paper: black on white, larger, anywhere.
    page = np.full((200, 300), 255, dtype=np.uint8)
    page[40:120, 150:230] = 255 - np.kron(image * 255 / 16, np.ones((10, 10))).round()
    Image.fromarray(page).save(file)
    plain = cli(*where, f"--query={file}", "--json")
    assert "Use --invert to exchange black and white" in plain.err
    assert cli(*where, f"--query={file}", "--invert", "--centre").err == ""


def test_a_picture_is_a_row_to_predict(cli: Cli, digits: Path, tmp_path: Path) -> None:
    run = ls.load_run(next(digits.glob("*/*")))
    values = (run.trained[0].member.sample.x[7] * 255 / 16).round()
    file = tmp_path / "seven.png"
    Image.fromarray(values.reshape(8, 8).astype(np.uint8)).save(file)
    answer = cli("predict", "last", str(file), f"--out={digits}", "--member=0")
    expected = run.predict(values[None] / 255 * 16, member=0)[0]
    assert answer.out.split() == ["prediction", expected]
    refused = cli("predict", "last", "new.csv", "--invert", f"--out={digits}", "--member=0")
    assert (refused.code, refused.complaint) == (
        2, "--invert and --centre are for pictures (.png, .jpg), and 'new.csv' is none.",
    )  # fmt: skip


def test_a_picture_means_nothing_to_a_run_on_rows(cli: Cli, finished: Path, tmp_path: Path) -> None:
    file = tmp_path / "a.png"
    Image.fromarray(np.zeros((8, 8), dtype=np.uint8)).save(file)
    for argv in (("predict", "last", str(file)), ("search", "last", f"--query={file}")):
        answer = cli(*argv, f"--out={finished}", "--member=0")
        assert answer.code == 2
        assert "is a picture, and the examples of this problem are not" in answer.complaint


def test_agreement_and_shifts_are_those_of_the_library(cli: Cli, digits: Path) -> None:
    t = ls.load_run(next(digits.glob("*/*"))).trained[0]
    where = ("search", "last", f"--out={digits}", "--member=0")
    data = cli(*where, "--agreement", "--k=3", "--shifts=0,2", "--json").data
    assert "neighbours" not in data
    ours, raw = data["agreement"]["spaces"]
    assert ours["overall"]["share"] == agreement(index_of(t), 3).overall.share
    assert raw["overall"]["share"] == agreement(index_of(t, "pixels"), 3).overall.share
    gap = data["agreement"]["difference"]
    assert gap["mean"] == pytest.approx(ours["overall"]["share"] - raw["overall"]["share"])
    assert [c["space"] for c in data["shifts"]] == ["layer 2", "pixels"]
    told = cli(*where, "--agreement", "--shifts=0,2").out
    assert "by chance 0." in told and "minus pixels" in told and "four directions" in told


@pytest.mark.parametrize(
    ("flag", "words"),
    [
        ("--query=200", "There is no row 200: rows are 0 to 199."),
        ("--query=new.csv", "--query must be the number of a row or a .png or .jpg file"),
        ("--query=-3", "--query must be the number of a row"),
        ("--k=200", "k must be from 1 to 199"),
        ("--by=codes", "by = 'codes' needs an autoencoder"),
        ("--by=layer9", "there is no such hidden layer; the network has layers 1 to 2."),
        ("--shifts=1,x", "--shifts must be whole numbers of pixels like 0,1,2,4, got '1,x'."),
        ("--shifts=8", "A shift must be smaller than the image of 8 x 8 pixels"),
        ("--invert", "--invert and --centre are for picture files, and --query is a row."),
        ("--picture=a.txt", "--picture needs a file that ends in .svg, .png, .pdf"),
    ],
)
def test_what_cannot_be_searched_is_refused(cli: Cli, digits: Path, flag: str, words: str) -> None:
    answer = cli("search", "last", flag, f"--out={digits}", "--member=0")
    assert (answer.code, answer.out) == (2, "")
    assert words in answer.complaint
