"""Builds the database that `inventory` reads from the files of an S3 Inventory report. Once a report."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from s3tui.browse.inventory.inventory import Inventory, connect, need_duckdb, run
from s3tui.browse.inventory.manifest import Format, Manifest, check_file
from s3tui.browse.rows.row_builder import EPOCH, MILLISECOND
from s3tui.browse.source.source import SourceError

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

INTERVAL_S = 0.25
_PARENT = "regexp_extract({}, '(?s)^.*/')"
"""A key's folder: all up to its last slash. A folder's own marker is in it."""


@dataclass(frozen=True, slots=True)
class Built:
    """The progress of a build."""

    words: str
    fraction: float | None = None
    inventory: Inventory | None = None
    """Once it is there."""


class _Busy(SourceError):
    """Another instance writes the database."""


def database_for(folder: Path, manifest: Manifest) -> Path:
    """Return the path of a report's database; the same report is never read twice."""
    return folder / f"{manifest.digest[:32]}.duckdb"


async def build(
    manifest: Manifest, files: Sequence[Path], folder: Path, *, interval_s: float = INTERVAL_S
) -> AsyncGenerator[Built, None]:
    """Build a report's database in `folder`, or find it there; the last progress yielded has it.

    The data files are checked against the manifest first. Memory is bounded; sorting takes room on the
    disk, about as much as the files take unpacked. Closing the generator leaves nothing behind.

    Raises: SourceError.
    """
    need_duckdb()
    file = database_for(folder, manifest)
    if await asyncio.to_thread(_put_aside_damaged, file):
        yield Built(f"{file.name} was damaged: it is kept as {file.name}.damaged, and made again")
    if not file.exists():
        for number, (data, there) in enumerate(zip(manifest.files, files, strict=True)):
            yield Built(f"checking file {number + 1} of {len(files)}", number / len(files))
            await asyncio.to_thread(check_file, data, there)
        undone = file.with_suffix(".part")
        is_ours = True
        try:
            database = await asyncio.to_thread(_begin, undone)
            with database:
                for words, statements in _steps(manifest, files):
                    yield Built(words)
                    asked = asyncio.ensure_future(run(database, statements))
                    try:
                        while not asked.done():
                            await asyncio.wait({asked}, timeout=interval_s)
                            done = database.query_progress()
                            yield Built(words, done / 100 if 0 < done <= 100 else None)
                        asked.result()
                    finally:
                        asked.cancel()
                        await asyncio.gather(asked, return_exceptions=True)
            undone.replace(file)
        except _Busy:
            is_ours = False
            raise
        except OSError as error:
            raise SourceError(f"{file} cannot be written: {error.strerror}.") from error
        finally:
            if is_ours:
                _clear(undone)
    yield Built("opening", inventory=await asyncio.to_thread(Inventory.open, file))


def _put_aside_damaged(file: Path) -> bool:
    """Rename a database that cannot be opened; return whether it was one."""
    try:
        if file.exists():
            Inventory.open(file)
    except SourceError:
        with suppress(OSError):  # else the same error comes once more, where it is told
            file.replace(file.with_name(f"{file.name}.damaged"))
        return True
    return False


def _steps(
    manifest: Manifest, files: Sequence[Path]
) -> list[tuple[str, Callable[[DuckDBPyConnection], None]]]:
    return [
        ("sorting the keys", lambda database: _sort(database, manifest, files)),
        ("adding up folders", _add_up),
        ("writing", lambda database: _finish(database, manifest)),
    ]


