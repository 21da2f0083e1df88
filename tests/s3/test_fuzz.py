"""Answers of a real server, changed on their way: fields and headers dropped, repeated, reordered, retyped.

Whatever comes back, nothing but the core's own errors is raised, no value is out of its range, and a listing
whose end was not said is not taken for a whole one.
"""

from __future__ import annotations

import asyncio
import dataclasses
import http.client
import inspect
import os
import re
import secrets
import tracemalloc
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import aclosing
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from enum import Enum
from pathlib import Path
from random import Random
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest

import s3tui
from s3tui.s3 import Endpoint, S3Client
from s3tui.s3.configuration import (
    BucketDocument,
    BucketRules,
    DefaultEncryption,
    PublicAccessBlock,
    RuleDocument,
    VersioningStatus,
)
from s3tui.s3.errors import ProtocolError, S3Error
from s3tui.s3.listing.backwards import list_objects_before
from s3tui.s3.listing.parallel import list_objects_parallel
from s3tui.s3.listing.versions import list_objects_as_of, list_versions_as_objects
from s3tui.s3.models import ByteRange
from s3tui.s3.retries import RetryPolicy
from tests.long import SEED, rng, share
from tests.patience import PATIENCE_S
from tests.s3.scripted import Reply, Seen, scripted, talking
from tests.servers import S3Server

pytestmark = pytest.mark.long

KEYS = ["a", "b/1", "b/2", "c", "d"]
NASTY = [
    "", " ", "0", "-1", "9" * 30, str(2**63), "1.5", "null", "True", "1", "yes", "ü", "%", "%41", "..", "/",
    "\u202e\u2028", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "Tue, 13 Mar 2018 17:25:04 GMT",
    "2018-03-13 17:25:04 +0000 UTC", "1433809946492", "2016-12-31T23:59:60Z", "x" * 5000, '""', 'W/"a"', "*",
    "bytes 0-9/*", "bytes 5-1/3", "STANDARD", "=?utf-8?q?x?=",
]  # fmt: skip
BREAKS_OFF = frozenset({"content-length", "transfer-encoding", "connection"})
ENDS = frozenset(
    {
        "IsTruncated",
        "NextContinuationToken",
        "ContinuationToken",
        "KeyCount",
        "MaxKeys",
        "MaxUploads",
        "MaxParts",
        "NextKeyMarker",
        "NextVersionIdMarker",
        "NextUploadIdMarker",
        "NextPartNumberMarker",
        "Name",
        "Prefix",
        "Delimiter",
        "KeyMarker",
        "VersionIdMarker",
    }
)
"""The fields that tell whether and where a listing continues."""
LATER = datetime(2999, 1, 1, tzinfo=UTC)
Call = Callable[[S3Client, str, Mapping[str, str]], Awaitable[object]]


async def _all(pages: AsyncIterator[object]) -> list[object]:
    return [page async for page in pages]


async def _stream(s3: S3Client, bucket: str) -> int:
    async with s3.stream_object(bucket, "a") as body:
        return sum([len(chunk) async for chunk in body])


async def _to_file(s3: S3Client, bucket: str) -> object:
    fd = os.memfd_create("fuzz")
    try:
        return await s3.get_object_to_file(bucket, "a", fd=fd)
    finally:
        os.close(fd)


async def _copy(s3: S3Client, bucket: str, upload: str) -> object:
    return await s3.upload_part_copy(bucket, "u1", upload_id=upload, part_number=3, source=f"{bucket}/a")


async def _upload(s3: S3Client, bucket: str) -> object:
    upload = await s3.create_multipart_upload(bucket, "new")
    part = await s3.upload_part(bucket, "new", upload_id=upload, part_number=1, data=b"x" * 10)
    return await s3.complete_multipart_upload(bucket, "new", upload_id=upload, parts=[part])


async def _handle(s3: S3Client, bucket: str) -> object:
    async with await s3.begin_upload(bucket, "new") as upload:
        await upload.upload_part(1, b"x" * 10)
        await upload.load_parts()
        return await upload.complete()


