"""An S3 Inventory report as a source of rows: DuckDB lists it by prefix, and nothing is loaded whole.

`build` makes one database of a report: its objects numbered by key, and its folders, each with
the numbers of the objects below it (which lie side by side), how many they are and how large. A level of the
tree is then a few rows of folders, and the objects in the gaps between them.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from s3tui.browse.rows.row_builder import EPOCH, MILLISECOND
from s3tui.browse.sizes.count import Sizes, SizeTotal
from s3tui.browse.source.source import PageRequest, SourceError
from s3tui.format import minute
from s3tui.s3.models import ListObjectsPage, ObjectSummary

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from s3tui.s3.client import S3Client

T = TypeVar("T")

MEMORY = "1GB"
"""The memory limit of DuckDB; what does not fit goes to a folder beside the database."""
_PAGE = 2000
_MOST_GAPS = 20
"""More of them in a page's folders, and one look through all of it is faster than one for each."""
_MOST_COUNTED = 20_000
"""Folders whose sizes are told at once."""
_COLUMNS = "key, size, modified, etag, class"


def need_duckdb() -> None:
    """Check that the optional package DuckDB is there.

    Raises: SourceError.
    """
    if find_spec("duckdb") is None:
        raise SourceError("An inventory needs an extra package: pip install 's3tui-browser[inventory]'")


def connect(file: Path, *, read_only: bool = True) -> DuckDBPyConnection:
    """Open a DuckDB database that reaches for nothing but its file.

    Raises: SourceError.
    """
    need_duckdb()
    import duckdb

    config: dict[str, Any] = {"memory_limit": MEMORY, "temp_directory": str(file.with_suffix(".tmp"))}
    # Nothing but this file is anybody's business; extensions would be fetched from elsewhere.
    config |= {"autoinstall_known_extensions": False, "autoload_known_extensions": False}
    try:
        database = duckdb.connect(str(file), read_only=read_only, config=config)
        # Its progress is asked for, and never written over the screen.
        database.execute("SET enable_progress_bar = true; SET enable_progress_bar_print = false")
        database.execute("SET progress_bar_time = 100")
        return database
    except duckdb.Error as error:
        raise SourceError(f"{file} cannot be opened: {error}") from error


async def run(database: DuckDBPyConnection, question: Callable[[DuckDBPyConnection], T]) -> T:
    """Run `question` on the database in a thread, and return its result; cancelling interrupts it.

    Raises: SourceError.
    """
    import duckdb

    asked = asyncio.ensure_future(asyncio.to_thread(question, database))
    try:
        return await asyncio.shield(asked)
    except asyncio.CancelledError:
        database.interrupt()
        with suppress(Exception):
            await asked
        raise
    except (duckdb.Error, OSError, ArithmeticError, TypeError, ValueError) as error:
        raise SourceError(f"The inventory cannot be read: {error}") from error


@dataclass(frozen=True, slots=True)
class _FolderRow:
    name: str
    objects: int
    size: int
    first: int
    """The number of the first object below it."""
    last: int


@dataclass(frozen=True, slots=True)
class Inventory:
    """A report's database as a source of rows."""

    file: Path
    bucket: str
    created_at: datetime
    objects: int
    size: int
    has_sizes: bool = True

    is_live: ClassVar[bool] = False
    is_offline: ClassVar[bool] = True

    @classmethod
    def open(cls, file: Path) -> Inventory:
        """Open a report's database and read its metadata.

        Raises: SourceError.
        """
        need_duckdb()
        import duckdb

        try:
            with connect(file) as database:
                row = database.execute("SELECT * FROM inventory").fetchone()
            bucket, created_at, objects, size, has_sizes = row or ()
            return cls(file, bucket, EPOCH + created_at * MILLISECOND, objects, size, has_sizes)
        except (duckdb.Error, ArithmeticError, TypeError, ValueError) as error:
            raise SourceError(f"{file} is damaged: delete it, and open the report again.") from error

    @property
    def title(self) -> str:
        without = "" if self.has_sizes else " · without sizes"
        return f"inventory of {minute(self.created_at)[:10]}{without}"

    async def pages(self, s3: S3Client | None, request: PageRequest) -> AsyncGenerator[ListObjectsPage, None]:
        """Yield rows by key; tokens are numbers of objects."""
        database = await asyncio.to_thread(connect, self.file)
        with database:
            here = await run(database, lambda db: _place(db, request.prefix))
            if here is None:
                yield ListObjectsPage(())
                return
            at = here.first
            if request.continuation_token is not None:
                at = int(request.continuation_token)
            elif (start_after := request.start_after) is not None:
                at = await run(database, lambda db: _number_behind(db, here, start_after))
            read = _level if request.delimiter else _flat
            while at <= here.last:
                first = at
                page, at = await run(database, lambda db: read(db, here, first))  # noqa: B023 - run at once
                yield ListObjectsPage(*page, str(at) if at <= here.last else None)

    async def sizes(self, prefix: str, now: datetime) -> Sizes:
        """Return the sizes of a prefix and of the folders right below it.

        Raises: SourceError.
        """
        database = await asyncio.to_thread(connect, self.file)
        with database:
            here = await run(database, lambda db: _folder(db, prefix))
            if here is None:
                return Sizes(prefix, now, is_complete=True)
            children = await run(database, lambda db: _tallies(db, here))
        is_complete = len(children) < _MOST_COUNTED
        last = None if is_complete else max(children).removesuffix("/") + "0"  # right behind the folder
        return Sizes(prefix, self.created_at, is_complete, last, SizeTotal(here.objects, here.size), children)


