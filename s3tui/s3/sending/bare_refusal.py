"""Bare refusals: what is asked beside one, to learn whether S3 gave it. Pure.

Nothing in such a 403 or 404 shows that it is S3's, as with a load balancer whose servers are gone.
"""

from __future__ import annotations

from s3tui.s3.errors import ProtocolError
from s3tui.s3.request.s3_request import S3Request
from s3tui.s3.wire import listing_xml, xml

_LOCATION = "GetBucketLocation"


def beside(request: S3Request) -> S3Request:
    """Return a request about the same thing that S3 answers with a document, whatever its answer is."""
    if request.key is None:
        operation, query = (_LOCATION, ("location", ""))
        if request.operation == _LOCATION:
            operation, query = "GetBucketVersioning", ("versioning", "")
        return S3Request(operation, "GET", request.bucket, query=(query,))
    prefix = ("prefix", request.key)
    if _upload_id(request) is not None:
        return S3Request("ListMultipartUploads", "GET", request.bucket, query=(prefix, ("uploads", "")))
    return S3Request("ListObjectsV2", "GET", request.bucket, query=(("list-type", "2"), prefix))


def is_unlisted(request: S3Request, body: bytes) -> bool:
    """Say whether the answer to `beside(request)` shows that the object or the upload is not there.

    Of a version, and of what cannot be read or goes on, a page shows nothing.
    """
    upload_id = _upload_id(request)
    try:
        if upload_id is not None:
            uploads = xml.list_multipart_uploads(body)
            return uploads.next is None and all(upload.upload_id != upload_id for upload in uploads.uploads)
        if request.key is None or any(name == "versionId" for name, _ in request.query):
            return False
        page = listing_xml.list_objects(body, request.key)
    except ProtocolError:
        return False
    is_whole = page.next_continuation_token is None
    return is_whole and all(summary.key != request.key for summary in page.objects)


def _upload_id(request: S3Request) -> str | None:
    return next((value for name, value in request.query if name == "uploadId"), None)
