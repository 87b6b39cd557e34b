"""The store of an atlas: one SQLite file, to which shards are added whole and members once.

The driver of a sweep is the only writer. A shard's rows, weights and histories and its entry in
the ledger are committed in one transaction, durably (`synchronous=FULL`), so that after any
crash a shard is there or not. A member that comes a second time is compared with the first and
left out.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from learnscope.atlas.cells import KEPT, cells
from learnscope.errors import DataError
from learnscope.sweeps.packing import Row, unpack
from learnscope.sweeps.points import Point

STORE = "atlas.sqlite"
FORMAT = 1

ROWS = 50_000
"""Members that are read from the file at a time."""

FIXED = ("point", "seed", "status", "cause", "epochs", "best_epoch", "seconds")
"""Columns that every member has, before those of its measures."""

_SCHEMA = """
create table if not exists meta (name text primary key, value text not null);
create table if not exists point (id integer primary key, settings text not null unique);
create table if not exists shard (
    id integer primary key,
    key text not null unique,
    members integer not null,
    tries integer not null default 0,
    state text not null,
    error text not null default '',
    seconds real,
    data blob
);
create table if not exists member (
    point integer not null references point (id),
    seed integer not null,
    shard integer not null references shard (id),
    place integer not null,
    mark text not null,
    status text not null,
    cause text not null,
    epochs integer not null,
    best_epoch integer not null,
    seconds real not null,
    primary key (point, seed)
) without rowid;
"""

_COUNT = "members"
"""Name of the note that says how many members there are."""

BUSY_SECONDS = 30.0
"""Time that another program may hold the file before that is an error."""


class StoreError(DataError):
    """The file itself cannot be read or written: nothing more can be kept."""


class Store:
    """The members of an atlas on disk.

    Args:
        path: the file; made where it is missing and `write` is asked for.
        write: whether this is the driver; all others only read.

    Raises:
        DataError: the file is missing, damaged, or of another format.
    """

    def __init__(self, path: Path, *, write: bool = False) -> None:
        self.path = path
        if not write and not path.is_file():
            raise DataError(f"There is no store {str(path)!r}: the sweep was not begun.")
        mode = "rwc" if write else "ro"
        try:
            self._base = sqlite3.connect(
                f"{path.absolute().as_uri()}?mode={mode}",
                uri=True,
                isolation_level=None,
                # Tables are written by threads of their own, one at a time.
                check_same_thread=write,
                timeout=BUSY_SECONDS,
            )
            if write:
                self._base.execute("pragma journal_mode = wal")
                self._base.execute("pragma synchronous = full")
                with self._transaction():
                    for statement in _SCHEMA.split(";"):
                        self._base.execute(statement)
                self.note("format", FORMAT)
            found = self.notes().get("format")
        except sqlite3.Error as error:
            raise self._damaged(error) from None
        if found != FORMAT:
            raise DataError(
                f"{str(path)!r} has the format {found}, this version of learnscope reads {FORMAT}."
            )

    def close(self) -> None:
        """Close the file."""
        self._base.close()

    def settle(self) -> None:
        """Put all into the one file, so that it can be copied and read without being written to."""
        # Readers at work keep it as it is, which is as good.
        with contextlib.suppress(sqlite3.Error):
            self._base.execute("pragma busy_timeout = 0")
            self._base.execute("pragma journal_mode = delete")

    def note(self, name: str, value: Any) -> None:
        """Keep plain data under a name, the first for good."""
        with self._asked():
            self._base.execute(
                "insert into meta values (?, ?) on conflict do nothing", (name, json.dumps(value))
            )

    def renote(self, name: str, value: Any) -> None:
        """Keep plain data under a name in the place of what is there."""
        with self._asked():
            self._base.execute(
                "insert or replace into meta values (?, ?)", (name, json.dumps(value))
            )

    def notes(self) -> dict[str, Any]:
        """Return all that was noted."""
        with self._asked():
            rows = self._base.execute("select name, value from meta").fetchall()
        return {name: json.loads(value) for name, value in rows}

    def add_points(self, points: Sequence[Point]) -> list[int]:
        """Return the number of each point, new ones added."""
        texts = [json.dumps(point, sort_keys=True) for point in points]
        with self._transaction():
            self._base.executemany(
                "insert into point (settings) values (?) on conflict do nothing",
                [(text,) for text in texts],
            )
            known = dict(self._base.execute("select settings, id from point").fetchall())
        return [known[text] for text in texts]

    def points(self) -> dict[int, Point]:
        """Return number -> settings of every point."""
        with self._asked():
            rows = self._base.execute("select id, settings from point order by id").fetchall()
        return {number: json.loads(text) for number, text in rows}

    def done(self) -> set[tuple[int, int]]:
        """Return the members that are here: number of the point, and root seed."""
        with self._asked():
            return set(self._base.execute("select point, seed from member").fetchall())

    def begin(self, key: str, members: int) -> int:
        """Note that a shard is being tried, and return how often it was before."""
        with self._transaction():
            self._base.execute(
                "insert into shard (key, members, state) values (?, ?, 'waiting') "
                "on conflict do nothing",
                (key, members),
            )
            row = self._base.execute("select tries from shard where key = ?", (key,)).fetchone()
            self._base.execute("update shard set tries = tries + 1 where key = ?", (key,))
        return int(row[0])

    def fail(self, key: str, text: str) -> None:
        """Note why the last try of a shard failed."""
        with self._transaction():
            self._base.execute(
                "update shard set state = 'failed', error = ? where key = ? and state <> 'done'",
                (text, key),
            )

    def failures(self) -> list[tuple[str, int, str]]:
        """Return key, members and error of the shards that failed and did not come since."""
        with self._asked():
            return self._base.execute(
                "select key, members, error from shard where state = 'failed' order by id"
            ).fetchall()

    def accept(self, key: str, numbers: Sequence[int | None], data: bytes) -> int:
        """Add the members of a shard and return how many of them are new.

        Args:
            key: of the shard, which was begun.
            numbers: number of each of its points; None where its members are another shard's.
            data: the packed result.

        Raises:
            DataError: the bytes are damaged, or a member came before with other weights.
        """
        rows = [(numbers[place], row) for place, row in unpack(data)]
        with self._transaction():
            state, shard = self._base.execute(
                "select state, id from shard where key = ?", (key,)
            ).fetchone()
            if state == "done":
                return 0
            new = self._insert(shard, rows)
            self._base.execute(
                "update shard set state = 'done', error = '', seconds = ?, data = ? where id = ?",
                (sum(row.seconds for _, row in rows), data if new else None, shard),
            )
        return new

    def _insert(self, shard: int, rows: Sequence[tuple[int | None, Row]]) -> int:
        measures = sorted({name for _, row in rows for name in row.values})
        self._add_columns(measures)
        new: list[tuple[Any, ...]] = []
        for place, (point, row) in enumerate(rows):
            if point is None:
                continue
            mark = row.mark()
            there = self._base.execute(
                "select mark from member where point = ? and seed = ?", (point, row.seed)
            ).fetchone()
            if there is None:
                new.append(cells(shard, place, point, row, mark, measures))
            elif there[0] != mark:
                raise DataError(
                    f"The member of point {point} with seed {row.seed} came twice, with other "
                    "weights: it was trained on machines or versions that differ. The first is "
                    "kept."
                )
        names = ", ".join(f'"{name}"' for name in (*KEPT, *measures))
        marks = ", ".join("?" * (len(KEPT) + len(measures)))
        before = self._count()
        self._base.executemany(f"insert into member ({names}) values ({marks})", new)
        count = "insert or replace into meta values (?, ?)"
        self._base.execute(count, (_COUNT, json.dumps(before + len(new))))
        return len(new)

    def _count(self) -> int:
        noted = self._base.execute("select value from meta where name = ?", (_COUNT,)).fetchone()
        if noted is not None:
            return int(json.loads(noted[0]))
        # An older store. Counting goes through all of the table.
        return int(self._base.execute("select count(*) from member").fetchone()[0])

    def _add_columns(self, names: Iterable[str]) -> None:
        there = {row[1] for row in self._base.execute("pragma table_info(member)")}
        for name in sorted(set(names) - there):
            self._base.execute(f'alter table member add column "{name}" real')

    def columns(self) -> list[str]:
        """Return the columns of the table of members: those of `FIXED`, then the measures."""
        with self._asked():
            found = [row[1] for row in self._base.execute("pragma table_info(member)")]
        return [*FIXED, *(name for name in found if name not in {*FIXED, "shard", "place", "mark"})]

    def rows(self, at_a_time: int = ROWS) -> Iterator[list[tuple[Any, ...]]]:
        """Yield the members with the columns of `columns`, ordered by point and seed.

        Args:
            at_a_time: how many rows come together; a million of them at once take gigabytes.
        """
        names = ", ".join(f'"{name}"' for name in self.columns())
        with self._asked():
            found = self._base.execute(f"select {names} from member order by point, seed")
            while rows := found.fetchmany(at_a_time):
                yield rows

    def count(self) -> int:
        """Return the number of members that are here."""
        with self._asked():
            return self._count()

    def member(self, point: int, seed: int) -> Row:
        """Return a member with its weights and history.

        Raises:
            DataError: it is not here.
        """
        with self._asked():
            found = self._base.execute(
                "select shard.data, member.place from member join shard on shard.id = member.shard "
                "where member.point = ? and member.seed = ?",
                (point, seed),
            ).fetchone()
        if found is None:
            raise DataError(f"The atlas has no member of point {point} with seed {seed}.")
        place: int = found[1]
        return unpack(found[0])[place][1]

    def members(self, wanted: Iterable[tuple[int, int]]) -> Iterator[tuple[int, Row]]:
        """Yield point and row of some members, each shard read once, in the order of shards."""
        places: dict[int, list[tuple[int, int]]] = {}
        with self._asked():
            for point, seed in wanted:
                row = self._base.execute(
                    "select shard, place from member where point = ? and seed = ?", (point, seed)
                ).fetchone()
                if row is None:
                    raise DataError(f"The atlas has no member of point {point} with seed {seed}.")
                places.setdefault(row[0], []).append((row[1], point))
        for shard in sorted(places):
            with self._asked():
                data = self._base.execute(
                    "select data from shard where id = ?", (shard,)
                ).fetchone()[0]
            rows = unpack(data)
            for place, point in places[shard]:
                yield point, rows[place][1]

    def shards(self) -> Iterator[tuple[str, int, list[int | None], bytes]]:
        """Yield what `begin` and `accept` take of each shard that was accepted.

        That is its key, its number of members, the numbers of its points, and its data.
        """
        with self._asked():
            found = self._base.execute(
                "select id, key, members from shard "
                "where state = 'done' and data is not null order by id"
            ).fetchall()
        for shard, key, members in found:
            with self._asked():
                data: bytes = self._base.execute(
                    "select data from shard where id = ?", (shard,)
                ).fetchone()[0]
                own = dict(
                    self._base.execute("select place, point from member where shard = ?", (shard,))
                )
            places: dict[int, int | None] = {}
            for place, (point, _) in enumerate(unpack(data)):
                places[point] = own.get(place, places.get(point))
            yield key, members, [places.get(i) for i in range(max(places) + 1)], data

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._asked():
            self._base.execute("begin immediate")
            try:
                yield
            except BaseException:
                with contextlib.suppress(sqlite3.Error):
                    self._base.execute("rollback")
                raise
            self._base.execute("commit")

    @contextlib.contextmanager
    def _asked(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise self._damaged(error) from None

    def _damaged(self, error: sqlite3.Error) -> StoreError:
        return StoreError(f"{str(self.path)!r} cannot be used: {error}. {_remedy(error)}")


def is_begun(path: Path) -> bool:
    """Whether a store has been laid out: one that was cut off before that is an empty file.

    True for a file that cannot be read, of which `Store` says what is wrong.
    """
    if not path.is_file():
        return False
    try:
        base = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
        try:
            return bool(base.execute("select count(*) from sqlite_master").fetchone()[0])
        finally:
            base.close()
    except sqlite3.Error:
        return True


def _remedy(error: sqlite3.Error) -> str:
    """Say what to do about an error of SQLite; see sqlite.org/rescode.html for the codes."""
    code = (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF
    if code in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR):
        return "Free some space on the disk; what was kept is there, and the same command goes on."
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return "Another program holds it: close that, and give the same command again."
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
        return "Make its folder writable, or choose another with --out."
    return "The file is damaged: put a good copy in its place, or remove the atlas and sweep again."
