"""Error mapping: the exception for an error response or a failed connection, with one sentence. Pure.

The sentence is one that a user can act on. S3's error codes are those of *Error responses* in the Amazon S3
API Reference. Other products send html, nothing, or codes of their own; then the status decides.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import unquote, urlsplit

import httpx

from s3tui.s3 import errors
from s3tui.s3.address.endpoint import Endpoint
from s3tui.s3.http.heads import UnclearLength
from s3tui.s3.http.tls import TlsRefused
from s3tui.s3.request.s3_request import S3Request
from s3tui.s3.retries import THROTTLING_CODES
from s3tui.s3.sending import refusal, region_redirects
from s3tui.s3.wire.foreign import ForeignAnswer

_CLASS_BY_CODE: Mapping[str, type[errors.ServiceError]] = {
    "NoSuchBucket": errors.NoSuchBucket,
    "NoSuchKey": errors.NoSuchKey,
    "NoSuchVersion": errors.NoSuchKey,
    "NoSuchUpload": errors.NoSuchUpload,
    "BucketAlreadyExists": errors.BucketAlreadyExists,
    "BucketAlreadyOwnedByYou": errors.BucketAlreadyExists,
    "BucketNotEmpty": errors.BucketNotEmpty,
    "AccessDenied": errors.AccessDenied,
    "AllAccessDisabled": errors.AccessDenied,
    "AccountProblem": errors.AccessDenied,
    "SignatureDoesNotMatch": errors.SignatureRejected,
    "InvalidAccessKeyId": errors.SignatureRejected,
    "InvalidSecurity": errors.SignatureRejected,
    "RequestTimeTooSkewed": errors.SignatureRejected,
    "ExpiredToken": errors.SignatureRejected,
    "InvalidToken": errors.SignatureRejected,
    "TokenRefreshRequired": errors.SignatureRejected,
    "PreconditionFailed": errors.PreconditionFailed,
    "NotModified": errors.NotModified,
    "InvalidRange": errors.InvalidRange,
    "InvalidObjectState": errors.ObjectArchived,
    "PermanentRedirect": errors.WrongRegion,
    "TemporaryRedirect": errors.WrongRegion,
    "Redirect": errors.WrongRegion,
    "AuthorizationHeaderMalformed": errors.WrongRegion,
    "IllegalLocationConstraintException": errors.WrongRegion,
    "ServiceUnavailable": errors.SlowDown,
    **dict.fromkeys(THROTTLING_CODES, errors.SlowDown),
}
_CLASS_BY_STATUS: Mapping[int, type[errors.ServiceError]] = {
    301: errors.WrongRegion,
    302: errors.Redirected,
    303: errors.Redirected,
    304: errors.NotModified,
    307: errors.WrongRegion,
    308: errors.WrongRegion,
    401: errors.SignatureRejected,
    403: errors.AccessDenied,
    412: errors.PreconditionFailed,
    416: errors.InvalidRange,
    429: errors.SlowDown,
    503: errors.SlowDown,
}
_CODE_BY_STATUS: Mapping[int, str] = {
    301: "PermanentRedirect",
    304: "NotModified",
    307: "TemporaryRedirect",
    401: "Unauthorized",
    403: "AccessDenied",
    404: "NotFound",
    405: "MethodNotAllowed",
    411: "MissingContentLength",
    412: "PreconditionFailed",
    416: "InvalidRange",
    429: "TooManyRequests",
    500: "InternalError",
    501: "NotImplemented",
    503: "ServiceUnavailable",
}

# The permission that an operation needs, where it is not `s3:` and the operation's own name.
# Source: *Required permissions for Amazon S3 API operations*.
_IAM_ACTIONS: Mapping[str, str] = {
    "ListBuckets": "s3:ListAllMyBuckets",
    "ListDirectoryBuckets": "s3express:ListAllMyDirectoryBuckets",
    "CreateSession": "s3express:CreateSession",
    "HeadBucket": "s3:ListBucket",
    "ListObjectsV2": "s3:ListBucket",
    "ListObjectVersions": "s3:ListBucketVersions",
    "ListMultipartUploads": "s3:ListBucketMultipartUploads",
    "HeadObject": "s3:GetObject",
    "CopyObject": "s3:PutObject (and s3:GetObject on the source)",
    "CreateMultipartUpload": "s3:PutObject",
    "UploadPart": "s3:PutObject",
    "UploadPartCopy": "s3:PutObject (and s3:GetObject on the source)",
    "CompleteMultipartUpload": "s3:PutObject",
    "ListParts": "s3:ListMultipartUploadParts",
    "DeleteObjects": "s3:DeleteObject",
}


_FINAL = (TlsRefused, UnclearLength, httpx.UnsupportedProtocol, httpx.LocalProtocolError)
"""Exceptions that a retry cannot help."""
_MAX_HOST = 253  # RFC 1035
_OF_A_SOURCE = frozenset((errors.NoSuchKey, errors.ObjectArchived, errors.InvalidRange))
"""Errors of a copy that are about its source, and not its target."""


def iam_action(operation: str) -> str:
    """Return the IAM action that `operation` needs, e.g. `s3:ListBucket` for ListObjectsV2."""
    return _IAM_ACTIONS.get(operation, f"s3:{operation}")


def error_code(status: int, details: Mapping[str, str]) -> str:
    """Return S3's code of an error response; without a body, the one that its status stands for."""
    return details.get("Code") or _CODE_BY_STATUS.get(status, f"HTTP{status}")


