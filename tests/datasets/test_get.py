import gzip
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from learnscope.datasets.download import Progress
from learnscope.datasets.get import LOCK, get_set
from learnscope.datasets.sets import SETS, find_set
from learnscope.datasets.tries import Patience
from learnscope.errors import DataError, InputError, Interrupted
from tests.datasets import serving as serve
from tests.datasets.making import contents, small_set, write_set
from tests.datasets.serving import Server, serving

PACKED = {
    f"{getattr(small_set(), word).name}.gz": gzip.compress(data, mtime=0)
    for word, data in contents().items()
}
QUICK = Patience(tries=1, timeout=5.0)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("no_proxy", "*")
    with serving(dict(PACKED)) as server:
        yield server


def files(folder: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in folder.iterdir() if p.name != LOCK}


def test_all_files_come_and_a_second_call_asks_for_none(tmp_path: Path, server: Server) -> None:
    known = replace(small_set(), mirrors=(server.address,))
    folder = get_set(known, folder=tmp_path / "new" / "mnist", patience=QUICK)
    assert files(folder) == PACKED
    assert len(server.asked) == 4
    get_set(known, folder=folder, patience=QUICK)
    assert len(server.asked) == 4


def test_only_bad_files_are_fetched_and_replaced(tmp_path: Path, server: Server) -> None:
    known = replace(small_set(), mirrors=(server.address,))
    folder = write_set(tmp_path)
    (folder / "train-images-idx3-ubyte.gz").write_bytes(b"damaged")
    (folder / "t10k-labels-idx1-ubyte.gz").unlink()
    (folder / "t10k-labels-idx1-ubyte").write_bytes(contents()["test_labels"])
    get_set(known, folder=folder, patience=QUICK)
    assert [name for name, _ in server.asked] == ["train-images-idx3-ubyte.gz"]
    assert files(folder)["train-images-idx3-ubyte.gz"] == PACKED["train-images-idx3-ubyte.gz"]


def test_own_mirrors_come_first(tmp_path: Path, server: Server) -> None:
    known = replace(small_set(), mirrors=("http://127.0.0.1:1/",))
    get_set(known, folder=tmp_path, mirrors=[server.address], patience=QUICK)
    assert files(tmp_path) == PACKED


def test_good_files_are_kept_where_another_cannot_be_had(tmp_path: Path, server: Server) -> None:
    known = replace(small_set(), mirrors=(server.address,))
    server.answers["train-images-idx3-ubyte.gz"] = [serve.page]
    with pytest.raises(DataError, match=r"^train-images-idx3-ubyte.gz cannot be downloaded: "):
        get_set(known, folder=tmp_path, patience=QUICK)
    assert set(files(tmp_path)) == set(PACKED) - {"train-images-idx3-ubyte.gz"}


def test_ctrl_c_says_what_is_kept_and_how_to_go_on(tmp_path: Path, server: Server) -> None:
    known = replace(small_set(), mirrors=(server.address,))

    def press(progress: Progress) -> None:
        if progress.file.startswith("train-images"):
            raise KeyboardInterrupt

    with pytest.raises(
        Interrupted, match=r"Stopped; 3 of 4 files .* Go on with: learnscope data ge"
    ):
        get_set(known, folder=tmp_path, on_progress=press, patience=QUICK)
    get_set(known, folder=tmp_path, patience=QUICK)
    assert files(tmp_path) == PACKED
    assert server.asked[-1][1].startswith("bytes=") or len(server.asked) == 4


def test_of_two_at_once_one_fetches_and_the_other_waits(tmp_path: Path, server: Server) -> None:
    # The lock is of an open file, so two threads meet it as two processes do.
    known, waits = replace(small_set(), mirrors=(server.address,)), []
    inside = threading.Event()

    def hold(progress: Progress) -> None:
        inside.set()

    def other() -> None:
        inside.wait(10)
        get_set(known, folder=tmp_path, patience=QUICK, on_wait=lambda: waits.append(1))

    thread = threading.Thread(target=other)
    thread.start()

    def slowly(progress: Progress) -> None:
        hold(progress)
        waits or threading.Event().wait(0.2)

    get_set(known, folder=tmp_path, on_progress=slowly, patience=QUICK)
    thread.join()
    assert waits == [1]
    assert len(server.asked) == 4
    assert files(tmp_path) == PACKED


def test_another_process_that_has_the_lock_is_waited_for(tmp_path: Path) -> None:
    folder = write_set(tmp_path)
    code = (
        "import fcntl, sys, time; f = open(sys.argv[1], 'w'); fcntl.flock(f, fcntl.LOCK_EX);"
        "print('held', flush=True); sys.stdin.read()"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", code, str(folder / LOCK)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert holder.stdout is not None and holder.stdin is not None
    assert holder.stdout.readline() == b"held\n"
    # It lets go when it is waited for, and only then can the call end.
    get_set(small_set(), folder=folder, on_wait=holder.stdin.close)
    assert holder.wait(10) == 0
    holder.stdout.close()


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError, match=r"The folder '.*mnist' cannot be made: .*--to"):
        get_set(small_set(), folder=tmp_path / "file" / "mnist")


def test_sets_are_found_by_name_with_suggestions() -> None:
    assert find_set("Fashion-MNIST") is SETS["fashion_mnist"]
    with pytest.raises(InputError, match=r"There is no data set 'mnits' to download. Did you mean"):
        find_set("mnits")
