"""Messages of refusals: the server's own words come first and stay on the exception; ours are marked."""

from __future__ import annotations

import re
from html import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from s3tui.format import printable
from s3tui.s3 import RetryPolicy, S3Client, errors
from s3tui.s3.request.s3_request import S3Request
from s3tui.s3.sending.error_mapping import iam_action, service_error
from s3tui.s3.sending.refusal import MAX_SAID
from s3tui.tui.text.sentences import explain
from tests.long import IS_LONG, share
from tests.s3.scripted import KEYS, error_reply, scripted

ONCE = RetryPolicy(attempts=1)
# *Error responses* of the Amazon S3 API Reference that come with 403, and what other products answer.
PERMISSION_CODES = ["AccessDenied", "AccessForbidden", "Forbidden"]
OTHER_CODES = [
    "AllAccessDisabled",
    "AccountProblem",
    "NotSignedUp",
    "InvalidPayer",
    "UserDisable",
    "UserSuspended",
    "QuotaExceeded",
    "RequestExpired",
    "SecondLevelDomainForbidden",
    "InvalidAccessPoint",
    "CrossLocationLoggingProhibited",
    "SomethingNew",
]
SIGNATURE_CODES = [
    "SignatureDoesNotMatch",
    "InvalidAccessKeyId",
    "InvalidSecurity",
    "ExpiredToken",
    "InvalidToken",
]
# From *Troubleshoot access denied errors*, and from other products' answers.
REASONS = {
    "User: arn:aws:iam::123456789012:user/u is not authorized to perform: kms:Decrypt on resource: "
    "arn:aws:kms:us-east-1:123456789012:key/k because no identity-based policy allows it": "key of KMS",
    "User: arn:aws:sts::123456789012:assumed-role/r/s is not authorized to perform: s3:PutObject on "
    'resource: "arn:aws:s3:::b/k" with an explicit deny in a service control policy': "a deny wins",
    "Access denied because of Block Public Access settings": "Block Public Access",
    "MultiFactorAuthentication is required": "MFA",
    "Cannot upload files, storage cap exceeded. See the Caps and Alerts page": "used up",
    "There is a problem with your account: unpaid invoice": "its owner has to settle it",
    "Your endpoint policy does not allow access from this network": "network",
}
OPERATIONS = ["GetObject", "PutObject", "ListObjectsV2", "DeleteObject", "UploadPart", "GetObjectTagging"]
MESSAGES = st.one_of(
    st.sampled_from(sorted(REASONS)),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=40),
    st.text("a \x1b[2J\u202e\n\t\x07", max_size=20),
    st.integers(MAX_SAID, 5000).map(lambda size: "x" * size),
)


def a_request(operation: str) -> S3Request:
    return S3Request(operation, "GET", "b", None if operation.startswith("List") else "k")


@pytest.mark.long
@given(
    st.sampled_from(PERMISSION_CODES + OTHER_CODES + SIGNATURE_CODES), MESSAGES, st.sampled_from(OPERATIONS)
)
@settings(max_examples=share(200, 20_000), derandomize=not IS_LONG, deadline=None)
def test_the_servers_words_come_first_and_stay_on_the_exception(
    code: str, message: str, operation: str
) -> None:
    details = {"Code": code, "Message": message}
    error = service_error(a_request(operation), 403, {}, details, KEYS.access_key)
    words = " ".join(message.split())
    shown = words if len(words) <= MAX_SAID else words[: MAX_SAID - 1]
    assert (error.code, error.status) == (code, 403)
    if not words:
        assert error.said is None
        return
    assert error.said is not None
    assert error.said.startswith(shown)
    assert error.message.startswith(f'"{shown}')
    ours = error.message.partition('", the server says')[2] if shown.count('"') == 0 else error.message
    assert ("s3tui:" in ours) or "is needed on" not in ours
    assert "may not" not in ours or code in PERMISSION_CODES
    assert len(error.message) < MAX_SAID + 400
    assert not re.search(r"[\x00-\x1f\x7f\u202e]", explain(error))


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize(("reason", "hint"), REASONS.items())
def test_a_reason_that_is_given_is_not_talked_over_by_a_permission(
    reason: str, hint: str, operation: str
) -> None:
    details = {"Code": "AccessDenied", "Message": reason}
    error = service_error(a_request(operation), 403, {}, details, KEYS.access_key)
    ours = error.message.removeprefix(f'"{reason}"')
    assert hint in ours
    assert iam_action(operation) not in ours


