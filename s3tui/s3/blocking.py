"""Blocking S3 client for threads and scripts: every call waits for its result.

    with BlockingS3Client(S3Client(Endpoint.aws("eu-west-1"), Credentials("AKIA…", "…"))) as s3:
        for page in s3.list_objects("analytics-raw", "logs/"):
            ...

The client runs in an event loop in one thread of its own; any number of threads may call. Each method
is that of the asynchronous class, with its arguments, its documentation and its errors: this module
only says which they are.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine, Iterable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import AbstractAsyncContextManager, AbstractContextManager, contextmanager
from copy import copy
from functools import wraps
from types import TracebackType
from typing import Any, Concatenate, Generic, ParamSpec, Self, TypeVar, Unpack

from s3tui.s3.address.endpoint import Endpoint
from s3tui.s3.bucket import BucketHandle
from s3tui.s3.client import S3Client
from s3tui.s3.models import ContentRange, ObjectHead, Part
from s3tui.s3.operations.multipart_upload import MultipartUpload
from s3tui.s3.request.options import CallOptions, ObjectOptions, PartOptions
from s3tui.s3.sending.capabilities import Capabilities
from s3tui.s3.sending.object_stream import ObjectBody

A_co = TypeVar("A_co", covariant=True)
T = TypeVar("T")
P = ParamSpec("P")


class _LoopThread:
    """An event loop in a thread of its own."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="s3", daemon=True)
        self._thread.start()

    @property
    def is_stopped(self) -> bool:
        return self._loop.is_closed()

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine in the loop and wait for it; interrupting the wait (Ctrl-C) cancels it."""
        future: Future[T] = asyncio.run_coroutine_threadsafe(coroutine, self._loop)
        try:
            return future.result()
        finally:
            future.cancel()

    def iterate(self, items: AsyncIterator[T]) -> Iterator[T]:
        end = object()

        async def following() -> T | object:
            return await anext(items, end)

        while (item := self.run(following())) is not end:
            yield item  # type: ignore[misc]  # a sentinel has no type of its own

    def stop(self) -> None:
        """End the thread; calls that still wait are cancelled."""
        self.run(_cancel_the_rest())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


async def _cancel_the_rest() -> None:
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    await asyncio.get_running_loop().shutdown_asyncgens()


class _Blocking(Generic[A_co]):
    """Blocking proxy of an object that lives in a loop's thread."""

    def __init__(self, thread: _LoopThread, inner: A_co) -> None:
        self._thread = thread
        self._inner = inner


def _call(
    method: Callable[Concatenate[A_co, P], Coroutine[Any, Any, T]],
) -> Callable[Concatenate[_Blocking[A_co], P], T]:
    @wraps(method)
    def waiting(self: _Blocking[A_co], /, *args: P.args, **kwargs: P.kwargs) -> T:
        return self._thread.run(method(self._inner, *args, **kwargs))

    return waiting


def _iterate(
    method: Callable[Concatenate[A_co, P], AsyncGenerator[T, None]],
) -> Callable[Concatenate[_Blocking[A_co], P], Iterator[T]]:
    @wraps(method)
    def waiting(self: _Blocking[A_co], /, *args: P.args, **kwargs: P.kwargs) -> Iterator[T]:
        items = method(self._inner, *args, **kwargs)
        try:
            yield from self._thread.iterate(items)
        finally:
            if not self._thread.is_stopped:
                self._thread.run(_close(items))

    return waiting


def _direct(
    method: Callable[Concatenate[A_co, P], T],
) -> Callable[Concatenate[_Blocking[A_co], P], T]:
    @wraps(method)
    def answering(self: _Blocking[A_co], /, *args: P.args, **kwargs: P.kwargs) -> T:
        return method(self._inner, *args, **kwargs)

    return answering


async def _close(items: AsyncGenerator[object, None]) -> None:
    await items.aclose()


def _stream(
    method: Callable[Concatenate[A_co, P], AbstractAsyncContextManager[ObjectBody]],
) -> Callable[Concatenate[_Blocking[A_co], P], AbstractContextManager[BlockingObjectBody]]:
    @wraps(method)
    @contextmanager
    def waiting(self: _Blocking[A_co], /, *args: P.args, **kwargs: P.kwargs) -> Iterator[BlockingObjectBody]:
        async def leave() -> None:
            await context.__aexit__(None, None, None)

        async def enter() -> ObjectBody:
            return await context.__aenter__()

        context = method(self._inner, *args, **kwargs)
        body = self._thread.run(enter())
        try:
            yield BlockingObjectBody(self._thread, body)
        finally:
            self._thread.run(leave())

    return waiting