async def _abort(s3: S3Client, bucket: str) -> object:
    upload = await s3.create_multipart_upload(bucket, "never")
    await s3.abort_multipart_upload(bucket, "never", upload_id=upload)
    return None


async def _bucket(s3: S3Client) -> object:
    name = f"fuzzed-{secrets.token_hex(4)}"
    await s3.create_bucket(name)
    try:
        return await s3.bucket_exists(name)
    finally:
        await s3.delete_bucket(name)


LISTINGS: dict[str, Call] = {
    "objects": lambda s3, b, ids: _all(s3.list_objects(b, max_keys=2)),
    "parallel": lambda s3, b, ids: _all(list_objects_parallel(s3, b, max_keys=2)),
    "versions": lambda s3, b, ids: _all(list_versions_as_objects(s3, b, max_keys=2)),
    "as of": lambda s3, b, ids: _all(list_objects_as_of(s3, b, at=LATER, max_keys=2)),
    "uploads": lambda s3, b, ids: _all(s3.list_multipart_uploads(b, max_uploads=1)),
    "parts": lambda s3, b, ids: s3.list_parts(b, "u1", upload_id=ids["u1"], max_parts=1),
}
WHOLE: dict[str, Sequence[object]] = {
    "objects": KEYS, "parallel": KEYS, "versions": ["a", *KEYS], "as of": KEYS, "uploads": ["u1", "u2", "u3"],
    "parts": [1, 2],
}  # fmt: skip
CALLS: dict[str, Call] = {
    **LISTINGS,
    "versions as listed": lambda s3, b, ids: _all(s3.list_object_versions(b, max_keys=2)),
    "folders": lambda s3, b, ids: _all(s3.list_objects(b, delimiter="/", restore_status=True)),
    "seek": lambda s3, b, ids: list_objects_before(s3, b, before="c", count=2),
    "buckets": lambda s3, b, ids: s3.list_buckets(),
    "account": lambda s3, b, ids: s3.get_account_public_access_block(),
    "directory buckets": lambda s3, b, ids: s3.list_directory_buckets(),
    "head bucket": lambda s3, b, ids: s3.head_bucket(b),
    "location": lambda s3, b, ids: s3.get_bucket_location(b),
    "head": lambda s3, b, ids: s3.head_object(b, "a", checksums=True),
    "get": lambda s3, b, ids: s3.get_object(b, "a"),
    "range": lambda s3, b, ids: s3.get_object(b, "a", byte_range=ByteRange(1, 2)),
    "stream": lambda s3, b, ids: _stream(s3, b),
    "file": lambda s3, b, ids: _to_file(s3, b),
    "put": lambda s3, b, ids: s3.put_object(b, "new", b"data"),
    "copy": lambda s3, b, ids: s3.copy_object(b, "new", source=f"{b}/a"),
    "part copy": lambda s3, b, ids: _copy(s3, b, ids["u1"]),
    "upload": lambda s3, b, ids: _upload(s3, b),
    "handle": lambda s3, b, ids: _handle(s3, b),
    "put stream": lambda s3, b, ids: s3.put_stream(b, "new", [b"0123456789"], part_size=6),
    "abort": lambda s3, b, ids: _abort(s3, b),
    "bucket": lambda s3, b, ids: _bucket(s3),
    "delete": lambda s3, b, ids: s3.delete_objects(b, ["new", "other"]),
    "delete once": lambda s3, b, ids: s3.delete_objects_once(b, [("new", None), ("other", "v1")]),
    "delete one": lambda s3, b, ids: s3.delete_object(b, "new"),
    "attributes": lambda s3, b, ids: s3.get_object_attributes(b, "a"),
    "tags": lambda s3, b, ids: s3.get_object_tagging(b, "a"),
    "restore": lambda s3, b, ids: s3.restore_object(b, "a", days=1),
    "tag bucket": lambda s3, b, ids: s3.put_bucket_tagging(b, {"t": "1"}),
    "untag bucket": lambda s3, b, ids: s3.delete_bucket_tagging(b),
    "block": lambda s3, b, ids: s3.put_public_access_block(b, PublicAccessBlock(False, False, False, False)),
    "default encryption": lambda s3, b, ids: s3.put_bucket_encryption(b, DefaultEncryption("AES256")),
    "write policy": lambda s3, b, ids: s3.put_bucket_policy(b, '{"Version": "2012-10-17", "Statement": []}'),
    "remove policy": lambda s3, b, ids: s3.delete_bucket_policy(b),
    "rules": lambda s3, b, ids: s3.get_bucket_rules(b, BucketRules.LIFECYCLE),
    "write rules": lambda s3, b, ids: s3.put_bucket_rules(b, BucketRules.CORS, RuleDocument({})),
    "remove rules": lambda s3, b, ids: s3.delete_bucket_rules(b, BucketRules.CORS),
    "tag": lambda s3, b, ids: s3.put_object_tagging(b, "a", {"t": "1"}),
    "grant": lambda s3, b, ids: s3.put_object_acl(b, "a", "private"),
    "hold": lambda s3, b, ids: s3.put_object_legal_hold(b, "a", False),
    "retain": lambda s3, b, ids: s3.put_object_retention(b, "a", None),
    "untag": lambda s3, b, ids: s3.delete_object_tagging(b, KEYS[0]),
    "link": lambda s3, b, ids: s3.presign("GET", b, "a"),
    "form": lambda s3, b, ids: s3.presign_post(b, "a"),
    "acl": lambda s3, b, ids: s3.get_object_acl(b, "a"),
    "bucket acl": lambda s3, b, ids: s3.get_bucket_acl(b),
    "versioning": lambda s3, b, ids: s3.get_bucket_versioning(b),
    "encryption": lambda s3, b, ids: s3.get_bucket_encryption(b),
    "cors": lambda s3, b, ids: s3.get_bucket_cors(b),
    "lifecycle": lambda s3, b, ids: s3.get_bucket_lifecycle(b),
    "website": lambda s3, b, ids: s3.get_bucket_document(b, BucketDocument.WEBSITE),
    "ownership": lambda s3, b, ids: s3.get_bucket_ownership(b),
    "object lock": lambda s3, b, ids: s3.get_object_lock_configuration(b),
    "public access": lambda s3, b, ids: s3.get_public_access_block(b),
    "policy status": lambda s3, b, ids: s3.is_bucket_policy_public(b),
    "bucket tags": lambda s3, b, ids: s3.get_bucket_tagging(b),
    "policy": lambda s3, b, ids: s3.get_bucket_policy(b),
    "no such key": lambda s3, b, ids: s3.get_object(b, "not there"),
    "no such bucket": lambda s3, b, ids: _all(s3.list_objects("not-there-at-all")),
}  # fmt: skip


