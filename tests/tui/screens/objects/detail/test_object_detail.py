"""The tabs of an object and of a bucket, held against what boto3 says of the same server."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from s3tui.connect.connection import Connection, Given
from s3tui.settings import PreviewMode
from s3tui.tui.screens.buckets.bucket_detail import BucketDetailScreen
from s3tui.tui.widgets.details.tabs import TabbedFacts
from s3tui.tui.widgets.lists.version_table import VersionTable
from tests.fault_proxy import Answer, FaultProxy, Request, Stall
from tests.servers import S3Server
from tests.tui.conftest import Running
from tests.tui.harness import press, screen_text, type_text, until

KEY = "logs/2026/day.csv"


@pytest.fixture
def bucket(ministack: S3Server) -> str:
    s3 = ministack.boto3()
    name = ministack.make_bucket("details")
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    s3.put_object(Bucket=name, Key=KEY, Body=b"first")
    s3.put_object(
        Bucket=name,
        Key=KEY,
        Body=b"a,b\n1,2\n",
        ContentType="text/csv",
        CacheControl="no-store",
        Metadata={"owner": "data", "made-by": "test"},
        Tagging="kind=raw&keep=no",
        ChecksumAlgorithm="SHA256",
    )
    s3.put_object(Bucket=name, Key=f"{KEY}.bak", Body=b"another key that begins like it")
    rules = [
        {
            "ID": "logs away",
            "Status": "Enabled",
            "Filter": {"Prefix": "logs/"},
            "Transitions": [{"Days": 30, "StorageClass": "GLACIER"}],
            "Expiration": {"Days": 400},
        },
        {"ID": "other", "Status": "Enabled", "Filter": {"Prefix": "data/"}, "Expiration": {"Days": 1}},
    ]
    s3.put_bucket_lifecycle_configuration(Bucket=name, LifecycleConfiguration={"Rules": rules})
    return name


def facts(pilot: Pilot[Any]) -> dict[str, str]:
    """Return the fields of the tab in front by their labels."""
    loaded = pilot.app.screen.query_one(TabbedFacts).active.loaded
    assert loaded is not None, screen_text(pilot)
    return {field.label: field.value for section in loaded.sections for field in section.fields}


async def at_tab(pilot: Pilot[Any], id: str) -> None:
    """Go right until a tab is in front, and wait for its contents."""
    tabs = pilot.app.screen.query_one(TabbedFacts)
    for _ in range(10):
        if tabs.active.tab.id == id:
            break
        await press(pilot, "right")
    assert tabs.active.tab.id == id
    await until(pilot, lambda: tabs.active.loaded is not None, f"the tab {id}")


def asks_for(subresource: str, request: Request) -> bool:
    return f"?{subresource}" in request.target


async def test_each_tab_says_what_boto3_says(
    running: Running, connection: Connection, ministack: S3Server, bucket: str
) -> None:
    s3 = ministack.boto3()
    head = s3.head_object(Bucket=bucket, Key=KEY, ChecksumMode="ENABLED")
    async with running(connection, f"s3://{bucket}/logs/2026/") as pilot:
        await press(pilot, "i")
        await at_tab(pilot, "overview")
        shown = facts(pilot)
        assert shown["URI"] == f"s3://{bucket}/{KEY}"
        assert shown["Size"] == f"{head['ContentLength']} bytes"
        assert shown["ETag"] == head["ETag"].strip('"')
        assert (shown["Type"], shown["Cache"]) == (head["ContentType"], head["CacheControl"])
        assert shown["SHA256"] == head["ChecksumSHA256"]
        assert shown["Endpoint"] == ministack.endpoint_url
        assert [value for value in shown.values() if "by the rule logs away" in value] == [
            "moves to GLACIER   by the rule logs away",
            "expires   by the rule logs away",
        ]
        await at_tab(pilot, "metadata")
        assert facts(pilot) == head["Metadata"]
        await at_tab(pilot, "tags")
        tags = s3.get_object_tagging(Bucket=bucket, Key=KEY)["TagSet"]
        assert facts(pilot) == {tag["Key"]: tag["Value"] for tag in tags}
        await at_tab(pilot, "access")
        acl = s3.get_object_acl(Bucket=bucket, Key=KEY)
        assert facts(pilot)["Owner"] == acl["Owner"]["ID"]
        assert facts(pilot)["the owner"] == acl["Grants"][0]["Permission"]
        await at_tab(pilot, "parts")
        assert facts(pilot)["ETag"] == head["ETag"].strip('"')
        await at_tab(pilot, "raw")
        sent = {name.lower(): value for name, value in head["ResponseMetadata"]["HTTPHeaders"].items()}
        shown = {name.lower(): value for name, value in facts(pilot).items()}
        assert {name: shown[name] for name in ("etag", "content-length", "x-amz-meta-owner")} == {
            name: sent[name] for name in ("etag", "content-length", "x-amz-meta-owner")
        }


async def test_versions_are_those_of_this_key_and_can_be_opened_promoted_and_deleted(
    running: Running, connection: Connection, ministack: S3Server, bucket: str
) -> None:
    s3 = ministack.boto3()

    def versions() -> list[str]:
        listed = s3.list_object_versions(Bucket=bucket, Prefix=KEY)["Versions"]
        return [each["VersionId"] for each in listed if each["Key"] == KEY]

    before = versions()
    async with running(connection, f"s3://{bucket}/logs/2026/") as pilot:
        await press(pilot, "i")
        await at_tab(pilot, "versions")
        table = pilot.app.screen.query_one(VersionTable)
        assert [row.version_id for row in table.rows] == before
        assert "+3 B" in screen_text(pilot)  # 8 bytes, and 5 before
        await press(pilot, "down", "enter")
        await at_tab(pilot, "overview")
        assert (facts(pilot)["Version"], facts(pilot)["Size"]) == (before[1], "5 bytes")
        await press(pilot, "escape", "P", "right", "enter")
        await until(pilot, lambda: len(versions()) == 3, "a third version")
        assert s3.get_object(Bucket=bucket, Key=KEY)["Body"].read() == b"first"
        await press(pilot, "r")
        await until(pilot, lambda: len(table.rows) == 3, "the new version")
        await press(pilot, "G", "D", "right", "enter")
        await until(pilot, lambda: len(versions()) == 2, "the oldest version is gone")
        assert before[1] not in versions()
        await until(pilot, lambda: len(table.rows) == 2, "the list without it")


async def test_what_an_endpoint_lacks_or_refuses_says_so_line_by_line(
    running: Running, ministack: S3Server, bucket: str
) -> None:
    with FaultProxy(ministack.endpoint_url) as proxy:
        refused = b"<Error><Code>AccessDenied</Code><Message>No tags for you.</Message></Error>"
        lacking = b"<Error><Code>NotImplemented</Code><Message>A header implies it.</Message></Error>"
        for needle, fault in (
            ("tagging", Answer(403, body=refused)),
            ("attributes", Answer(501, body=lacking)),
            ("policyStatus", Answer(501, body=lacking)),
        ):
            proxy.add(fault, when=partial(asks_for, needle))
        connection = Connection("test", proxy.endpoint, Given(ministack.credentials))
        async with running(connection, f"s3://{bucket}/logs/2026/") as pilot:
            await press(pilot, "i")
            await at_tab(pilot, "tags")
            assert "No tags for you." in facts(pilot)["Tags"]
            await at_tab(pilot, "access")
            assert facts(pilot)["Policy"] == "not on this endpoint"
            await at_tab(pilot, "parts")
            assert facts(pilot)["Parts"] == "not on this endpoint"


async def test_an_overview_waits_for_no_rules_and_shows_them_once_they_are_told(
    running: Running, ministack: S3Server, bucket: str
) -> None:
    with FaultProxy(ministack.endpoint_url) as proxy:
        proxy.add(Stall(), when=partial(asks_for, "lifecycle"), times=None)
        connection = Connection("test", proxy.endpoint, Given(ministack.credentials))
        async with running(connection, f"s3://{bucket}/logs/2026/", preview=PreviewMode.ON_DEMAND) as pilot:
            await pilot.press("i")
            await until(pilot, lambda: "awaited" in screen_text(pilot), "the overview without rules")
            assert facts(pilot)["Size"] == "8 bytes"
            assert "awaited" in facts(pilot)["Rules"]
            proxy.clear()
            proxy.down()  # the request is sent again
            proxy.up()
            await until(pilot, lambda: "by the rule logs away" in screen_text(pilot), "the rules")
            assert "Rules" not in facts(pilot)


async def test_a_bucket_tells_its_settings(
    running: Running, connection: Connection, ministack: S3Server, bucket: str
) -> None:
    s3 = ministack.boto3()
    statement = {"Sid": "Web", "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"}
    s3.delete_public_access_block(Bucket=bucket)
    s3.put_bucket_policy(
        Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    )
    s3.put_bucket_website(Bucket=bucket, WebsiteConfiguration={"IndexDocument": {"Suffix": "index.html"}})
    s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": [{"Key": "team", "Value": "data"}]})
    async with running(connection) as pilot:
        await press(pilot, "slash", *bucket, "enter", "i")
        assert isinstance(pilot.app.screen, BucketDetailScreen)
        await at_tab(pilot, "settings")
        assert facts(pilot)["Versioning"].startswith("on: ")
        assert facts(pilot)["team"] == "data"
        assert facts(pilot)["URI"] == f"s3://{bucket}"
        await at_tab(pilot, "policy")
        assert facts(pilot)["Web"] == "Everybody is allowed s3:GetObject."
        await at_tab(pilot, "lifecycle")
        assert facts(pilot)["logs away"] == (
            "Objects below logs/: after 30 days they move to GLACIER; after 400 days they expire."
        )
        await at_tab(pilot, "more")
        website = s3.get_bucket_website(Bucket=bucket)
        assert facts(pilot)["IndexDocument · Suffix"] == website["IndexDocument"]["Suffix"]
        assert facts(pilot)["Access logs"] == "not configured"
        await press(pilot, "escape")
        assert not isinstance(pilot.app.screen, BucketDetailScreen)


async def test_a_file_is_compared_by_what_s3_knows_and_then_byte_by_byte(
    running: Running, connection: Connection, bucket: str, tmp_path: Path
) -> None:
    file = tmp_path / "day.csv"
    file.write_bytes(b"a,b\n1,2\n")
    async with running(connection, f"s3://{bucket}/logs/2026/") as pilot:
        await press(pilot, "i", "equals_sign")
        await type_text(pilot, str(file))
        await press(pilot, "enter")
        await until(pilot, lambda: "The same: SHA256 matches." in screen_text(pilot))
        file.write_bytes(b"a,b\n1,3\n")
        await press(pilot, "enter", "equals_sign")
        await type_text(pilot, str(file))
        await press(pilot, "enter")
        await until(pilot, lambda: "Different: SHA256 does not match." in screen_text(pilot))
        await press(pilot, "b")
        await until(pilot, lambda: "Different from byte 6 on" in screen_text(pilot))


async def test_the_inside_is_a_tab_and_two_versions_are_compared(
    running: Running, connection: Connection, ministack: S3Server
) -> None:
    name, s3 = ministack.make_bucket("compared"), ministack.boto3()
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    for text in ("one\ntwo\nthree\n", "one\n2\nthree\n", "one\n2\nthree\nfour\n"):
        s3.put_object(Bucket=name, Key="a.txt", Body=text.encode())
    async with running(connection, f"s3://{name}/", size=(100, 30)) as pilot:
        await press(pilot, "i")
        await at_tab(pilot, "preview")
        assert "text · UTF-8 · 4 lines · 1 request" in screen_text(pilot)
        assert "four" in screen_text(pilot)
        await at_tab(pilot, "versions")
        await press(pilot, "equals_sign", "enter")
        await until(pilot, lambda: "0 lines gone, 1 line came." in screen_text(pilot), "the difference")
        assert "+four" in screen_text(pilot)
        await press(pilot, "backspace", "down", "down", "equals_sign", "enter")
        await until(pilot, lambda: "1 line gone, 2 lines came." in screen_text(pilot), "the difference")
