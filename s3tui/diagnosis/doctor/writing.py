"""Checks that write: below a prefix that was given, on keys that nobody has, and taken away again.

A condition is honoured where one that must fail does, and the object is as it was; a checksum is compared
where a wrong one is refused. No subresource of an object is written before the server has shown that it
knows it.
"""

from __future__ import annotations

import base64
import hashlib
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from time import monotonic

from s3tui.diagnosis.doctor.context import DoctorContext
from s3tui.diagnosis.doctor.findings import Finding, failed, passed, unknown, unsupported
from s3tui.diagnosis.doctor.probe import Probed, probe
from s3tui.format import counted
from s3tui.s3.address.target import encode_key
from s3tui.s3.errors import S3Error
from s3tui.s3.sending.capabilities import Capability

OLD, NEW = b"old content", b"new content"
_WRONG_ETAG = '"00000000000000000000000000000000"'
_TRAILERS = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
_THROUGHPUT = 4 * 1024 * 1024
_WOULD_ACT = {
    "object-lock": ("DefaultRetention", "Object Lock keeps what is written"),
    "replication": ("Rule", "replication copies what is written"),
    "notification": ("", "notifications tell others of what is written"),
}
_EVENTS = (
    "TopicConfiguration",
    "QueueConfiguration",
    "CloudFunctionConfiguration",
    "EventBridgeConfiguration",
)

Check = Callable[[DoctorContext], Awaitable[Finding]]


async def obstacle(ctx: DoctorContext) -> str | None:
    """Return why nothing may be written to the bucket, `None` where it may."""
    for name, (element, why) in _WOULD_ACT.items():
        answer = await probe(ctx.s3, "GET", "ProbeSubresource", ctx.bucket, more={name: ""})
        document = answer.document
        if answer.tells_nothing:
            return f"nothing tells whether {why} in {ctx.bucket} ({answer.evidence})"
        if answer.is_refused or document is None or not answer.root.endswith("Configuration"):
            continue
        wanted = [element] if element else list(_EVENTS)
        if any(document.find(f".//{each}") is not None for each in wanted):
            return f"{why} in {ctx.bucket}"
    return None


async def puts(ctx: DoctorContext) -> Finding:
    answer = await ctx.put("object", OLD)
    if answer.is_refused:
        return failed(
            "put", f"Writing was refused: {answer.said or answer.evidence}.", "Grant s3:PutObject there."
        )
    if await ctx.content("object") != OLD:
        return failed("put", "What was written is not what is read.", "Do not keep anything there.")
    return passed("put", "Objects are written and read.")


async def if_none_match(ctx: DoctorContext) -> Finding:
    await ctx.put("none-match", OLD)
    answer = await ctx.put("none-match", NEW, if_none_match="*")
    content = await ctx.content("none-match")
    is_kept = content == OLD
    what = "PutObject with If-None-Match: *"
    return _condition(ctx, Capability.PUT_IF_NONE_MATCH, "if-none-match", what, answer, is_kept=is_kept)


async def if_match(ctx: DoctorContext) -> Finding:
    await ctx.put("match", OLD)
    wrong = await ctx.put("match", NEW, if_match=_WRONG_ETAG)
    is_kept = await ctx.content("match") == OLD
    head = await probe(ctx.s3, "HEAD", "ProbeHeadObject", ctx.bucket, ctx.key("match"))
    right = await ctx.put("match", NEW, if_match=head.headers.get("etag", ""))
    if wrong.tells_nothing or right.tells_nothing:
        evidence = f"wrong etag: {wrong.evidence}, right one: {right.evidence}"
        return unknown("if-match", f"Nothing tells whether PutObject with If-Match is honoured ({evidence}).")
    is_there = wrong.is_refused and is_kept and not right.is_refused
    ctx.learn(Capability.PUT_IF_MATCH, is_there, f"wrong etag: {wrong.evidence}, right one: {right.evidence}")
    if wrong.is_refused and right.is_refused:
        said = f"PutObject with If-Match is refused even with the right etag ({right.evidence})."
        return unsupported("if-match", said, "Edits compare beforehand.")
    return _honoured("if-match", "PutObject with If-Match", wrong, is_kept=is_kept)


async def delete_if_match(ctx: DoctorContext) -> Finding:
    await ctx.put("delete", OLD)
    key = ctx.key("delete")
    answer = await probe(ctx.s3, "DELETE", "DeleteObject", ctx.bucket, key, headers={"if-match": _WRONG_ETAG})
    is_kept = await ctx.content("delete") == OLD
    what = "DeleteObject with If-Match"
    return _condition(ctx, Capability.DELETE_IF_MATCH, "delete-if-match", what, answer, is_kept=is_kept)