@pytest.mark.parametrize("code", OTHER_CODES)
@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_code_of_something_else_is_not_explained_by_a_permission(code: str, operation: str) -> None:
    error = service_error(a_request(operation), 403, {}, {"Code": code, "Message": "Because."}, "AKIA1234567")
    assert code in error.message
    assert "is needed" not in error.message
    assert "may not" not in error.message


CODES_OF_EACH_CLASS = {
    errors.NoSuchBucket: ("NoSuchBucket", 404),
    errors.NoSuchKey: ("NoSuchKey", 404),
    errors.NoSuchUpload: ("NoSuchUpload", 404),
    errors.BucketAlreadyExists: ("BucketAlreadyExists", 409),
    errors.BucketNotEmpty: ("BucketNotEmpty", 409),
    errors.AccessDenied: ("AccessDenied", 403),
    errors.SignatureRejected: ("InvalidAccessKeyId", 403),
    errors.PreconditionFailed: ("PreconditionFailed", 412),
    errors.NotModified: ("NotModified", 400),
    errors.InvalidRange: ("InvalidRange", 416),
    errors.ObjectArchived: ("InvalidObjectState", 403),
    errors.Redirected: ("Found", 302),
    errors.WrongRegion: ("PermanentRedirect", 301),
    errors.SlowDown: ("SlowDown", 503),
    errors.ServiceError: ("KMS.DisabledException", 400),
}


@pytest.mark.parametrize("kind", [errors.ServiceError, *errors.ServiceError.__subclasses__()])
@pytest.mark.parametrize("words", ["The reason.", "\x1b]0;x\x07"])
async def test_every_class_carries_what_the_server_said(kind: type[errors.ServiceError], words: str) -> None:
    code, status = CODES_OF_EACH_CLASS[kind]
    reply = error_reply(status, code, escape(printable(words)))
    async with scripted(lambda _: reply) as server, S3Client(server.endpoint, KEYS, retry=ONCE) as s3:
        with pytest.raises(kind) as caught:
            await s3.put_object("b", "k", b"")
    assert type(caught.value) is kind
    assert caught.value.said == printable(words)


def test_the_servers_words_do_not_show_the_whole_access_key() -> None:
    details = {"Code": "InvalidAccessKeyId", "Message": f"There is no {KEYS.access_key} in our records"}
    error = service_error(a_request("GetObject"), 403, {}, details, KEYS.access_key)
    assert KEYS.access_key not in error.message + (error.said or "")


@pytest.mark.parametrize("key", ["k", None])
@pytest.mark.parametrize(
    ("headers", "method", "words"),
    [
        ({"if-match": '"e"'}, "GET", "no longer the one that was looked at"),
        ({"if-match": '"e"'}, "PUT", "no longer the one that was looked at"),
        ({"if-none-match": "*"}, "PUT", "is there already"),
        ({"x-amz-copy-source": "/src/a%20b", "x-amz-copy-source-if-match": '"e"'}, "PUT", "s3://src/a b"),
        ({}, "PUT", "named no condition"),
        ({}, "GET", "named no condition"),
    ],
)
def test_a_condition_that_did_not_hold_is_told_as_the_one_that_was_sent(
    headers: dict[str, str], method: str, words: str, key: str | None
) -> None:
    error = service_error(S3Request("Some", method, "b", key, headers=headers), 412, {}, {}, None)
    assert isinstance(error, errors.PreconditionFailed)
    assert words in error.message
    assert ("condition" in error.message) is (not headers)


@pytest.mark.parametrize("condition", ["if-none-match", "if-modified-since"])
def test_not_modified_is_believed_where_it_was_asked_for(condition: str) -> None:
    asked = S3Request("GetObject", "GET", "b", "k", headers={condition: "x"})
    assert service_error(asked, 304, {}, {}, None).message == "s3://b/k has not changed"
    unasked = S3Request("GetObject", "GET", "b", "k")
    assert "without a condition" in service_error(unasked, 304, {}, {}, None).message