@dataclasses.dataclass(slots=True)
class Mutator:
    """Passes requests on to a real server, and changes some answers."""

    server: S3Server
    random: Random
    only: frozenset[str] | None = None
    """Change only elements of these names, in ways that leave the server's word readable."""
    done: list[str] = dataclasses.field(default_factory=list)

    def __call__(self, seen: Seen) -> Reply:
        reply = self._ask(seen)
        if self.random.random() < 0.4:
            return reply
        if self.only is not None:
            return dataclasses.replace(reply, body=self._changed(reply.body))
        how = self.random.random()
        if how < 0.6 and reply.body.lstrip().startswith(b"<"):
            return dataclasses.replace(reply, body=self._changed(reply.body))
        if how < 0.9:
            return self._with_headers(reply)
        body, status = (
            self._damaged(reply.body),
            self.random.choice([reply.status, 200, 206, 204, 304, 404, 500]),
        )
        return Reply(status, {**reply.headers, "connection": "close"}, body)

    def _ask(self, seen: Seen) -> Reply:
        place = urlsplit(self.server.endpoint_url)
        connection = http.client.HTTPConnection(place.hostname or "", place.port)
        try:
            connection.putrequest(
                seen.method, seen.target.decode("latin-1"), skip_host=True, skip_accept_encoding=True
            )
            for name, value in seen.headers.items():
                connection.putheader(name, value)
            connection.endheaders(seen.body)
            answer = connection.getresponse()
            body = answer.read()
            headers = {name.lower(): value for name, value in answer.getheaders()}
        finally:
            connection.close()
        if seen.method != "HEAD":
            headers.pop("content-length", None)
        kept = {name: value for name, value in headers.items() if name not in BREAKS_OFF - {"content-length"}}
        return Reply(answer.status, kept, body)

    def _changed(self, body: bytes) -> bytes:
        try:
            root = ElementTree.fromstring(body)
        except ElementTree.ParseError:
            return body
        for _ in range(1 if self.only is not None else self.random.randint(1, 3)):
            pairs = [(parent, child) for parent in root.iter() for child in parent]
            if self.only is not None:
                pairs = [(p, c) for p, c in pairs if p is root and c.tag.rpartition("}")[2] in self.only]
            if pairs:
                self._change(*self.random.choice(pairs))
        return ElementTree.tostring(root)

    def _change(self, parent: ElementTree.Element, child: ElementTree.Element) -> None:
        name = child.tag.rpartition("}")[2]
        how = self.random.choice(
            ["drop", "repeat", "reorder", "retype", "rename", "nest"][: 6 if self.only is None else 4]
        )
        self.done.append(f"{how} {name}")
        match how:
            case "drop":
                parent.remove(child)
            case "repeat":
                for _ in range(self.random.randint(1, 3)):
                    parent.append(deepcopy(child))
            case "reorder":
                children = list(parent)
                self.random.shuffle(children)
                parent[:] = children
            case "retype" if self.only is None:
                child.text = self.random.choice(NASTY)
            case "retype":
                if name in ("KeyCount", "MaxKeys", "MaxUploads", "MaxParts", "Name"):
                    child.text = self.random.choice(NASTY)
                elif name == "IsTruncated" and child.text == "true":
                    child.text = self.random.choice(["True", "1", " true ", "\ntrue", "yes", "", " "])
            case "rename":
                child.tag = self.random.choice(["Key", "Size", "Odd", "Error", "Contents"])
            case "nest":
                child.append(deepcopy(child))

    def _with_headers(self, reply: Reply) -> Reply:
        headers = dict(reply.headers)
        for name in self.random.sample(sorted(headers), min(len(headers), self.random.randint(1, 3))):
            self.done.append(f"header {name}")
            if self.random.random() < 0.4:
                del headers[name]
            else:
                headers[name] = (
                    self.random.choice(NASTY).encode("latin-1", "replace").decode("latin-1").replace("\n", "")
                )
        return Reply(reply.status, {**headers, "connection": "close"}, reply.body)

    def _damaged(self, body: bytes) -> bytes:
        self.done.append("damage")
        place = self.random.randint(0, len(body))
        return self.random.choice(
            [b"", body[:place], b"\xef\xbb\xbf \n" + body, body + body, self.random.randbytes(200),
             b"<Error><Code>X</Code></Error>", b"<a>" * 1000, b"{}", body.replace(b"Result", b"Other")]
        )  # fmt: skip


