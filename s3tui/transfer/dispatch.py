"""Which job does what was asked for."""

from __future__ import annotations

from s3tui.transfer.download import ObjectDownload
from s3tui.transfer.jobs import Job, OneObject
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


def job_for(request: Request) -> Job:
    """Return a job that has not begun; nothing is opened or asked yet."""
    match request:
        case DownloadPrefix():
            return PrefixDownload(request.bucket, request.prefix, request.target, request.conflict)
        case UploadFolder():
            return FolderUpload(request.source, request.bucket, request.prefix, request.conflict)
        case DownloadObject() | UploadFile():
            return _one_object(request)
        case CopyObject() | CopyPrefix():
            raise NotImplementedError("copies come next")


def _one_object(request: DownloadObject | UploadFile) -> OneObject:
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
                ),
                tally,
            )
