"""Which job does what was asked for."""

from __future__ import annotations

from s3tui.transfer.download import ObjectDownload
from s3tui.transfer.jobs import Job, OneObject
from s3tui.transfer.record import Record
from s3tui.transfer.recursive import FolderUpload, PrefixDownload
from s3tui.transfer.requests import (
    CopyObject,
    CopyPrefix,
    DownloadObject,
    DownloadPrefix,
    Request,
    UploadFile,
    UploadFolder,
)
from s3tui.transfer.tally import Meter, Tally
from s3tui.transfer.upload import ObjectUpload


def job_for(request: Request, record: Record) -> Job:
    """Return a job that has not begun; nothing is opened or asked yet.

    Args:
        record: what the journal keeps of it.
    """
    match request:
        case DownloadPrefix():
            return PrefixDownload(request.bucket, request.prefix, request.target, request.conflict, record)
        case UploadFolder():
            return FolderUpload(request.source, request.bucket, request.prefix, request.conflict, record)
        case DownloadObject() | UploadFile():
            return _one_object(request, record)
        case CopyObject() | CopyPrefix():
            raise NotImplementedError("copies come next")


def _one_object(request: DownloadObject | UploadFile, record: Record) -> OneObject:
    tally = Tally(objects_total=1)
    meter = Meter(tally, alone=True)
    match request:
        case DownloadObject():
            return OneObject(
                ObjectDownload(
                    request.bucket,
                    request.key,
                    request.target.parent,
                    request.target,
                    meter,
                    conflict=request.conflict,
                    version_id=request.version_id,
                    piece=record.piece(request.key),
                ),
                tally,
            )
        case UploadFile():
            return OneObject(
                ObjectUpload(
                    request.source,
                    request.bucket,
                    request.key,
                    meter,
                    conflict=request.conflict,
                    content_type=request.options.content_type,
                    piece=record.piece(request.key),
                ),
                tally,
            )
