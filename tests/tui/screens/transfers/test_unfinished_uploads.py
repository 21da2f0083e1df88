from __future__ import annotations

from pathlib import Path

from s3tui.connect.connection import Connection
from tests.servers import S3Server
from tests.tui.conftest import Running
from tests.tui.harness import press, screen_text, settle, type_text, until

MIB = 1024 * 1024


async def test_an_upload_that_nobody_ended_is_aborted_or_finished(
    running: Running, connection: Connection, ministack: S3Server, tmp_path: Path
) -> None:
    bucket = ministack.make_bucket("stranded")
    s3 = ministack.boto3()
    content = bytes(range(256)) * (18 * MIB // 256)
    for key in ("gone.bin", "kept.bin"):
        upload_id = s3.create_multipart_upload(Bucket=bucket, Key=key)["UploadId"]
        s3.upload_part(Bucket=bucket, Key=key, UploadId=upload_id, PartNumber=1, Body=content[: 5 * MIB])
    source = tmp_path / "kept.bin"
    source.write_bytes(content)
    async with running(connection, size=(80, 24)) as pilot:
        await press(pilot, "slash")
        await type_text(pilot, bucket)
        await press(pilot, "enter", "u")
        text = screen_text(pilot)
        assert "2 unfinished uploads · 10.5 MB" in text
        assert "gone.bin" in text
        await pilot.press("D")
        await pilot.pause()
        assert "gone.bin: 1 part, 5.24 MB. What was sent is thrown away." in screen_text(pilot)
        await press(pilot, "enter")  # the safe answer has the focus
        assert "2 unfinished" in screen_text(pilot)
        await pilot.press("D")
        await pilot.pause()
        await press(pilot, "right", "enter")
        await until(pilot, lambda: "1 unfinished upload " in screen_text(pilot), "one less")
        await pilot.press("a")
        await pilot.pause()
        await type_text(pilot, str(source))
        await press(pilot, "enter")
        await settle(pilot)
        assert s3.get_object(Bucket=bucket, Key="kept.bin")["Body"].read() == content
        assert "Uploads" not in s3.list_multipart_uploads(Bucket=bucket)
        await press(pilot, "r")
        assert "Every upload here was ended." in screen_text(pilot)
