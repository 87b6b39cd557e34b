import gzip
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from learnscope.datasets.download import Progress, download
from learnscope.datasets.tries import Patience
from learnscope.errors import DataError
from tests.datasets import serving as serve
from tests.datasets.making import contents, small_set
from tests.datasets.serving import Answer, Server, serving

SET = small_set()
FILE = SET.train_images
NAME = f"{FILE.name}.gz"
CONTENT = gzip.compress(contents()["train_images"], mtime=0)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A server of the training images; nothing is asked of a proxy."""
    monkeypatch.setenv("no_proxy", "*")
    with serving({NAME: CONTENT}) as server:
        yield server


class Waits:
    """Remembers the waits instead of waiting."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


def hasty(waits: Waits | None = None, timeout: float = 5.0) -> Patience:
    return Patience(sleep=waits or Waits(), timeout=timeout, pause=1.0)


def test_the_file_comes_whole_and_progress_counts_its_bytes(tmp_path: Path, server: Server) -> None:
    said: list[Progress] = []
    target = tmp_path / NAME
    download(FILE, target, [server.address], on_progress=said.append, patience=hasty())
    assert target.read_bytes() == CONTENT
    assert [p.name for p in tmp_path.iterdir()] == [NAME]
    done = [p.done for p in said]
    assert done == sorted(done) and done[-1] == len(CONTENT)
    assert {(p.file, p.total, p.message) for p in said} == {(NAME, len(CONTENT), "")}
    assert said[0].server == server.address.split("/")[2]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (serve.status(500), "it answered 500 Internal Server Error"),
        (serve.status(503), "it answered 503 Service Unavailable"),
        (serve.status(429), "it answered 429 Too Many Requests"),
        (serve.cut(0.0), f"it ended after 0 of {len(CONTENT):,} bytes"),
    ],
)
def test_passing_faults_are_tried_again_after_growing_pauses(
    tmp_path: Path, server: Server, answer: Answer, reason: str
) -> None:
    waits, said = Waits(), list[Progress]()
    server.next(answer, answer)
    download(
        FILE, tmp_path / NAME, [server.address], on_progress=said.append, patience=hasty(waits)
    )
    assert len(server.asked) == 3
    assert waits.seconds == [1.0, 2.0]
    assert [p.message for p in said if p.message] == [reason, reason]
    assert (tmp_path / NAME).read_bytes() == CONTENT


def test_what_came_before_a_break_is_kept_and_gone_on_with(tmp_path: Path, server: Server) -> None:
    server.next(serve.cut(0.4))
    download(FILE, tmp_path / NAME, [server.address], patience=hasty())
    kept = int(0.4 * len(CONTENT))
    assert server.asked == [(NAME, ""), (NAME, f"bytes={kept}-")]
    assert (tmp_path / NAME).read_bytes() == CONTENT


def test_a_server_that_cannot_resume_sends_all_again(tmp_path: Path, server: Server) -> None:
    server.next(serve.cut(0.4), serve.from_start)
    download(FILE, tmp_path / NAME, [server.address], patience=hasty())
    assert (tmp_path / NAME).read_bytes() == CONTENT


def test_a_leftover_of_something_else_is_thrown_away(tmp_path: Path, server: Server) -> None:
    part = tmp_path / f"{NAME}.part"
    for leftover in (b"\x1f\x8b rubbish", b"x" * (len(CONTENT) + 5), b"y" * len(CONTENT)):
        part.write_bytes(leftover)
        (tmp_path / NAME).unlink(missing_ok=True)
        download(FILE, tmp_path / NAME, [server.address], patience=hasty())
        assert (tmp_path / NAME).read_bytes() == CONTENT
        assert not part.exists()


@pytest.mark.parametrize("answer", [serve.silent, serve.trickle])
def test_a_server_that_stalls_is_left_for_the_next_one(
    tmp_path: Path, server: Server, answer: Answer
) -> None:
    patience = Patience(sleep=Waits(), timeout=0.2, tries=1, slowest=10_000)
    with serving({NAME: CONTENT}) as slow:
        slow.next(answer)
        said: list[Progress] = []
        mirrors = [slow.address, server.address]
        download(FILE, tmp_path / NAME, mirrors, on_progress=said.append, patience=patience)
    (message,) = [p.message for p in said if p.message]
    assert message == "it did not answer in time" or message.startswith("it is too slow, ")
    assert (tmp_path / NAME).read_bytes() == CONTENT


