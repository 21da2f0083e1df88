"""Creating buckets: none over another, and the region is the one that the server tells."""

from __future__ import annotations

import secrets
from collections.abc import Callable

import pytest

from s3tui.browse.place.new_bucket import CreatedBucket, NewBucket, make_bucket
from s3tui.s3.client import S3Client
from s3tui.s3.retries import RetryPolicy
from s3tui.tui.screens.buckets.bucket_actions import made_words
from tests.s3.scripted import KEYS, Reply, Seen, scripted
from tests.servers import S3Server

ERROR = b"<Error><Code>%s</Code><Message>no</Message></Error>"
LOCATION = b'<LocationConstraint xmlns="http://s3.amazonaws.com/doc/2006-03-01/">%s</LocationConstraint>'


def server_of(head: int, put: Reply, location: Reply) -> Callable[[Seen], Reply]:
    def answer(seen: Seen) -> Reply:
        match seen.method:
            case "HEAD":
                return Reply(head)
            case "PUT":
                return put
        if b"location" in seen.target:
            return location
        code = b"NoSuchBucket" if head == 404 else b"AccessDenied"
        return Reply(head, body=ERROR % code)  # what HEAD may not tell is asked by GET

    return answer


@pytest.mark.parametrize(
    "put",
    [Reply(), Reply(409, body=ERROR % b"BucketAlreadyExists"), Reply(409, body=ERROR % b"OperationAborted")],
)
@pytest.mark.parametrize(("head", "is_visible"), [(200, True), (403, False)])
@pytest.mark.parametrize("region", [None, "eu-west-1"])
async def test_none_is_made_over_one_that_is_there(
    head: int, is_visible: bool, put: Reply, region: str | None
) -> None:
    script = server_of(head, put, Reply(body=LOCATION % b""))
    async with scripted(script) as server, S3Client(server.endpoint, KEYS) as s3:
        made = await make_bucket(s3, NewBucket("mine", region))
        assert "PUT" not in {seen.method for seen in server.requests}
    assert made == CreatedBucket(False, "us-east-1" if is_visible else None, is_visible)
    words, kind = made_words("mine", made, region or "us-east-1")
    assert "created" not in words
    assert kind == "warning"


@pytest.mark.parametrize(
    ("location", "seen"),
    [
        (Reply(body=LOCATION % b""), "us-east-1"),
        (Reply(body=LOCATION % b"us-east-1"), "us-east-1"),
        (Reply(body=LOCATION % b"eu-west-1"), "eu-west-1"),
        (Reply(body=LOCATION % b"default"), "default"),
        (Reply(501, body=ERROR % b"NotImplemented"), None),
        (Reply(403, body=ERROR % b"AccessDenied"), None),
    ],
)
@pytest.mark.parametrize("wished", [None, "us-east-1", "eu-west-1", "ap-south-1"])
async def test_where_it_is_the_server_says_not_the_wish(
    location: Reply, seen: str | None, wished: str | None
) -> None:
    async with (
        scripted(server_of(404, Reply(), location)) as server,
        S3Client(server.endpoint, KEYS, retry=RetryPolicy(attempts=1)) as s3,
    ):
        made = await make_bucket(s3, NewBucket("mine", wished))
        learned = s3.region_of("mine")
        assert wished in (seen, None) or learned != wished, "that was a wish"
    assert made == CreatedBucket(True, seen)
    words, kind = made_words("mine", made, wished or "us-east-1")
    assert (f"in {seen}" in words) == (seen is not None)
    assert ("did not put it" in words) == (seen is not None and seen != (wished or "us-east-1"))
    assert kind == ("warning" if "did not put it" in words else "done")


async def test_settings_are_made_each_by_itself_and_those_that_fail_are_named(
    ministack: S3Server,
) -> None:
    name, client = f"new-{secrets.token_hex(4)}", ministack.boto3()
    wish = NewBucket(
        name, versioning=True, encryption="AES256", refuses_public_access=True, tags={"team": "a b"}
    )
    async with S3Client(ministack.endpoint, ministack.credentials) as s3:
        made = await make_bucket(s3, wish)
    assert (made.is_new, made.failed) == (True, {})
    assert client.get_bucket_versioning(Bucket=name)["Status"] == "Enabled"
    assert client.get_bucket_tagging(Bucket=name)["TagSet"] == [{"Key": "team", "Value": "a b"}]
    assert all(client.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"].values())

    def answer(seen: Seen) -> Reply:
        if b"?publicAccessBlock" in seen.target:
            return Reply(403, body=ERROR % b"AccessDenied")
        return server_of(404, Reply(), Reply(body=LOCATION % b""))(seen)

    async with scripted(answer) as server, S3Client(server.endpoint, KEYS) as s3:
        made = await make_bucket(s3, NewBucket("mine", refuses_public_access=True))
    assert list(made.failed) == ["public access"]
    words, kind = made_words("mine", made, "us-east-1")
    assert "but without public access: " in words
    assert kind == "error"
