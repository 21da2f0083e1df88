"""Deletes a batch of planned objects: looks, writes down what is meant, sends it once, writes the outcome.

Only what is as it was planned goes. After an answer that never came, or that leaves a key out, it looks what
became of the keys instead of sending the request again: in a bucket that keeps versions a second one would
leave a second delete marker, and an undo would remove but one of them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from s3tui.s3.client import S3Client
from s3tui.s3.errors import NotSupported, ProtocolError, ServiceError, SignatureRejected
from s3tui.s3.models import DeleteResult, ObjectVersion
from s3tui.s3.retries import RETRYABLE_CODES, THROTTLING_CODES, is_throttling
from s3tui.transfer.changes.change_log import ChangeLog
from s3tui.transfer.changes.current import Versions, look
from s3tui.transfer.changes.models import ChangeItem, Facts, ItemState
from s3tui.transfer.changes.reading import ReadingClient

_SETTLE_S = 0.3
"""After an answer that was lost, a server may still be at it."""
GONE_ALREADY = "it was gone already"
CHANGED = "it changed since the plan was made"
NOTHING_BELOW = "the version that it would bring back is gone"
_NOT_TOLD = "what became of it is not known: look at its versions"
_NOT_OFFERED = frozenset((400, 403, 405, 501))


@dataclass(frozen=True, slots=True)
class Batch:
    """The outcome of a batch."""

    again: list[ChangeItem]
    """Objects to which nothing was done, for a reason that passes."""
    over: dict[ItemState, int]
    first_failure: tuple[str, str] | None = None
    """A sentence and a code."""


class Deleter:
    """Deletes the objects of one change in one bucket.

    Args:
        versions: the bucket keeps versions, or did.
    """

    def __init__(self, log: ChangeLog, change: int, bucket: str, *, versions: bool) -> None:
        self._log = log
        self._change = change
        self._bucket = bucket
        self._versions = versions
        self._is_blind = False
        """Neither versions nor objects may be looked at."""

    async def settle(self, client: ReadingClient, items: Sequence[ChangeItem]) -> Batch:
        """Find out what became of objects whose request was sent, maybe by another process.

        Raises: S3Error.
        """
        await asyncio.sleep(_SETTLE_S)
        return await self._note(await self._settled(client, items), items)

    async def delete(self, client: S3Client, items: Sequence[ChangeItem], *, after: str | None) -> Batch:
        """Delete what is still as it was planned, and say what became of each.

        Args:
            after: a key before the first one.

        Raises: S3Error: of what was asked for last nothing was done; TransferError, of the log.
        """
        ready, outcomes = await self._look_first(ReadingClient(client), items, after)
        sent = [replace(item, state=ItemState.SENT, outcome=outcome) for item, outcome in ready]
        await self._log.note(
            self._change,
            [*((number, *outcome) for number, outcome in outcomes.items())]
            + [(item.number, item.state, item.outcome) for item in sent],
        )
        skipped = Batch([], {ItemState.SKIPPED: len(outcomes)})
        return skipped if not sent else _sum(skipped, await self._send(client, sent))

    async def _look_first(
        self, client: ReadingClient, items: Sequence[ChangeItem], after: str | None
    ) -> tuple[list[tuple[ChangeItem, Facts]], dict[int, tuple[ItemState, Facts]]]:
        """Return the objects that may go, with what is known of them now, and those that are skipped."""
        there = await self._look(client, items, after)
        if there is None:
            return [(item, _tried(item)) for item in items], {}
        ready: list[tuple[ChangeItem, Facts]] = []
        skipped: dict[int, tuple[ItemState, Facts]] = {}
        for item in items:
            why = _obstacle(item, there[item.key])
            if why is not None:
                skipped[item.number] = ItemState.SKIPPED, {"why": why}
                continue
            before = there[item.key][0].version_id if self._versions else None
            ready.append((item, _tried(item) | ({} if before is None else {"before": before})))
        return ready, skipped

    async def _look(
        self, client: ReadingClient, items: Sequence[ChangeItem], after: str | None
    ) -> Versions | None:
        """Return what is there now; `None`, where nobody may look."""
        keys = list(dict.fromkeys(item.key for item in items))
        needs_versions = any("version" in item.facts for item in items)
        while not self._is_blind:
            versions = self._versions
            try:
                return await look(client, self._bucket, keys, versions=versions, after=after)
            except (ServiceError, ProtocolError, NotSupported) as error:
                if isinstance(error, SignatureRejected):  # of the credentials, not of this question
                    raise
                is_refusal = isinstance(error, ServiceError) and not error.is_bare
                if isinstance(error, ServiceError) and not (is_refusal and error.status in _NOT_OFFERED):
                    raise
                # What cannot be read is of a server without versions, or of nobody that speaks S3.
                if needs_versions or not (is_refusal or versions):
                    raise
                # Several batches may learn it at once: what was asked counts, not what another one knows.
                self._versions = False
                if not versions:
                    self._is_blind = True
        return None

    async def _send(self, client: S3Client, items: Sequence[ChangeItem]) -> Batch:
        pairs = [(item.key, item.facts.get("version")) for item in items]
        try:
            result = await client.delete_objects_once(self._bucket, pairs)
        except ServiceError as error:
            if error.status < 500 or is_throttling(error.status, error.code):
                await self._log.note(
                    self._change, [(item.number, ItemState.PLANNED, item.outcome) for item in items]
                )
                raise
            result = DeleteResult()  # it may have been done all the same
        outcomes, unsure = self._read(result, items)
        if unsure:
            await asyncio.sleep(_SETTLE_S)
            outcomes |= await self._settled(ReadingClient(client), unsure)
        return await self._note(outcomes, items)

    def _read(
        self, result: DeleteResult, items: Sequence[ChangeItem]
    ) -> tuple[dict[int, tuple[ItemState, Facts]], list[ChangeItem]]:
        """Return what a response says of each object, and the objects of which it does not say enough."""
        deleted = {(gone.key, gone.version_id): gone for gone in result.deleted}
        errors = {(error.key, error.version_id): error for error in result.errors}
        outcomes: dict[int, tuple[ItemState, Facts]] = {}
        unsure: list[ChangeItem] = []
        for item in items:
            version = item.facts.get("version")
            pair = item.key, version
            error = errors.get(pair) or errors.get((item.key, None))
            gone = deleted.get(pair) or deleted.get((item.key, None))
            if error is not None and gone is None:
                if error.code in THROTTLING_CODES:
                    outcomes[item.number] = ItemState.PLANNED, item.outcome
                elif error.code in RETRYABLE_CODES:  # it may have been done all the same
                    unsure.append(item)
                else:
                    why = error.message or error.code
                    outcomes[item.number] = (
                        ItemState.FAILED,
                        {**item.outcome, "why": why, "code": error.code},
                    )
            elif gone is None or self._says_too_little(item, gone.delete_marker_version_id):
                unsure.append(item)
            else:
                marker = None if version else gone.delete_marker_version_id
                outcomes[item.number] = ItemState.DONE, _with_marker(item.outcome, marker)
        return outcomes, unsure

    def _says_too_little(self, item: ChangeItem, marker: str | None) -> bool:
        """Say whether one has to look which delete marker is ours, and whether it is the only one."""
        is_plain = "version" not in item.facts
        return is_plain and self._versions and (marker is None or item.outcome.get("tries", 1) > 1)

    async def _settled(
        self, client: ReadingClient, items: Sequence[ChangeItem]
    ) -> dict[int, tuple[ItemState, Facts]]:
        """Look what became of objects."""
        there = await self._look(client, items, None)
        if there is None:
            return {item.number: (ItemState.FAILED, {**item.outcome, "why": _NOT_TOLD}) for item in items}
        return {item.number: self._fate(item, there[item.key]) for item in items}

    def _fate(self, item: ChangeItem, there: list[ObjectVersion]) -> tuple[ItemState, Facts]:
        version, before = item.facts.get("version"), item.outcome.get("before")
        if version is not None:
            is_there = any(each.version_id == version for each in there)
            return (ItemState.PLANNED if is_there else ItemState.DONE), item.outcome
        if not there:
            return ItemState.DONE, item.outcome
        if not self._versions or before is None:
            is_same = not there[0].is_delete_marker and is_as_planned(item.facts, there[0])
            if there[0].is_delete_marker:
                return ItemState.DONE, item.outcome
            return (ItemState.PLANNED if is_same else ItemState.SKIPPED), (
                item.outcome if is_same else {**item.outcome, "why": CHANGED}
            )
        return fate_among_versions(item, there, before)

    async def _note(self, outcomes: dict[int, tuple[ItemState, Facts]], items: Sequence[ChangeItem]) -> Batch:
        await self._log.note(
            self._change, [(number, state, outcome) for number, (state, outcome) in outcomes.items()]
        )
        again, over = [], dict.fromkeys(ItemState, 0)
        failure: tuple[str, str] | None = None
        for item in items:
            state, outcome = outcomes[item.number]
            if state is ItemState.PLANNED:
                again.append(replace(item, state=state, outcome=outcome))
            else:
                over[state] += 1
            if state is ItemState.FAILED:
                failure = failure or (f"{item.key}: {outcome['why']}", outcome.get("code", "NotDeleted"))
        return Batch(again, over, failure)


def fate_among_versions(item: ChangeItem, there: list[ObjectVersion], before: str) -> tuple[ItemState, Facts]:
    """Tell from the versions of a key whether our request hid the version that was there `before`."""
    place = next(
        (n for n, each in enumerate(there) if each.version_id == before and not each.is_delete_marker), None
    )
    if place is None:
        # Where versioning is suspended, the marker takes the place of what had no version id.
        is_replaced = before == "null" and any(
            each.is_delete_marker and each.version_id == "null" for each in there
        )
        if is_replaced:
            return ItemState.DONE, {**item.outcome, "marker": "null"}
        return ItemState.FAILED, {**item.outcome, "why": _NOT_TOLD}
    markers = [each.version_id for each in there[:place] if each.is_delete_marker]
    if not markers:
        if place:  # somebody wrote it meanwhile, and it was not hidden
            return ItemState.SKIPPED, {**item.outcome, "why": CHANGED}
        return ItemState.PLANNED, item.outcome
    ours = markers[-item.outcome.get("tries", 1) :]
    return ItemState.DONE, {**item.outcome, "marker": ours[0], "more_markers": ours[1:]}


def _with_marker(outcome: Facts, marker: str | None) -> Facts:
    return outcome if marker is None else {**outcome, "marker": marker}


def _tried(item: ChangeItem) -> dict[str, object]:
    return {"tries": item.outcome.get("tries", 0) + 1}


def _obstacle(item: ChangeItem, there: list[ObjectVersion]) -> str | None:
    """Return why an object must not be deleted as it is now."""
    version = item.facts.get("version")
    if version is not None:
        now = next((each for each in there if each.version_id == version), None)
        if now is None:
            return GONE_ALREADY
        if item.facts.get("noncurrent", False) and there[0].version_id == version:
            return CHANGED  # what had taken its place is gone
        if item.facts.get("latest", False) and there[0].version_id != version:
            return CHANGED
        if not brings_back(item.facts, there):
            return NOTHING_BELOW
        # Only the id `null` can be that of something else now: what is written takes it over, also from a
        # delete marker.
        is_as_it_was = item.facts.get("marker", now.is_delete_marker) == now.is_delete_marker
        return None if is_as_it_was and is_as_planned(item.facts, now) else CHANGED
    if not there or there[0].is_delete_marker:
        return GONE_ALREADY
    return None if is_as_planned(item.facts, there[0]) else CHANGED


def brings_back(facts: Facts, there: Sequence[ObjectVersion]) -> bool:
    """Say whether what is to come to light when a version goes is still there: else nothing would be left."""
    if "uncovers" not in facts:
        return True
    below = facts["uncovers"]  # `None`: whichever it is
    return any(
        each.version_id != facts["version"] and below in (None, each.version_id)
        for each in there
        if not each.is_delete_marker
    )


def is_as_planned(facts: Facts, now: ObjectVersion) -> bool:
    """Say whether nothing that is known of an object now differs from what was planned."""
    if facts.get("version_id", now.version_id) != now.version_id:
        return False
    if None not in (facts.get("size"), now.size) and facts["size"] != now.size:
        return False
    if None not in (facts.get("etag"), now.etag) and facts["etag"] != now.etag:
        return False
    planned = facts.get("modified")
    if planned is None or now.last_modified is None:
        return True
    # A HEAD tells whole seconds, a listing may tell parts of them.
    return abs((datetime.fromisoformat(planned) - now.last_modified).total_seconds()) < 1


def _sum(one: Batch, other: Batch) -> Batch:
    over = {state: one.over.get(state, 0) + other.over.get(state, 0) for state in ItemState}
    return Batch(one.again + other.again, over, one.first_failure or other.first_failure)
