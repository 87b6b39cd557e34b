"""The IDX format, in which MNIST and its relatives come: one array to a file, often gzipped.

A file is two zero bytes, a byte for the type, a byte for the number of dimensions, each dimension
as a big-endian 32-bit number, then the numbers of the array in C order, big-endian. Source:
Y. LeCun, C. Cortes and C. J. C. Burges, "The MNIST database of handwritten digits".

What a file says of itself is not believed: memory is taken only after the bytes that are really
there have been compared with what the dimensions ask for.
"""

import gzip
import math
import os
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np

from learnscope.arrays import Array
from learnscope.errors import DataError, listing

TYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
"""Code of a type -> NumPy's name of it."""

MOST_DIMENSIONS = 8
BLOCK = 1 << 20
"""Bytes that are read together."""

GZIP = b"\x1f\x8b"
# Deflate cannot shrink more than this (zlib's own documentation), so no file holds more.
MOST_SHRUNK = 1032
REMEDY = "Get the file again."


@dataclass(frozen=True, kw_only=True, slots=True)
class Header:
    """What an IDX file says of its array.

    Attributes:
        dtype: type of the numbers, big-endian.
        shape: dimensions.
    """

    dtype: np.dtype[np.generic]
    shape: tuple[int, ...]

    @property
    def start(self) -> int:
        """Bytes before the first number."""
        return 4 + 4 * len(self.shape)

    @property
    def n_bytes(self) -> int:
        """Bytes of the array."""
        return math.prod(self.shape) * self.dtype.itemsize


def read_idx(path: Path) -> Array:
    """Read the array of an IDX file, gzipped or plain, in this machine's byte order.

    Raises:
        DataError: the file is not there, is no IDX file, is damaged, or holds fewer or more
            numbers than its dimensions say. The sentence names the file.
    """
    with _opened(path) as file:
        header = _read_header(path, file)
        _check_size(path, header)
        array = np.empty(header.shape, header.dtype)
        _fill(path, file, array, header)
    return array if array.dtype.isnative else array.astype(array.dtype.newbyteorder("="))


def read_header(path: Path) -> Header:
    """Read what an IDX file says of its array."""
    with _opened(path) as file:
        return _read_header(path, file)


def write_idx(path: Path, array: Array) -> None:
    """Write an array as an IDX file, gzipped where the name ends in .gz.

    Raises:
        DataError: IDX has no word for the type of the array.
    """
    code = next((c for c, name in TYPES.items() if np.dtype(name) == _big(array.dtype)), None)
    if code is None:
        types = listing(str(np.dtype(name).newbyteorder("=")) for name in TYPES.values())
        raise DataError(f"IDX files hold {types}, got an array of {array.dtype}. Convert it first.")
    head = struct.pack(f">BBBB{array.ndim}I", 0, 0, code, array.ndim, *array.shape)
    content = head + np.ascontiguousarray(array, dtype=TYPES[code]).tobytes()
    # Without a time stamp, equal arrays give equal files.
    path.write_bytes(gzip.compress(content, mtime=0) if path.suffix == ".gz" else content)


def is_gzip(path: Path) -> bool:
    """Whether a file begins as gzip files do, whatever its name."""
    with path.open("rb") as file:
        return file.read(2) == GZIP


def blocks(path: Path) -> Iterator[bytes]:
    """Yield the content of a file, unpacked where it is gzipped, some of it at a time.

    Raises:
        DataError: it cannot be read to its end.
    """
    with _opened(path) as file, _readable(path):
        while block := file.read(BLOCK):
            yield block


