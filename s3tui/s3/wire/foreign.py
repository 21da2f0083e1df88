"""Foreign responses: detects those of a captive portal or a proxy in place of S3's. Pure.

Such a one says 200 to any request, and would pass for an object's bytes, or for the proof that some were
stored; or it says 403 or 404, and would pass for S3's word that an object or an upload is not there.
"""

from __future__ import annotations

import re
from urllib.parse import unquote, urlsplit

import httpx

from s3tui.s3.address.region import region_of_location

OPERATIONS = frozenset({"GetObject", "HeadObject", "PutObject", "UploadPart"})
"""Operations whose response is recognised by its headers."""
_WITH_DOCUMENT = frozenset(
    {"CopyObject", "UploadPartCopy", "CreateMultipartUpload", "CompleteMultipartUpload", "ListParts"}
)
"""Operations on an object that S3 answers with a document: without one, nothing was done."""
_IN_TEXT = frozenset({"GetBucketPolicy"})
"""Operations that S3 answers with text."""
_PAGE = re.compile(
    rb"[\s\xef\xbb\xbf]*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+)?html[\s>]",
    re.DOTALL | re.IGNORECASE,
)
_DOCUMENT = re.compile(
    rb"[\s\xef\xbb\xbf]*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*"
    rb"<(?:[\w.-]+:)?(?:\w+(?:Result|Output|Response)|Error)[\s/>]",
    re.DOTALL,
)
"""The beginning of S3's documents; lesser servers name their roots by the action's output."""
_DELETION = re.compile(
    rb"[\s\xef\xbb\xbf]*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:[\w.-]+:)?(?:(?:Delete|Abort)\w*|Error\w*)[\s/>]",
    re.DOTALL,
)
"""The beginning of what lesser servers answer to a deletion; S3 answers nothing."""
_BLANK = b" \t\r\n\xef\xbb\xbf"
"""White space, and the bytes of a mark of the byte order."""
_PAGE_TYPES = ("text/html", "application/xhtml")
_REDIRECT_STATUS = frozenset((301, 302, 303, 307, 308))
"""Statuses that send elsewhere, to their `Location` (RFC 9110, section 15.4)."""
_LOGIN_STATUS = frozenset((407, 511))
"""*Proxy Authentication Required* and *Network Authentication Required*: never S3's own."""
REFUSAL_STATUS = frozenset((401, 403, 404, 410, 451))
"""Statuses that say that something may not be had, or is not there."""
_SERVER_STATUS = frozenset((500, 501, 503))
"""Statuses of servers that broke, lack something or are busy, and say so with a web page, as moto does."""
_LOG_IN = "log in to the network, or look whether the endpoint is right"


class ForeignAnswer(httpx.RemoteProtocolError):
    """A response that is not from S3: as good as none."""


def check(request: httpx.Request, response: httpx.Response) -> None:
    """Refuse a response to an object's operation that shows no sign of S3.

    S3 and all that speak its protocol name the etag of an object that they hold or took. A response
    without one, and without any `x-amz-` header, is foreign where it is a web page, where it would prove
    that an object was stored or is there, or where the request named the etag that it was to be about.

    Raises: ForeignAnswer.
    """
    if _shows_s3(response):
        return
    if _is_typed_as_page(response):
        raise ForeignAnswer("a web page came, which is not its own", request=request)
    is_a_proof = {"PUT": True, "HEAD": "last-modified" not in response.headers}
    if is_a_proof.get(request.method, "if-match" in request.headers):
        raise ForeignAnswer("what came does not say of which object it is", request=request)


def check_document(request: httpx.Request, response: httpx.Response, body: bytes, operation: str) -> None:
    """Refuse a web page where a document of S3's, or nothing, is expected.

    So is text that is no document, as a proxy's `{"ok": true}`, unless it shows S3; where a document tells
    that something was done, all else; and of a deletion every document that does not speak of one.

    Raises: ForeignAnswer.
    """
    if _PAGE.match(body):
        raise ForeignAnswer(f"a web page came: {_LOG_IN}", request=request)
    text = body.strip(_BLANK)
    if text and not _shows_s3(response):
        is_text = not text.startswith(b"<") and request.method != "POST" and operation not in _IN_TEXT
        if is_text or (request.method == "DELETE" and not _DELETION.match(body)):
            raise ForeignAnswer("what came is no answer of S3's", request=request)
    if operation in _WITH_DOCUMENT and not _DOCUMENT.match(body) and not _shows_s3(response):
        raise ForeignAnswer("what came is no document of S3's", request=request)


