"""Edited content is saved over the state that was read, with all that describes it, and over no other one."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest

from s3tui.s3 import S3Client
from s3tui.s3.errors import S3Error, TransportError
from s3tui.s3.retries import RetryPolicy
from s3tui.s3.sending.capabilities import Capability
from s3tui.transfer.editing.conditions import obeys_if_match
from s3tui.transfer.editing.content import ChangedMeanwhile, ContentEditing, Saved
from s3tui.transfer.editing.object_state import ObjectState, read_state
from s3tui.transfer.editing.opening import MOST_EDITED, open_content
from tests.fault_proxy import Answer, FaultProxy, Request, Reset
from tests.s3.scripted import KEYS, Reply, scripted
from tests.servers import S3Server
from tests.transfer.conftest import IMPATIENT
from tests.transfer.editing.test_attributes import FULL, KEY, described


def now() -> datetime:
    return datetime.now(UTC)


def editing(s3: S3Client, bucket: str, before: ObjectState | None, *, obeys: bool = True) -> ContentEditing:
    return ContentEditing(s3, bucket, KEY, before, obeys_if_match=obeys, now=now)


def body(server: S3Server, bucket: str, key: str = KEY) -> bytes:
    data: bytes = server.boto3().get_object(Bucket=bucket, Key=key)["Body"].read()
    return data


@pytest.mark.parametrize("name", ["ministack", "moto_server"])
async def test_only_the_bytes_change(request: pytest.FixtureRequest, name: str) -> None:
    server: S3Server = request.getfixturevalue(name)
    bucket, client = server.make_bucket(), server.boto3()
    client.put_object(Bucket=bucket, Key=KEY, Body=b"hello", **FULL)
    before = described(server, bucket)
    async with S3Client(server.endpoint, server.credentials) as s3:
        done = await editing(s3, bucket, await read_state(s3, bucket, KEY)).save(b"edited\r\n\xff")
    assert isinstance(done, Saved)
    assert done.lost == ()
    after = described(server, bucket)
    assert {**after, "ETag": "", "ContentLength": 0} == {**before, "ETag": "", "ContentLength": 0}
    assert body(server, bucket) == b"edited\r\n\xff"


async def test_an_object_with_public_grants_stays_public(moto_server: S3Server) -> None:
    bucket, client = moto_server.make_bucket(), moto_server.boto3()
    client.put_object(Bucket=bucket, Key=KEY, Body=b"hello", ACL="public-read")
    before = described(moto_server, bucket)["acl"]
    assert len(before) == 2
    async with S3Client(moto_server.endpoint, moto_server.credentials) as s3:
        await editing(s3, bucket, await read_state(s3, bucket, KEY)).save(b"x")
    assert described(moto_server, bucket)["acl"] == before


def theirs(client: Any, bucket: str, how: str) -> None:
    """Change the object as another one may."""
    match how:
        case "bytes":
            client.put_object(Bucket=bucket, Key=KEY, Body=b"theirs")
        case "metadata":
            client.copy_object(
                Bucket=bucket, Key=KEY, CopySource={"Bucket": bucket, "Key": KEY},
                MetadataDirective="REPLACE", Metadata={"theirs": "1"},
            )  # fmt: skip
        case "tags":
            client.put_object_tagging(
                Bucket=bucket, Key=KEY, Tagging={"TagSet": [{"Key": "t", "Value": "1"}]}
            )
        case "deletion":
            client.delete_object(Bucket=bucket, Key=KEY)


@pytest.mark.parametrize("how", ["bytes", "metadata", "tags", "deletion"])
async def test_what_another_one_did_meanwhile_is_not_overwritten(ministack: S3Server, how: str) -> None:
    bucket, client = ministack.make_bucket(), ministack.boto3()
    client.put_object(Bucket=bucket, Key=KEY, Body=b"hello")
    async with S3Client(ministack.endpoint, ministack.credentials) as s3:
        session = editing(s3, bucket, await read_state(s3, bucket, KEY))
        theirs(client, bucket, how)
        answer = await session.save(b"mine")
        assert isinstance(answer, ChangedMeanwhile)
        assert (answer.state is None) == (how == "deletion")
        if answer.state is not None:
            assert answer.data == body(ministack, bucket)
        else:
            assert "Contents" not in client.list_objects_v2(Bucket=bucket)
        # what the user then decides is pinned to what was shown
        assert isinstance(await editing(s3, bucket, answer.state).save(b"mine"), Saved)
    assert body(ministack, bucket) == b"mine"


async def test_the_version_of_a_bucket_that_keeps_none_can_be_opened(moto_server: S3Server) -> None:
    bucket, client = moto_server.make_bucket(), moto_server.boto3()
    client.put_object(Bucket=bucket, Key=KEY, Body=b"hello")
    (version,) = client.list_object_versions(Bucket=bucket)["Versions"]
    async with S3Client(moto_server.endpoint, moto_server.credentials) as s3:
        opened = await open_content(s3, bucket, KEY, version["VersionId"])
    assert opened.data == b"hello"


async def test_a_write_between_the_look_and_ours_is_refused_by_if_match(
    proxy: FaultProxy, ministack: S3Server
) -> None:
    bucket, client = ministack.make_bucket(), ministack.boto3()
    client.put_object(Bucket=bucket, Key=KEY, Body=b"hello")

    def at_put(request: Request) -> bool:
        if request.method == "PUT":
            theirs(client, bucket, "bytes")
        return False

    async with S3Client(proxy.endpoint, ministack.credentials) as s3:
        before = await read_state(s3, bucket, KEY)
        proxy.add(Answer(500), when=at_put)
        answer = await editing(s3, bucket, before).save(b"mine")
    assert isinstance(answer, ChangedMeanwhile)
    assert answer.data == b"theirs" == body(ministack, bucket)


async def test_a_write_whose_answer_was_lost_is_found_and_is_no_conflict(
    proxy: FaultProxy, ministack: S3Server
) -> None:
    bucket = ministack.make_bucket()
    ministack.boto3().put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    ministack.boto3().put_object(Bucket=bucket, Key=KEY, Body=b"hello")
    async with S3Client(proxy.endpoint, ministack.credentials, retry=IMPATIENT) as s3:
        session = editing(s3, bucket, await read_state(s3, bucket, KEY))
        proxy.add(Reset(), when=lambda request: request.method == "PUT")
        assert isinstance(await session.save(b"mine"), Saved)
    versions = ministack.boto3().list_object_versions(Bucket=bucket)["Versions"]
    assert len(versions) == 2


async def test_a_write_right_after_ours_is_not_taken_for_ours(proxy: FaultProxy, ministack: S3Server) -> None:
    """Its version would be the one that an undo removes."""
    bucket, client = ministack.make_bucket(), ministack.boto3()
    client.put_object(Bucket=bucket, Key=KEY, Body=b"hello")

    def at_look(request: Request) -> bool:
        if request.method == "HEAD" and any(each.method == "PUT" for each in proxy.requests):
            client.put_object(Bucket=bucket, Key=KEY, Body=b"his!")
        return False

    async with S3Client(proxy.endpoint, ministack.credentials) as s3:
        before = await read_state(s3, bucket, KEY)
        proxy.add(Answer(500), when=at_look)
        answer = await editing(s3, bucket, before).save(b"mine")
    assert isinstance(answer, ChangedMeanwhile)
    assert answer.data == b"his!"


async def test_what_was_created_again_is_read_to_be_merged(ministack: S3Server) -> None:
    bucket = ministack.make_bucket()
    ministack.boto3().put_object(Bucket=bucket, Key=KEY, Body=b"theirs")
    async with S3Client(ministack.endpoint, ministack.credentials) as s3:
        answer = await editing(s3, bucket, None).save(b"mine")
    assert isinstance(answer, ChangedMeanwhile)
    assert answer.data == b"theirs"


async def test_what_is_too_large_to_be_merged_is_not_read(proxy: FaultProxy, ministack: S3Server) -> None:
    bucket, client = ministack.make_bucket(), ministack.boto3()
    client.put_object(Bucket=bucket, Key=KEY, Body=b"hello")
    async with S3Client(proxy.endpoint, ministack.credentials) as s3:
        before = await read_state(s3, bucket, KEY)
        client.put_object(Bucket=bucket, Key=KEY, Body=bytes(MOST_EDITED + 1))
        answer = await editing(s3, bucket, before).save(b"mine")
    assert isinstance(answer, ChangedMeanwhile)
    assert answer.data is None
    assert not any(request.method == "GET" and "?" not in request.target for request in proxy.requests)


async def test_what_was_written_and_cannot_be_looked_at_is_not_called_refused(
    proxy: FaultProxy, ministack: S3Server
) -> None:
    bucket = ministack.make_bucket()
    ministack.boto3().put_object(Bucket=bucket, Key=KEY, Body=b"hello")

    def is_look_after(request: Request) -> bool:
        return request.method == "HEAD" and any(each.method == "PUT" for each in proxy.requests)

    async with S3Client(proxy.endpoint, ministack.credentials, retry=IMPATIENT) as s3:
        before = await read_state(s3, bucket, KEY)
        proxy.add(Reset(), when=is_look_after, times=None)
        with pytest.raises(TransportError, match="It was written"):
            await editing(s3, bucket, before).save(b"mine")
    assert body(ministack, bucket) == b"mine"


async def test_a_refused_write_leaves_everything_as_it_was(ministack: S3Server) -> None:
    bucket = ministack.make_bucket()
    ministack.boto3().put_object(Bucket=bucket, Key=KEY, Body=b"hello")
    assert ministack.readonly is not None
    async with S3Client(ministack.endpoint, ministack.readonly) as s3:
        session = editing(s3, bucket, await read_state(s3, bucket, KEY))
        with pytest.raises(S3Error):
            await session.save(b"mine")
    assert body(ministack, bucket) == b"hello"


@pytest.mark.parametrize(
    ("name", "obeys"), [("ministack", True), ("moto_server", True), ("rclone_server", False)]
)
async def test_whether_conditions_are_obeyed_is_tried_once_and_leaves_nothing(
    request: pytest.FixtureRequest, name: str, obeys: bool
) -> None:
    server: S3Server = request.getfixturevalue(name)
    bucket, client = server.make_bucket(), server.boto3()
    async with S3Client(server.endpoint, server.credentials) as s3:
        assert await obeys_if_match(s3, bucket, "in/") is obeys
        assert s3.capabilities.has(Capability.PUT_IF_MATCH) is obeys
        assert "Contents" not in client.list_objects_v2(Bucket=bucket)
        client.put_object(Bucket=bucket, Key="k", Body=b"x")
        before = await read_state(s3, bucket, "k")
        session = ContentEditing(s3, bucket, "k", before, obeys_if_match=obeys, now=now)
        assert isinstance(await session.save(b"mine"), Saved)
    assert body(server, bucket, "k") == b"mine"


@pytest.mark.parametrize(
    "reply",
    [
        Reply(404), Reply(412, body=b"no"), Reply(403), Reply(400), Reply(200, body=b'{"ok": true}'),
        Reply(501, {"content-type": "text/html"}, b"<html>"),
    ],
    ids=lambda reply: str(reply.status),
)  # fmt: skip
async def test_what_s3_did_not_say_tells_nothing_of_conditions(reply: Reply) -> None:
    async with (
        scripted(lambda _: reply) as server,
        S3Client(server.endpoint, KEYS, retry=RetryPolicy(attempts=1)) as s3,
    ):
        with suppress(TransportError):
            assert not await obeys_if_match(s3, "b")
        assert s3.capabilities.has(Capability.PUT_IF_MATCH) is None
