"""Checks that only read: listings, their order and their encoding, and the subresources of a bucket."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from urllib.parse import unquote

from s3tui.diagnosis.doctor.context import DoctorContext
from s3tui.diagnosis.doctor.findings import Finding, passed, unknown, unsupported
from s3tui.diagnosis.doctor.probe import Probed, probe
from s3tui.s3.sending.capabilities import Capability

_NEEDS_ESCAPES = frozenset(' "%+<>\\^`{|}')
_SUBRESOURCES = {
    "versioning": (Capability.VERSIONING, "VersioningConfiguration GetBucketVersioningResponse"),
    "tagging": (Capability.BUCKET_TAGGING, "Tagging"),
    "policy": (Capability.POLICY, ""),
    "cors": (Capability.CORS, "CORSConfiguration"),
    "lifecycle": (Capability.LIFECYCLE, "LifecycleConfiguration"),
    "encryption": (Capability.ENCRYPTION, "ServerSideEncryptionConfiguration"),
    "acl": (Capability.ACL, "AccessControlPolicy"),
    "publicAccessBlock": (Capability.PUBLIC_ACCESS_BLOCK, "PublicAccessBlockConfiguration"),
}
_ABSENT = ("NoSuch", "ServerSideEncryptionConfigurationNotFound", "ObjectLockConfigurationNotFound")


async def listings(ctx: DoctorContext) -> AsyncIterator[Finding]:
    """Yield how keys are listed: version 2, encoded, in which order, from any key on."""
    page = await probe(
        ctx.s3, "GET", "ListObjectsV2", ctx.bucket, list_type="2", max_keys="1000", encoding_type="url"
    )
    if page.is_refused:
        yield unknown("list-v2", f"The listing was refused: {page.said or page.evidence}.")
        return
    is_second = bool(page.texts("KeyCount")) or not page.texts("Marker")
    ctx.learn(Capability.LIST_OBJECTS_V2, is_second, "a listing")
    version = "second" if is_second else "first"
    yield (passed if is_second else unsupported)("list-v2", f"Listings are of the {version} version.")
    keys, encoded = page.texts("Contents/Key"), page.texts("EncodingType") == ["url"]
    yield _encoding(ctx, keys, encoded)
    plain = [unquote(key.replace("+", "%20")) if encoded else key for key in keys]
    yield _order(ctx, plain)
    yield await _start_after(ctx, plain)


def _encoding(ctx: DoctorContext, keys: Sequence[str], encoded: bool) -> Finding:
    raw = any(_NEEDS_ESCAPES.difference("%+").intersection(key) or not key.isascii() for key in keys)
    if not encoded or raw:
        ctx.learn(Capability.ENCODING_TYPE, False, "a listing")
        said = "Keys come as they are, beside an EncodingType" if encoded else "Keys are not encoded"
        return unsupported("encoding", f"{said}: those with control characters may not be readable.")
    ctx.learn(Capability.ENCODING_TYPE, True, "a listing")
    blanks = " Blanks are written as +." if any("+" in key for key in keys) else ""
    return passed("encoding", f"Keys are percent-encoded.{blanks}")


def _order(ctx: DoctorContext, keys: Sequence[str]) -> Finding:
    if len(keys) < 2:
        return unknown("order", "Too few keys are listed to see their order.")
    raw = [key.encode("utf-8", "surrogateescape") for key in keys]
    if raw == sorted(raw):
        return passed("order", "Keys come in the order of their bytes.")
    ctx.learn(Capability.START_AFTER, False, "a listing in another order")
    return unsupported("order", "Keys come in another order: seeking and parallel listings are off here.")


async def _start_after(ctx: DoctorContext, keys: Sequence[str]) -> Finding:
    if len(keys) < 2:
        return unknown("start-after", "Too few keys are listed to try it.")
    first = keys[0]
    page = await probe(
        ctx.s3, "GET", "ListObjectsV2", ctx.bucket, list_type="2", max_keys="1", start_after=first
    )
    found = page.texts("Contents/Key")
    if page.is_refused or (found and found[0] <= first):
        ctx.learn(Capability.START_AFTER, False, f"a listing began with the key asked for ({page.evidence})")
        return unsupported("start-after", "Listings begin anew in place of behind a key.")
    if ctx.s3.capabilities.has(Capability.START_AFTER) is not False:
        ctx.learn(Capability.START_AFTER, True, "a listing")
    return passed("start-after", "Listings begin behind any key.")


async def markers(ctx: DoctorContext) -> AsyncIterator[Finding]:
    """Yield how listings of versions and of uploads go on, where there is enough to go on with."""
    versions = await probe(
        ctx.s3, "GET", "ListObjectVersions", ctx.bucket, versions="", encoding_type="url", max_keys="2"
    )
    has_versions = ctx.lists_versions = versions.root in ("ListVersionsResult", "ListObjectVersionsResult")
    if has_versions:
        yield passed("versions", "Versions are listed.")
    elif versions.is_refused and not versions.is_lacking:
        yield unknown("versions", f"Listing versions was refused ({versions.evidence}).")
    else:
        yield unsupported("versions", f"Versions are not listed ({versions.evidence or versions.root}).")
    if has_versions and (said := _marker(versions, "Version/Key", "NextKeyMarker")):
        yield unsupported("version-marker", said)
    uploads = await probe(
        ctx.s3, "GET", "ListMultipartUploads", ctx.bucket, uploads="", encoding_type="url", max_uploads="2"
    )
    if uploads.root != "ListMultipartUploadsResult":
        yield unsupported("uploads", f"Unfinished uploads are not listed ({uploads.evidence}).")
        return
    yield passed("uploads", "Unfinished uploads are listed.")
    if said := _marker(uploads, "Upload/Key", "NextKeyMarker"):
        yield unsupported("upload-marker", said)


def _marker(page: Probed, keys: str, marker: str) -> str:
    """Return what is odd in the encoding of a page's keys and of its marker; empty where nothing is."""
    found, says_so = page.texts(keys), page.texts("EncodingType") == ["url"]
    next_one = next(iter(page.texts(marker)), "")
    encoded = any("%" in key for key in found)
    raw = any(" " in key or not key.isascii() for key in found)
    if says_so and raw:
        return "Keys come as they are, though the page says that they are encoded."
    if encoded and not says_so:
        return "Keys are encoded, though the page does not say so."
    if says_so and next_one and (" " in next_one or not next_one.isascii()):
        return "Keys are encoded, the marker of the next page is not: it is sent back as it came."
    return ""