async def copy_source_if_match(ctx: DoctorContext) -> Finding:
    await ctx.put("source", OLD)
    answer = await _copy(ctx, "source", "copied", {"x-amz-copy-source-if-match": _WRONG_ETAG})
    is_kept = await ctx.content("copied") is None
    check, what = "copy-source-if-match", "CopyObject with a condition on its source"
    return _condition(ctx, Capability.COPY_OBJECT_IF_MATCH, check, what, answer, is_kept=is_kept)


async def copy_if_none_match(ctx: DoctorContext) -> Finding:
    await ctx.put("source", NEW)
    await ctx.put("taken", OLD)
    answer = await _copy(ctx, "source", "taken", {"if-none-match": "*"})
    is_kept = await ctx.content("taken") == OLD
    what = "CopyObject with If-None-Match: *"
    return _condition(ctx, Capability.COPY_IF_NONE_MATCH, "copy-if-none-match", what, answer, is_kept=is_kept)


def _condition(
    ctx: DoctorContext, capability: Capability, check: str, what: str, answer: Probed, *, is_kept: bool
) -> Finding:
    """Say, and learn, whether a condition that must fail did so; refused for another reason, it is open."""
    if answer.tells_nothing:
        return unknown(check, f"Nothing tells whether {what} is honoured ({answer.evidence}).")
    ctx.learn(capability, answer.is_refused and is_kept, answer.evidence)
    return _honoured(check, what, answer, is_kept=is_kept)


def _honoured(check: str, what: str, answer: Probed, *, is_kept: bool) -> Finding:
    if answer.is_refused and is_kept:
        if answer.status == 412:
            return passed(check, f"{what} is honoured.")
        return unsupported(
            check, f"{what} is refused ({answer.evidence}).", "The state is compared beforehand."
        )
    said = f"{what} is ignored ({answer.evidence or answer.status}): the write took place."
    return unsupported(check, said, "The state is compared beforehand, which is not as sure.")


async def checksum(ctx: DoctorContext) -> Finding:
    right = await ctx.put("crc", OLD, x_amz_checksum_crc32=_crc32(OLD))
    if right.is_refused:
        ctx.learn(Capability.CHECKSUM_HEADERS, False, right.evidence)
        return unsupported(
            "checksums", f"x-amz-checksum-* is refused ({right.evidence}).", "Content-MD5 is sent."
        )
    ctx.learn(Capability.CHECKSUM_HEADERS, True, right.evidence)
    wrong = await ctx.put("crc-wrong", OLD, x_amz_checksum_crc32=_crc32(NEW))
    if wrong.is_refused and await ctx.content("crc-wrong") is None:
        return passed("checksums", "A wrong checksum is refused.")
    return unsupported("checksums", "A wrong checksum is taken: the server does not compare it.")


async def content_md5(ctx: DoctorContext) -> Finding:
    wrong = base64.b64encode(hashlib.md5(NEW, usedforsecurity=False).digest()).decode()
    answer = await ctx.put("md5-wrong", OLD, content_md5=wrong)
    if answer.is_refused:
        return passed("content-md5", "A wrong Content-MD5 is refused.")
    return unsupported("content-md5", "A wrong Content-MD5 is taken: the server does not compare it.")


async def body_hash(ctx: DoctorContext) -> Finding:
    wrong = hashlib.sha256(NEW).hexdigest()
    answer = await probe(
        ctx.s3, "PUT", "ProbePutObject", ctx.bucket, ctx.key("hash"), body=OLD, payload_hash=wrong
    )
    if answer.is_refused:
        return passed("body-hash", "A body that is not the signed one is refused.")
    return unsupported(
        "body-hash", "A body that is not the signed one is taken: the server does not compare it."
    )