class BlockingObjectBody(_Blocking[ObjectBody]):
    """`ObjectBody`, blocking: `for chunk in body`, once."""

    @property
    def head(self) -> ObjectHead:
        return self._inner.head

    @property
    def content_range(self) -> ContentRange | None:
        return self._inner.content_range

    def __iter__(self) -> Iterator[bytes]:
        return self._thread.iterate(aiter(self._inner))


class BlockingBucket(_Blocking[BucketHandle]):
    """`BucketHandle`, blocking."""

    @property
    def name(self) -> str:
        return self._inner.name

    get = _call(BucketHandle.get)
    put = _call(BucketHandle.put)
    delete = _call(BucketHandle.delete)
    exists = _call(BucketHandle.exists)
    copy_from = _call(BucketHandle.copy_from)
    keys = _iterate(BucketHandle.keys)


class BlockingMultipartUpload(_Blocking[MultipartUpload]):
    """`MultipartUpload`, blocking; parts may be sent from several threads at once."""

    @property
    def upload_id(self) -> str:
        return self._inner.upload_id

    @property
    def parts(self) -> tuple[Part, ...]:
        return self._inner.parts

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._thread.run(self._inner.__aexit__(kind, error, trace))

    load_parts = _call(MultipartUpload.load_parts)
    upload_part = _call(MultipartUpload.upload_part)
    copy_part = _call(MultipartUpload.copy_part)
    complete = _call(MultipartUpload.complete)
    abort = _call(MultipartUpload.abort)