def _sort(database: DuckDBPyConnection, manifest: Manifest, files: Sequence[Path]) -> None:
    source = _source(manifest, files)
    types = dict(database.execute(f"SELECT column_name, column_type FROM (DESCRIBE {source})").fetchall())
    names = {name.lower().replace("_", ""): name for name in types}
    if "key" not in names:
        raise SourceError("The inventory's files have no column Key.")

    def column(name: str) -> str:
        return f'"{names[name]}"' if name in names else "NULL"

    key = column("key")
    if manifest.format is Format.CSV:
        key = f"url_decode(replace({key}, '+', ' '))"
    modified = column("lastmodifieddate")
    if not types.get(names.get("lastmodifieddate", ""), "TIMESTAMP").startswith("TIMESTAMP"):
        modified = f"TRY_CAST({modified} AS TIMESTAMP)"
    # Of a bucket with versions, the report may have them all: only what one would list is a row.
    database.execute(
        f"""
        CREATE TABLE objects AS SELECT row_number() OVER () - 1 AS n, * FROM (
            SELECT {key} AS key, coalesce(TRY_CAST({column("size")} AS BIGINT), 0) AS size,
                epoch_ms({modified}) AS modified, trim({column("etag")}, '"') AS etag,
                CAST({column("storageclass")} AS VARCHAR) AS class
            FROM ({source})
            WHERE coalesce(TRY_CAST({column("islatest")} AS BOOLEAN), true)
                AND NOT coalesce(TRY_CAST({column("isdeletemarker")} AS BOOLEAN), false)
            ORDER BY key
        )
        """
    )
    database.execute("CREATE TABLE sized AS SELECT ? AS has_sizes", ["size" in names])


def _source(manifest: Manifest, files: Sequence[Path]) -> str:
    places = "[" + ", ".join(_quoted(str(file)) for file in files) + "]"
    if manifest.format is Format.PARQUET:
        return f"SELECT * FROM read_parquet({places}, union_by_name = true)"
    columns = ", ".join(f"{_quoted(name)}: 'VARCHAR'" for name in manifest.columns)
    return (
        f"SELECT * FROM read_csv({places}, columns = {{{columns}}}, header = false, auto_detect = false, "
        "delim = ',', quote = '\"', escape = '\"', compression = 'auto')"
    )


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _add_up(database: DuckDBPyConnection) -> None:
    """Sum up the folders: those with objects first, then the ones above them, level by level."""
    database.execute(
        f"""
        CREATE TABLE levels AS
        SELECT *, length(folder) - length(replace(folder, '/', '')) AS depth FROM (
            SELECT {_PARENT.format("key")} AS folder, count(*) AS objects, sum(size)::BIGINT AS size,
                min(n) AS first, max(n) AS last FROM objects GROUP BY 1
        )
        """
    )
    row = database.execute("SELECT max(depth) FROM levels").fetchone()
    deepest: int = (row[0] if row is not None else None) or 0
    above = _PARENT.format("left(folder, length(folder) - 1)")
    for depth in range(deepest, 0, -1):
        database.execute(
            f"""
            INSERT INTO levels SELECT {above}, sum(objects), sum(size), min(first), max(last), ?
            FROM levels WHERE depth = ? GROUP BY 1
            """,
            [depth - 1, depth],
        )
    database.execute(
        f"""
        CREATE TABLE folders AS SELECT {above} AS above, folder, sum(objects)::BIGINT AS objects,
            sum(size)::BIGINT AS size, min(first) AS first, max(last) AS last
        FROM levels GROUP BY folder ORDER BY above, first
        """
    )


def _finish(database: DuckDBPyConnection, manifest: Manifest) -> None:
    database.execute(
        """
        CREATE TABLE inventory AS SELECT ? AS bucket, ?::BIGINT AS created_at,
            (SELECT count(*) FROM objects) AS objects,
            (SELECT coalesce(sum(size), 0)::BIGINT FROM objects) AS size, (SELECT has_sizes FROM sized)
        """,
        [manifest.bucket, (manifest.created_at - EPOCH) // MILLISECOND],
    )
    database.execute("DROP TABLE levels; DROP TABLE sized; CHECKPOINT")


def _begin(undone: Path) -> DuckDBPyConnection:
    """Create the database anew, unless another instance is writing it: DuckDB locks what it writes."""
    undone.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if undone.exists():
        try:
            connect(undone, read_only=False).close()
        except SourceError as error:
            if "lock" in str(error):
                sentence = "Another s3tui is making this report ready: open it when that is done."
                raise _Busy(sentence) from error
        undone.unlink(missing_ok=True)
    database = connect(undone, read_only=False)
    with suppress(OSError):
        undone.chmod(0o600)  # nobody else's to read
    return database


def _clear(undone: Path) -> None:
    with suppress(OSError):
        undone.unlink(missing_ok=True)
        undone.with_name(undone.name + ".wal").unlink(missing_ok=True)
    shutil.rmtree(undone.with_suffix(".tmp"), ignore_errors=True)
