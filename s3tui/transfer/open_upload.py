"""A multipart upload that outlives its process: begun, taken up again and completed by what the journal says.

Used by whatever fills its parts, from a file or from another object.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress

from s3tui.s3.checksum import ChecksumAlgorithm, composite, multipart_etag
from s3tui.s3.client import S3Client
from s3tui.s3.errors import AccessDenied, NoSuchKey, NoSuchUpload, PreconditionFailed
from s3tui.s3.models import ObjectHead, Part
from s3tui.s3.multipart import MultipartUpload
from s3tui.transfer.plan import PartPlan
from s3tui.transfer.record import Piece
from s3tui.transfer.recovery import intent

_FACTS = ("upload_id", "key", "part_size", "size", "source", "algorithm", "completes_as", "checksum")


async def begin(
    piece: Piece, key: str, start: Callable[[], Awaitable[MultipartUpload]], plan: PartPlan, source: object
) -> MultipartUpload:
    """Await `start`, which begins an upload of `key`; its id is committed when this returns.

    Args:
        source: tells the state of what is uploaded from every other; goes to JSON and back.
    """
    earlier = piece.facts.get("intents")
    # Who dies before the answer is written down leaves an upload that only this tells of.
    await piece.note(intents=intent(piece, key))
    upload = await start()
    algorithm = upload.checksum_algorithm
    await piece.note(
        intents=earlier,
        upload_id=upload.upload_id,
        key=key,
        part_size=plan.part_size,
        size=plan.size,
        source=source,
        algorithm=None if algorithm is None else algorithm.value,
    )
    return upload


def key_of(piece: Piece) -> str | None:
    """Return the key of the upload that an earlier process left open, if there is one."""
    return piece.facts["key"] if "upload_id" in piece.facts else None


def plan_of(piece: Piece) -> PartPlan:
    return PartPlan(piece.facts["size"], piece.facts["part_size"])


async def take_up(client: S3Client, bucket: str, piece: Piece) -> MultipartUpload | None:
    """Return the upload that an earlier process left open, with the parts that S3 has of it.

    Returns: `None`, when S3 does not know it any more.
    Raises: AccessDenied, TransportError.
    """
    facts, plan = piece.facts, plan_of(piece)
    try:
        found = await client.list_parts(bucket, facts["key"], upload_id=facts["upload_id"])
    except NoSuchUpload:
        return None
    sizes = {number: length for number, (_, length) in enumerate(plan, start=1)}
    name = facts.get("algorithm")
    algorithm = None if name is None else ChecksumAlgorithm(name)
    return MultipartUpload(
        client,
        bucket,
        facts["key"],
        facts["upload_id"],
        parts=[part for part in found if part.size == sizes.get(part.part_number)],
        checksum_algorithm=algorithm,
    )


async def complete(client: S3Client, piece: Piece, upload: MultipartUpload, if_none_match: str | None) -> str:
    """Make the object of the parts, and return its etag; also when an earlier process just did.

    Raises: as `MultipartUpload.complete`.
    """
    await piece.note(**_expected(upload.parts))
    try:
        return await upload.complete(if_none_match=if_none_match)
    except (PreconditionFailed, NoSuchUpload):
        head = await was_completed(client, upload.bucket, piece)
        if head is None or head.etag is None:
            raise
        with suppress(NoSuchUpload):
            await upload.abort()  # completed or not, it must not stay open
        return head.etag


async def was_completed(client: S3Client, bucket: str, piece: Piece) -> ObjectHead | None:
    """Return what is under the key, when it is what the parts of the upload make."""
    facts = piece.facts
    if "completes_as" not in facts:
        return None
    try:
        head = await client.head_object(bucket, facts["key"], checksums=bool(facts["checksum"]))
    except (AccessDenied, NoSuchKey):
        return None
    if head.size != facts["size"]:
        return None
    is_known = head.checksum is not None and head.checksum.value == facts["checksum"]
    return head if is_known or head.etag == facts["completes_as"] else None


async def withdraw(piece: Piece) -> None:
    """There is no upload any more."""
    await piece.note(**dict.fromkeys(_FACTS))


def finish(piece: Piece) -> None:
    """The object is there; what nobody heard the id of is left to be looked for."""
    piece.over(intents=piece.facts.get("intents"))


def _expected(parts: tuple[Part, ...]) -> dict[str, object]:
    """Return how the object will be known again: the etag does not tell where a key encrypts it."""
    checksums = [part.checksum for part in parts if part.checksum is not None]
    return {
        "completes_as": multipart_etag([part.etag for part in parts]) or "",
        "checksum": composite(checksums).value if checksums and len(checksums) == len(parts) else "",
    }
