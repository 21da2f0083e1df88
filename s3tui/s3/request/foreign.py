"""Foreign responses: detects those of a captive portal or a proxy in place of S3's. Pure.

Such a one says 200 to any request, and would pass for an object's bytes, or for the proof that some were
stored.
"""

from __future__ import annotations

import re

import httpx

OPERATIONS = frozenset({"GetObject", "HeadObject", "PutObject", "UploadPart"})
"""Operations whose response is recognised by its headers; the others return a document or nothing."""
_PAGE = re.compile(
    rb"[\s\xef\xbb\xbf]*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+)?html[\s>]",
    re.DOTALL | re.IGNORECASE,
)


class ForeignAnswer(httpx.RemoteProtocolError):
    """A 2xx that is not from S3: as good as no response."""


def check(request: httpx.Request, response: httpx.Response) -> None:
    """Refuse a response to an object's operation that shows no sign of S3.

    S3 and all that speak its protocol name the etag of an object that they hold or took; a response
    without one, and without any `x-amz-` header, is foreign where it is a web page, or where the request
    named the etag that it was to be about. A HEAD that tells not even a time is foreign too: it would pass
    for an object that is there, and has not to be written.

    Raises: ForeignAnswer.
    """
    kind, tells_time = b"", False
    for name, value in response.headers.raw:
        lower = name.lower()
        if lower == b"etag" or lower.startswith(b"x-amz-"):
            return
        tells_time = tells_time or lower == b"last-modified"
        if lower == b"content-type":
            kind = value.strip().lower()
    if kind.startswith((b"text/html", b"application/xhtml")):
        raise ForeignAnswer("a web page came, which is not its own", request=request)
    if "if-match" in request.headers or (request.method == "HEAD" and not tells_time):
        raise ForeignAnswer("what came does not say of which object it is", request=request)


def check_document(request: httpx.Request, body: bytes) -> None:
    """Refuse a web page where a document of S3's, or nothing, is expected.

    Raises: ForeignAnswer.
    """
    if _PAGE.match(body):
        raise ForeignAnswer(
            "a web page came: log in to the network, or look whether the endpoint is right", request=request
        )
