"""From the bytes of a CSV file to named columns of text.

Text is UTF-8, or UTF-16 with its mark at the start; any other encoding has to be named. The
separator is found in the first lines. Values that mean "missing" become null: nothing at all,
NA, N/A, NaN, null, ?.
"""

import codecs
import csv
import hashlib
import io
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from learnscope.arrays import Ints
from learnscope.errors import DataError, InputError, listing
from learnscope.problems.wording import many

if TYPE_CHECKING:
    import polars as pl

SEPARATORS = (",", ";", "\t", "|")
# About 30 million numbers: more than networks of this size can use in an afternoon.
_MOST_BYTES = 256 * 2**20
_MISSING = ("", "NA", "N/A", "na", "n/a", "NaN", "nan", "NAN", "null", "NULL", "?")


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class TextTable:
    """A table as it stands in the file.

    Attributes:
        path: of the file, for messages.
        text: the columns as text, stripped of blanks; missing values are null.
        rows: (n,) number of each row in the file, as a spreadsheet counts: the header is 1.
        nameless: columns without a name in the header, called after their place.
    """

    path: str
    text: "pl.DataFrame"
    rows: Ints
    nameless: frozenset[str] = frozenset()


def read_bytes(path: str) -> bytes:
    """Return the content of a file.

    Raises:
        InputError: there is no such file, or it cannot be read or is too large.
    """
    try:
        size = Path(path).stat().st_size
        if size > _MOST_BYTES:
            raise InputError(
                f"problem.path {path!r} has {size / 2**20:.0f} MiB, more than "
                f"{_MOST_BYTES // 2**20}. Save a part of its rows or columns to a file of its own."
            )
        return Path(path).read_bytes()
    except FileNotFoundError:
        raise InputError(f"problem.path: there is no file {path!r}.") from None
    except IsADirectoryError:
        raise InputError(f"problem.path {path!r} is a folder, not a CSV file.") from None
    except (OSError, ValueError) as error:
        raise InputError(f"problem.path {path!r} cannot be read: {error}.") from None


def sha256(content: bytes) -> str:
    """Return the SHA-256 of the content, 64 hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def parse_table(content: bytes, *, path: str, separator: str, encoding: str) -> TextTable:
    """Read the rows of a CSV file.

    Args:
        content: of the file.
        path: of the file, for messages.
        separator: one of `SEPARATORS`, or "auto".
        encoding: one that Python knows, or "auto".

    Raises:
        DataError: the content is not a table with a header.
    """
    import polars as pl

    text, skipped = _lines(_decode(content, path, encoding), path)
    sign = _separator(text, path) if separator == "auto" else separator
    written = _header(text, sign, path)
    names = [name or f"column {i}" for i, name in enumerate(written, start=1)]
    try:
        frame = pl.read_csv(io.BytesIO(text.encode()), separator=sign, infer_schema=False)
    except pl.exceptions.PolarsError:
        raise _torn(text, sign, len(names), path, skipped) from None
    if frame.width != len(names):
        raise _torn(text, sign, len(names), path, skipped)
    frame.columns = names
    values = pl.all().str.strip_chars()
    frame = frame.select(pl.when(values.is_in(_MISSING)).then(None).otherwise(values).name.keep())
    rows = np.arange(len(frame)) + 2 + skipped
    # An empty line is no row; spreadsheets leave lines of separators at the end.
    filled = frame.select(pl.any_horizontal(pl.all().is_not_null())).to_series()
    return TextTable(
        path=path,
        text=frame.filter(filled),
        rows=rows[filled.to_numpy()],
        nameless=frozenset(names) - frozenset(written),
    )


def is_encoding(name: str) -> bool:
    """Say whether Python knows an encoding of text by this name."""
    try:
        b"a".decode(name)
    except UnicodeError:
        return True
    except (LookupError, ValueError):
        return False
    return True


def _decode(content: bytes, path: str, encoding: str) -> str:
    if content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise DataError(f"{path!r} is a spreadsheet or an archive: please save the table as CSV.")
    if content.startswith((b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"PAR1")):
        raise DataError(f"{path!r} is compressed or Parquet: please unpack it or save it as CSV.")
    if encoding == "auto":
        utf16 = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        encoding = "utf-16" if utf16 else "utf-8-sig"
    try:
        text = content.decode(encoding)
    except UnicodeError as error:
        place = getattr(error, "start", 0)
        row = content[:place].count(b"\n") + 1
        raise DataError(
            f"{path!r} is not {encoding.removesuffix('-sig').upper()} text, as its row {row} "
            "shows. Save it as UTF-8, or set problem.encoding, for example to 'cp1252' for files "
            "of older Windows programs."
        ) from None
    if "\0" in text:
        raise DataError(f"{path!r} is not a text file: it holds zero bytes.")
    return text.removeprefix("\ufeff")


def _lines(text: str, path: str) -> tuple[str, int]:
    """Return the text with single line feeds and no empty lines before it, and their number."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not text.strip():
        raise DataError(f"{path!r} is empty: it needs a header with names and at least two rows.")
    body = text.lstrip("\n")
    return body, len(text) - len(body)


def _separator(text: str, path: str) -> str:
    """Return the separator that cuts the first lines most evenly into two or more columns."""
    found = []
    for sign in SEPARATORS:
        widths = [len(record) for record in _records(text, sign, path, limit=20) if record]
        if widths[0] > 1:
            # Same width as the header in most lines first, then the most columns.
            found.append((widths.count(widths[0]) / len(widths), widths[0], sign))
    if not found:
        first = text.split("\n", 1)[0]
        raise DataError(
            f"{path!r} has one column only, {first[:40]!r}: a table needs inputs and a target, "
            "separated by a comma, a semicolon, a tab or '|'."
        )
    return max(found, key=lambda f: f[:2])[2]


def _records(text: str, sign: str, path: str, limit: int | None = None) -> list[list[str]]:
    records = []
    try:
        for record in csv.reader(io.StringIO(text, newline=""), delimiter=sign):
            records.append(record)
            if len(records) == limit:
                break
    except csv.Error as error:
        raise DataError(
            f"{path!r} is not a CSV file: {error}, in row {len(records) + 1}."
        ) from None
    return records


def _header(text: str, sign: str, path: str) -> list[str]:
    # Spreadsheets break long names into lines.
    names = [" ".join(name.split()) for name in _records(text, sign, path, limit=1)[0]]
    double = [name for name, count in Counter(names).items() if count > 1 and name]
    if double:
        raise DataError(
            f"{path!r} has the column name {listing(map(repr, double))} more than once: give each "
            "column a name of its own."
        )
    if all(_is_number(name) for name in names):
        raise DataError(
            f"{path!r} has numbers ({listing(names, 4)}) in its first row, where the names of the "
            "columns should be: add a row of names."
        )
    return names


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _torn(text: str, sign: str, width: int, path: str, skipped: int) -> DataError:
    """Say in which row the number of values is wrong."""
    for i, record in enumerate(_records(text, sign, path), start=1 + skipped):
        if len(record) > width:
            return DataError(
                f"{path!r} has {len(record)} values in row {i}, and the header names "
                f"{many(width, 'column')} (separator {sign!r}). Mend the row, or set "
                "problem.separator."
            )
    return DataError(
        f"{path!r} is not a CSV file with {many(width, 'column')}: look for a quotation mark "
        "that is opened and not closed."
    )
