from pathlib import Path

import pytest

from learnscope.probes import PROBES
from tests.cli.calling import SMALL, Cli


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a run of circles that learned a little, two members; only read."""
    from learnscope.cli import main

    out = tmp_path_factory.mktemp("probed")
    flags = [f for f in SMALL if not f.startswith(("--problem", "--model"))]
    argv = ["run", "--problem=circles", "--problem.n=80", "--model.hidden=4", "--name=rings",
            "--training.loss=bce_logits", "--training.split.validation=0.2", "--seeds=2", "-q",
            "--no-report", f"--out={out}", *flags]  # fmt: skip
    assert main(argv) == 0
    return out


def test_without_a_name_the_probes_are_listed(cli: Cli) -> None:
    data = cli("probe", "--json").data
    assert [row["name"] for row in data["probes"]] == list(PROBES)
    text = cli("probe").out
    assert all(name in text for name in PROBES)


def test_a_probe_answers_in_words_numbers_and_a_picture(
    cli: Cli, run: Path, tmp_path: Path
) -> None:
    picture = tmp_path / "noise.svg"
    answer = cli("probe", "noise", "rings", "--levels", "0.1,0.5", f"--picture={picture}",
                 f"--out={run}")  # fmt: skip
    assert answer.code == 0
    assert answer.out.startswith("Accuracy ")
    assert picture.read_text().startswith("<?xml")
    data = cli("probe", "noise", "rings", "--levels=0.1,0.5", "--json", f"--out={run}").data
    assert data["levels"] == [0.1, 0.5]
    assert len(data["scores"]) == 2 and len(data["scores"][0]) == 2
    flags = ("--member=1", "--levels=0.1,0.5", "--json", f"--out={run}")
    assert cli("probe", "noise", "rings", *flags).data["scores"] == data["scores"][1:]


def test_foreign_examples_are_asked_for_by_settings_of_the_problem(cli: Cli, run: Path) -> None:
    data = cli("probe", "fresh", "rings", "--problem.noise", "0.3", "--json", f"--out={run}").data
    assert data["probe"]["problem"] == {"noise": 0.3}
    assert "another domain" in data["sentences"][0]


@pytest.mark.parametrize(
    ("argv", "text"),
    [
        (("nois",), "There is no probe 'nois'. Did you mean 'noise'?"),
        (("noise", "--level=1"), "has no option --level. Did you mean 'levels'?"),
        (("noise", "--levels=-1"), "levels"),
        (("shift",), "shift needs inputs that are images"),
        (("noise", "--model.hidden=3"), "which the probe 'noise' does not change"),
        (("noise", "--member=7"), "member must be 0 to 1, got 7"),
        (("noise", "--picture=x.txt"), "--picture needs a file that ends in"),
        (("fresh", "--picture=x.svg"), "has no picture"),
    ],
)
def test_mistakes_are_one_sentence(
    cli: Cli, run: Path, argv: tuple[str, ...], text: str, monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    name, *flags = argv
    answer = cli("probe", name, "rings", *flags, f"--out={run}")
    assert answer.code == 2
    assert text in answer.complaint


def test_errors_lists_wrong_rows_with_their_numbers(cli: Cli, run: Path, tmp_path: Path) -> None:
    data = cli("runs", "errors", "rings", "--json", f"--out={run}").data
    assert data["part"] == "test" and sum(map(sum, data["confusion"])) == data["rows"]
    assert len(data["wrong"]) == data["rows"] - sum(data["confusion"][i][i] for i in range(2))
    beliefs = [row["belief"] for row in data["wrong"]]
    assert beliefs == sorted(beliefs, reverse=True)
    text = cli("runs", "errors", "rings", "--top=2", f"--out={run}").out
    assert "Wrong rows, the surest first (2 of" in text
    picture = tmp_path / "wrong.png"
    argv = ("runs", "errors", "rings", "--part=train", f"--picture={picture}", f"--out={run}")
    assert cli(*argv).code == 0
    assert picture.read_bytes()[:4] == b"\x89PNG"
    answer = cli("runs", "errors", "rings", "--top=0", f"--out={run}")
    assert "--top must be >= 1, got 0." in answer.complaint