async def subresources(ctx: DoctorContext) -> AsyncIterator[Finding]:
    """Yield which settings of a bucket the endpoint knows, by the roots of their documents."""
    known: list[str] = []
    lacking: list[str] = []
    odd: list[str] = []
    for name, (capability, root) in _SUBRESOURCES.items():
        answer = await probe(ctx.s3, "GET", "ProbeSubresource", ctx.bucket, more={name: ""})
        if answer.code.startswith(_ABSENT) and answer.code != "NoSuchBucket":
            is_there = True
        elif answer.is_refused and not answer.is_lacking:
            continue  # a refusal says nothing of whether it is known
        elif answer.is_refused:
            is_there = False
        else:
            is_there = answer.body.lstrip().startswith(b"{") if not root else answer.root in root.split()
            if name == "versioning" and ctx.lists_versions is False:
                is_there = False  # an empty document, of a server without versions
            if not is_there and answer.root.endswith("Configuration"):
                odd.append(f"?{name} is a {answer.root}")
        ctx.learn(capability, is_there, f"?{name}: {answer.evidence} {answer.root}".rstrip())
        (known if is_there else lacking).append(f"?{name}")
    if known:
        yield passed("subresources", f"Known: {', '.join(known)}.")
    if lacking:
        yield unsupported("subresources-lacking", f"Not known: {', '.join(lacking)}.")
    if odd:
        yield unsupported("documents", f"Of another form: {', '.join(odd)}.")