OTHER = bytes(reversed(CONTENT))


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (serve.status(404), "it answered 404 Not Found"),
        (serve.status(403), "it answered 403 Forbidden"),
        (serve.page, "it answered with a web page instead of the file"),
        (serve.instead(OTHER), "what it sent is no gzip file"),
        (serve.instead(gzip.compress(b"other data")), "the checksum is wrong"),
        (serve.instead(CONTENT[:-20]), "what it sent is damaged"),
        (serve.instead(b"\x1f\x8b" + bytes(500_000)), "its file of 500,002 bytes is far too large"),
        (serve.endless, f"it sent more than the {len(CONTENT):,} bytes of the file"),
    ],
)
def test_wrong_content_is_not_asked_for_twice_but_elsewhere(
    tmp_path: Path, server: Server, answer: Answer, reason: str
) -> None:
    waits, said = Waits(), list[Progress]()
    with serving({NAME: CONTENT}) as bad:
        bad.next(*[answer] * 9)
        mirrors = [bad.address, server.address]
        download(FILE, tmp_path / NAME, mirrors, on_progress=said.append, patience=hasty(waits))
        assert len(bad.asked) == len(server.asked) == 1
    assert [p.message for p in said if p.message] == [reason]
    assert waits.seconds == []
    assert [p.name for p in tmp_path.iterdir()] == [NAME]


def test_a_file_that_was_packed_otherwise_is_as_good(tmp_path: Path, server: Server) -> None:
    server.files[NAME] = gzip.compress(contents()["train_images"], compresslevel=0)
    assert len(server.files[NAME]) != FILE.packed_bytes
    download(FILE, tmp_path / NAME, [server.address], patience=hasty())
    assert gzip.decompress((tmp_path / NAME).read_bytes()) == contents()["train_images"]


def test_a_server_need_not_say_how_long_the_file_is(tmp_path: Path, server: Server) -> None:
    server.next(serve.without_length)
    download(FILE, tmp_path / NAME, [server.address], patience=hasty())
    assert (tmp_path / NAME).read_bytes() == CONTENT


def test_every_server_is_named_with_its_reason_where_none_has_the_file(
    tmp_path: Path, server: Server
) -> None:
    (tmp_path / NAME).write_bytes(b"an old file")
    server.next(serve.status(404), *[serve.status(500)] * 3)
    waits = Waits()
    with pytest.raises(DataError) as raised:
        mirrors = [server.address, server.address, "ftp://old.example/", "http://127.0.0.1:1/"]
        download(FILE, tmp_path / NAME, mirrors, patience=hasty(waits))
    host = server.address.split("/")[2]
    assert re.fullmatch(
        rf"{NAME} cannot be downloaded: {host}: it answered 404 Not Found; {host}: it answered 500 "
        r"Internal Server Error \(3 tries\); old.example: an address must begin with http:// or "
        r"https://; 127.0.0.1:1: no connection \(.*refused\) \(3 tries\). Check the network, name "
        r"another server with --mirror, or put the file into '.*' yourself\.",
        str(raised.value),
    )
    assert waits.seconds == [1.0, 2.0, 1.0, 2.0]
    assert (tmp_path / NAME).read_bytes() == b"an old file"


def test_ctrl_c_keeps_what_came(tmp_path: Path, server: Server) -> None:
    def press(progress: Progress) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        download(FILE, tmp_path / NAME, [server.address], on_progress=press, patience=hasty())
    part = (tmp_path / f"{NAME}.part").read_bytes()
    assert part and CONTENT.startswith(part)
    download(FILE, tmp_path / NAME, [server.address], patience=hasty())
    assert (tmp_path / NAME).read_bytes() == CONTENT


def test_a_disk_that_takes_no_file_is_said(tmp_path: Path, server: Server) -> None:
    (tmp_path / f"{NAME}.part").mkdir()
    with pytest.raises(DataError, match=r"cannot be written: Is a directory. Free some space, or"):
        download(FILE, tmp_path / NAME, [server.address], patience=hasty())
