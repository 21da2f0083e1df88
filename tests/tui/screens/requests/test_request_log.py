"""The request log on screen: live, filtered, explained, saved; and never with a secret."""

from __future__ import annotations

import json
from pathlib import Path

from s3tui.connect.connection import Connection, Given
from s3tui.s3.credentials import Credentials
from s3tui.tui.app import S3TuiApp
from s3tui.tui.widgets.frame.filter_bar import FilterBar
from s3tui.tui.widgets.lists.request_table import RequestTable
from tests.servers import S3Server
from tests.tui.conftest import Running
from tests.tui.harness import files_below, press, screen_text, settle, type_text, until


async def test_requests_are_shown_as_they_come_and_saved_without_secrets(
    ministack: S3Server, running: Running, home: Path
) -> None:
    bucket = ministack.make_bucket("logged")
    ministack.boto3().put_object(Bucket=bucket, Key="k.txt", Body=b"content")
    keys = Credentials(ministack.credentials.access_key, "MARKEDsecretMARKED")
    wrong = Connection("wrong", ministack.endpoint, Given(keys))
    log_file = home / "requests.log"
    async with running(wrong, f"s3://{bucket}/", log_file=log_file, debug=True, write_price=0.005) as pilot:
        app = pilot.app
        assert isinstance(app, S3TuiApp)
        await press(pilot, "ctrl+g")
        table = app.screen.query_one(RequestTable)
        assert "SignatureDoesNotMatch" in screen_text(pilot)
        assert "0.01 USD" in screen_text(pilot)
        before = len(table.rows)
        app.connect(Connection("right", ministack.endpoint, Given(ministack.credentials)))
        await settle(pilot)
        await press(pilot, "ctrl+g")
        table = app.screen.query_one(RequestTable)
        await until(pilot, lambda: len(table.rows) > before)
        assert {row.connection for row in table.rows} == {"wrong", "right"}

        await press(pilot, "slash")
        await type_text(pilot, "FAILED signature")
        await settle(pilot)
        assert {row.exchange.error for row in table.rows} == {"SignatureDoesNotMatch"}
        await press(pilot, "enter", "d")
        (saved,) = (
            text for name, text in files_below(app.transfers.download_dir).items() if name.endswith(".har")
        )
        entries = json.loads(saved)["log"]["entries"]
        assert [entry["_error"] for entry in entries] == ["SignatureDoesNotMatch"] * len(table.rows)

        seen = [screen_text(pilot)]
        await press(pilot, "enter")
        for _ in range(4):
            seen.append(screen_text(pilot) + app.export_screenshot())
            await press(pilot, "right")
        await press(pilot, "y")
        assert "curl --path-as-is" in screen_text(pilot)
        seen.append(screen_text(pilot))
        await press(pilot, "c")
        seen.append(app.clipboard)
        assert "--aws-sigv4" in app.clipboard
        await press(pilot, "escape", "z")
        assert "By class" in screen_text(pilot)
        await press(pilot, "escape", "escape")
        assert not app.screen.query_one(FilterBar).is_open
        await press(pilot, "C")
        assert app.requests.log.count == len(app.requests.log.recent()) == 0
        assert "No request was sent yet." in screen_text(pilot)
        await press(pilot, "ctrl+g")
        assert not app.screen.query(RequestTable)
    seen += [saved, log_file.read_text()]
    for each in seen:
        assert "MARKED" not in each
        assert "Signature=" not in each.replace("Signature=(redacted)", "")
    records = [json.loads(line) for line in log_file.read_text().splitlines()]
    assert any(record["canonical_request"] for record in records)
    assert {record["connection"] for record in records} == {"wrong", "right"}
