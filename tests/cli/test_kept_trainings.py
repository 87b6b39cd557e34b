"""Commands that train for a figure keep what they train, and do none of it twice."""

from pathlib import Path

import learnscope as ls
from learnscope.measures.kept import STORE, Kept
from tests.cli.calling import Cli


def test_commands_keep_what_they_train(cli: Cli, tmp_path: Path) -> None:
    quick = ("spirals", "--problem.n=20", "--training.epochs=20", "--seeds=2", f"--out={tmp_path}")
    curve = ("learning-curve", *quick, "--sizes=10,20", "--progress=none", "--json")
    first = cli(*curve).data
    (store,) = tmp_path.glob(f".curves/spirals-*/{STORE}")
    assert cli(*curve).data == first
    with Kept.open(store.parent, "") as kept:
        assert kept is not None and len(kept) == 4
    cli("run", *quick, "--route=torch", "--progress=none", "--no-report")
    (folder,) = tmp_path.glob("spirals/*")
    assert ls.load_run(folder).path == folder
    verdict = ("verdict", "last", f"--out={tmp_path}", "--seeds=2", "--progress=none", "--json")
    told = cli(*verdict).data
    assert (folder / "trials" / STORE).is_file()
    again = cli(*verdict).data
    assert again["trials"] == told["trials"] and again["fresh"] == told["fresh"]
