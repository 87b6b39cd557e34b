"""A web server in this process that serves files well or badly, and remembers what was asked."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Answer = Callable[["Handler", bytes], None]


@dataclass
class Server:
    """Where it listens, what was asked, and how it answers from now on.

    Attributes:
        address: of its folder.
        files: name -> content.
        asked: (name, Range header) of every request.
        answers: what each next request of a name gets, in turn; then the file.
    """

    address: str
    files: dict[str, bytes]
    asked: list[tuple[str, str]] = field(default_factory=list)
    answers: dict[str, list[Answer]] = field(default_factory=dict)

    def next(self, *answers: Answer) -> None:
        """Let the next requests of every file be answered like this, in turn."""
        self.answers = {name: list(answers) for name in self.files}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    told: Server
    done: threading.Event

    def do_GET(self) -> None:
        name = self.path.rsplit("/", 1)[-1]
        self.told.asked.append((name, self.headers.get("Range", "")))
        waiting = self.told.answers.get(name)
        answer = waiting.pop(0) if waiting else whole
        self.close_connection = True
        answer(self, self.told.files.get(name, b""))

    def log_message(self, format: str, *args: object) -> None:
        return

    def head(self, status: int, length: int | None, **headers: str) -> None:
        """Send the head of an answer."""
        self.send_response(status)
        if length is not None:
            self.send_header("Content-Length", str(length))
        for key, value in headers.items():
            self.send_header(key.replace("_", "-"), value)
        self.send_header("Connection", "close")
        self.end_headers()


@contextmanager
def serving(files: dict[str, bytes]) -> Iterator[Server]:
    """Serve files on the loopback address until the block ends."""
    done = threading.Event()
    handler = type("OwnHandler", (Handler,), {"done": done})
    httpd = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server = Server(address=f"http://127.0.0.1:{httpd.server_port}/data/", files=files)
    handler.told = server  # type: ignore[attr-defined]
    thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        done.set()
        httpd.shutdown()
        httpd.server_close()
        thread.join()


def whole(handler: Handler, content: bytes) -> None:
    """The file, or the part of it that was asked for; 404 where there is none."""
    if not content:
        return status(404)(handler, content)
    asked = handler.headers.get("Range", "")
    if not asked:
        handler.head(200, len(content))
        handler.wfile.write(content)
        return None
    start = int(asked.removeprefix("bytes=").removesuffix("-"))
    span = f"bytes {start}-{len(content) - 1}/{len(content)}"
    handler.head(206, len(content) - start, Content_Range=span)
    handler.wfile.write(content[start:])
    return None


def from_start(handler: Handler, content: bytes) -> None:
    """All of the file, whatever part was asked for."""
    handler.head(200, len(content))
    handler.wfile.write(content)


def without_length(handler: Handler, content: bytes) -> None:
    """All of the file, without saying how long it is."""
    handler.head(200, None)
    handler.wfile.write(content)


def status(code: int) -> Answer:
    """An error with a page that explains it."""

    def answer(handler: Handler, content: bytes) -> None:
        handler.head(code, 18)
        handler.wfile.write(b"<html>sorry</html>")

    return answer


def page(handler: Handler, content: bytes) -> None:
    """A web page with the status of success, as some networks send in place of anything."""
    handler.head(200, 18)
    handler.wfile.write(b"<html>login</html>")


def instead(other: bytes) -> Answer:
    """Another content."""

    def answer(handler: Handler, content: bytes) -> None:
        handler.head(200, len(other))
        handler.wfile.write(other)

    return answer


def cut(share: float) -> Answer:
    """The beginning of the file; then the connection ends."""

    def answer(handler: Handler, content: bytes) -> None:
        handler.head(200, len(content))
        handler.wfile.write(content[: int(share * len(content))])

    return answer


def silent(handler: Handler, content: bytes) -> None:
    """The beginning of the file; then nothing, on an open connection."""
    handler.head(200, len(content))
    handler.wfile.write(content[:10])
    handler.wfile.flush()
    handler.done.wait(10)


def trickle(handler: Handler, content: bytes) -> None:
    """A byte now and then."""
    handler.head(200, len(content))
    for i in range(len(content)):
        try:
            handler.wfile.write(content[i : i + 1])
        except OSError:
            return
        if handler.done.wait(0.02):
            return


def endless(handler: Handler, content: bytes) -> None:
    """The file and more, for ever."""
    handler.head(200, None)
    while not handler.done.is_set():
        try:
            handler.wfile.write(content)
        except OSError:
            return
