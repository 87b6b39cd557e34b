"""Tries of a download: how long each is waited for, what ends one, and whether another helps."""

from __future__ import annotations

import contextlib
import http.client
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

WORTH_ANOTHER_TRY = {408, 425, 429}
"""Answers of a server below 500 that may be another one a moment later (RFC 9110, 6585)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Patience:
    """How long to wait and how often to try.

    Attributes:
        tries: tries of each server.
        pause: seconds before the second try; doubled before each later one.
        timeout: seconds without an answer after which a server is given up.
        slowest: bytes a second, over `timeout` seconds, below which it is given up too.
        sleep: waits so many seconds.
    """

    tries: int = 3
    pause: float = 1.0
    timeout: float = 30.0
    slowest: float = 500.0
    sleep: Callable[[float], None] = time.sleep


class Failed(Exception):
    """A try that came to nothing; `again` where the next one may do better."""

    def __init__(self, reason: str, *, again: bool) -> None:
        super().__init__(reason)
        self.again = again


@contextlib.contextmanager
def told() -> Iterator[None]:
    """Turn what goes wrong on the way into a reason, and whether another try is worth it."""
    from urllib.error import HTTPError, URLError

    try:
        yield
    except HTTPError as error:
        error.close()
        again = error.code >= 500 or error.code in WORTH_ANOTHER_TRY
        raise Failed(f"it answered {error.code} {error.reason}", again=again) from None
    except TimeoutError:
        raise Failed("it did not answer in time", again=True) from None
    except URLError as error:
        late = isinstance(error.reason, TimeoutError)
        reason = "it did not answer in time" if late else f"no connection ({error.reason})"
        raise Failed(reason, again=True) from None
    except (OSError, http.client.HTTPException) as error:
        text = str(error) or type(error).__name__
        raise Failed(f"the connection broke ({text})", again=True) from None


class Pace:
    """Gives up on a server that sends a little now and then, which no timeout notices."""

    def __init__(self, patience: Patience) -> None:
        self._patience = patience
        self._began, self._bytes = time.monotonic(), 0

    def check(self, n: int) -> None:
        """Count bytes that came."""
        self._bytes += n
        seconds = time.monotonic() - self._began
        if seconds < self._patience.timeout:
            return
        if self._bytes < self._patience.slowest * seconds:
            raise Failed(f"it is too slow, {self._bytes / seconds:,.0f} bytes a second", again=True)
        self._began, self._bytes = time.monotonic(), 0
