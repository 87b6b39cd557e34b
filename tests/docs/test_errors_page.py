"""The page about errors shows what the program says."""

import shlex
from pathlib import Path

import pytest

from learnscope.cli import main
from tests.docs.test_examples import blocks, files

PAGE = Path(__file__).parents[2] / "docs" / "errors.md"
SHOWN = [body for body in blocks(PAGE, "text") if body.startswith("$ learnscope ")]


@pytest.mark.parametrize("body", SHOWN, ids=lambda body: body.split("\n")[0])
def test_a_shown_error_has_its_sentence_and_exit_code(
    body: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, text in files(PAGE):
        (tmp_path / name).write_text(text)
    command, rest = body.split("\n", 1)
    message, code = rest.split("$ echo $?\n")
    assert main(shlex.split(command)[2:]) == int(code)
    said, place = " ".join(capfd.readouterr().err.split()), 0
    # The page folds lines, and "..." stands for what is left out.
    for part in " ".join(message.split()).split("..."):
        place = said.find(part.strip(), place)
        assert place >= 0, f"{part!r} is not in {said!r}"


def test_the_page_shows_several_errors() -> None:
    assert len(SHOWN) > 5
