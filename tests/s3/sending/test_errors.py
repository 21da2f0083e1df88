"""Error mapping: error responses become the right class and a sentence, malformed ones too."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from s3tui.s3 import RetryPolicy, S3Client, errors
from tests.s3.scripted import KEYS, Reply, error_reply, scripted

ONCE = RetryPolicy(attempts=1)


async def outcome(
    reply: Reply, call: Callable[[S3Client], Awaitable[object]] = lambda s3: s3.get_object("b", "k")
) -> errors.S3Error:
    async with scripted(lambda _: reply) as server, S3Client(server.endpoint, KEYS, retry=ONCE) as s3:
        with pytest.raises(errors.S3Error) as caught:
            await call(s3)
    return caught.value


@pytest.mark.parametrize(
    ("reply", "kind", "code"),
    [
        (error_reply(404, "NoSuchKey"), errors.NoSuchKey, "NoSuchKey"),
        (error_reply(404, "NoSuchBucket"), errors.NoSuchBucket, "NoSuchBucket"),
        (error_reply(403, "AccessDenied"), errors.AccessDenied, "AccessDenied"),
        (error_reply(403, "SignatureDoesNotMatch"), errors.SignatureRejected, "SignatureDoesNotMatch"),
        (error_reply(400, "ExpiredToken"), errors.SignatureRejected, "ExpiredToken"),
        (error_reply(412, "PreconditionFailed"), errors.PreconditionFailed, "PreconditionFailed"),
        (error_reply(416, "InvalidRange"), errors.InvalidRange, "InvalidRange"),
        (error_reply(403, "InvalidObjectState"), errors.ObjectArchived, "InvalidObjectState"),
        (error_reply(503, "SlowDown"), errors.SlowDown, "SlowDown"),
        (error_reply(400, "SomethingNew"), errors.ServiceError, "SomethingNew"),
        (Reply(403), errors.AccessDenied, "AccessDenied"),
        (Reply(404, body=b"404 page not found"), errors.NoSuchKey, "NotFound"),
        (Reply(404, body=b"<Error><Code>NoSuch"), errors.NoSuchKey, "NotFound"),
        (Reply(404, body=b"<Error/>"), errors.NoSuchKey, "NotFound"),
        (Reply(500, body=b"\xff\xfe\x00\x00"), errors.ServiceError, "InternalError"),
        (Reply(501), errors.ServiceError, "NotImplemented"),
        (Reply(503), errors.SlowDown, "ServiceUnavailable"),
        (Reply(418, body=b"{}"), errors.ServiceError, "HTTP418"),
        (Reply(400, body=b"<!DOCTYPE x [<!ENTITY a 'b'>]><Error/>"), errors.ServiceError, "HTTP400"),
        (Reply(400, body=b"<Error>" + b"x" * 1_000_000), errors.ServiceError, "HTTP400"),
    ],
)
async def test_each_answer_has_its_class(reply: Reply, kind: type[errors.ServiceError], code: str) -> None:
    error = await outcome(reply)
    assert type(error) is kind
    assert isinstance(error, errors.ServiceError)
    assert (error.code, error.status) == (code, reply.status)
    assert (error.operation, error.bucket, error.key) == ("GetObject", "b", "k")
    assert "\n" not in str(error)
    assert len(str(error)) < 200


async def test_ids_for_the_support_desk_come_from_headers_or_the_body() -> None:
    ids = {"x-amz-request-id": "R2", "x-amz-id-2": "H2"}
    error = await outcome(error_reply(404, "NoSuchKey", headers=ids, HostId="H1"))
    assert isinstance(error, errors.ServiceError)
    assert (error.request_id, error.host_id) == ("R2", "H2")
    error = await outcome(error_reply(404, "NoSuchKey", HostId="H1"))
    assert isinstance(error, errors.ServiceError)
    assert (error.request_id, error.host_id) == ("R1", "H1")


# Source: *Required permissions for Amazon S3 API operations*.
PERMISSIONS: list[tuple[str, Callable[[S3Client], Awaitable[object]]]] = [
    ("s3:ListAllMyBuckets", lambda s3: s3.list_buckets()),
    ("s3:ListBucket", lambda s3: s3.head_bucket("b")),
    ("s3:ListBucket", lambda s3: anext(s3.list_objects("b"))),
    ("s3:GetObject", lambda s3: s3.head_object("b", "k")),
    ("s3:GetObject", lambda s3: s3.get_object("b", "k")),
    ("s3:PutObject", lambda s3: s3.put_object("b", "k", b"")),
    ("s3:PutObject", lambda s3: s3.create_multipart_upload("b", "k")),
    ("s3:DeleteObject", lambda s3: s3.delete_object("b", "k")),
    ("s3:DeleteObject", lambda s3: s3.delete_objects("b", ["k"])),
    ("s3:CreateBucket", lambda s3: s3.create_bucket("b")),
    ("s3:DeleteBucket", lambda s3: s3.delete_bucket("b")),
    ("s3:AbortMultipartUpload", lambda s3: s3.abort_multipart_upload("b", "k", upload_id="u")),
]


@pytest.mark.parametrize(("action", "call"), PERMISSIONS)
async def test_a_refusal_names_the_permission_and_who_lacks_it(
    action: str, call: Callable[[S3Client], Awaitable[object]]
) -> None:
    error = await outcome(error_reply(403, "AccessDenied"), call)
    assert isinstance(error, errors.AccessDenied)
    assert f"s3tui: most likely {action} is needed on " in error.message
    assert "AKIA…LE may not" in error.message


async def test_errors_per_key_are_a_result_and_no_failure() -> None:
    body = (
        b'<?xml version="1.0"?><DeleteResult><Error><Key>k</Key><Code>AccessDenied</Code>'
        b"<Message>no</Message></Error></DeleteResult>"
    )
    async with scripted(lambda _: Reply(body=body)) as server, S3Client(server.endpoint, KEYS) as s3:
        result = await s3.delete_objects("b", ["k"])
    assert [(entry.key, entry.code) for entry in result.errors] == [("k", "AccessDenied")]


@pytest.mark.parametrize("padding", [b"", b"\n\n  ", b'<?xml version="1.0" encoding="UTF-8"?>\n\n  \n'])
async def test_an_error_inside_a_200_is_an_error(padding: bytes) -> None:
    reply = Reply(body=padding + b"<Error><Code>NoSuchUpload</Code></Error>")
    error = await outcome(reply, lambda s3: s3.copy_object("b", "k", source="b/s"))
    assert isinstance(error, errors.NoSuchUpload)


@pytest.mark.parametrize("body", [b"", b"<Other>hello</Other>", b"{}"])
async def test_a_good_status_with_a_bad_body_is_a_protocol_error(body: bytes) -> None:
    reply = Reply(headers={"x-amz-request-id": "1"}, body=body)
    error = await outcome(reply, lambda s3: anext(s3.list_objects("b")))
    assert isinstance(error, errors.ProtocolError)


async def test_a_document_that_breaks_off_is_as_good_as_no_answer() -> None:
    broken = Reply(body=b"<ListBucketResult><Contents/>")
    error = await outcome(broken, lambda s3: anext(s3.list_objects("b")))
    assert isinstance(error, errors.TransportError)


async def test_an_answer_without_end_is_not_kept_in_memory() -> None:
    error = await outcome(Reply(body=b"x" * (33 * 1024 * 1024)), lambda s3: anext(s3.list_objects("b")))
    assert isinstance(error, errors.ProtocolError)
    assert "longer than" in error.message


def test_the_docstring_maps_the_older_librarys_errors() -> None:
    assert errors.__doc__ is not None
    for name in ("Redirect", "Throttled", "Unknown", "Failed", "Forbidden", "Not_found"):
        assert f"    {name} " in errors.__doc__
