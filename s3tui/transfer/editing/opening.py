"""Opening an object's content for an editor: its bytes and its state, or why it cannot be edited."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from s3tui.transfer.editing.conditions import obeys_if_match
from s3tui.transfer.editing.object_state import ObjectState, read_state

if TYPE_CHECKING:
    from s3tui.s3.client import S3Client

MOST_EDITED = 4 * 1024 * 1024
"""Bytes of the largest object whose content is edited."""


@dataclass(frozen=True, slots=True)
class OpenedContent:
    """An object's content, read in one state of it."""

    state: ObjectState
    data: bytes
    obeys_if_match: bool

    @property
    def is_text(self) -> bool:
        return b"\0" not in self.data


class NotEditable(Exception):
    """The object's content cannot be edited; the message is a sentence for the user."""


async def open_content(s3: S3Client, bucket: str, key: str, version_id: str | None = None) -> OpenedContent:
    """Read an object's content and everything else that it has.

    Args:
        version_id: the version that is meant; only the current one can be edited.

    Raises: NotEditable; NoSuchKey, AccessDenied, PreconditionFailed (it changed meanwhile), TransportError.
    """
    state = await read_state(s3, bucket, key)
    if not state.is_version(version_id):
        raise NotEditable("An older version stays as it is: P makes it the current one.")
    if state.obstacle is not None:
        raise NotEditable(state.obstacle)
    encoding = state.head.content_encoding
    if encoding not in (None, "", "identity", "aws-chunked"):
        raise NotEditable(f"It is stored as {encoding}: d downloads it, to be edited where it is unpacked.")
    size = state.head.size
    if size is None or size > MOST_EDITED:
        raise NotEditable("It is too large for that: content of up to 4 MiB is edited.")
    data = await s3.get_object(bucket, key, if_match=state.head.etag)
    folder = key[: key.rfind("/") + 1]
    return OpenedContent(state, data, await obeys_if_match(s3, bucket, folder))