def _big(dtype: np.dtype[np.generic]) -> np.dtype[np.generic]:
    return dtype.newbyteorder(">")


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    with _readable(path):
        file = gzip.open(path) if is_gzip(path) else path.open("rb")
        with file:
            yield cast(BinaryIO, file)


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    """Say in a sentence why a file cannot be read."""
    try:
        yield
    except EOFError:
        raise DataError(f"{str(path)!r} ends within its compressed data. {REMEDY}") from None
    except (zlib.error, gzip.BadGzipFile) as error:
        raise DataError(f"{str(path)!r} is damaged: {error}. {REMEDY}") from None
    except FileNotFoundError:
        raise DataError(f"There is no file {str(path)!r}.") from None
    except OSError as error:
        raise DataError(f"{str(path)!r} cannot be read: {error.strerror or error}.") from None


def _read_header(path: Path, file: BinaryIO) -> Header:
    magic = file.read(4)
    if len(magic) < 4 or magic[:2] != b"\0\0" or magic[2] not in TYPES:
        raise DataError(f"{str(path)!r} {_no_idx(magic)} {REMEDY}")
    n = magic[3]
    if not 1 <= n <= MOST_DIMENSIONS:
        raise DataError(
            f"{str(path)!r} says that it has {n} dimensions, and 1 to {MOST_DIMENSIONS} are "
            f"sensible. {REMEDY}"
        )
    sizes = file.read(4 * n)
    if len(sizes) < 4 * n:
        raise DataError(f"{str(path)!r} ends within its header. {REMEDY}")
    return Header(dtype=np.dtype(TYPES[magic[2]]), shape=struct.unpack(f">{n}I", sizes))


def _no_idx(magic: bytes) -> str:
    if not magic:
        return "is empty."
    if magic.lstrip()[:1] == b"<":
        return "is a web page, not an IDX file: a server sent it instead of the data."
    return f"is no IDX file: it begins with the bytes {magic.hex(' ')}, not with 00 00 and a type."


def _check_size(path: Path, header: Header) -> None:
    """Refuse a file whose content is not as long as its header says; takes no memory for it."""
    wanted = header.start + header.n_bytes
    there = path.stat().st_size
    if not is_gzip(path):
        found = there
    elif wanted > there * MOST_SHRUNK:
        raise DataError(
            f"{str(path)!r} says that it holds {_shape(header)}, {wanted:,} bytes, which do not "
            f"fit into its {there:,} bytes however well they are packed. {REMEDY}"
        )
    else:
        found = wanted if _last_word(path) == wanted % 2**32 else _count(path, wanted)
    if found != wanted:
        raise DataError(f"{str(path)!r} {_difference(header, found)} {REMEDY}")


def _difference(header: Header, found: int) -> str:
    """Say that the header and the length do not go together; `found` counts the header too."""
    more = found - header.start - header.n_bytes
    what = f"{-more:,} too few" if more < 0 else f"{more:,} or more too many"
    says = f"says that it holds {_shape(header)}, {header.n_bytes:,} bytes after its header"
    return f"{says}, and has {what}."


def _shape(header: Header) -> str:
    return " x ".join(f"{n:,}" for n in header.shape) + " numbers"


def _last_word(path: Path) -> int:
    """Return what a gzip file of one member says of its unpacked length, modulo 2^32."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 4), os.SEEK_SET)
        return int.from_bytes(file.read(4), "little")


def _count(path: Path, wanted: int) -> int:
    """Return the unpacked length of a gzip file, or something above `wanted` if it is longer."""
    found = 0
    for block in blocks(path):
        found += len(block)
        if found > wanted:
            break
    return found


def _fill(path: Path, file: BinaryIO, array: Array, header: Header) -> None:
    """Read the array in place, and that nothing follows, which also checks gzip's own sum."""
    if not array.size:
        return
    room = memoryview(array.reshape(-1).view(np.uint8).data)
    done = 0
    while done < len(room):
        n = cast(int, file.readinto(room[done : done + BLOCK]))  # type: ignore[attr-defined]
        if not n:
            raise DataError(f"{str(path)!r} {_difference(header, header.start + done)} {REMEDY}")
        done += n
    if file.read(1):
        raise DataError(f"{str(path)!r} {_difference(header, header.start + done + 1)} {REMEDY}")
