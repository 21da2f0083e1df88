"""The error tree of the S3 core.

Each class is a different thing the caller would do:

    S3Error                         operation, bucket, key: what was asked
    ├ ServiceError                  code, status, request_id, host_id: S3 answered no
    │ ├ NoSuchBucket                pick another bucket
    │ ├ NoSuchKey                   the object (or that version of it) is not there
    │ ├ NoSuchUpload                the multipart upload was completed, aborted or never was
    │ ├ BucketAlreadyExists         pick another name; `owned_by_you` says whether it is your own
    │ ├ BucketNotEmpty              delete what is in it first
    │ ├ AccessDenied                ask for a permission, or use another connection
    │ ├ SignatureRejected           the secret, the key or the clock is wrong
    │ ├ PreconditionFailed          the object was changed meanwhile
    │ ├ NotModified                 what you have is current
    │ ├ InvalidRange                the object is shorter than that
    │ ├ ObjectArchived              restore it first
    │ ├ WrongRegion                 region: ask there
    │ └ SlowDown                    retry later
    ├ TransportError                no answer: connect, TLS, timeout, reset
    │ └ ChecksumMismatch            the bytes were damaged on their way: read again
    ├ CredentialsError              nothing to sign with
    ├ ReadOnly                      refused here, before anything was sent
    ├ NotSupported                  this endpoint does not know the operation; nothing was changed
    └ ProtocolError                 an answer that cannot be read
      └ RangeIgnored                other bytes came than were asked for: read the whole object

The message is one sentence that a user can act on. It never holds a secret or a signed URL.

For those who come from the OCaml library `aws-s3`, whose calls return one of six errors:

    Redirect of endpoint            followed once and noted; `WrongRegion` when that did not help
    Throttled                       `SlowDown`, after the retries; `Throttled` facts before that
    Unknown of code * message       `ServiceError`, with `code` and `message`, or a class of its own
    Failed of exn                   `TransportError` or `ProtocolError`, with the exception as `__cause__`
    Forbidden                       `AccessDenied`, or `SignatureRejected` when the keys are wrong
    Not_found                       `NoSuchKey`, `NoSuchBucket` or `NoSuchUpload`
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from s3tui.s3.models import DeleteResult


class S3Error(Exception):
    """Base of everything the S3 core raises on purpose."""

    def __init__(
        self,
        message: str,
        *,
        operation: str | None = None,
        bucket: str | None = None,
        key: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.operation = operation
        """The S3 API action, e.g. `GetObject`."""
        self.bucket = bucket
        self.key = key
        self.tries = 1
        """Number of times that the failed request was sent."""
        self.partial: DeleteResult | None = None
        """Of a `delete_objects` that failed on its way: what became of each key until then."""


class ServiceError(S3Error):
    """An error response of S3."""

    def __init__(
        self,
        message: str,
        *,
        code: str,
        status: int,
        said: str | None = None,
        request_id: str | None = None,
        host_id: str | None = None,
        operation: str | None = None,
        bucket: str | None = None,
        key: str | None = None,
    ) -> None:
        super().__init__(message, operation=operation, bucket=bucket, key=key)
        self.code = code
        self.status = status
        self.said = said
        """The server's own message, on one line; `None` where it gave none. Not terminal-safe."""
        self.request_id = request_id
        self.host_id = host_id
        self.retry_after_s: float | None = None
        """The delay that the server asked for, if it named one."""
        self.is_bare = False
        """No document, etag or `x-amz-` header shows that S3 gave it: it may be a proxy's."""
        self.is_page = False
        """It is a web page: not even what the server lacks follows from it."""
        self.is_alone = False
        """It is bare, and nothing that was asked beside it was answered by S3 either: it may be an outage."""

    def check_given(self) -> None:
        """Raise this error again, unless S3 gave it: before something is given up because of it."""
        if self.is_bare:
            raise self


class NoSuchBucket(ServiceError):
    """There is no bucket of that name."""


class NoSuchKey(ServiceError):
    """There is no object of that key, or no such version of it."""


class NoSuchUpload(ServiceError):
    """That multipart upload was completed, aborted, or never was."""


class BucketAlreadyExists(ServiceError):
    """The name is taken."""

    @property
    def owned_by_you(self) -> bool:
        return self.code == "BucketAlreadyOwnedByYou"


class BucketNotEmpty(ServiceError):
    """Only an empty bucket can be deleted; versions and delete markers count."""


class AccessDenied(ServiceError):
    """The server refuses this: to these credentials, or to everybody. `said` has its reason."""


class SignatureRejected(ServiceError):
    """The access key, the secret, the session token or the clock is wrong."""


class PreconditionFailed(ServiceError):
    """A condition did not hold: mostly, the object was changed meanwhile."""


class NotModified(ServiceError):
    """The object is still the one that the condition named; without one, a cache on the way says so."""


class InvalidRange(ServiceError):
    """The range lies outside the object."""


class ObjectArchived(ServiceError):
    """The object is in an archive storage class; restore it first."""


class WrongRegion(ServiceError):
    """The bucket is in another region, and one more try there did not help either."""

    region: str | None = None
    """The region that S3 named, if it named one."""
    host: str | None = None
    """The host that it pointed to, where it named no region; never contacted."""


class Redirected(ServiceError):
    """The server redirects to a host that is none of its regions; no signed request is sent there."""

    host: str | None = None
    """The host that it named; never contacted."""


class SlowDown(ServiceError):
    """S3 throttles: it asked for fewer requests, also after the retries."""


class TransportError(S3Error):
    """No complete response came: no connection, no TLS, a timeout, a reset, or a body cut short."""

    is_final = False
    """A retry cannot help, e.g. because the server's certificate is not trusted."""


class ChecksumMismatch(TransportError):
    """The received bytes do not match the checksum that S3 keeps of them."""


class CredentialsError(S3Error):
    """No keys to sign with; the message says what is missing and where it was searched for."""


class ReadOnly(S3Error):
    """A write was refused by a read-only client; nothing was sent."""


class NotSupported(S3Error):
    """The endpoint does not know this operation, and might take it for another one; nothing was changed."""


class ProtocolError(S3Error):
    """The response is not what the S3 API documents."""


class RangeIgnored(ProtocolError):
    """The server ignored the requested range and sent other bytes; none of them was kept."""
