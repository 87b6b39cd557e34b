"""Events and shards as bytes between the driver and its workers: a JSON head, then the payload.

Nothing is pickled, so nothing in a message could run.
"""

from __future__ import annotations

import json
import struct

from learnscope.engines.base import Event
from learnscope.errors import DataError

_LENGTH = struct.Struct("<I")


def event_to_bytes(event: Event) -> bytes:
    """Return an event as bytes."""
    head = json.dumps([event.kind, event.key, event.text, event.epochs]).encode()
    return _LENGTH.pack(len(head)) + head + event.payload


def read_event(data: bytes) -> Event:
    """Return the event of such bytes.

    Raises:
        DataError: they are cut short or damaged.
    """
    try:
        (length,) = _LENGTH.unpack_from(data)
        start = _LENGTH.size
        kind, key, text, epochs = json.loads(data[start : start + length])
        return Event(
            kind=kind,
            key=str(key),
            text=str(text),
            epochs=int(epochs),
            payload=data[start + length :],
        )
    except (struct.error, ValueError, TypeError) as error:
        raise DataError(f"A message of a worker is damaged ({type(error).__name__}).") from None