class BlockingS3Client(_Blocking[S3Client]):
    """`S3Client`, blocking. It takes a client that was not used yet, and closes it with itself.

    A stream to be sent is a file, or an iterator of bytes with its `content_length`.
    """

    def __init__(self, client: S3Client) -> None:
        super().__init__(_LoopThread(), client)

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None, **options: Any) -> Self:
        """As `S3Client.from_environment`."""
        return cls(S3Client.from_environment(environ, **options))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close every connection and end the thread; calls under way in other threads fail."""
        try:
            self._thread.run(self._inner.aclose())
        finally:
            self._thread.stop()

    @property
    def endpoint(self) -> Endpoint:
        return self._inner.endpoint

    @property
    def capabilities(self) -> Capabilities:
        """As `S3Client.capabilities`."""
        return self._inner.capabilities

    @property
    def verifies_tls(self) -> bool:
        """As `S3Client.verifies_tls`."""
        return self._inner.verifies_tls

    @property
    def slow_downs(self) -> int:
        """As `S3Client.slow_downs`."""
        return self._inner.slow_downs

    @property
    def is_connecting(self) -> bool:
        """As `S3Client.is_connecting`."""
        return self._inner.is_connecting

    def slow_downs_of(self, bucket: str) -> int:
        """As `slow_downs`, for requests to one bucket."""
        return self._inner.slow_downs_of(bucket)

    def get_bucket(self, bucket: str, **call: Unpack[CallOptions]) -> BlockingBucket:
        """As `S3Client.get_bucket`."""
        return BlockingBucket(self._thread, self._thread.run(self._inner.get_bucket(bucket, **call)))

    def create_bucket(
        self,
        bucket: str,
        *,
        region: str | None = None,
        acl: str | None = None,
        object_lock: bool = False,
        ownership: str | None = None,
        **call: Unpack[CallOptions],
    ) -> BlockingBucket:
        """As `S3Client.create_bucket`."""
        made = self._inner.create_bucket(
            bucket, region=region, acl=acl, object_lock=object_lock, ownership=ownership, **call
        )
        return BlockingBucket(self._thread, self._thread.run(made))

    def begin_upload(
        self, bucket: str, key: str, **options: Unpack[ObjectOptions]
    ) -> BlockingMultipartUpload:
        """As `S3Client.begin_upload`."""
        upload = self._thread.run(self._inner.begin_upload(bucket, key, **options))
        return BlockingMultipartUpload(self._thread, upload)

    def known_upload(
        self,
        bucket: str,
        key: str,
        upload_id: str,
        *,
        parts: Iterable[Part] = (),
        **call: Unpack[PartOptions],
    ) -> BlockingMultipartUpload:
        """Return an upload by its stored ids, as `MultipartUpload` itself does."""
        upload = MultipartUpload(self._inner, bucket, key, upload_id, parts=parts, **call)
        return BlockingMultipartUpload(self._thread, upload)

    def expecting_owner(self, account: str | None) -> Self:
        """As `S3Client.expecting_owner`."""
        guise = copy(self)
        guise._inner = self._inner.expecting_owner(account)
        return guise

    region_of = _direct(S3Client.region_of)
    known_owner = _direct(S3Client.known_owner)
    lists_in_order = _direct(S3Client.lists_in_order)
    forget_region = _direct(S3Client.forget_region)
    account = _call(S3Client.account)
    object_url = _direct(S3Client.object_url)
    presign = _call(S3Client.presign)
    presign_post = _call(S3Client.presign_post)

    abort_multipart_upload = _call(S3Client.abort_multipart_upload)
    bucket_exists = _call(S3Client.bucket_exists)
    complete_multipart_upload = _call(S3Client.complete_multipart_upload)
    copy_by_parts = _call(S3Client.copy_by_parts)
    copy_object = _call(S3Client.copy_object)
    create_multipart_upload = _call(S3Client.create_multipart_upload)
    delete_bucket = _call(S3Client.delete_bucket)
    delete_object = _call(S3Client.delete_object)
    delete_object_tagging = _call(S3Client.delete_object_tagging)
    delete_objects = _call(S3Client.delete_objects)
    delete_objects_once = _call(S3Client.delete_objects_once)
    get_account_public_access_block = _call(S3Client.get_account_public_access_block)
    get_bucket_acl = _call(S3Client.get_bucket_acl)
    get_bucket_cors = _call(S3Client.get_bucket_cors)
    get_bucket_encryption = _call(S3Client.get_bucket_encryption)
    get_bucket_lifecycle = _call(S3Client.get_bucket_lifecycle)
    get_bucket_location = _call(S3Client.get_bucket_location)
    get_bucket_document = _call(S3Client.get_bucket_document)
    get_bucket_ownership = _call(S3Client.get_bucket_ownership)
    get_bucket_policy = _call(S3Client.get_bucket_policy)
    get_bucket_tagging = _call(S3Client.get_bucket_tagging)
    get_bucket_versioning = _call(S3Client.get_bucket_versioning)
    get_object = _call(S3Client.get_object)
    get_object_to_file = _call(S3Client.get_object_to_file)
    get_object_acl = _call(S3Client.get_object_acl)
    get_object_attributes = _call(S3Client.get_object_attributes)
    get_object_legal_hold = _call(S3Client.get_object_legal_hold)
    get_object_lock_configuration = _call(S3Client.get_object_lock_configuration)
    get_object_retention = _call(S3Client.get_object_retention)
    get_object_tagging = _call(S3Client.get_object_tagging)
    get_public_access_block = _call(S3Client.get_public_access_block)
    head_bucket = _call(S3Client.head_bucket)
    head_object = _call(S3Client.head_object)
    is_bucket_policy_public = _call(S3Client.is_bucket_policy_public)
    list_buckets = _call(S3Client.list_buckets)
    list_directory_buckets = _call(S3Client.list_directory_buckets)
    list_multipart_uploads = _iterate(S3Client.list_multipart_uploads)
    list_object_versions = _iterate(S3Client.list_object_versions)
    list_objects = _iterate(S3Client.list_objects)
    list_parts = _call(S3Client.list_parts)
    object_exists = _call(S3Client.object_exists)
    put_bucket_acl = _call(S3Client.put_bucket_acl)
    put_bucket_tagging = _call(S3Client.put_bucket_tagging)
    delete_bucket_tagging = _call(S3Client.delete_bucket_tagging)
    put_public_access_block = _call(S3Client.put_public_access_block)
    put_bucket_encryption = _call(S3Client.put_bucket_encryption)
    put_bucket_policy = _call(S3Client.put_bucket_policy)
    delete_bucket_policy = _call(S3Client.delete_bucket_policy)
    get_bucket_rules = _call(S3Client.get_bucket_rules)
    put_bucket_rules = _call(S3Client.put_bucket_rules)
    delete_bucket_rules = _call(S3Client.delete_bucket_rules)
    put_bucket_versioning = _call(S3Client.put_bucket_versioning)
    put_object = _call(S3Client.put_object)
    put_object_acl = _call(S3Client.put_object_acl)
    put_object_legal_hold = _call(S3Client.put_object_legal_hold)
    put_object_retention = _call(S3Client.put_object_retention)
    put_object_tagging = _call(S3Client.put_object_tagging)
    put_stream = _call(S3Client.put_stream)
    restore_object = _call(S3Client.restore_object)
    upload_part = _call(S3Client.upload_part)
    upload_part_copy = _call(S3Client.upload_part_copy)
    stream_object = _stream(S3Client.stream_object)
