from pathlib import Path

import pytest

from learnscope.cli import main
from tests.cli.calling import SMALL, Answer, Cli, Write


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str]) -> Cli:
    """Calls the command line in this process."""

    def call(*argv: str) -> Answer:
        capsys.readouterr()
        code = main(argv)
        captured = capsys.readouterr()
        return Answer(code=code, out=captured.out, err=captured.err)

    return call


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one finished run of spirals, two members; never written to by a test."""
    out = tmp_path_factory.mktemp("runs")
    argv = ["run", "spirals", "--seeds=2", "-q", "--no-report", f"--out={out}", *SMALL]
    assert main(argv) == 0
    return out


@pytest.fixture
def table(tmp_path: Path) -> Write:
    """Writes a CSV file and returns its path."""

    def write(name: str, text: str) -> Path:
        path = tmp_path / name
        path.write_text(text)
        return path

    return write
