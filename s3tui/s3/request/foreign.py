"""Whether an answer about an object is S3's at all, or somebody's on the way: a portal's page, a proxy's.

Such a one says 200 to whatever is asked, and would pass for an object's bytes, or for the word that some were
stored. Pure.
"""

from __future__ import annotations

import re

import httpx

OPERATIONS = frozenset({"GetObject", "HeadObject", "PutObject", "UploadPart"})
"""Those whose answer is told by its headers alone; the others answer with a document or with nothing."""
_PAGE = re.compile(
    rb"[\s\xef\xbb\xbf]*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+)?html[\s>]",
    re.DOTALL | re.IGNORECASE,
)


class ForeignAnswer(httpx.RemoteProtocolError):
    """A 2xx that S3 did not give: as good as no answer."""


def check(request: httpx.Request, response: httpx.Response) -> None:
    """Refuse an answer to an object's operation that has nothing of S3's about it.

    S3 and all that speak its protocol name the etag of an object that they hold or took; an answer
    without one, and without any `x-amz-` header, is foreign where it is a web page, or where the request
    named the etag that it was to be about.

    Raises: ForeignAnswer.
    """
    kind = b""
    for name, value in response.headers.raw:
        lower = name.lower()
        if lower == b"etag" or lower.startswith(b"x-amz-"):
            return
        if lower == b"content-type":
            kind = value.strip().lower()
    if kind.startswith((b"text/html", b"application/xhtml")):
        raise ForeignAnswer("a web page came, which is not its own", request=request)
    if "if-match" in request.headers:
        raise ForeignAnswer("what came does not say of which object it is", request=request)


def check_document(request: httpx.Request, body: bytes) -> None:
    """Refuse a web page where a document of S3's, or nothing, is due.

    Raises: ForeignAnswer.
    """
    if _PAGE.match(body):
        raise ForeignAnswer(
            "a web page came: log in to the network, or look whether the endpoint is right", request=request
        )
