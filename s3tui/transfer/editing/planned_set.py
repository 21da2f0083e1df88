"""Plans of new attributes: each object with the state that was read of it; and how one of them is changed.

A plan is made with a `ReadingClient`, which cannot write. What is to be set is agreed to once all was read.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import asdict, dataclass, field
from datetime import datetime

from s3tui.s3.client import S3Client
from s3tui.s3.errors import NoSuchKey
from s3tui.transfer.changes.change_log import ChangeLog
from s3tui.transfer.changes.deleting import CHANGED, GONE_ALREADY
from s3tui.transfer.changes.item_record import ItemRecord
from s3tui.transfer.changes.models import Change, Facts, ItemState
from s3tui.transfer.changes.planning import PlanTotals, Root, batches_of
from s3tui.transfer.changes.reading import ReadingClient
from s3tui.transfer.editing.attributes import (
    HEADERS,
    AttributeChange,
    Attributes,
    check_attributes,
    needs_copy,
)
from s3tui.transfer.editing.object_state import ObjectState, StateReader, read_state
from s3tui.transfer.editing.setting import set_attributes
from s3tui.transfer.editing.state_facts import attributes_in, change_in, facts_of_state, is_between

_AT_ONCE = 32
_FEW = 1000
OTHERS = ("storage_class", "encryption", "access", "legal_hold", "retention")
"""The attributes that have one value and are no headers."""
NOT_KNOWN = "what became of it is not known: look at it"
_ALREADY = "it is like that already"


@dataclass(slots=True)
class SetTotals(PlanTotals):
    """The numbers that a change of attributes comes to, so far or in all."""

    hidden: int = 0
    """Objects whose access these keys may not read."""
    kinds: dict[str, set[str | None]] = field(default_factory=dict)
    """The values of each header and other attribute, as far as they are few."""
    first: list[Attributes] = field(default_factory=list)
    """Those of the first objects."""

    def take(self, attributes: Attributes) -> None:
        """Count the attributes of one more object."""
        values = {name: attributes.headers.get(name) for name in HEADERS}
        values |= {name: str(getattr(attributes, name)) for name in OTHERS}
        values["legal_hold"] = "on" if attributes.legal_hold else "off"
        for name, value in values.items():
            kinds = self.kinds.setdefault(name, set())
            if len(kinds) < _FEW:
                kinds.add(value)
        if len(self.first) < _FEW:
            self.first.append(attributes)


@dataclass(slots=True)
class SetOutlook:
    """The number of objects that a change does something to, and how."""

    copies: int = 0
    alone: int = 0
    """Objects that take requests of their own only, and no copy."""
    same: int = 0
    stuck: int = 0
    first_stuck: str = ""
    """Why the first of these cannot be changed, with its key."""

    @property
    def changing(self) -> int:
        return self.copies + self.alone


async def plan_set(
    client: ReadingClient,
    log: ChangeLog,
    change: Change,
    roots: Sequence[Root],
    totals: SetTotals,
    now: datetime,
) -> AsyncGenerator[SetTotals, None]:
    """Write every object of `roots` into the plan of `change` with its state; yield the totals as they grow.

    Raises: S3Error; TransferError, when the plan cannot be written.
    """
    number = 0
    async with aclosing(batches_of(client, change.bucket, roots)) as batches:
        async for batch in batches:
            known = await log.known(change.id, [key for key, _ in batch]) if number else set()
            new = [(key, facts) for key, facts in dict(batch).items() if key not in known]
            for start in range(0, len(new), _AT_ONCE):
                some = new[start : start + _AT_ONCE]
                states = await asyncio.gather(*(state_now(client, change.bucket, key) for key, _ in some))
                items = [
                    (key, {**facts, **_read_facts(state)})
                    for (key, facts), state in zip(some, states, strict=True)
                    if state is not None
                ]
                await log.add(change, items, first=number)
                number += len(items)
                for key, facts in items:
                    totals.count(key, facts, now)
                    totals.hidden += any(name != "its tags" for name in facts["unread"])
                    totals.take(attributes_in(facts["was"]))
                yield totals


def _read_facts(state: ObjectState) -> Mapping[str, object]:
    obstacle = state.obstacle
    return {"was": facts_of_state(state), "unread": list(state.unread), "obstacle": obstacle}


async def state_now(client: StateReader, bucket: str, key: str) -> ObjectState | None:
    """Return an object's state, `None` where there is none."""
    try:
        return await read_state(client, bucket, key)
    except NoSuchKey as error:
        error.check_given()
        return None


async def look_ahead(log: ChangeLog, change: Change, wanted: AttributeChange, outlook: SetOutlook) -> None:
    """Count what a change comes to. What cannot be changed or is right already stays as a skipped one.

    Raises: TransferError, when that cannot be written.
    """
    after = -1
    while items := await log.items(change.id, ItemState.PLANNED, after=after):
        after = items[-1].number
        skipped = []
        for item in items:
            why = _why_not(item.facts, wanted, outlook)
            if why is None:
                continue
            skipped.append((item.number, ItemState.SKIPPED, {"why": why}))
            if why != _ALREADY:
                outlook.stuck += 1
                outlook.first_stuck = outlook.first_stuck or f"{item.key}: {why}"
        await log.note(change.id, skipped)


def _why_not(facts: Facts, wanted: AttributeChange, outlook: SetOutlook) -> str | None:
    was = attributes_in(facts["was"])
    after = wanted.of(was)
    if after == was:
        outlook.same += 1
        return _ALREADY
    try:
        check_attributes(after)
    except ValueError as error:
        return str(error)
    if after.tags != was.tags and "its tags" in facts["unread"]:
        return "these keys may not read its tags, all of which would be replaced"
    if was.retention.startswith("COMPLIANCE") and after.retention < was.retention:
        return "a retention of the mode COMPLIANCE can be made longer only"
    if not needs_copy(was, after):
        outlook.alone += 1
        return None
    if facts["obstacle"] is not None:
        return str(facts["obstacle"])
    outlook.copies += 1
    return None


def set_facts(change: AttributeChange) -> Facts:
    """Return a change of attributes as the log of changes keeps it."""
    return {"set": asdict(change)}


async def set_planned(client: S3Client, record: ItemRecord, now: datetime) -> None:
    """Change one object as it was agreed to, and note how that ended; from where an earlier run left it.

    Raises: S3Error; TransferError, of the log.
    """
    bucket, key = record.change.bucket, record.item.key
    was, change = record.item.facts["was"], change_in(record.change.options["set"])
    there = await state_now(client, bucket, key)
    if there is None:
        await record.note(ItemState.SKIPPED, why=GONE_ALREADY)
        return
    facts, was_sent = facts_of_state(there), record.item.state is ItemState.SENT
    if facts != was and not (was_sent and is_between(facts, was, change.of(attributes_in(was)))):
        if was_sent:
            await record.fail(NOT_KNOWN, "NotKnown")
        else:
            await record.note(ItemState.SKIPPED, why=CHANGED)
        return
    await record.note(ItemState.SENT)
    try:
        done = await set_attributes(client, bucket, key, change, now=now, there=there)
    except ValueError as error:
        await record.note(ItemState.SKIPPED, why=str(error))
        return
    if not done.is_sent and facts == was:
        await record.note(ItemState.SKIPPED, why=_ALREADY)
        return
    lost = f"the server did not take or keep {', '.join(done.lost)}" if done.lost else None
    ours = facts_of_state(done.state)
    await record.note(ItemState.DONE, ours=ours, version_id=ours["version_id"], why=lost)