async def trailers(ctx: DoctorContext) -> Finding:
    right = await _with_trailer(ctx, "trailer", _crc32(OLD))
    if right.is_refused:
        ctx.learn(Capability.CHECKSUM_TRAILERS, False, right.evidence)
        return unsupported("trailers", f"Checksums behind a body are refused ({right.evidence}).")
    content = await ctx.content("trailer")
    head = await probe(ctx.s3, "HEAD", "ProbeHeadObject", ctx.bucket, ctx.key("trailer"))
    if content != OLD:
        ctx.learn(Capability.CHECKSUM_TRAILERS, False, "the framing was stored as the object")
        return failed(
            "trailers", "The framing of a body with a trailer is stored as the object.", "None are sent."
        )
    if "aws-chunked" in head.headers.get("content-encoding", ""):
        ctx.learn(Capability.CHECKSUM_TRAILERS, False, "Content-Encoding: aws-chunked was stored")
        return unsupported(
            "trailers", "A trailer leaves Content-Encoding: aws-chunked behind.", "None are sent."
        )
    ctx.learn(Capability.CHECKSUM_TRAILERS, True, right.evidence)
    wrong = await _with_trailer(ctx, "trailer-wrong", _crc32(NEW))
    if wrong.is_refused:
        return passed("trailers", "Checksums behind a body are compared.")
    return unsupported("trailers", "Checksums behind a body are taken, and not compared.")


async def _with_trailer(ctx: DoctorContext, name: str, value: str) -> Probed:
    body = b"%x\r\n%b\r\n0\r\nx-amz-checksum-crc32:%b\r\n\r\n" % (len(OLD), OLD, value.encode())
    headers = {
        "content-encoding": "aws-chunked",
        "x-amz-decoded-content-length": str(len(OLD)),
        "x-amz-trailer": "x-amz-checksum-crc32",
    }
    return await probe(
        ctx.s3,
        "PUT",
        "ProbePutObject",
        ctx.bucket,
        ctx.key(name),
        headers=headers,
        body=body,
        payload_hash=_TRAILERS,
    )


async def delete_many(ctx: DoctorContext) -> Finding:
    await ctx.put("many", OLD)
    body = f"<Delete><Object><Key>{ctx.key('many')}</Key></Object></Delete>".encode()
    md5 = base64.b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode()
    answer = await probe(
        ctx.s3,
        "POST",
        "DeleteObjects",
        ctx.bucket,
        headers={"content-md5": md5},
        body=body,
        delete="",
    )
    if answer.is_refused:
        if answer.is_lacking:
            ctx.learn(Capability.DELETE_OBJECTS, False, answer.evidence)
        said = f"Many keys cannot be deleted in one request ({answer.evidence})."
        return unsupported("delete-many", said, "They are deleted one by one.")
    is_gone = await ctx.content("many") is None
    ctx.learn(Capability.DELETE_OBJECTS, is_gone, answer.evidence)
    if not is_gone:
        return failed(
            "delete-many", "DeleteObjects succeeds, and the object is still there.", "Delete one by one."
        )
    if answer.texts("Deleted/Key") != [ctx.key("many")]:
        return unsupported("delete-many", "DeleteObjects works, and does not say which keys it deleted.")
    return passed("delete-many", "Many keys are deleted in one request.")


async def tags(ctx: DoctorContext) -> Finding:
    await ctx.put("tags", OLD)
    key = ctx.key("tags")
    answer = await probe(ctx.s3, "GET", "ProbeTagging", ctx.bucket, key, tagging="")
    is_known = answer.root == "Tagging"
    ctx.learn(Capability.TAGGING, is_known, f"?tagging: {answer.evidence} {answer.root}".rstrip())
    if not is_known:
        return unsupported("tags", f"Objects have no tags ({answer.evidence}).")
    body = b"<Tagging><TagSet><Tag><Key>s3tui</Key><Value>probe</Value></Tag></TagSet></Tagging>"
    md5 = base64.b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode()
    headers = {"content-md5": md5}
    await probe(ctx.s3, "PUT", "ProbeTagging", ctx.bucket, key, headers=headers, body=body, tagging="")
    if await ctx.content("tags") != OLD:
        return failed("tags", "Writing tags replaced the object.", "Do not tag anything there.")
    written = await probe(ctx.s3, "GET", "ProbeTagging", ctx.bucket, key, tagging="")
    if written.texts("TagSet/Tag/Value") != ["probe"]:
        return unsupported("tags", "Tags are read, and not written.")
    return passed("tags", "Objects have tags.")


