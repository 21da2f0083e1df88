"""Errors of transfers: a sentence and a code for each failure, and whether to try again. Pure."""

from __future__ import annotations

import asyncio
import errno
import logging

from s3tui.s3 import errors
from s3tui.s3.retries import may_pass

INTERRUPTED = "Interrupted"
NOT_AT_HAND = "NotAtHand"

_LOG = logging.getLogger(__name__)

_DISK = {
    errno.ENOSPC: "the disk is full: make room at {where}, then retry",
    errno.EDQUOT: "your disk quota is used up: make room at {where}, then retry",
    errno.EACCES: "no permission for {where}: pick another place, or change its permissions",
    errno.EPERM: "no permission for {where}: pick another place, or change its permissions",
    errno.EROFS: "{where} is on a read-only file system: pick another place",
    errno.ENOENT: "{where} is not there, or was removed meanwhile",
    errno.ENOTDIR: "a part of {where} is a file, not a folder: pick another place",
    errno.EISDIR: "{where} is a folder: pick another name",
    errno.ENAMETOOLONG: "{where} is too long a name for this disk: pick a shorter one",
    errno.EFBIG: "{where} is larger than a file can be on its disk (FAT32: 4 GiB): pick another disk",
    errno.EIO: "the disk failed at {where}",
    errno.EMFILE: "too many files are open: retry when other transfers are done",
}

_ADVICE = {
    "InvalidStorageClass": "pick another storage class",
    "InvalidEncryptionAlgorithmError": "pick another encryption",
    "KMS.NotFoundException": "pick a key that exists in the bucket's region",
    "KMS.DisabledException": "pick a key that is enabled",
    "KMS.KMSInvalidStateException": "pick a key that is enabled",
    "InvalidTag": "S3 takes ten tags, with names of 128 and values of 256 characters",
    "MetadataTooLarge": "S3 takes 2 KB of metadata: say less",
    "NotImplemented": "this server cannot do that: leave out what the object shall be written with",
}
"""By S3's error code: advice on options of an object that it refuses."""


class TransferError(Exception):
    """A transfer cannot go on, for a reason found here; the message is a sentence for the user."""

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message)
        self.code = code


class NotAtHand(TransferError):
    """The connection that a transfer was begun with is not open here: it is paused, and loses nothing."""

    def __init__(self, message: str) -> None:
        super().__init__(message, NOT_AT_HAND)


def target_exists(where: object) -> TransferError:
    return TransferError(
        f"{where} exists already: pick another name, or say that it may be replaced", "TargetExists"
    )


def source_changed(where: object) -> TransferError:
    return TransferError(
        f"{where} changed while it was being uploaded: retry when it is at rest", "SourceChanged"
    )


def interrupted() -> TransferError:
    return TransferError("the connection broke underway: retry", INTERRUPTED)


def is_foreign_cancellation(error: BaseException) -> bool:
    """Say whether a cancellation is not this task's own: a connection that breaks may cancel its writer."""
    task = asyncio.current_task()
    return isinstance(error, asyncio.CancelledError) and task is not None and not task.cancelling()


def first_cause(error: BaseException) -> BaseException:
    """Return the first exception inside of exception groups."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def describe_failure(error: BaseException) -> tuple[str, str]:
    """Return the sentence and the code for what stopped a transfer."""
    match first_cause(error):
        case asyncio.CancelledError():
            return describe_failure(interrupted())
        case TransferError() as ours:
            return str(ours), ours.code
        case errors.NoSuchKey() | errors.NoSuchBucket() as answer:
            return answer.message, type(answer).__name__  # a HEAD has no body to say so
        case errors.ServiceError() as answer:
            advice = _ADVICE.get(answer.code)
            return f"{answer.message}: {advice}" if advice else answer.message, answer.code
        case errors.S3Error() as failure:
            return failure.message, type(failure).__name__
        case OSError() as failure:
            return _explain_disk(failure)
        case other:
            _LOG.error("a transfer met a bug", exc_info=other)
            return f"something unforeseen: {type(other).__name__}: {other}", "Bug"


def _explain_disk(error: OSError) -> tuple[str, str]:
    where = "the target" if error.filename is None else str(error.filename)
    sentence = _DISK.get(error.errno or 0, f"{error.strerror or error} at {{where}}")
    return sentence.replace("{where}", where), errno.errorcode.get(error.errno or 0, "OSError")


def is_passing(error: BaseException) -> bool:
    """Say whether a failure is temporary: of the server or the network, not of the request."""
    cause = first_cause(error)
    if isinstance(cause, TransferError):
        return cause.code == INTERRUPTED
    if isinstance(cause, asyncio.CancelledError):
        return is_foreign_cancellation(cause)
    return isinstance(cause, errors.S3Error) and may_pass(cause)


def is_outage(error: BaseException) -> bool:
    """Say whether a job should wait and go on where it was, rather than fail."""
    return is_passing(error) and not isinstance(first_cause(error), errors.ChecksumMismatch)


def leaves_the_rest(error: BaseException) -> bool:
    """Say whether the partial data is still good: a later run can go on with it."""
    cause = first_cause(error)
    is_unproven = isinstance(cause, errors.ChecksumMismatch)
    # An unreadable answer came from something on the way, such as a captive portal: it tells nothing of S3.
    access = errors.TransportError | errors.ProtocolError | errors.CredentialsError | errors.SignatureRejected
    is_bare = isinstance(cause, errors.ServiceError) and cause.is_bare
    return is_outage(error) or is_bare or (isinstance(cause, access) and not is_unproven)


def wanted_wait_s(error: BaseException) -> float | None:
    """Return how long the server asked to wait, in seconds."""
    cause = first_cause(error)
    return cause.retry_after_s if isinstance(cause, errors.ServiceError) else None


def concerns_everything(error: BaseException) -> bool:
    """Say whether other objects of the same job would meet the same failure."""
    match first_cause(error):
        case errors.NoSuchBucket() | errors.SignatureRejected() | errors.WrongRegion() | errors.SlowDown():
            return True
        case errors.ServiceError():
            return False
        case errors.S3Error():
            return True
        case OSError() as failure:
            return failure.errno in (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.EMFILE)
        case _:
            return False
