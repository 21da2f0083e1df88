"""The target key of an upload or a copy: the one that was asked for, or what the conflict policy makes of it.

An object that must not be replaced is looked for first, and once more by the write itself: with
If-None-Match, where the server knows it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import NoReturn

from s3tui.s3.client import S3Client
from s3tui.s3.errors import AccessDenied, NoSuchKey, PreconditionFailed, S3Error, ServiceError
from s3tui.s3.models import ObjectHead
from s3tui.s3.retries import may_pass
from s3tui.transfer.errors import TransferError, target_exists
from s3tui.transfer.models import Conflict, Side
from s3tui.transfer.target.conflict_policy import Decision, decide
from s3tui.transfer.target.numbered_name import MAX_KEY, numbered

_TRIES = 3
_NUMBERS = 10_000
_NOT_LOOKED = frozenset((400, 405, 501))
"""Answers to a HEAD of servers that take writes, and no questions."""

Write = Callable[[str, str | None], Awaitable[None]]
"""Writes to a key under an If-None-Match."""
IsSame = Callable[[ObjectHead], Awaitable[bool]]
"""Says whether what is there already is what would be written; asked only when that matters."""
HasArrived = Callable[[str, ObjectHead], Awaitable[bool]]
"""Says whether the object under a key came from an earlier process of ours."""


class AlreadyWritten(Exception):
    """The object under the key was written by an earlier process of ours."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


@dataclass(frozen=True, slots=True)
class IncomingObject:
    """The object that is about to be written, as the conflict policy sees it."""

    side: Side
    is_same: IsSame


class TargetKey:
    """The key to write to, with the policy for the case that it is taken.

    Args:
        replaces: with the policy to overwrite: the etag of the only object that may be; another one stays.
    """

    def __init__(self, bucket: str, key: str, conflict: Conflict, *, replaces: str | None = None) -> None:
        self.bucket = bucket
        self.key = key
        self.conflict = conflict
        self._replaces = replaces
        self.if_match = replaces
        """Of the write itself, as far as the server knows it."""
        self._is_known_free = True
        self._arrived: HasArrived | None = None

    def uri(self, key: str | None = None) -> str:
        return f"s3://{self.bucket}/{key or self.key}"

    async def place(
        self,
        client: S3Client,
        write: Write,
        *,
        incoming: IncomingObject,
        start_over: Callable[[], Awaitable[None]],
        begun: str | None = None,
        arrived: HasArrived | None = None,
    ) -> str | None:
        """Write to the first key that the policy allows; return it, or `None` when the object is skipped.

        Args:
            write: may be called again for the same key when the server does not know the condition.
            start_over: called when somebody took the key meanwhile.
            begun: the key that an earlier run decided for.
            arrived: says whether an object that is found came from an earlier process of ours; then its key
                is returned.
        """
        self._arrived = arrived
        try:
            return await self._place(client, write, incoming, start_over, begun)
        except AlreadyWritten as ours:
            return ours.key

    async def _place(
        self,
        client: S3Client,
        write: Write,
        incoming: IncomingObject,
        start_over: Callable[[], Awaitable[None]],
        key: str | None,
    ) -> str | None:
        for _ in range(_TRIES):
            key = key or await self._find(client, incoming)
            if key is None:
                return None
            try:
                await self._write_if_free(partial(write, key))
            except PreconditionFailed:
                await start_over()
                if self._arrived is not None:
                    await self._look(client, key)  # what took it may be an earlier process of ours
                key = None
                if self.conflict is Conflict.SKIP or self._replaces is not None:
                    return None
                if self.conflict is not Conflict.KEEP_BOTH:
                    break
            else:
                return key
        raise target_exists(self.uri())

    async def remove_damaged(
        self, client: S3Client, key: str, etag: str, source: str | None = None
    ) -> NoReturn:
        """Remove an object that was written and is not what was sent.

        Args:
            etag: of what was written; what somebody else wrote since stays.
            source: the object that was copied there.

        Raises: TransferError, always; it says whether the object was removed.
        """
        said = f"what arrived at {self.uri(key)} is not what was sent"
        if source is not None:
            said = f"the copy of {source} is not what the source holds"
        try:
            await client.delete_object(self.bucket, key, if_match=etag)
        except PreconditionFailed:
            outcome = f"somebody else wrote to {self.uri(key)} since, and that stays. Retry"
        except S3Error as error:
            outcome = f"it is still there, as it could not be removed ({error}). Delete it, then retry"
        else:
            outcome = "it was removed, retry"
        raise TransferError(f"{said}: {outcome}", "ChecksumMismatch")

    async def _find(self, client: S3Client, incoming: IncomingObject) -> str | None:
        if self.conflict is Conflict.OVERWRITE and self._arrived is None and self._replaces is None:
            return self.key
        there = await self._look(client, self.key)
        if self._replaces is not None and (there is None or there.etag != self._replaces):
            return None
        if self.conflict is Conflict.OVERWRITE_IF_DIFFERENT and there is not None:
            return None if await incoming.is_same(there) else self.key
        match decide(self.conflict, self._side(there), incoming.side):
            case Decision.PROCEED:
                return self.key
            case Decision.SKIP:
                return None
            case Decision.OTHER_NAME:
                return await self._free_key(client)

    async def _free_key(self, client: S3Client) -> str:
        for number in range(1, _NUMBERS):
            key = numbered(self.key, number, longest=MAX_KEY)
            if await self._look(client, key) is None:
                return key
        raise target_exists(self.uri())

    def _side(self, there: ObjectHead | None) -> Side | None:
        if there is None:
            return None
        return Side(self.uri(), there.size, there.last_modified, there.etag)

    async def _look(self, client: S3Client, key: str) -> ObjectHead | None:
        self._is_known_free = True
        compares = self.conflict is Conflict.OVERWRITE_IF_DIFFERENT
        try:
            there = await client.head_object(self.bucket, key, checksums=compares)
        except NoSuchKey as error:
            error.check_given()
            return None
        except ServiceError as error:
            if error.is_alone:
                raise  # an outage denies nothing: it may have ended when the write arrives
            is_silent = type(error) is ServiceError and error.status in _NOT_LOOKED and not may_pass(error)
            if not isinstance(error, AccessDenied) and not is_silent:
                raise
            self._is_known_free = False  # may write, but not look: If-None-Match has to do
            return None
        if self._arrived is not None and await self._arrived(key, there):
            raise AlreadyWritten(key)
        return there

    async def _write_if_free(self, write: Callable[[str | None], Awaitable[None]]) -> None:
        """Await `write` with the If-None-Match that the policy asks for, where the server knows it."""
        if self.conflict in (Conflict.OVERWRITE, Conflict.OVERWRITE_IF_DIFFERENT):
            return await self._overwrite(write)
        try:
            await write("*")
        except ServiceError as error:
            if error.status not in (400, 501) or error.is_bare:
                raise
            if not self._is_known_free:
                raise TransferError(
                    f"whether {self.uri()} exists cannot be known: reading it is refused, "
                    "and the server knows no conditional writes",
                    "UnknownTarget",
                ) from error
            await write(None)  # that nothing was there a moment ago is all that can be known

    async def _overwrite(self, write: Callable[[str | None], Awaitable[None]]) -> None:
        """Await `write` with the If-Match that stands in `if_match`, where the server knows it."""
        try:
            await write(None)
        except ServiceError as error:
            if self.if_match is None or error.status not in (400, 501) or error.is_bare:
                raise
            self.if_match = None  # what was there a moment ago is all that can be known
            await write(None)