async def unknown_upload(ctx: DoctorContext) -> Finding:
    key, id = ctx.key("upload"), "s3tui-no-such-upload"
    parts = await probe(ctx.s3, "GET", "ProbeListParts", ctx.bucket, key, uploadId=id)
    body = _completion([(1, '"0"')])
    whole = await probe(ctx.s3, "POST", "ProbeComplete", ctx.bucket, key, body=body, uploadId=id)
    codes = parts.code or str(parts.status), whole.code or str(whole.status)
    if codes == ("NoSuchUpload", "NoSuchUpload"):
        return passed("unknown-upload", "An upload that is not there is called NoSuchUpload.")
    said = f"Of an upload that is not there, ListParts says {codes[0]}, and completing it {codes[1]}."
    return unsupported("unknown-upload", said)


def _completion(parts: Iterable[tuple[int, str]]) -> bytes:
    body = "".join(f"<Part><PartNumber>{n}</PartNumber><ETag>{etag}</ETag></Part>" for n, etag in parts)
    return f"<CompleteMultipartUpload>{body}</CompleteMultipartUpload>".encode()


async def multipart(ctx: DoctorContext) -> Finding:
    try:
        id = await _upload(ctx, "parts")
    except S3Error as error:
        return unsupported("multipart", f"Uploads in parts cannot be begun: {error.message}.")
    small, key = [], ctx.key("parts")
    for number in (1, 2):
        part = await probe(
            ctx.s3, "PUT", "ProbeUploadPart", ctx.bucket, key, body=b"xy", partNumber=str(number), uploadId=id
        )
        small.append((number, part.headers.get("etag", "")))
    xml = _completion(small)
    answer = await probe(ctx.s3, "POST", "ProbeComplete", ctx.bucket, key, body=xml, uploadId=id)
    await probe(ctx.s3, "DELETE", "AbortMultipartUpload", ctx.bucket, key, uploadId=id)
    if answer.code == "EntityTooSmall":
        return passed("multipart", "Uploads in parts work; a part has 5 MiB at least.")
    if answer.is_refused:
        return failed(
            "multipart", f"An upload in parts was refused: {answer.said or answer.evidence}.", "None is made."
        )
    if await ctx.content("parts") != b"xyxy":
        return failed(
            "multipart", "An upload in parts is not the sum of its parts.", "Do not keep anything there."
        )
    empty = next(iter(answer.texts("ETag")), "") == ""
    return passed(
        "multipart", f"Uploads in parts work, small parts too{'; the ETag is not told' if empty else ''}."
    )


async def complete_if_none_match(ctx: DoctorContext) -> Finding:
    await ctx.put("completed", OLD)
    key = ctx.key("completed")
    id = await _upload(ctx, "completed")
    part = await probe(
        ctx.s3, "PUT", "ProbeUploadPart", ctx.bucket, key, body=NEW, partNumber="1", uploadId=id
    )
    answer = await probe(
        ctx.s3,
        "POST",
        "ProbeComplete",
        ctx.bucket,
        key,
        headers={"if-none-match": "*"},
        body=_completion([(1, part.headers.get("etag", ""))]),
        uploadId=id,
    )
    await probe(ctx.s3, "DELETE", "AbortMultipartUpload", ctx.bucket, key, uploadId=id)
    is_kept = await ctx.content("completed") == OLD
    check, what = "complete-if-none-match", "Completing an upload with If-None-Match: *"
    return _condition(ctx, Capability.COMPLETE_IF_NONE_MATCH, check, what, answer, is_kept=is_kept)


async def part_copy(ctx: DoctorContext) -> Finding:
    """Copy a part of a key with a percent sign, beside the key that it is when decoded once too often."""
    await ctx.put("a%41", OLD)
    await ctx.put("aA", NEW)
    try:
        id = await _upload(ctx, "part-copy")
    except S3Error as error:
        return unknown("part-copy", f"Uploads in parts cannot be begun: {error.message}.")
    key, source = ctx.key("part-copy"), encode_key(f"{ctx.bucket}/{ctx.key('a%41')}")

    async def copy(number: str, **more: str) -> Probed:
        headers = {
            "x-amz-copy-source": source,
            **{name.replace("_", "-"): value for name, value in more.items()},
        }
        return await probe(
            ctx.s3, "PUT", "ProbePartCopy", ctx.bucket, key, headers=headers, partNumber=number, uploadId=id
        )

    refused = await copy("1", x_amz_copy_source_if_match=_WRONG_ETAG)
    copied = refused if not refused.is_refused else await copy("1")
    etag = next(iter(copied.texts("ETag")), "").strip('"')
    await probe(ctx.s3, "DELETE", "AbortMultipartUpload", ctx.bucket, key, uploadId=id)
    honoured = refused.status == 412
    if not copied.is_refused or honoured:
        ctx.learn(Capability.COPY_SOURCE_IF_MATCH, honoured, f"UploadPartCopy: {refused.evidence}")
    if copied.is_refused:
        return unsupported(
            "part-copy", f"Parts cannot be copied ({copied.evidence}).", "Bytes go through here."
        )
    other = hashlib.md5(NEW, usedforsecurity=False).hexdigest()
    if etag == other:
        return failed(
            "part-copy",
            "Parts are copied from another object: their source is decoded twice.",
            "Bytes go through here.",
        )
    if not honoured:
        return unsupported("part-copy", "Parts are copied, and a condition on their source is ignored.")
    return passed("part-copy", "Parts are copied, with conditions on their source.")


