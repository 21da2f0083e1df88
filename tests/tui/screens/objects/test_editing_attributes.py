"""Attributes by a form: of one object filled with what is there, of many with what is to be set."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest
from textual.widgets import Input, TextArea

from s3tui.connect.connection import Connection
from s3tui.s3.models import ObjectHead
from s3tui.transfer.editing.attributes import AttributeChange, Attributes
from s3tui.transfer.editing.object_state import ObjectState
from s3tui.tui.screens.common.question import Confirm
from s3tui.tui.screens.common.typed_confirm import TypedConfirm
from s3tui.tui.screens.objects.editing.attribute_dialog import (
    AttributesDialog,
    copy_note,
)
from s3tui.tui.screens.objects.editing.attributes import AttributeController
from s3tui.tui.screens.objects.editing.many_attributes_dialog import ManyAttributesDialog
from tests.servers import S3Server
from tests.tui.conftest import Running
from tests.tui.harness import press, screen_text, settle, type_text, until


def shown(server: S3Server, bucket: str, key: str) -> dict[str, Any]:
    head = server.boto3().head_object(Bucket=bucket, Key=key)
    tags = server.boto3().get_object_tagging(Bucket=bucket, Key=key)["TagSet"]
    return {
        "type": head["ContentType"],
        "cache": head.get("CacheControl"),
        "metadata": head["Metadata"],
        "tags": {tag["Key"]: tag["Value"] for tag in tags},
    }


async def test_one_then_many(running: Running, connection: Connection, ministack: S3Server) -> None:
    bucket, client = ministack.make_bucket(), ministack.boto3()
    for number in range(3):
        client.put_object(
            Bucket=bucket, Key=f"{number}.csv", Body=b"a,b\n", ContentType="binary/octet-stream",
            CacheControl="no-cache", Metadata={"owner": "me", "n": str(number)}, Tagging="team=a",
        )  # fmt: skip
    async with running(connection, f"s3://{bucket}/", size=(80, 24)) as pilot:
        await press(pilot, "E")
        await until(pilot, lambda: isinstance(pilot.app.screen, AttributesDialog))
        dialog = pilot.app.screen
        assert "Nothing is changed yet." in screen_text(pilot)
        dialog.query_one("#tags", TextArea).text = "team=b"
        await until(pilot, lambda: "the tags alone" in screen_text(pilot))
        dialog.query_one("#content_type", Input).value = "text/csv"
        await until(pilot, lambda: "Copies it onto itself" in screen_text(pilot))
        await press(pilot, "ctrl+s")
        await until(pilot, lambda: "Changed 0.csv: copied onto itself." in screen_text(pilot))
        before = {"cache": "no-cache", "metadata": {"owner": "me", "n": "0"}}
        assert shown(ministack, bucket, "0.csv") == {"type": "text/csv", "tags": {"team": "b"}, **before}

        await press(pilot, "ctrl+a", "E")
        await until(pilot, lambda: isinstance(pilot.app.screen, ManyAttributesDialog))
        assert "kept: 2 kinds" in screen_text(pilot)
        assert "Nothing is to be changed yet." in screen_text(pilot)
        assert pilot.app.screen.query_one("#legal_hold", Input).placeholder == "kept: all off"
        dialog = pilot.app.screen
        dialog.query_one("#content_type", Input).value = "text/csv"
        dialog.query_one("#cache_control", Input).value = "-"
        dialog.query_one("#metadata", TextArea).text = "owner=us"
        dialog.query_one("#tags", TextArea).text = "-team"
        await until(pilot, lambda: "3 copies onto themselves" in screen_text(pilot))
        await press(pilot, "ctrl+s")
        await until(pilot, lambda: isinstance(pilot.app.screen, TypedConfirm))
        await type_text(pilot, "3")
        await press(pilot, "enter")
        await until(pilot, lambda: shown(ministack, bucket, "2.csv")["tags"] == {})
        await settle(pilot)
    for number in range(3):
        assert shown(ministack, bucket, f"{number}.csv") == {
            "type": "text/csv", "cache": None, "metadata": {"owner": "us", "n": str(number)}, "tags": {},
        }  # fmt: skip


@pytest.mark.parametrize(
    ("was", "wanted", "said"),
    [
        ("GLACIER", "GLACIER", "before another restore."),
        (None, "DEEP_ARCHIVE", "before a restore."),
        ("GLACIER", "STANDARD", None),
    ],
)
def test_what_goes_into_an_archive_is_said_to_need_a_restore(
    was: str | None, wanted: str, said: str | None
) -> None:
    head = ObjectHead(size=1, storage_class=was, restore='ongoing-request="false"')
    note = copy_note(ObjectState(head), Attributes({}, {}, {}, wanted))
    assert ("restore" in note) == (said is not None)
    assert said is None or said in note


@pytest.mark.parametrize(
    "retention", [None, "", "GOVERNANCE 2027-01-31T00:00:00Z", "COMPLIANCE 2027-01-31T00:00:00Z"]
)
async def test_a_lock_that_nobody_can_take_back_is_asked_about(retention: str | None) -> None:
    asked: list[Confirm] = []

    async def no(question: Confirm) -> bool:
        asked.append(question)
        return False

    connection = SimpleNamespace(production=False)
    host = SimpleNamespace(session=SimpleNamespace(connection=connection), ask=no)
    controller = AttributeController(cast(Any, host))
    is_for_good = (retention or "").startswith("COMPLIANCE")
    assert await controller._may_change(AttributeChange(retention=retention)) is not is_for_good
    assert len(asked) == is_for_good
