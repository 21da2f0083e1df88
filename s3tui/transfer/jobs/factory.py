"""The factory of jobs: makes the job of a request."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

from s3tui.s3.client import S3Client
from s3tui.transfer.changes.change_log import ChangeLog
from s3tui.transfer.copy.object_copy import ObjectCopy, OtherClient
from s3tui.transfer.download.object_download import ObjectDownload
from s3tui.transfer.jobs.job import Job, OneObject
from s3tui.transfer.jobs.object_works import MoveWork, RestoreWork, ReturnWork, RevertWork, SetWork
from s3tui.transfer.jobs.planned_deletion import PlannedDeletion
from s3tui.transfer.jobs.planned_objects import ObjectWork, PlannedObjects
from s3tui.transfer.jobs.planned_sync import PlannedSync
from s3tui.transfer.jobs.prefix_copy import PrefixCopy
from s3tui.transfer.jobs.prefix_download import ChosenDownload, FolderUpload, PrefixDownload
from s3tui.transfer.journal.record import TransferRecord
from s3tui.transfer.models import Direction
from s3tui.transfer.requests import (
    CopyObject,
    CopyPrefix,
    DownloadChosen,
    DownloadObject,
    DownloadPrefix,
    Request,
    RunChange,
    UploadChosen,
    UploadFile,
    UploadFolder,
    other_connection,
)
from s3tui.transfer.scheduling.progress import Counters, ProgressMeter
from s3tui.transfer.target.target_key import TargetKey
from s3tui.transfer.upload.object_upload import ObjectUpload

ClientFor = Callable[[str], Awaitable[S3Client]]


def job_for(
    request: Request, client_for: ClientFor, record: TransferRecord, changes: ChangeLog | None = None
) -> Job:
    """Return a job that has not begun; nothing is opened or asked yet.

    Args:
        client_for: returns the client of the connection that a copy between two of them writes to.
        record: of the transfer, in the journal.
        changes: the log of planned changes.
    """
    match request:
        case DownloadPrefix():
            return PrefixDownload(
                request.bucket, request.prefix, request.target, request.conflict, record, at=request.at
            )
        case DownloadChosen():
            return ChosenDownload(request.bucket, request.objects, request.target, request.conflict, record)
        case UploadFolder() | UploadChosen():
            return _folder_upload(request, record)
        case DownloadObject() | UploadFile() | CopyObject():
            return _one_object(request, client_for, record)
        case CopyPrefix():
            return PrefixCopy(request, _other(request, client_for), record)
        case RunChange():
            if request.direction is Direction.SYNC:
                return PlannedSync(request, changes, record, _other(request, client_for))
            if (work := _work_of(request, record)) is not None:
                return PlannedObjects(request, changes, work)
            return PlannedDeletion(request, changes)


def _work_of(request: RunChange, record: TransferRecord) -> ObjectWork | None:
    """Return what is done to each object by itself; `None`, where they are deleted by batches."""
    match request.direction:
        case Direction.MOVE:
            return MoveWork(record)
        case Direction.SET:
            return SetWork()
        case Direction.RESTORE:
            return RestoreWork()
        case Direction.RETURN:
            return ReturnWork()
        case Direction.UNDO if request.reverts:
            return RevertWork()
    return None


def _other(request: CopyObject | CopyPrefix | RunChange, client_for: ClientFor) -> OtherClient | None:
    other = other_connection(request)
    return partial(client_for, other) if other else None


def _folder_upload(request: UploadFolder | UploadChosen, record: TransferRecord) -> FolderUpload:
    return FolderUpload(
        request.source,
        request.bucket,
        request.prefix,
        request.conflict,
        record,
        options=request.options,
        follow_links=isinstance(request, UploadFolder) and request.follow_links,
        names=request.names if isinstance(request, UploadChosen) else (),
    )


def _one_object(
    request: DownloadObject | UploadFile | CopyObject, client_for: ClientFor, record: TransferRecord
) -> OneObject:
    counters = Counters(objects_total=1)
    meter = ProgressMeter(counters, alone=True)
    move: ObjectDownload | ObjectUpload | ObjectCopy
    match request:
        case DownloadObject():
            move = ObjectDownload(
                request.bucket,
                request.key,
                request.target.parent,
                request.target,
                meter,
                conflict=request.conflict,
                version_id=request.version_id,
                object_record=record.object_record(request.key),
            )
        case UploadFile():
            move = ObjectUpload(
                request.source,
                request.bucket,
                request.key,
                meter,
                conflict=request.conflict,
                options=request.options,
                object_record=record.object_record(request.key),
            )
        case CopyObject():
            move = ObjectCopy(
                request.bucket,
                request.key,
                TargetKey(request.to_bucket, request.to_key, request.conflict),
                meter,
                to=_other(request, client_for),
                version_id=request.version_id,
                options=request.options,
                object_record=record.object_record(request.to_key),
            )
    return OneObject(move, counters)