@pytest.fixture
async def prepared(ministack: S3Server) -> tuple[S3Server, str, dict[str, str]]:
    """A bucket with what every operation asks about, and the ids of its uploads."""
    bucket, ids = f"fuzzed-{secrets.token_hex(4)}", {}
    async with S3Client(ministack.endpoint, ministack.credentials) as s3:
        await s3.create_bucket(bucket)
        await s3.put_bucket_versioning(bucket, VersioningStatus.ENABLED)
        for key in ["a", *KEYS]:
            await s3.put_object(bucket, key, b"0123456789", metadata={"m": "v"})
        await s3.put_object_tagging(bucket, "a", {"t": "1"})
        for key in ("u1", "u2", "u3"):
            ids[key] = await s3.create_multipart_upload(bucket, key)
        for number in (1, 2):
            await s3.upload_part(bucket, "u1", upload_id=ids["u1"], part_number=number, data=b"x")
    return ministack, bucket, ids


def out_of_range(value: object) -> object:
    """Return what is no value of its type within what was returned, if anything is."""
    if isinstance(value, bool | str | bytes | Enum) or value is None:
        return None
    if isinstance(value, int):
        return None if 0 <= value < 2**63 else value
    if isinstance(value, datetime):
        return None if value.utcoffset() == timedelta() else value
    if dataclasses.is_dataclass(value):
        value = [getattr(value, field.name) for field in dataclasses.fields(value)]
    elif isinstance(value, Mapping):
        value = [*value.keys(), *value.values()]
    if isinstance(value, list | tuple | set | frozenset):
        return next((found for each in value if (found := out_of_range(each)) is not None), None)
    return None