def service_error(
    request: S3Request,
    status: int,
    headers: Mapping[str, str],
    details: Mapping[str, str],
    access_key: str | None,
    *,
    asked: Sequence[str] = (),
) -> errors.ServiceError:
    """Make the error for an error response.

    Args:
        headers: of the response, names in lower case.
        details: the children of its `Error` element; empty where it had none.
        access_key: the one that signed; only its last two characters are ever shown.
        asked: the regions that this call was signed for, in order.
    """
    code = error_code(status, details)
    kind = _CLASS_BY_CODE.get(code) or _CLASS_BY_STATUS.get(status) or errors.ServiceError
    # With a code of its own, such as NoSuchTagSet, it is something else that is not there.
    if status == 307 and not region_redirects.is_silent(status, headers, details):
        kind = errors.Redirected
    if _is_upload_missing(request, kind, code):
        kind = errors.NoSuchUpload  # some servers say NoSuchKey of it, and a HEAD or a bare 404 says nothing
    elif code == "NotFound" and request.bucket is not None:
        kind = errors.NoSuchBucket if request.key is None else errors.NoSuchKey
    said = refusal.normalized(details.get("Message", ""))
    if access_key:
        said = said.replace(access_key, masked(access_key))
    error = kind(
        _sentence(kind, request, code, status, said, access_key),
        code=code,
        status=status,
        said=said or None,
        request_id=headers.get("x-amz-request-id") or details.get("RequestId") or None,
        host_id=headers.get("x-amz-id-2") or details.get("HostId") or None,
        operation=request.operation,
        bucket=request.bucket,
        key=request.key,
    )
    host = _host(headers.get("location", "")) or details.get("Endpoint") or None
    if isinstance(error, errors.Redirected):
        error.host = host
        error.message = _elsewhere_sentence(_target(request), host)
    elif isinstance(error, errors.WrongRegion):
        error.region = headers.get("x-amz-bucket-region") or details.get("Region") or None
        error.host = host if error.region is None else None
        here = asked[-1] if asked else None
        if code == "AuthorizationHeaderMalformed" and said and error.region in (None, here):
            error.message = f'"{said}", the server says (s3tui: the region may be another than {here})'
        else:
            error.message = _region_sentence(request.bucket or "this endpoint", error.region, asked, host)
    error.args = (error.message,)
    return error


def _is_upload_missing(request: S3Request, kind: type[errors.ServiceError], code: str) -> bool:
    """Say whether a missing thing can only be the upload: for a copied part, it may be the source."""
    if request.operation == "UploadPartCopy" or not any(name == "uploadId" for name, _ in request.query):
        return False
    return kind is errors.NoSuchKey or code == "NotFound"


def _region_sentence(what: str, named: str | None, asked: Sequence[str], host: str | None) -> str:
    to_host = f"; it points to {host}, which a connection of its own can be made for" if host else ""
    if len(asked) > 1:
        on = f"on to {named}" if named and named != asked[-1] else "on"
        sent = f"the server sends requests for {what} from {asked[0]} to {asked[-1]}"
        return f"{sent}, and {on} from there{to_host}"
    here = asked[0] if asked else "the region asked"
    if named is None or named == here:
        return f"{what} is served elsewhere, not by {here}, and the server does not say which region{to_host}"
    return f"{what} is served by {named}, not {here}"


def _elsewhere_sentence(what: str, host: str | None) -> str:
    return (
        f"the server sends whoever asks for {what} on to {host or 'another host'}; that is not followed, "
        f"for a signature goes to no host that an answer names"
    )


def _host(url: str) -> str | None:
    try:
        return urlsplit(url).netloc.rpartition("@")[2][:_MAX_HOST] or None
    except ValueError:
        return None


def transport_error(
    request: S3Request, endpoint: Endpoint, error: httpx.TransportError
) -> errors.TransportError:
    """Make the error for a request without a response, with a sentence that says why."""
    where, why = endpoint.authority, str(error)
    match error:
        case TlsRefused():
            said = f"{where} cannot be trusted: {why}"
        case httpx.ConnectTimeout():
            said = f"{where} does not answer: the connection timed out"
        case httpx.ProxyError():
            said = f"{where} cannot be reached through the proxy: {why}"
        case httpx.ConnectError():
            said = f"{where} cannot be reached: {why}"
        case httpx.WriteTimeout():
            said = f"{where} stopped taking what was sent: nothing moved for a while"
        case httpx.PoolTimeout():
            said = "every connection is in use, and none came free for a while"
        case httpx.TimeoutException():
            said = f"{where} stopped answering: nothing came for a while"
        case httpx.UnsupportedProtocol():
            said = f"{where} cannot be reached: {why}"
        case ForeignAnswer():
            said = f"somebody on the way to {where} answered in its place: {why}"
        case httpx.ProtocolError():
            said = f"{where} does not keep to HTTP: {why}"
        case _:
            said = f"the connection to {where} broke: {why}"
    failure = errors.TransportError(said, operation=request.operation, bucket=request.bucket, key=request.key)
    failure.is_final = isinstance(error, _FINAL)
    return failure


