"""Presigned links: asked for by Y, shown with their end, copied; refused where nothing can be signed."""

from __future__ import annotations

from dataclasses import replace

import httpx

from s3tui.connect.connection import Anonymous, Connection
from s3tui.tui.screens.common.question import Confirm
from s3tui.tui.screens.objects.links.link_dialog import LinkDialog
from s3tui.tui.widgets.forms.choice import Choice
from tests.patience import PATIENCE_S
from tests.servers import S3Server
from tests.tui.conftest import Running
from tests.tui.harness import press, screen_text, settle, until


async def test_a_link_is_shown_copied_and_works(
    running: Running, connection: Connection, ministack: S3Server
) -> None:
    bucket = ministack.make_bucket()
    for key in ("a.txt", "b.txt"):
        ministack.boto3().put_object(Bucket=bucket, Key=key, Body=key.encode())
    async with running(connection, f"s3://{bucket}/", size=(80, 24)) as pilot:
        await press(pilot, "Y")
        await until(pilot, lambda: "X-Amz-Signature" in "".join(screen_text(pilot).split("│ │")))
        assert "for 1h 00m" in screen_text(pilot)
        await press(pilot, "ctrl+s")
        await until(pilot, lambda: "Copied: whoever has it" in screen_text(pilot))
        async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE_S) as client:
            assert (await client.get(pilot.app.clipboard)).content == b"a.txt"
            await press(pilot, "escape", "ctrl+a", "Y", "ctrl+s")
            await until(pilot, lambda: "Copied 2 links." in screen_text(pilot))
            links = pilot.app.clipboard.splitlines()
            assert [(await client.get(link)).content for link in links] == [b"a.txt", b"b.txt"]
        await press(pilot, "escape", "escape", "Y")
        assert isinstance(pilot.app.screen, LinkDialog)
        pilot.app.screen.query_one("#method", Choice).chosen = 4
        await settle(pilot)
        assert "X-Amz" not in screen_text(pilot)
        await press(pilot, "ctrl+s")
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))
        await press(pilot, "right", "enter")
        await until(pilot, lambda: "Copied: whoever has it" in screen_text(pilot))


async def test_what_cannot_be_signed_is_refused_with_a_sentence(
    running: Running, connection: Connection, ministack: S3Server
) -> None:
    bucket = ministack.make_bucket()
    ministack.boto3().put_object(Bucket=bucket, Key="a.txt", Body=b"x")
    ministack.boto3().put_bucket_policy(Bucket=bucket, Policy="{}")
    anonymous = replace(connection, credentials=Anonymous())
    async with running(anonymous, f"s3://{bucket}/") as pilot:
        await press(pilot, "Y")
        assert "This connection is anonymous" in screen_text(pilot)
    async with running(replace(connection, read_only=True), f"s3://{bucket}/") as pilot:
        await press(pilot, "Y")
        assert "PUT" not in screen_text(pilot)
        assert "GET" in screen_text(pilot)
