"""The route of a copy inside one endpoint: in one request, in parts that S3 copies, or through this machine.

Outside AWS a part that is copied by the server is not to be trusted unseen: Ceph decodes the source's key
twice, and so copies another object, without a word. It also ignores the condition on the source's etag; so a
condition that cannot hold, and is refused, is what tells a server whose parts can be had.
"""

from __future__ import annotations

from enum import Enum, auto

from s3tui.s3.client import S3Client
from s3tui.s3.errors import PreconditionFailed
from s3tui.s3.models import ByteRange
from s3tui.s3.operations.multipart_upload import MultipartUpload
from s3tui.s3.sending.capabilities import Capability
from s3tui.transfer.copy.relay import SourceObject
from s3tui.transfer.integrity.part_plan import COPY_IN_PARTS_FROM, MAX_COPY

_NO_ETAG = "0" * 32
"""Of no object."""
_SLOWEST_BPS = 16 * 1024 * 1024
"""A server copies at least so fast by itself, silently."""
_SILENCE_S = 60.0


class CopyRoute(Enum):
    AT_ONCE = auto()
    """CopyObject."""
    IN_PARTS = auto()
    """UploadPartCopy."""
    THROUGH_US = auto()


def route_of(client: S3Client, key: str, size: int | None) -> CopyRoute:
    """Return the route for an object of `size` bytes, `None` where the size is unknown."""
    if client.endpoint.is_aws:
        return CopyRoute.AT_ONCE if size is None or size < COPY_IN_PARTS_FROM else CopyRoute.IN_PARTS
    if size is None or size <= MAX_COPY:
        return CopyRoute.AT_ONCE
    known = client.capabilities.has(Capability.COPY_SOURCE_IF_MATCH)
    # Even to ask is too much with such a key: it ends some versions of Ceph's gateway.
    return CopyRoute.THROUGH_US if known is False or (known is None and "%" in key) else CopyRoute.IN_PARTS


async def refuses_other_source(
    client: S3Client, upload: MultipartUpload, source: SourceObject, part_number: int
) -> bool:
    """Say whether a part is refused whose source has another etag than was asked for; tried once an endpoint.

    Args:
        part_number: of the part that is tried; where it is not refused, the upload has to be aborted.

    Raises: S3Error, when something else stands against the copy.
    """
    known = client.capabilities.has(Capability.COPY_SOURCE_IF_MATCH)
    if known is not None or client.endpoint.is_aws:
        return known is not False
    try:
        await upload.copy_part(
            part_number,
            f"{source.bucket}/{source.key}",
            byte_range=ByteRange(0, 0),
            source_version_id=source.version_id,
            source_if_match=_NO_ETAG,
        )
    except PreconditionFailed as error:
        error.check_given()
        client.capabilities.learn(Capability.COPY_SOURCE_IF_MATCH, True, "UploadPartCopy: 412")
        return True
    client.capabilities.learn(
        Capability.COPY_SOURCE_IF_MATCH, False, "UploadPartCopy of an etag that no object has: 200"
    )
    return False


def patience_s(size: int | None) -> float | None:
    """Return the seconds that a server may be silent while it copies `size` bytes; `None`: as always."""
    return None if size is None or size < COPY_IN_PARTS_FROM else _SILENCE_S + size / _SLOWEST_BPS
