"""The steps by which a question learns of a plan: what goes wrong ends it with a sentence."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import aclosing, suppress
from typing import TYPE_CHECKING, Protocol

from s3tui.browse.rows.listing import Kind, Row
from s3tui.format import counted, printable
from s3tui.s3.errors import S3Error
from s3tui.tui.screens.common.host import ScreenHost
from s3tui.tui.screens.common.question import Asked, Learning
from s3tui.tui.text.sentences import explain

if TYPE_CHECKING:
    from s3tui.transfer.changes.change_log import ChangeLog
    from s3tui.transfer.changes.models import Change, ChangeItem
    from s3tui.transfer.changes.planning import Root
    from s3tui.tui.runtime.transfers import Transfers
    from s3tui.tui.screens.common.plan_dialog import PlanDialog

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
        yield Asked(about(f"{nothing.removesuffix('.')}: {explain(error)}"), is_answerable=False)
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


def rows_in_words(rows: Sequence[Row]) -> str:
    """Return the key of the only row, or how many there are; terminal-safe."""
    return printable(rows[0].key) if len(rows) == 1 else counted(len(rows), "marked row")


async def forget(transfers: Transfers, change: Change | None) -> None:
    """Drop a plan that was not agreed to from the log of changes, if it was begun.

    Raises: TransferError.
    """
    if change is not None:
        await (await transfers.changes()).discard(change)


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


class BrowsedPlan:
    """A plan in the log of changes, looked through from its question.

    Args:
        ask: returns the question about what is left of it.
    """

    def __init__(
        self,
        transfers: Transfers,
        change: Change,
        ask: Callable[[ChangeLog], Awaitable[Asked]],
        *,
        may_leave_out: bool = True,
    ) -> None:
        self._transfers, self._change, self._ask = transfers, change, ask
        self._may_leave_out = may_leave_out

    async def dialog(self) -> PlanDialog:
        """Return the dialog that shows all of it."""
        from s3tui.tui.screens.common.plan_dialog import PlanDialog

        log = await self._transfers.changes()
        return PlanDialog(log, self._change.id, self._transfers.clock, may_leave_out=self._may_leave_out)

    async def again(self) -> Asked:
        """Count what is left, and ask about that."""
        return await self._ask(await self._transfers.changes())


async def planned_items(log: ChangeLog, change: Change) -> AsyncIterator[ChangeItem]:
    """Iterate what is left of a plan."""
    from s3tui.transfer.changes.models import ItemState

    async for item in log.all_items(change.id, ItemState.PLANNED):
        yield item
