"""One file from one of several servers: resumed where it can be, checked, and whole or not there.

What has come so far lies beside the target under its name with ".part"; a later call, of another
process too, goes on from there. Nothing else ever sees it: the target is replaced in one step,
after the checksum was found right.
"""

from __future__ import annotations

import contextlib
import http.client
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from http.client import HTTPResponse
from pathlib import Path
from typing import TYPE_CHECKING

from learnscope.datasets.idx import GZIP
from learnscope.datasets.sets import DataFile
from learnscope.datasets.tries import Failed, Pace, Patience, told
from learnscope.datasets.verify import check_file
from learnscope.errors import DataError

if TYPE_CHECKING:
    from urllib.request import Request

BLOCK = 1 << 16
SPARE = 1 << 16
"""Bytes that a file may have above twice those of the published one: it may be packed otherwise."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Progress:
    """How far a download is.

    Attributes:
        file: name of the file.
        done: bytes that are here.
        total: bytes of the whole file.
        server: where they come from.
        message: what went wrong a moment ago, "" for nothing.
    """

    file: str
    done: int
    total: int
    server: str
    message: str = ""


OnProgress = Callable[[Progress], None]


def download(
    file: DataFile,
    target: Path,
    mirrors: Sequence[str],
    *,
    on_progress: OnProgress | None = None,
    patience: Patience | None = None,
) -> None:
    """Fetch the gzip file of a set from the first server that has it.

    Args:
        file: what to fetch.
        target: where to put it; what is there is replaced when the new file is whole.
        mirrors: addresses of folders, http or https, tried in this order.
        on_progress: called after every block, and when something went wrong.
        patience: how long to wait and how often to try; left out, the defaults.

    Raises:
        DataError: no server gave the file; the sentence says why, for each of them. Or the disk
            cannot take it.
    """
    work = _Work(file, target, on_progress or _ignore, patience or Patience())
    reasons = []
    for mirror in mirrors:
        reason = work.try_mirror(mirror)
        if reason is None:
            return
        reasons.append(f"{_server(mirror)}: {reason}")
    raise DataError(
        f"{target.name} cannot be downloaded: {'; '.join(reasons) or 'no server was named'}. "
        "Check the network, name another server with --mirror, or put the file into "
        f"{str(target.parent)!r} yourself."
    )


def _ignore(progress: Progress) -> None:
    return


def _server(mirror: str) -> str:
    from urllib.parse import urlsplit

    return urlsplit(mirror).netloc or mirror


@dataclass(frozen=True, slots=True)
class _Work:
    """One file on its way."""

    file: DataFile
    target: Path
    on_progress: OnProgress
    patience: Patience

    @property
    def part(self) -> Path:
        """What has come so far."""
        return self.target.with_name(f"{self.target.name}.part")

    def try_mirror(self, mirror: str) -> str | None:
        """Try a server some times; returns why it came to nothing, None when the file is here."""
        if not mirror.startswith(("http://", "https://")):
            return "an address must begin with http:// or https://"
        for i in range(self.patience.tries):
            try:
                self._try(mirror)
                return None
            except Failed as failed:
                reason, again = str(failed), failed.again
            if not self._have():
                self.part.unlink(missing_ok=True)
            self._say(mirror, self.file.packed_bytes, reason)
            if not again:
                return reason
            if i + 1 < self.patience.tries:
                self.patience.sleep(self.patience.pause * 2**i)
        return f"{reason} ({self.patience.tries} tries)"

    def _try(self, mirror: str) -> None:
        resumed = self._have()
        if resumed < self.file.packed_bytes:
            with told(), self._answer(mirror, resumed) as answer:
                resumed = self._begin(answer, resumed)
                self._receive(answer, mirror, self._total(answer, resumed))
        self._check(resumed)
        self._finish()

    def _have(self) -> int:
        return self.part.stat().st_size if self.part.exists() else 0

    def _say(self, mirror: str, total: int, message: str = "") -> None:
        self.on_progress(
            Progress(
                file=self.target.name,
                done=self._have(),
                total=total,
                server=_server(mirror),
                message=message,
            )
        )

    def _answer(self, mirror: str, have: int) -> contextlib.closing[HTTPResponse]:
        from urllib.request import urlopen

        request = _request(f"{mirror.rstrip('/')}/{self.target.name}", have)
        return contextlib.closing(urlopen(request, timeout=self.patience.timeout))

    def _begin(self, answer: HTTPResponse, have: int) -> int:
        """Return the bytes that are kept: none where the server sends all from the start."""
        if have and answer.status == 206:
            if answer.headers.get("Content-Range", "").startswith(f"bytes {have}-"):
                return have
            raise Failed("it sent another part than was asked for", again=False)
        self.part.unlink(missing_ok=True)
        return 0

    def _total(self, answer: HTTPResponse, have: int) -> int:
        """Return the length of the whole file: what the server says, else the published one."""
        rest = answer.headers.get("Content-Length", "")
        total = have + int(rest) if rest.isdigit() else self.file.packed_bytes
        if total > 2 * self.file.packed_bytes + SPARE:
            raise Failed(f"its file of {total:,} bytes is far too large", again=False)
        return total

    def _receive(self, answer: HTTPResponse, mirror: str, total: int) -> None:
        done, pace = self._have(), Pace(self.patience)
        with self._written(), self.part.open("ab") as out:
            while block := answer.read1(BLOCK):
                if not done and not block.startswith(GZIP[: len(block)]):
                    raise Failed(_not_the_file(block), again=False)
                done += len(block)
                if done > total:
                    out.truncate(0)
                    raise Failed(f"it sent more than the {total:,} bytes of the file", again=False)
                out.write(block)
                out.flush()
                self._say(mirror, total)
                pace.check(len(block))
            os.fsync(out.fileno())
        if done < total:
            raise Failed(f"it ended after {done:,} of {total:,} bytes", again=True)

    def _check(self, resumed: int) -> None:
        check = check_file(self.file, self.part)
        if check.state == "verified":
            return
        self.part.unlink(missing_ok=True)
        # The first half may be a leftover of another day: once more from the start.
        what = "what it sent is damaged" if check.state == "damaged" else "the checksum is wrong"
        raise Failed(what, again=resumed > 0)

    def _finish(self) -> None:
        with self._written():
            self.part.replace(self.target)

    @contextlib.contextmanager
    def _written(self) -> Iterator[None]:
        """Tell the errors of the disk from those of the network."""
        try:
            yield
        except (TimeoutError, ConnectionError, http.client.HTTPException):
            raise
        except OSError as error:
            if error.errno is None or (error.filename is None and error.errno not in _DISK):
                raise
            raise DataError(
                f"{str(self.target)!r} cannot be written: {error.strerror or error}. Free some "
                "space, or choose another folder with --to."
            ) from None


def _disk_errors() -> frozenset[int]:
    import errno

    return frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG, errno.EIO})


_DISK = _disk_errors()


def _request(address: str, have: int) -> Request:
    from urllib.request import Request

    # As it lies there: a server must not pack it once more.
    headers = {"User-Agent": "learnscope", "Accept-Encoding": "identity"}
    if have:
        headers["Range"] = f"bytes={have}-"
    return Request(address, headers=headers)


def _not_the_file(block: bytes) -> str:
    if block.lstrip()[:1] == b"<":
        return "it answered with a web page instead of the file"
    return "what it sent is no gzip file"
