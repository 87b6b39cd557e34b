import gzip
import re
import resource
import struct
from pathlib import Path

import numpy as np
import pytest

from learnscope.datasets.idx import read_header, read_idx, write_idx
from learnscope.errors import DataError

# Worked by hand from the description of the format: two rows of three signed 16-bit numbers.
BY_HAND = bytes.fromhex("00000b02 00000002 00000003 0001 0002 0003 fffe 7fff 8000")


def test_bytes_by_hand_are_the_array(tmp_path: Path) -> None:
    path = tmp_path / "by-hand"
    path.write_bytes(BY_HAND)
    array = read_idx(path)
    assert array.tolist() == [[1, 2, 3], [-2, 32767, -32768]]
    assert array.dtype == np.int16 and array.dtype.isnative
    write_idx(tmp_path / "again", array)
    assert (tmp_path / "again").read_bytes() == BY_HAND


@pytest.mark.parametrize("name", ["data", "data.gz"])
@pytest.mark.parametrize("dtype", ["u1", "i1", "i2", "i4", "f4", "f8"])
@pytest.mark.parametrize("shape", [(7,), (3, 4), (2, 3, 5), (0,), (4, 0, 2)])
def test_what_is_written_is_read(
    tmp_path: Path, name: str, dtype: str, shape: tuple[int, ...]
) -> None:
    array = np.random.default_rng(0).integers(0, 100, shape).astype(dtype)
    write_idx(tmp_path / name, array)
    again = read_idx(tmp_path / name)
    np.testing.assert_array_equal(again, array)
    assert again.dtype == array.dtype
    assert read_header(tmp_path / name).shape == shape


def test_a_type_that_idx_has_no_word_for_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"IDX files hold uint8, int8, .* got an array of int64"):
        write_idx(tmp_path / "x", np.arange(3))


def test_a_gzip_file_needs_no_name_that_says_so(tmp_path: Path) -> None:
    path = tmp_path / "by-hand"
    path.write_bytes(gzip.compress(BY_HAND))
    assert read_idx(path).shape == (2, 3)


def test_gzip_files_of_several_members_are_read(tmp_path: Path) -> None:
    # `cat a.gz b.gz` is a gzip file too (RFC 1952, section 2.2); its last word tells of b alone.
    path = tmp_path / "two.gz"
    path.write_bytes(gzip.compress(BY_HAND[:15]) + gzip.compress(BY_HAND[15:]))
    assert read_idx(path).tolist() == [[1, 2, 3], [-2, 32767, -32768]]


def header(code: int, *shape: int) -> bytes:
    return bytes([0, 0, code, len(shape)]) + struct.pack(f">{len(shape)}I", *shape)


PACKED = gzip.compress(header(8, 50, 20) + bytes(range(250)) * 4)


def damaged() -> bytes:
    """The checksum of the content is wrong: nothing before the end can tell."""
    return PACKED[:-8] + bytes([PACKED[-8] ^ 1]) + PACKED[-7:]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is empty."),
        (b"\0\0\x08", "is no IDX file: it begins with the bytes 00 00 08"),
        (b"PK\3\4 and more", "is no IDX file: it begins with the bytes 50 4b 03 04"),
        (b"\0\0\x07\1" + bytes(9), "is no IDX file"),
        (b"\n<!DOCTYPE html><html>404", "is a web page, not an IDX file"),
        (gzip.compress(b"<html>"), "is a web page, not an IDX file"),
        (b"\0\0\x08\0" + bytes(9), "says that it has 0 dimensions, and 1 to 8 are sensible"),
        (b"\0\0\x08\xff" + bytes(2000), "says that it has 255 dimensions"),
        (header(8, 3, 4)[:9], "ends within its header"),
        (
            header(8, 3, 4) + bytes(11),
            "3 x 4 numbers, 12 bytes after its header, and has 1 too few.",
        ),
        (header(8, 3, 4) + bytes(13), "and has 1 or more too many."),
        (
            gzip.compress(header(8, 300) + bytes(299)),
            "300 bytes after its header, and has 1 too few.",
        ),
        (gzip.compress(header(8, 300) + bytes(307)), "and has 7 or more too many."),
        (PACKED[: len(PACKED) // 2], "ends within its compressed data"),
        (PACKED[:-3], "ends within its compressed data"),
        (PACKED[:40] + bytes([PACKED[40] ^ 255]) + PACKED[41:], "is damaged: "),
        (damaged(), "is damaged: CRC check failed"),
        (PACKED + b"rubbish", "is damaged: Not a gzipped file"),
        (gzip.compress(b"")[:5], "ends within its compressed data"),
        (b"\x1f\x8b", "ends within its compressed data"),
    ],
)
def test_a_bad_file_is_refused_by_name(tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "bad-file"
    path.write_bytes(content)
    with pytest.raises(DataError, match=re.escape(reason)) as raised:
        read_idx(path)
    assert str(raised.value).startswith(f"{str(path)!r} ")


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_a_header_that_lies_costs_no_memory(tmp_path: Path, pack: object) -> None:
    assert callable(pack)
    path = tmp_path / "liar"
    path.write_bytes(pack(header(14, 2**32 - 1, 2**31, 3) + bytes(1000)))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(DataError, match=r"'.*liar' says that it holds 4,294,967,295 x "):
        read_idx(path)
    # In kilobytes; less than one such dimension of numbers takes.
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000


def test_a_header_that_lies_within_reach_of_gzip_is_found_by_counting(tmp_path: Path) -> None:
    path = tmp_path / "liar.gz"
    # 100 kB pack into some hundred bytes, into which 1032 times as many would still fit.
    content = gzip.compress(header(8, 100_001) + bytes(100_000))
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"100,001 bytes after its header, and has 1 too few"):
        read_idx(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"There is no file '.*nothing'"):
        read_idx(tmp_path / "nothing")


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"cannot be read: Is a directory"):
        read_idx(tmp_path)