async def throughput(ctx: DoctorContext) -> Finding:
    data, begun = bytes(_THROUGHPUT), monotonic()
    answer = await ctx.put("bulk", data)
    up_s, begun = monotonic() - begun, monotonic()
    content = await ctx.content("bulk")
    down_s = monotonic() - begun
    if answer.is_refused or content != data:
        return unknown("throughput", f"4 MiB did not come through ({answer.evidence}).")
    up, down = (_THROUGHPUT / max(took, 1e-6) / 1e6 for took in (up_s, down_s))
    return passed("throughput", f"One connection: {up:.1f} MB/s up, {down:.1f} MB/s down.")


CHECKS: tuple[Check, ...] = (
    if_none_match,
    if_match,
    delete_if_match,
    copy_source_if_match,
    copy_if_none_match,
    checksum,
    content_md5,
    body_hash,
    trailers,
    delete_many,
    tags,
    unknown_upload,
    multipart,
    complete_if_none_match,
    part_copy,
    throughput,
)
"""What is asked after `puts` has passed."""


async def clean_up(ctx: DoctorContext) -> AsyncIterator[Finding]:
    """Take away all that was written, versions too, and say what is left."""
    below = ctx.key("")
    versions = await probe(
        ctx.s3, "GET", "ListObjectVersions", ctx.bucket, versions="", prefix=below, max_keys="1000"
    )
    document = versions.document if "Versions" in versions.root else None
    markers = [] if document is None else document.findall("DeleteMarker")
    found = [*markers, *([] if document is None else document.findall("Version"))]
    for each in found:
        key, id = each.findtext("Key") or "", each.findtext("VersionId") or ""
        if key.startswith(below):
            # Where versions are suspended, a deletion without an id leaves a marker: there is one already.
            query = {"versionId": id} if id and (id != "null" or markers) else {}
            await probe(ctx.s3, "DELETE", "DeleteObject", ctx.bucket, key, more=query)
    left = await _keys(ctx, below)
    for key in left:
        await probe(ctx.s3, "DELETE", "DeleteObject", ctx.bucket, key)
    uploads = await probe(ctx.s3, "GET", "ListMultipartUploads", ctx.bucket, uploads="", prefix=below)
    if uploads.document is not None and uploads.root == "ListMultipartUploadsResult":
        for each in uploads.document.findall("Upload"):
            key, id = each.findtext("Key") or "", each.findtext("UploadId") or ""
            if key.startswith(below) and id:
                await probe(ctx.s3, "DELETE", "AbortMultipartUpload", ctx.bucket, key, uploadId=id)
    if left := await _keys(ctx, below):
        where = f"s3://{ctx.bucket}/{below}"
        yield failed("clean-up", f"Left of the probe: {counted(len(left), 'object')}.", f"Delete {where}.")


async def _keys(ctx: DoctorContext, below: str) -> list[str]:
    page = await probe(ctx.s3, "GET", "ListObjectsV2", ctx.bucket, list_type="2", prefix=below)
    return [key for key in page.texts("Contents/Key") if key.startswith(below)]


async def _copy(ctx: DoctorContext, source: str, to: str, headers: dict[str, str]) -> Probed:
    path = encode_key(f"{ctx.bucket}/{ctx.key(source)}")
    sent = {"x-amz-copy-source": path, **headers}
    return await probe(ctx.s3, "PUT", "ProbeCopyObject", ctx.bucket, ctx.key(to), headers=sent)


async def _upload(ctx: DoctorContext, name: str) -> str:
    assert ctx.bucket is not None
    return await ctx.s3.create_multipart_upload(ctx.bucket, ctx.key(name))


def _crc32(data: bytes) -> str:
    return base64.b64encode(zlib.crc32(data).to_bytes(4, "big")).decode()