def check_error(request: httpx.Request, response: httpx.Response, body: bytes, operation: str) -> None:
    """Refuse an error or a redirect that S3 did not give.

    Servers that speak S3 may refuse with nothing at all, or a line of text: that is believed.

    Raises: ForeignAnswer.
    """
    status = response.status_code
    if _shows_s3(response) or _DOCUMENT.match(body):
        return
    if status in _LOGIN_STATUS:
        raise ForeignAnswer(f"HTTP {status} came, which wants a login: {_LOG_IN}", request=request)
    is_page = _PAGE.match(body) is not None
    if status < 400:
        is_page = is_page or _is_typed_as_page(response)
        host = _host_elsewhere(request, response)
        if host is not None and not _may_be_of_a_store(request, response, operation, is_page=is_page):
            raise ForeignAnswer(f"a redirect to {host} came: {_LOG_IN}", request=request)
    elif is_page and _passes_for_s3(status):
        advice = f": {_LOG_IN}" if status in REFUSAL_STATUS else ""
        raise ForeignAnswer(f"a web page came, with HTTP {status}{advice}", request=request)


def is_bare(response: httpx.Response, body: bytes) -> bool:
    """Say whether nothing in a response shows that S3 gave it: it may be a load balancer's."""
    return not _shows_s3(response) and not _DOCUMENT.match(body)


def is_page(response: httpx.Response, body: bytes) -> bool:
    """Say whether an error response is a web page, which servers and proxies send."""
    return _PAGE.match(body) is not None and not _shows_s3(response)


def may_be_page(response: httpx.Response) -> bool:
    """Say whether an error response to a HEAD may be a web page's: then a GET tells.

    Some servers that speak S3 call even the body that a HEAD does not have a web page.
    """
    return _passes_for_s3(response.status_code) and _is_typed_as_page(response) and not _shows_s3(response)


def _passes_for_s3(status: int) -> bool:
    return status in REFUSAL_STATUS or (status >= 500 and status not in _SERVER_STATUS)


def _may_be_of_a_store(
    request: httpx.Request, response: httpx.Response, operation: str, *, is_page: bool
) -> bool:
    """Say whether a redirect to another host may be the endpoint's own.

    Stores redirect buckets, and who reads an object; they name it, or do not call that answer a web page.
    """
    if is_page:
        name = _last_of_path(request.extensions["target"].decode())
        return name != "" and name == _last_of_path(response.headers["location"])
    return response.status_code in (301, 308) or operation in ("GetObject", "HeadObject")


def _host_elsewhere(request: httpx.Request, response: httpx.Response) -> str | None:
    """Return the host of a redirect; `None`, where it has none or one of the endpoint's kin."""
    location = response.headers.get("location", "")
    if response.status_code not in _REDIRECT_STATUS:
        return None
    try:
        host: str | None = urlsplit(location).hostname
    except ValueError:
        return None
    if host is None or region_of_location(host) or _domain(host) == _domain(request.url.host):
        return None
    return host


def _last_of_path(url: str) -> str:
    return unquote(urlsplit(url).path).rpartition("/")[2]


def _domain(host: str) -> str:
    """Return the last two labels of a host's name, which a service's hosts share; an address as it is."""
    labels = host.lower().split(".")
    return host if ":" in host or labels[-1].isdigit() else ".".join(labels[-2:])


def _is_typed_as_page(response: httpx.Response) -> bool:
    types = response.headers.get_list("content-type", split_commas=True)
    return any(kind.strip().lower().startswith(_PAGE_TYPES) for kind in types)


def _shows_s3(response: httpx.Response) -> bool:
    return any(name == "etag" or name.startswith("x-amz-") for name in map(str.lower, response.headers))
