"""The steps by which a question learns of a plan: what goes wrong ends it with a sentence."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import aclosing, suppress
from typing import TYPE_CHECKING, Protocol

from s3tui.browse.rows.listing import Kind, Row
from s3tui.format import printable
from s3tui.s3.errors import S3Error
from s3tui.tui.screens.common.host import ScreenHost
from s3tui.tui.screens.common.question import Asked, Learning
from s3tui.tui.text.sentences import explain

if TYPE_CHECKING:
    from s3tui.transfer.changes.planning import Root

ROOTS = 100
"""So many keys and prefixes are told one by one to who shows listings."""


async def guarded(steps: Learning, about: Callable[[str], str], nothing: str) -> Learning:
    """Yield the steps of a plan; the last one says why it failed, if it did.

    Args:
        about: puts a sentence behind what the question is about.
        nothing: what was not done, as a sentence: `Nothing was deleted.`
    """
    from s3tui.transfer.errors import TransferError

    try:
        async with aclosing(steps):
            async for step in steps:
                yield step
    except S3Error as error:
        yield Asked(about(f"{explain(error)} {nothing}"), is_answerable=False)
    except TransferError as error:
        yield Asked(about(f"{nothing.removesuffix('.')}: {printable(str(error))}."), is_answerable=False)


def roots_of(rows: Sequence[Row], *, versions: bool = False) -> list[Root]:
    """Return what a plan begins with, each key once.

    Args:
        versions: of rows that are versions, each of these by itself.
    """
    from s3tui.transfer.changes.planning import Root

    roots: dict[tuple[str, str], Root] = {}
    for row in rows:
        version = (row.version_id or "") if versions else ""
        facts = {**facts_of(row), "version": version} if version else facts_of(row)
        roots[row.key, version] = Root(row.key, row.kind is Kind.PREFIX, facts)
    return list(roots.values())


def told_roots(rows: Sequence[Row]) -> tuple[str, ...]:
    """Return the keys of rows, unless these are too many to be told one by one."""
    return tuple(row.key for row in rows) if len(rows) <= ROOTS else ()


def facts_of(row: Row) -> dict[str, object]:
    """Return what a row says of an object, as a plan keeps it."""
    modified = None if row.modified is None else row.modified.isoformat()
    facts = {"size": row.size, "modified": modified, "class": row.storage_class}
    return {name: fact for name, fact in facts.items() if fact is not None}


class Plan(Protocol):
    """A plan whose question was answered."""

    async def start(self) -> str: ...

    async def discard(self) -> None: ...


async def started(host: ScreenHost, plan: Plan) -> str | None:
    """Run a plan; return its name for display, `None` where the log of changes failed, which is told."""
    from s3tui.transfer.errors import TransferError

    try:
        return await plan.start()
    except TransferError as error:
        host.say(f"Nothing was begun: {printable(str(error))}.", "error")
        return None


async def left(plan: Plan) -> None:
    """Forget a plan that was not agreed to; one that cannot be written to has nothing to forget."""
    from s3tui.transfer.errors import TransferError

    with suppress(TransferError):
        await plan.discard()