def _names(found: object) -> list[object]:
    """Return the keys, or the numbers of parts, of a listing."""
    assert isinstance(found, list)
    entries = [getattr(page, "objects", None) or getattr(page, "uploads", None) or () for page in found]
    return [one.key for some in entries for one in some] or [
        p.part_number for p in found if hasattr(p, "part_number")
    ]


async def _run(mutator: Mutator, call: Call, bucket: str, ids: Mapping[str, str]) -> object:
    async with scripted(mutator) as at:
        endpoint = Endpoint.custom(at.url, region=mutator.server.endpoint.region)
        async with (
            S3Client(
                endpoint, mutator.server.credentials, retry=RetryPolicy(attempts=1), read_timeout_s=1
            ) as s3,
            asyncio.timeout(PATIENCE_S),
        ):
            return await call(s3, bucket, ids)


def called_in(files: Iterable[Path]) -> set[str]:
    """Return the names of all methods that are called in some files of Python."""
    return {name for file in files for name in re.findall(r"\.(\w+)\(", file.read_text())}


def test_every_operation_that_the_app_uses_is_asked_here() -> None:
    methods = inspect.getmembers(S3Client, callable)
    operations = {name for name, method in methods if "Source: S3 API" in (method.__doc__ or "")}
    app = Path(s3tui.__file__).parent
    folders = (app / name for name in ("transfer", "browse", "connect", "tui"))
    used = called_in(file for folder in folders for file in folder.rglob("*.py")) & operations
    assert len(used) > 15
    assert used <= called_in([Path(__file__)]), used - called_in([Path(__file__)])


async def test_any_answer_is_read_or_refused(prepared: tuple[S3Server, str, dict[str, str]]) -> None:
    server, bucket, ids = prepared
    for number in range(share(12, 700)):
        for name, call in CALLS.items():
            mutator = Mutator(server, rng(f"fuzz/{name}/{number}"))
            what = f"{name}, {number} of seed {SEED}"
            try:
                found = await _run(mutator, call, bucket, ids)
            except S3Error:
                continue
            except BaseException as error:
                error.add_note(f"{what}: {mutator.done}")
                raise
            else:
                assert out_of_range(found) is None, f"{what}: {mutator.done}"


async def test_no_listing_is_whole_that_is_not(prepared: tuple[S3Server, str, dict[str, str]]) -> None:
    server, bucket, ids = prepared
    for number in range(share(25, 3000)):
        for name, call in LISTINGS.items():
            mutator = Mutator(server, rng(f"ends/{name}/{number}"), only=ENDS)
            try:
                found = await _run(mutator, call, bucket, ids)
            except S3Error:
                continue
            assert sorted(map(str, _names(found))) == sorted(map(str, WHOLE[name])), (
                f"{name}, {number} of seed {SEED}: {mutator.done}"
            )


async def test_an_answer_without_end_is_left(ministack: S3Server) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
        piece = b"<Contents><Key>k</Key></Contents>" * 2000
        piece = f"{len(piece):x}\r\n".encode() + piece + b"\r\n"
        while True:
            writer.write(piece)
            await writer.drain()

    tracemalloc.start()
    try:
        async with (
            talking(talk) as at,
            S3Client(at.endpoint, ministack.credentials) as s3,
            aclosing(s3.list_objects("b")) as pages,
        ):
            with pytest.raises(ProtocolError, match="longer"):
                await anext(pages)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 100 * 1024 * 1024
