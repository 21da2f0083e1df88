"""Saving an object's edited content: over the state that was read, and over no other one.

Everything but the bytes stays. Where the endpoint does not obey If-Match, the object is looked at right
before and after; between the two, another's write would be overwritten.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, cast

from s3tui.s3.errors import NoSuchKey, PreconditionFailed, S3Error, ServiceError, TransportError
from s3tui.s3.request.options import WriteOptions
from s3tui.transfer.editing.object_state import ObjectState, lost_attributes, options_again, read_state
from s3tui.transfer.editing.opening import MOST_EDITED

if TYPE_CHECKING:
    from s3tui.s3.client import S3Client

_TRIES = 3
_CONFLICT = "ConditionalRequestConflict"


@dataclass(frozen=True, slots=True)
class Saved:
    """The content is there."""

    state: ObjectState
    lost: tuple[str, ...] = ()
    """Attributes that the server did not keep."""


@dataclass(frozen=True, slots=True)
class ChangedMeanwhile:
    """Another one changed the object: nothing was written."""

    state: ObjectState | None
    """As it is now; `None`: it was deleted."""
    data: bytes | None = None
    """`None`: not read, as it is too large or archived, or there is none."""


class ContentEditing:
    """One object whose content is edited."""

    def __init__(
        self,
        s3: S3Client,
        bucket: str,
        key: str,
        before: ObjectState | None,
        *,
        obeys_if_match: bool,
        now: Callable[[], datetime],
        options: WriteOptions | None = None,
    ) -> None:
        """
        Args:
            before: the state that was read with the content; `None`: there was no such object.
            options: of a new object, which is never written where there is one.
        """
        self._s3, self._bucket, self._key = s3, bucket, key
        self._before, self._obeys, self._now = before, obeys_if_match, now
        self._options = options or WriteOptions()
        self._is_creation = options is not None
        self._is_sent = False

    async def save(self, data: bytes) -> Saved | ChangedMeanwhile:
        """Write `data` over the state that was read.

        Raises: S3Error; then nothing of it is there, as far as the server tells.
        """
        for _ in range(_TRIES):
            there = await self._look()
            if not self._is_as_before(there):
                return await self._changed(there, data)
            try:
                etag = await self._put(data)
            except (PreconditionFailed, NoSuchKey):
                continue  # the next look tells what is there
            except TransportError:
                if self._is_as_before(there := await self._look()):
                    raise
                return await self._changed(there, data)
            except ServiceError as error:
                if error.code != _CONFLICT:
                    raise
                continue
            return await self._saved(data, etag)
        return await self._changed(await self._look(), data)

    async def _look(self) -> ObjectState | None:
        try:
            return await read_state(self._s3, self._bucket, self._key)
        except NoSuchKey as error:
            error.check_given()
            return None

    def _is_as_before(self, there: ObjectState | None) -> bool:
        if there is None or self._before is None:
            return there is self._before
        return there.is_same_as(self._before)

    async def _put(self, data: bytes) -> str:
        options = self._options.copy()
        self._is_sent = True
        if self._before is not None:
            options = cast(WriteOptions, options_again(self._before, self._now()))
            if self._before.tags:
                options["tagging"] = self._before.tags
        if self._obeys:
            if self._before is None:
                options["if_none_match"] = "*"
            else:
                options["if_match"] = self._before.head.etag
        return await self._s3.put_object(self._bucket, self._key, data, **options)

    async def _saved(self, data: bytes, etag: str) -> Saved | ChangedMeanwhile:
        """Look at what was written; another etag than that of the answer tells of a write right after it."""
        try:
            there = await self._look()
        except S3Error as error:
            raise TransportError(f"It was written, but how it is now cannot be read: {error}") from error
        if there is None or there.head.size != len(data) or (etag and there.head.etag != etag):
            return await self._changed(there, data)
        lost = () if self._before is None else lost_attributes(self._before, there)
        return Saved(there, lost)

    async def _changed(self, there: ObjectState | None, data: bytes) -> Saved | ChangedMeanwhile:
        """Return what another one did; the same bytes are an earlier try of ours, whose answer was lost."""
        if there is None:
            return ChangedMeanwhile(None)
        size = there.head.size
        if (self._is_creation and not self._is_sent) or there.obstacle is not None:
            return ChangedMeanwhile(there)
        if size is not None and size > max(MOST_EDITED, len(data)):
            return ChangedMeanwhile(there)
        theirs = await self._s3.get_object(self._bucket, self._key, if_match=there.head.etag)
        if theirs == data:
            return Saved(there, () if self._before is None else lost_attributes(self._before, there))
        return ChangedMeanwhile(there, theirs)
