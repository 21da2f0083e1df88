"""Foreign responses: detects those of a captive portal or a proxy in place of S3's. Pure.

Such a one says 200 to any request, and would pass for an object's bytes, or for the proof that some were
stored.
"""

from __future__ import annotations

import re

import httpx

OPERATIONS = frozenset({"GetObject", "HeadObject", "PutObject", "UploadPart"})
"""Operations whose response is recognised by its headers."""
_WITH_DOCUMENT = frozenset(
    {"CopyObject", "UploadPartCopy", "CreateMultipartUpload", "CompleteMultipartUpload", "ListParts"}
)
"""Operations on an object that S3 answers with a document: without one, nothing was done."""
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
_PAGE_TYPES = ("text/html", "application/xhtml")


class ForeignAnswer(httpx.RemoteProtocolError):
    """A 2xx that is not from S3: as good as no response."""


def check(request: httpx.Request, response: httpx.Response) -> None:
    """Refuse a response to an object's operation that shows no sign of S3.

    S3 and all that speak its protocol name the etag of an object that they hold or took. A response
    without one, and without any `x-amz-` header, is foreign where it is a web page, where it would prove
    that an object was stored or is there, or where the request named the etag that it was to be about.

    Raises: ForeignAnswer.
    """
    if _shows_s3(response):
        return
    types = response.headers.get_list("content-type", split_commas=True)
    if any(kind.strip().lower().startswith(_PAGE_TYPES) for kind in types):
        raise ForeignAnswer("a web page came, which is not its own", request=request)
    is_a_proof = {"PUT": True, "HEAD": "last-modified" not in response.headers}
    if is_a_proof.get(request.method, "if-match" in request.headers):
        raise ForeignAnswer("what came does not say of which object it is", request=request)


def check_document(request: httpx.Request, response: httpx.Response, body: bytes, operation: str) -> None:
    """Refuse a web page where a document of S3's, or nothing, is expected.

    Where a document tells that something was done, all else that does not show S3 is refused too.

    Raises: ForeignAnswer.
    """
    if _PAGE.match(body):
        raise ForeignAnswer(
            "a web page came: log in to the network, or look whether the endpoint is right", request=request
        )
    if operation in _WITH_DOCUMENT and not _DOCUMENT.match(body) and not _shows_s3(response):
        raise ForeignAnswer("what came is no document of S3's", request=request)


def _shows_s3(response: httpx.Response) -> bool:
    return any(name == "etag" or name.startswith("x-amz-") for name in map(str.lower, response.headers))
