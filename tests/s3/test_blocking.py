"""The blocking client and the bucket handle, on a real server."""

from __future__ import annotations

import inspect
import io
import threading
from collections.abc import Iterator

import pytest

from s3tui.s3 import (
    BlockingBucket,
    BlockingMultipartUpload,
    BlockingS3Client,
    BucketHandle,
    MultipartUpload,
    S3Client,
    errors,
)
from tests.servers import S3Server


@pytest.fixture
def s3(ministack: S3Server) -> Iterator[BlockingS3Client]:
    with BlockingS3Client(S3Client(ministack.endpoint, ministack.credentials)) as client:
        yield client


@pytest.fixture
def bucket(ministack: S3Server) -> str:
    return ministack.make_bucket()


FOR_OTHER_PROCESSES = {
    "config",
    "from_config",
    "heard",
    "account",
    "expecting_owner",
    "sender",
    "options",
    "keys",
    "small_objects",
}
"""Whoever moves clients about, or sends requests that no operation makes, has a loop."""


ANOTHER_CLASS = {"begin_upload", "expecting_owner", "create_bucket", "get_bucket"}
"""They return the blocking one of what the others return."""


@pytest.mark.parametrize(
    ("waiting", "awaited"),
    [
        (BlockingS3Client, S3Client),
        (BlockingBucket, BucketHandle),
        (BlockingMultipartUpload, MultipartUpload),
    ],
)
def test_the_blocking_surface_is_the_asynchronous_one(waiting: type, awaited: type) -> None:
    theirs = {name for name in dir(awaited) if not name.startswith("_")} - {"aclose", "begin", "open"}
    theirs -= FOR_OTHER_PROCESSES
    assert theirs <= set(dir(waiting)) | {"close"}
    for name in theirs:
        ours = getattr(waiting, name)
        if inspect.isfunction(ours) and name not in ANOTHER_CLASS:
            assert inspect.signature(ours) == inspect.signature(getattr(awaited, name))
            assert ours.__doc__ == getattr(awaited, name).__doc__


def test_objects_go_up_list_and_come_down(s3: BlockingS3Client, bucket: str) -> None:
    s3.put_object(bucket, "a", b"hello", content_type="text/plain")
    s3.put_object(bucket, "file", io.BytesIO(b"from a file"))
    s3.put_object(bucket, "iterator", iter([b"ab", b"cd"]), content_length=4)
    assert s3.get_object(bucket, "a") == b"hello"
    pages = s3.list_objects(bucket, max_keys=1)
    assert next(pages).objects[0].key == "a"
    assert [entry.key for page in pages for entry in page.objects] == ["file", "iterator"]
    with s3.stream_object(bucket, "file") as body:
        assert body.head.size == 11
        assert b"".join(body) == b"from a file"
    with pytest.raises(errors.NoSuchKey):
        s3.head_object(bucket, "none")
    s3.put_stream(bucket, "unknown", iter([b"ab", b"cd"]))
    assert s3.get_object(bucket, "unknown") == b"abcd"


def test_an_upload_by_parts_is_aborted_when_the_block_fails(s3: BlockingS3Client, bucket: str) -> None:
    with s3.begin_upload(bucket, "k") as upload:
        upload.upload_part(1, b"x")
        known = s3.known_upload(bucket, "k", upload.upload_id)
        assert [part.size for part in known.load_parts()] == [1]
        upload.complete()
    assert s3.get_object(bucket, "k") == b"x"
    with pytest.raises(ZeroDivisionError), s3.begin_upload(bucket, "other"):
        raise ZeroDivisionError
    assert next(s3.list_multipart_uploads(bucket)).uploads == ()


def test_a_bucket_handle_gets_puts_copies_lists_and_deletes(s3: BlockingS3Client, bucket: str) -> None:
    handle = s3.get_bucket(bucket)
    assert handle.name == bucket
    made = s3.create_bucket(f"{bucket}-made")
    assert list(made.keys()) == []
    with pytest.raises(errors.BucketAlreadyExists):
        s3.create_bucket(made.name)
    handle.put("a", b"hello")
    assert s3.head_object(bucket, "a").content_type == "application/octet-stream"
    assert handle.copy_from("b", f"{bucket}/a") == s3.head_object(bucket, "a").etag
    assert (handle.get("b"), handle.exists("b"), handle.exists("c")) == (b"hello", True, False)
    assert list(handle.keys()) == ["a", "b"]
    handle.delete("b")
    with pytest.raises(errors.NoSuchKey):
        handle.delete("b")
    handle.delete("b", must_exist=False)
    with pytest.raises(errors.NoSuchBucket):
        s3.get_bucket("there-is-no-such-bucket")


def test_threads_share_one_client_and_its_connections(s3: BlockingS3Client, bucket: str) -> None:
    threads = [
        threading.Thread(target=s3.put_object, args=(bucket, f"k{number}", b"x")) for number in range(16)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(next(s3.list_objects(bucket)).objects) == 16


def test_a_listing_that_was_left_open_does_not_outlive_its_client(ministack: S3Server, bucket: str) -> None:
    with BlockingS3Client(S3Client(ministack.endpoint, ministack.credentials)) as s3:
        pages = s3.list_objects(bucket)
        next(pages)
    pages.close()  # type: ignore[attr-defined]  # it is a generator, as everything that yields
    assert not [thread for thread in threading.enumerate() if thread.name == "s3"]
