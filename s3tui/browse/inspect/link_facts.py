"""Facts about an object that a presigned link to it depends on."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from s3tui.browse.inspect.object_facts import ObjectId
from s3tui.s3.errors import AccessDenied, NoSuchKey, ServiceError

if TYPE_CHECKING:
    from s3tui.s3.client import S3Client

_ASLEEP = frozenset({"GLACIER", "DEEP_ARCHIVE"})
_READABLE = 'ongoing-request="false"'


async def learn_region(s3: S3Client, bucket: str) -> None:
    """Have the bucket's region known: a link is signed for it, and follows no redirect.

    Raises: CredentialsError, TransportError.
    """
    if s3.region_of(bucket) is None:
        with suppress(ServiceError):  # refused, the answer tells the region all the same
            await s3.head_bucket(bucket)


async def link_caveat(s3: S3Client, object: ObjectId) -> str:
    """Return a sentence on why a link that reads the object would fail, or nothing.

    Raises: CredentialsError, TransportError.
    """
    await learn_region(s3, object.bucket)
    try:
        head = await s3.head_object(object.bucket, object.key, version_id=object.version_id)
    except NoSuchKey:
        return "There is no such object now: the link finds nothing until it is uploaded."
    except AccessDenied:
        return "These keys may not read it, so that the link may not either."
    except ServiceError as error:
        if error.status == 400:
            return "S3 gives it out with its own key only (SSE-C): the bearer must send that key, too."
        return ""
    if head.storage_class in _ASLEEP and not (head.restore or "").startswith(_READABLE):
        return "It is archived: the link is refused until the object is restored."
    if head.requester_charged:
        return "Here the requester pays: the bearer must send x-amz-request-payer, with keys of their own."
    return ""
