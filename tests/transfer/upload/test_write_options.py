"""Options of the target object: content headers, storage class, encryption, metadata and tags."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from s3tui.transfer.errors import TransferError
from s3tui.transfer.models import TransferState
from s3tui.transfer.requests import CopyPrefix, TargetOptions, UploadFile, UploadFolder
from s3tui.transfer.upload.write_options import written_as
from tests.fault_proxy import Answer, FaultProxy, Request
from tests.servers import S3Server
from tests.transfer.conftest import MIB, Rig

OPTIONS = TargetOptions(
    content_type="text/x-mine",
    cache_control="no-cache",
    content_disposition="attachment",
    content_encoding="gzip",
    storage_class="STANDARD_IA",
    server_side_encryption="AES256",
    metadata={"who": "schön"},
    tags={"colour": "sky blue", "a/b": "c=d"},
)


def check(rig: Rig, key: str, *, has_tags: bool = True) -> None:
    head = rig.oracle.head_object(Bucket=rig.bucket, Key=key)
    assert head["ContentType"] == "text/x-mine"
    assert head["CacheControl"] == "no-cache"
    assert head["ContentDisposition"] == "attachment"
    assert head["ContentEncoding"] == "gzip"
    assert head["StorageClass"] == "STANDARD_IA"
    assert head["ServerSideEncryption"] == "AES256"
    assert set(head["Metadata"]) == {"who"}
    if has_tags:
        tags = rig.oracle.get_object_tagging(Bucket=rig.bucket, Key=key)["TagSet"]
        assert {tag["Key"]: tag["Value"] for tag in tags} == OPTIONS.tags


@pytest.mark.parametrize("size", [0, 10, 17 * MIB])
async def test_a_file_is_written_with_them(rig: Rig, size: int) -> None:
    (rig.folder / "k").write_bytes(bytes(size))
    await rig.done(await rig.engine.add(UploadFile("c", rig.folder / "k", rig.bucket, "k", options=OPTIONS)))
    check(rig, "k", has_tags=size < MIB or rig.server == "moto")  # MiniStack gives none to parts


async def test_each_file_of_a_folder_is(rig: Rig) -> None:
    for name in ("a", "b"):
        (rig.folder / name).write_bytes(b"x")
    await rig.done(await rig.engine.add(UploadFolder("c", rig.folder, rig.bucket, "p", options=OPTIONS)))
    for name in ("a", "b"):
        check(rig, f"p/{name}")


async def test_each_object_of_a_copied_prefix_is(rig: Rig) -> None:
    for name in ("a", "b"):
        rig.put(f"p/{name}", ContentType="text/other", Metadata={"who": "else"}, Tagging="x=y")
    await rig.done(await rig.engine.add(CopyPrefix("c", rig.bucket, "p/", rig.bucket, "q/", options=OPTIONS)))
    for name in ("a", "b"):
        check(rig, f"q/{name}")


async def test_what_is_left_out_stays_as_the_source_has_it(rig: Rig) -> None:
    rig.put("p/a", ContentType="text/other", Metadata={"who": "else"}, CacheControl="private")
    options = TargetOptions(cache_control="no-cache")
    await rig.done(await rig.engine.add(CopyPrefix("c", rig.bucket, "p/", rig.bucket, "q/", options=options)))
    head = rig.oracle.head_object(Bucket=rig.bucket, Key="q/a")
    found = head["ContentType"], head["CacheControl"], head["Metadata"]
    assert found == ("text/other", "no-cache", {"who": "else"})


@pytest.mark.parametrize(
    ("code", "advice"),
    [
        ("InvalidStorageClass", "another storage class"),
        ("KMS.NotFoundException", "key that exists"),
        ("MetadataTooLarge", "2 KB"),
        ("InvalidTag", "ten tags"),
        ("NotImplemented", "cannot do that"),
    ],
)
async def test_a_refusal_says_what_to_do(faulty: Rig, proxy: FaultProxy, code: str, advice: str) -> None:
    (faulty.folder / "k").write_bytes(b"x")
    refusal = Answer(400, body=f"<Error><Code>{code}</Code><Message>No.</Message></Error>".encode())
    proxy.add(refusal, when=is_put, times=None)
    transfer = await faulty.end(
        await faulty.engine.add(UploadFile("c", faulty.folder / "k", faulty.bucket, "k", options=OPTIONS))
    )
    assert (transfer.state, transfer.error_code) == (TransferState.FAILED, code)
    assert advice in str(transfer.error)


def is_put(request: Request) -> bool:
    return request.method == "PUT"


@pytest.mark.parametrize(
    "options",
    [
        TargetOptions(cache_control="a\nb"),
        TargetOptions(metadata={"a b": "c"}),
        TargetOptions(server_side_encryption="rot13"),
    ],
)
async def test_what_no_header_can_say_is_refused_in_words(
    make_rig: Callable[..., Rig], ministack: S3Server, options: TargetOptions
) -> None:
    rig = make_rig(ministack)
    (rig.folder / "k").write_bytes(b"x")
    transfer = await rig.end(
        await rig.engine.add(UploadFile("c", rig.folder / "k", rig.bucket, "k", options=options))
    )
    assert (transfer.state, transfer.error_code) == (TransferState.FAILED, "InvalidOption")
    assert rig.keys() == set()


def test_a_key_of_kms_implies_kms() -> None:
    encryption = written_as(TargetOptions(kms_key_id="mine"))["encryption"]
    assert encryption is not None
    assert (encryption.algorithm, encryption.kms_key_id) == ("aws:kms", "mine")
    with pytest.raises(TransferError, match="rot13"):
        written_as(TargetOptions(server_side_encryption="rot13"))