_Page = tuple[tuple[ObjectSummary, ...], tuple[str, ...]]


def _flat(database: DuckDBPyConnection, here: _FolderRow, at: int) -> tuple[_Page, int]:
    end = min(here.last, at + _PAGE - 1)
    return (_objects(database, at, end), ()), end + 1


def _level(database: DuckDBPyConnection, here: _FolderRow, at: int) -> tuple[_Page, int]:
    """Read the folders from the object number `at` on, with the objects between them."""
    folders = _folders(database, here, at, _PAGE)
    ends = [folder.first - 1 for folder in folders] + ([here.last] if len(folders) < _PAGE else [])
    begins = [at] + [folder.last + 1 for folder in folders]
    gaps: list[tuple[int, int]] = []
    room = _PAGE
    for number, (first, last) in enumerate(zip(begins, ends, strict=False)):
        if first > last:
            continue
        gaps.append((first, min(last, first + room - 1)))
        room -= last - first + 1
        if room <= 0:
            folders = folders[:number]  # those behind the gap come with the next page
            break
    end = max([*(gap[1] for gap in gaps[-1:]), *(folder.last for folder in folders[-1:])], default=here.last)
    names = tuple(folder.name for folder in folders)
    if len(gaps) <= _MOST_GAPS:
        objects = tuple(one for first, last in gaps for one in _objects(database, first, last))
    else:
        objects = _objects_in(database, here, at, end)
    return (objects, names), end + 1


def _place(database: DuckDBPyConnection, prefix: str) -> _FolderRow | None:
    """Return the folder that a prefix is, or that it begins a name in: then with those objects alone."""
    folder = _folder(database, prefix[: prefix.rfind("/") + 1])
    if folder is None or folder.name == prefix:
        return folder
    asked = "SELECT min(n), max(n) FROM objects WHERE n BETWEEN ? AND ? AND starts_with(key, ?)"
    row = database.execute(asked, [folder.first, folder.last, prefix]).fetchone()
    return None if row is None or row[0] is None else replace(folder, first=row[0], last=row[1])


def _folder(database: DuckDBPyConnection, name: str) -> _FolderRow | None:
    asked = "SELECT folder, objects, size, first, last FROM folders WHERE folder = ?"
    row = database.execute(asked, [name]).fetchone()
    return None if row is None else _FolderRow(*row)


def _folders(database: DuckDBPyConnection, here: _FolderRow, at: int, most: int) -> list[_FolderRow]:
    # They lie in this order, and DuckDB keeps it: to sort them would be to read them all for each page.
    asked = (
        "SELECT folder, objects, size, first, last FROM folders "
        "WHERE above = ? AND folder <> '' AND first BETWEEN ? AND ? LIMIT ?"
    )
    return [_FolderRow(*row) for row in database.execute(asked, [here.name, at, here.last, most]).fetchall()]


def _tallies(database: DuckDBPyConnection, here: _FolderRow) -> dict[str, SizeTotal]:
    folders = _folders(database, here, here.first, _MOST_COUNTED)
    return {folder.name: SizeTotal(folder.objects, folder.size) for folder in folders}


def _objects(database: DuckDBPyConnection, first: int, last: int) -> tuple[ObjectSummary, ...]:
    asked = f"SELECT {_COLUMNS} FROM objects WHERE n BETWEEN ? AND ?"
    return _summaries(database.execute(asked, [first, last]).fetchall())


def _objects_in(
    database: DuckDBPyConnection, here: _FolderRow, first: int, last: int
) -> tuple[ObjectSummary, ...]:
    asked = f"SELECT {_COLUMNS} FROM objects WHERE n BETWEEN ? AND ? AND NOT contains(substr(key, ?), '/')"
    return _summaries(database.execute(asked, [first, last, len(here.name) + 1]).fetchall())


def _number_behind(database: DuckDBPyConnection, here: _FolderRow, key: str) -> int:
    asked = "SELECT count(*) FROM objects WHERE n BETWEEN ? AND ? AND key <= ?"
    row = database.execute(asked, [here.first, here.last, key]).fetchone()
    assert row is not None, "a count has a row"
    number: int = row[0]
    return here.first + number


def _summaries(rows: Sequence[Sequence[Any]]) -> tuple[ObjectSummary, ...]:
    return tuple(
        ObjectSummary(key, size, None if modified is None else EPOCH + modified * MILLISECOND, etag, name)
        for key, size, modified, etag, name in rows
    )