def cut_document(request: S3Request, endpoint: Endpoint) -> errors.TransportError:
    """Make the error for a truncated document: as good as no response."""
    said = f"{endpoint.authority} broke off in the middle of its answer"
    return errors.TransportError(said, operation=request.operation, bucket=request.bucket, key=request.key)


def _sentence(
    kind: type[errors.ServiceError],
    request: S3Request,
    code: str,
    status: int,
    said: str,
    access_key: str | None,
) -> str:
    what = _target(request)
    if kind in _OF_A_SOURCE and (source := _source(request)):
        what = f"s3://{source}"
    who = "an anonymous request" if access_key is None else f"the key {masked(access_key)}"
    if kind is errors.AccessDenied:
        permission = iam_action(request.operation)
        return refusal.sentence(
            code=code, said=said, operation=request.operation, what=what, permission=permission, who=who
        )
    if kind is errors.SignatureRejected:
        return _signature_sentence(code, who, said)
    if kind is errors.PreconditionFailed:
        return _condition_sentence(request, what, code, said)
    if kind is errors.NotModified and not _CONDITIONS.intersection(request.headers):
        return (
            f"the server says of {what} that it was not modified, to a request without a condition: "
            f"a cache on the way may answer for it"
        )
    fixed = {
        errors.NoSuchBucket: f"there is no bucket {request.bucket}",
        errors.NoSuchKey: f"there is no object {what}",
        errors.NoSuchUpload: f"that upload to {what} was completed, aborted, or never was",
        errors.BucketNotEmpty: f"the bucket {request.bucket} is not empty: delete what is in it first",
        errors.NotModified: f"{what} has not changed",
        errors.InvalidRange: f"{what} is shorter than the range that was asked for",
        errors.ObjectArchived: f"{what} is archived: restore it before reading it",
        errors.SlowDown: "the server asks for fewer requests, and kept asking: try again in a while",
    }
    if kind is errors.BucketAlreadyExists:
        own = (
            "and is yours"
            if code == "BucketAlreadyOwnedByYou"
            else "under this name, perhaps one of yours: open it, or pick another name"
        )
        return f"the bucket {request.bucket} exists already {own}"
    if kind in fixed:
        return fixed[kind]
    return f"{request.operation} on {what} failed: {code}{f', {said}' if said else f' (HTTP {status})'}"


def _signature_sentence(code: str, who: str, said: str) -> str:
    sentences = {
        "SignatureDoesNotMatch": f"the server rejects the signature of {who}: is the secret key right?",
        "InvalidAccessKeyId": f"the server does not know {who}",
        "RequestTimeTooSkewed": "this machine's clock is too far from the server's: set it right",
        "ExpiredToken": f"the session of {who} has ended: sign in again",
    }
    ours = sentences.get(code, f"the server rejects the signature of {who}: {code}")
    return f'"{said}", the server says (s3tui: {ours})' if said else ours


_SOURCE_CONDITIONS = frozenset(
    f"x-amz-copy-source-if-{name}" for name in ("match", "none-match", "modified-since", "unmodified-since")
)
_CONDITIONS = _SOURCE_CONDITIONS | {
    "if-match",
    "if-none-match",
    "if-modified-since",
    "if-unmodified-since",
}


def _condition_sentence(request: S3Request, what: str, code: str, said: str) -> str:
    sent = _CONDITIONS.intersection(request.headers)
    if code == "ConditionalRequestConflict":
        return f"somebody else was writing {what} at the same time: try again"
    if not sent:
        reason = f'"{said}"' if said else code
        return f"{reason}, the server says to {request.operation} on {what}, which named no condition"
    if sent <= _SOURCE_CONDITIONS:
        return f"the source s3://{_source(request)} is no longer the one that was to be copied"
    if "if-none-match" in sent and not request.is_read:
        return f"{what} is there already"
    return f"{what} is no longer the one that was looked at: somebody else was faster"


def _source(request: S3Request) -> str:
    return unquote(request.headers.get("x-amz-copy-source", "").partition("?")[0].lstrip("/"))


def _target(request: S3Request) -> str:
    if request.bucket is None:
        return "this endpoint"
    return request.bucket if request.key is None else f"s3://{request.bucket}/{request.key}"


def masked(access_key: str) -> str:
    """Shorten an access key so that its owner recognises it and nobody else can use it."""
    return access_key if len(access_key) < 8 else f"{access_key[:4]}…{access_key[-2:]}"
