"""Follow-up requests, when a response does not say enough: who refused, why a HEAD was, where a bucket is.

All of them go to the endpoint's own hosts, never to one that a response names.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import httpx

from s3tui.s3.errors import ProtocolError, S3Error
from s3tui.s3.request.s3_request import S3Request
from s3tui.s3.sending import bare_refusal, region_redirects
from s3tui.s3.wire import foreign, xml_subresources

_SILENT_STATUS = region_redirects.REDIRECT_STATUS | {400, 401, 403, 405, 501}
"""Statuses of a HEAD whose reason only a body would tell."""
_MISSING = frozenset((404, 410))
_READ_ON = 64 * 1024
"""A body of so many bytes is read to its end, so that its connection can be used again."""


@dataclass(slots=True)
class ReadResponse:
    """A response, and its body as far as it was read."""

    response: httpx.Response
    body: bytes = b""
    is_error: bool = False
    details: dict[str, str] = field(default_factory=dict)
    """The children of its `Error` element."""
    is_bare: bool = False
    """Nothing in an error response shows that S3 gave it."""
    is_page: bool = False
    is_alone: bool = False
    """It is a bare refusal, and what was asked beside it was not answered by S3 either."""


Ask = Callable[[S3Request, bool], Awaitable[ReadResponse]]
"""Sends a request once; with `False`, the body of a successful response is left to be read."""


async def understood(
    ask: Ask, request: S3Request, answer: ReadResponse, region: str, *, was_sent_on: bool
) -> tuple[ReadResponse, region_redirects.Redirect | None]:
    """Return the response that decides for an error response (itself, or a follow-up's), and its redirect.

    Args:
        region: the one that was signed for.
        was_sent_on: whether another region had sent the request here.

    Raises: TransportError, where it is not S3 that answers a follow-up: the response was not S3's either.
    """
    redirect = _redirect(answer, region)
    is_silent = (
        answer.response.status_code in _SILENT_STATUS
        or foreign.may_be_page(answer.response)
        or _is_bare_refusal(answer)
    )
    if request.method == "HEAD" and redirect is None and is_silent:
        reason = await as_get(ask, request)
        if reason is not None and not reason.is_error and answer.response.status_code in _MISSING:
            reason = None if _shows_nothing(reason) else reason  # a 404 is not made up for by just anything
        if reason is not None and not reason.is_error:
            return reason, None
        if reason is not None:
            answer, redirect = reason, _redirect(reason, region)
    status, headers = answer.response.status_code, answer.response.headers
    if redirect is None and not was_sent_on and region_redirects.is_silent(status, headers, answer.details):
        redirect = await find_bucket(ask, request, region, f"{status} without a region")
    if redirect is None and _is_bare_refusal(answer):
        await _look_beside(ask, request, answer)
    return answer, redirect


def _shows_nothing(answer: ReadResponse) -> bool:
    return foreign.is_bare(answer.response, answer.body)


def _is_bare_refusal(answer: ReadResponse) -> bool:
    return answer.is_bare and answer.response.status_code in foreign.REFUSAL_STATUS


async def _look_beside(ask: Ask, request: S3Request, answer: ReadResponse) -> None:
    """Find out whether S3 is there at all, and whether what a bare response calls missing is listed.

    Only a listing without it clears that response: it may be of an outage that has just ended.
    """
    if request.bucket is None:
        return
    beside = await _try(ask, bare_refusal.beside(request), True)
    if beside is None or beside.is_bare or (not beside.is_error and _shows_nothing(beside)):
        answer.is_alone = True
    elif not beside.is_error and answer.response.status_code in _MISSING:
        answer.is_bare = not bare_refusal.is_unlisted(request, beside.body)


async def as_get(ask: Ask, request: S3Request) -> ReadResponse | None:
    """Repeat a HEAD as a GET, whose response has a body that says why it was refused.

    Some credentials may GET what they may not HEAD; then the GET tells the same. Of an object, one byte is
    requested, and not kept.

    Returns: `None`, where no response says more.
    """
    if request.key is None:
        listing = (("list-type", "2"), ("max-keys", "0"), ("prefix", ""))
        return await _try(ask, S3Request(request.operation, "GET", request.bucket, query=listing), True)
    one_byte = {} if any(name == "partNumber" for name, _ in request.query) else {"range": "bytes=0-0"}
    answer = await _try(ask, _get(request, one_byte), False)
    if answer is not None and answer.response.status_code == 416:  # it is there, and empty
        answer = await _try(ask, _get(request, {}), False)
    if answer is not None and not answer.is_error:
        await _leave(answer.response)
    return answer


async def find_bucket(
    ask: Ask, request: S3Request, used: str, evidence: str
) -> region_redirects.Redirect | None:
    """Find a bucket's region, after a redirect that named none: by GetBucketLocation, then by HEAD.

    Args:
        used: the region that the redirect came from.
        evidence: what the redirect was, in words.
    """
    if request.bucket is None:
        return None
    for operation in ("GetBucketLocation", "HeadBucket"):
        is_head = operation == "HeadBucket"
        query = () if is_head else (("location", ""),)
        if operation == request.operation:
            continue
        answer = await _try(
            ask, S3Request(operation, "HEAD" if is_head else "GET", request.bucket, query=query), True
        )
        region = None if answer is None else _region_in(answer, is_head=is_head)
        if region is not None and region != used and region_redirects.is_region(region):
            return region_redirects.Redirect(region, f"{evidence}; {operation} says {region}")
    return None


def _redirect(answer: ReadResponse, region: str) -> region_redirects.Redirect | None:
    response, details = answer.response, answer.details
    code = details.get("Code", "")
    return region_redirects.find_redirect(response.status_code, code, response.headers, details, used=region)


def _region_in(answer: ReadResponse, *, is_head: bool) -> str | None:
    said: str | None = answer.response.headers.get("x-amz-bucket-region")
    if said or is_head or answer.is_error:
        return said
    try:
        return xml_subresources.location(answer.body)
    except ProtocolError:
        return None


def _get(request: S3Request, headers: dict[str, str]) -> S3Request:
    return S3Request(
        request.operation, "GET", request.bucket, request.key, request.query, {**request.headers, **headers}
    )


async def _try(ask: Ask, request: S3Request, reads: bool) -> ReadResponse | None:
    try:
        return await ask(request, reads)
    except S3Error as error:
        if isinstance(error.__cause__, foreign.ForeignAnswer):
            raise
        return None  # the first response stands as it is


async def _leave(response: httpx.Response) -> None:
    """Close a response; a short body is read to its end before, so that the connection can be reused."""
    stream, seen = response.stream, 0
    assert isinstance(stream, httpx.AsyncByteStream)
    try:
        async for chunk in stream:
            seen += len(chunk)
            if seen > _READ_ON:
                break
    except httpx.TransportError:
        pass  # the head is all that was wanted
    finally:
        await response.aclose()
