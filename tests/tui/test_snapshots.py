"""Pictures of the screens, one a state. Server and clock are scripted: nothing changes by itself."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widgets import Input

from s3tui import paths
from s3tui.browse.inventory.build import Built
from s3tui.connect.connection import Anonymous, Connection, Given
from s3tui.connect.store import ConnectionStore
from s3tui.diagnosis.doctor.findings import failed, passed, unknown, unsupported
from s3tui.s3.address.endpoint import Endpoint
from s3tui.s3.address.uri import S3Uri
from s3tui.s3.credentials import Credentials
from s3tui.s3.sending.region_redirects import RegionRouted
from s3tui.s3.sending.request_log import Exchange
from s3tui.settings import Settings
from s3tui.syncs.saved import Place, SavedSync
from s3tui.transfer.changes.models import ChangeItem, ItemState
from s3tui.transfer.download.local_names import LocalNames
from s3tui.transfer.download.local_names_report import NamesReport
from s3tui.transfer.models import Direction, Limits, QueueSnapshot, Side, Transfer, TransferState
from s3tui.transfer.sync.models import Action, SyncOptions, SyncTotals
from s3tui.tui.app import S3TuiApp
from s3tui.tui.runtime.sessions import TriedOut
from s3tui.tui.screens.common.prompt import Prompt
from s3tui.tui.screens.common.question import Confirm
from s3tui.tui.screens.connections.connection_form import ConnectionForm, FormKind
from s3tui.tui.screens.objects.inventory_progress import InventoryProgress
from s3tui.tui.screens.objects.screen import ObjectTreeScreen
from s3tui.tui.screens.objects.syncs.screen import SyncScreen
from s3tui.tui.screens.requests.doctor import DoctorScreen
from s3tui.tui.screens.transfers.conflict import ConflictQuestion
from s3tui.tui.screens.transfers.leave_conflict import LeaveConflict
from s3tui.tui.screens.transfers.limits import LimitsDialog
from s3tui.tui.screens.transfers.names_check import names_sentence
from s3tui.tui.screens.transfers.names_question import NamesQuestion
from s3tui.tui.screens.transfers.transfer_history import TransferHistoryScreen
from s3tui.tui.screens.transfers.upload_picker import UploadPicker
from s3tui.tui.text.transfers.throughput import Throughput
from tests.browse.inventory.inventories import Entry, csv_file, write_report
from tests.fault_proxy import Answer, FaultProxy, Request
from tests.tui.harness import press, screen_text, settle, type_text, until
from tests.tui.screens.objects.test_kept_listings import keep

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
Act = Callable[[Pilot[None]], Awaitable[None]]
SnapCompare = Callable[..., bool]

CREATED = {"analytics-raw": "2024-11-02", "backups": "2022-01-31", "private": "2026-08-01"}
BUCKETS = "".join(
    f"<Bucket><Name>{name}</Name><CreationDate>{created}T00:00:00Z</CreationDate></Bucket>"
    for name, created in (
        ("analytics-raw", "2024-11-02"),
        ("backups", "2022-01-31"),
        ("private", "2026-08-01"),
    )
)
OBJECTS = """
<Contents><Key>notes.md</Key><Size>1209</Size><LastModified>2026-11-17T08:00:00Z</LastModified>
<ETag>"16a89867d20a6a4d674ff1fb498d6214"</ETag><StorageClass>STANDARD</StorageClass></Contents>
<Contents><Key>tape.tar</Key><Size>412000000000</Size><LastModified>2025-06-01T08:00:00Z</LastModified>
<ETag>"9b2cf535f27731c974343645a3985328-78"</ETag><StorageClass>GLACIER</StorageClass></Contents>
<Contents><Key>odd%E2%80%8Bname%1B.txt</Key><Size>12</Size><LastModified>2026-11-20T11:00:00Z</LastModified>
<ETag>"16a89867d20a6a4d674ff1fb498d6214"</ETag></Contents>
<CommonPrefixes><Prefix>events/</Prefix></CommonPrefixes>
"""
HEAD = {
    "content-type": "text/markdown",
    "etag": '"16a89867d20a6a4d674ff1fb498d6214"',
    "last-modified": "Tue, 17 Nov 2026 08:00:00 GMT",
    "x-amz-meta-owner": "data-platform",
    "x-amz-checksum-crc32c": "9HbBRQ==",
    "x-amz-server-side-encryption": "AES256",
}


NOTES = b"# Notes\n\nEvents come in by the hour; see `events/`.\n".ljust(1208, b".") + b"\n"

VERSIONS = """
<DeleteMarker><Key>draft.md</Key><VersionId>DqX4c0mN8dpR21vKq3BzT7yLmU0aWs9e</VersionId><IsLatest>true</IsLatest>
<LastModified>2026-11-19T10:00:00Z</LastModified></DeleteMarker>
<Version><Key>draft.md</Key><VersionId>h7Gk2LwQ9sVb4nXe1mRt6yUi8oPa3zCd</VersionId><IsLatest>false</IsLatest>
<LastModified>2026-11-02T08:00:00Z</LastModified><Size>4100</Size><StorageClass>STANDARD</StorageClass></Version>
<Version><Key>notes.md</Key><VersionId>Zx9Yv8Uw7Ts6Rq5Po4Nm3Lk2Ji1Hg0Fe</VersionId><IsLatest>true</IsLatest>
<LastModified>2026-11-17T08:00:00Z</LastModified><Size>1209</Size><StorageClass>STANDARD</StorageClass></Version>
<DeleteMarker><Key>notes.md</Key><VersionId>a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6</VersionId><IsLatest>false</IsLatest>
<LastModified>2026-11-16T08:00:00Z</LastModified></DeleteMarker>
<Version><Key>notes.md</Key><VersionId>null</VersionId><IsLatest>false</IsLatest>
<LastModified>2025-06-01T08:00:00Z</LastModified><Size>52000000000</Size><StorageClass>GLACIER</StorageClass></Version>
<CommonPrefixes><Prefix>events/</Prefix></CommonPrefixes>
"""


def listing(entries: str) -> Answer:
    body = f"<ListBucketResult><EncodingType>url</EncodingType>{entries}</ListBucketResult>"
    return Answer(200, {"content-type": "application/xml"}, body.encode())


@pytest.fixture(autouse=True)
def _still_cursor(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have no cursor blink: what blinks is in a picture by chance."""
    monkeypatch.setattr(Input, "_toggle_cursor", lambda _: None)


@pytest.fixture
def canned(proxy: FaultProxy) -> Connection:
    def add(answer: Answer, when: Callable[[Request], bool]) -> None:
        proxy.add(answer, when=when, times=None)

    body = f"<ListAllMyBucketsResult><Buckets>{BUCKETS}</Buckets></ListAllMyBucketsResult>"
    add(Answer(200, {}, body.encode()), lambda request: request.target.partition("?")[0] == "/")
    refused = b"<Error><Code>AccessDenied</Code></Error>"
    add(Answer(403, {}, refused), lambda request: request.target.startswith("/private"))
    add(
        Answer(206, {"etag": HEAD["etag"], "content-range": "bytes 0-1208/1209"}, NOTES),
        lambda request: "range" in request.headers and "notes.md" in request.target,
    )
    add(Answer(200, HEAD), lambda request: request.method == "HEAD" and "notes.md" in request.target)
    add(Answer(200, {"x-amz-bucket-region": "us-east-1"}), lambda request: request.method == "HEAD")
    add(listing(""), lambda request: "prefix=empty" in request.target)
    add(listing(OBJECTS), lambda request: request.target.startswith("/analytics-raw"))
    return Connection("snapshot", proxy.endpoint, Anonymous())


@pytest.fixture
def versioned(proxy: FaultProxy, request: pytest.FixtureRequest) -> Connection:
    """The same bucket, but it keeps versions."""
    status = b"<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"
    proxy.add(Answer(200, {}, status), when=lambda request: "versioning=" in request.target, times=None)
    body = f"<ListVersionsResult><EncodingType>url</EncodingType>{VERSIONS}</ListVersionsResult>"
    proxy.add(Answer(200, {}, body.encode()), when=lambda request: "versions=" in request.target, times=None)
    connection: Connection = request.getfixturevalue("canned")
    return connection


def app(connection: Connection | None, uri: str | None = None, theme: str = "s3tui-dark") -> S3TuiApp:
    start = None if uri is None else S3Uri.parse(uri)
    return S3TuiApp(Settings(theme=theme, uri=start), connection, clock=lambda: NOW)


def keys(*presses: str) -> Act:
    async def act(pilot: Pilot[None]) -> None:
        await settle(pilot)
        await press(pilot, *presses)

    return act


def test_buckets(canned: Connection, snap_compare: SnapCompare) -> None:
    assert snap_compare(app(canned), terminal_size=(80, 24), run_before=keys())


def test_objects_with_the_detail_pane(canned: Connection, snap_compare: SnapCompare) -> None:
    start = app(canned, "s3://analytics-raw/")
    assert snap_compare(start, terminal_size=(130, 24), run_before=keys("down"))


def test_objects_light_and_narrow(canned: Connection, snap_compare: SnapCompare) -> None:
    start = app(canned, "s3://analytics-raw/", theme="s3tui-light")
    assert snap_compare(start, terminal_size=(80, 24), run_before=keys("space"))


@pytest.mark.parametrize("size", [(80, 24), (140, 40)])
def test_the_inside_of_an_object(
    canned: Connection, snap_compare: SnapCompare, size: tuple[int, int]
) -> None:
    assert snap_compare(app(canned, "s3://analytics-raw/"), terminal_size=size, run_before=keys("down", "p"))


def test_versions_with_the_detail_pane(versioned: Connection, snap_compare: SnapCompare) -> None:
    start = app(versioned, "s3://analytics-raw/")
    assert snap_compare(start, terminal_size=(140, 40), run_before=keys("v"))


def test_versions_light_and_narrow(versioned: Connection, snap_compare: SnapCompare) -> None:
    start = app(versioned, "s3://analytics-raw/", theme="s3tui-light")
    assert snap_compare(start, terminal_size=(80, 24), run_before=keys("v", "down", "space"))


GROUP = "http://acs.amazonaws.com/groups/global/AllUsers"
ACL = f"""<AccessControlPolicy><Owner><ID>f7b11509</ID></Owner><AccessControlList>
<Grant><Grantee><ID>f7b11509</ID></Grantee><Permission>FULL_CONTROL</Permission></Grant>
<Grant><Grantee><URI>{GROUP}</URI></Grantee><Permission>READ</Permission></Grant>
</AccessControlList></AccessControlPolicy>"""
POLICY = """{"Version": "2012-10-17", "Statement": [{"Sid": "Web", "Effect": "Allow", "Principal": "*",
"Action": "s3:GetObject", "Resource": "arn:aws:s3:::analytics-raw/public/*"}]}"""
REFUSED = "<Error><Code>AccessDenied</Code><Message>User is not authorized to perform this.</Message></Error>"


@pytest.fixture
def described(proxy: FaultProxy, request: pytest.FixtureRequest) -> Connection:
    """The same bucket, which tells of access and policy, and refuses some of it."""
    answers = {"?acl": (200, ACL), "?policy": (200, POLICY), "?policyStatus": (403, REFUSED)}
    for subresource, (status, body) in answers.items():
        proxy.add(
            Answer(status, {}, body.encode()),
            when=partial(lambda end, request: request.target.split("=")[0].endswith(end), subresource),
            times=None,
        )
    connection: Connection = request.getfixturevalue("versioned")
    return connection


def test_the_versions_of_an_object(described: Connection, snap_compare: SnapCompare) -> None:
    start = app(described, "s3://analytics-raw/notes.md")
    act = keys("i", "right", "right", "right")
    assert snap_compare(start, terminal_size=(140, 40), run_before=act)


def test_who_may_read_an_object_light_and_narrow(described: Connection, snap_compare: SnapCompare) -> None:
    start = app(described, "s3://analytics-raw/notes.md", theme="s3tui-light")
    act = keys("i", "right", "right", "right", "right")
    assert snap_compare(start, terminal_size=(80, 24), run_before=act)


def test_the_policy_of_a_bucket(described: Connection, snap_compare: SnapCompare) -> None:
    act = keys("i", "right", "right")
    assert snap_compare(app(described), terminal_size=(80, 24), run_before=act)


def test_deleting_a_version(versioned: Connection, snap_compare: SnapCompare) -> None:
    start = app(versioned, "s3://analytics-raw/")

    async def ask(pilot: Pilot[None]) -> None:
        await keys("v", "end")(pilot)
        await pilot.press("D")
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm), "the question")
        await pilot.pause()

    assert snap_compare(start, terminal_size=(80, 24), run_before=ask)


def test_the_bucket_as_it_was(versioned: Connection, snap_compare: SnapCompare) -> None:
    start = app(versioned, "s3://analytics-raw/")

    async def look_back(pilot: Pilot[None]) -> None:
        await settle(pilot)
        await pilot.press("T")
        await until(pilot, lambda: isinstance(pilot.app.screen, Prompt), "the question")
        await type_text(pilot, "2026-11-10 12:00")
        await press(pilot, "enter", "D")

    assert snap_compare(start, terminal_size=(80, 24), run_before=look_back)


def test_asking_for_an_instant(versioned: Connection, snap_compare: SnapCompare) -> None:
    start = app(versioned, "s3://analytics-raw/", theme="s3tui-light")

    async def ask(pilot: Pilot[None]) -> None:
        await settle(pilot)
        await pilot.press("T")
        await until(pilot, lambda: isinstance(pilot.app.screen, Prompt), "the question")
        await type_text(pilot, "2027-01-01")
        await press(pilot, "enter")

    assert snap_compare(start, terminal_size=(80, 24), run_before=ask)


def test_an_empty_prefix(canned: Connection, snap_compare: SnapCompare) -> None:
    start = app(canned, "s3://analytics-raw/empty/")
    assert snap_compare(start, terminal_size=(80, 24), run_before=keys())


def test_a_refused_listing(canned: Connection, snap_compare: SnapCompare) -> None:
    assert snap_compare(app(canned, "s3://private/"), terminal_size=(80, 24), run_before=keys())


def test_what_a_search_found(canned: Connection, snap_compare: SnapCompare) -> None:
    start = app(canned, "s3://analytics-raw/")
    act = keys("f", *"!odd", "space", *"t", "space", *">1k", "enter")
    assert snap_compare(start, terminal_size=(140, 40), run_before=act)


def test_what_is_wrong_with_a_search(canned: Connection, snap_compare: SnapCompare) -> None:
    start = app(canned, "s3://analytics-raw/")
    assert snap_compare(start, terminal_size=(80, 24), run_before=keys("f", *"*.md", "space", *"older:3m"))


def test_a_search_that_found_nothing(canned: Connection, snap_compare: SnapCompare) -> None:
    start = app(canned, "s3://analytics-raw/", theme="s3tui-light")
    assert snap_compare(start, terminal_size=(80, 24), run_before=keys("f", *"*.parquet", "enter"))


def test_first_run(snap_compare: SnapCompare) -> None:
    assert snap_compare(app(None), terminal_size=(100, 24), run_before=keys())


def test_help(canned: Connection, snap_compare: SnapCompare) -> None:
    start = app(canned, "s3://analytics-raw/")
    assert snap_compare(start, terminal_size=(130, 36), run_before=keys("question_mark"))


def test_help_that_is_narrow_and_was_typed_in(canned: Connection, snap_compare: SnapCompare) -> None:
    start = app(canned, "s3://analytics-raw/", theme="s3tui-light")
    assert snap_compare(start, terminal_size=(60, 20), run_before=keys("question_mark", *"inven"))


def test_the_palette(canned: Connection, snap_compare: SnapCompare) -> None:
    start = app(canned, "s3://analytics-raw/")
    assert snap_compare(start, terminal_size=(80, 24), run_before=keys("colon"))


def test_what_a_prefix_is_compared_with(canned: Connection, snap_compare: SnapCompare) -> None:
    async def act(pilot: Pilot[None]) -> None:
        await settle(pilot)
        await press(pilot, "equals_sign")
        await until(pilot, lambda: "Size at most" in screen_text(pilot))
        await settle(pilot)

    start = app(canned, "s3://analytics-raw/")
    assert snap_compare(start, terminal_size=(80, 24), run_before=act)


@pytest.mark.parametrize(("size", "theme"), [((80, 24), "s3tui-dark"), ((140, 24), "s3tui-light")])
def test_the_plan_of_a_sync(
    canned: Connection, snap_compare: SnapCompare, size: tuple[int, int], theme: str
) -> None:
    lines = [
        ChangeItem(0, "a", {"action": "replace", "path": "about.html", "size": 5210, "why": "other bytes"}),
        ChangeItem(1, "b", {"action": "send", "path": "img/é.png", "size": 731_000, "why": "new"}),
        ChangeItem(2, "c", {"action": "send", "path": "index.html", "size": 2048, "why": "new"}),
        ChangeItem(3, "d", {"action": "delete", "path": "old.html", "size": 99, "why": "only at the target"}),
        ChangeItem(
            4,
            "e",
            {"action": "skipped", "path": "tmp", "why": "a symbolic link, which is not followed"},
            ItemState.SKIPPED,
        ),
    ]
    totals = SyncTotals(bytes=738_258, sources=416, targets=420)
    for action, number in zip(Action, (2, 1, 1, 412, 1), strict=True):
        totals.actions[action] = number

    async def act(pilot: Pilot[None]) -> None:
        await settle(pilot)
        base = pilot.app.screen
        assert isinstance(base, ObjectTreeScreen)
        sync = SavedSync("site", Path("/srv/site"), Place(None, "analytics-raw", "www/"), SyncOptions())
        screen = SyncScreen(base.session, base.transfers, sync)
        await pilot.app.push_screen(screen)
        await until(pilot, lambda: "There is no plan" in screen_text(pilot))
        screen._show(totals, lines)
        await press(pilot, "down", "down", "space")

    start = app(canned, "s3://analytics-raw/", theme=theme)
    assert snap_compare(start, terminal_size=size, run_before=act)


def transfer(id: int, state: TransferState, **facts: object) -> Transfer:
    way = Direction.UPLOAD if state is TransferState.FAILED else Direction.DOWNLOAD
    row = Transfer(
        id,
        "snapshot",
        way,
        f"part-{id}.parquet",
        f"s3://analytics-raw/part-{id}.parquet",
        f"/data/part-{id}.parquet",
        state,
        objects_total=1,
        attempts=1,
    )
    return replace(row, **facts)  # type: ignore[arg-type]  # fields of Transfer


QUEUE = (
    transfer(
        1,
        TransferState.RUNNING,
        bytes_done=800_000_000,
        bytes_total=1_299_414_016,
        rate_bps=71.0e6,
        eta_s=72.0,
        parts=bytes([2] * 36 + [3] * 4 + [1] * 8 + [0] * 30),
        parts_done=40,
        parts_total=78,
        verified="CRC64NVME",
    ),
    transfer(
        2,
        TransferState.RUNNING,
        bytes_done=23_600_000_000,
        bytes_total=38_100_000_000,
        objects_done=1203,
        objects_total=1940,
        skipped=5,
        failed_objects=2,
        renamed=1,
        rate_bps=13.1e6,
        eta_s=204.0,
    ),
    transfer(
        3,
        TransferState.FAILED,
        error="s3:PutObject is needed on backups; the key AKIA…7Q may not. Ask whoever owns the bucket.",
        error_code="AccessDenied",
    ),
    transfer(
        4, TransferState.PAUSED, bytes_done=600, bytes_total=1000, notice="It changed since: started over."
    ),
    transfer(5, TransferState.QUEUED, priority=1),
    transfer(
        7,
        TransferState.WAITING,
        bytes_done=600,
        bytes_total=1000,
        error="s3.example.com cannot be reached: Connection refused",
        error_code="TransportError",
        next_try_s=12,
    ),
    transfer(6, TransferState.DONE, bytes_done=1209, bytes_total=1209, verified="MD5"),
)


class Past(Throughput):
    """The speeds of seconds that are over: what moves now is not noted."""

    def __init__(self, speeds: Sequence[float]) -> None:
        super().__init__()
        for second, bps in enumerate(speeds):
            super().note(second, bps)

    def note(self, now_s: float, bps: float) -> None:
        """Note nothing."""


def with_queue(start: S3TuiApp, *presses: str) -> Act:
    """Show a queue at one moment, with the minute before it."""

    async def act(pilot: Pilot[None]) -> None:
        await settle(pilot)
        await start.transfers.open()
        start.transfers.now_s = lambda: 60.0
        start.transfers.down = Past([1.4e6 * second for second in range(61)])
        start.transfers.up = Past([3e6 if second > 40 else 0 for second in range(61)])
        start.transfers.snapshot = QueueSnapshot(
            1,
            QUEUE,
            running=2,
            queued=1,
            waiting=1,
            paused=1,
            failed=1,
            done=1,
            down_bps=84.1e6,
            up_bps=3e6,
            eta_s=204.0,
            limits=Limits(rate_bps=100_000_000),
        )
        await pilot.press(*presses)
        await pilot.pause()

    return act


def test_transfers(canned: Connection, snap_compare: SnapCompare) -> None:
    start = app(canned)
    assert snap_compare(start, terminal_size=(140, 40), run_before=with_queue(start, "t"))


def test_transfers_light_and_narrow(canned: Connection, snap_compare: SnapCompare) -> None:
    start = app(canned, theme="s3tui-light")
    assert snap_compare(start, terminal_size=(80, 24), run_before=with_queue(start, "t", "down"))


def test_a_failed_transfer_explained(canned: Connection, snap_compare: SnapCompare) -> None:
    start = app(canned)
    act = with_queue(start, "t", "down", "down", "enter")
    assert snap_compare(start, terminal_size=(80, 24), run_before=act)


def test_quit_with_transfers(canned: Connection, snap_compare: SnapCompare) -> None:
    start = app(canned)
    assert snap_compare(start, terminal_size=(80, 24), run_before=with_queue(start, "q"))


def over(start: S3TuiApp, screen: Callable[[], Screen[Any]]) -> Act:
    """Put a screen over the first one."""

    async def act(pilot: Pilot[None]) -> None:
        await settle(pilot)
        await start.push_screen(screen())
        await settle(pilot)

    return act


def conflict() -> ConflictQuestion:
    key = "2026-11-20T08.parquet"
    there = Side(f"/data/{key}", 1_299_414_016, NOW, "9b2cf535f27731c974343645a3985328-78")
    coming = Side(f"s3://analytics-raw/{key}", 1_299_414_017, NOW, "16a89867d20a6a4d674ff1fb498d6214-78")
    title = f"{key} is there already"
    ask = partial(ConflictQuestion, many=True, title=title, now=NOW, leave=lambda leave: None)
    return ask(there, coming, place=lambda: "3 of 642")


def test_a_conflict(canned: Connection, snap_compare: SnapCompare) -> None:
    start = app(canned, "s3://analytics-raw/empty/")
    assert snap_compare(start, terminal_size=(140, 40), run_before=over(start, conflict))


def test_a_conflict_slim(canned: Connection, snap_compare: SnapCompare) -> None:
    start = app(canned)
    assert snap_compare(start, terminal_size=(60, 20), run_before=over(start, conflict))


def test_leaving_a_conflict(canned: Connection, snap_compare: SnapCompare) -> None:
    start = app(canned)
    assert snap_compare(start, terminal_size=(80, 24), run_before=over(start, LeaveConflict))


def test_a_conflict_light_and_narrow(canned: Connection, snap_compare: SnapCompare) -> None:
    start = app(canned, theme="s3tui-light")
    assert snap_compare(start, terminal_size=(80, 24), run_before=over(start, conflict))


@pytest.fixture
def files(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A working directory with files of a known age."""
    folder = home / "data"
    names = {"2026-11-19.parquet": 81_000_000, "2026-11-20.parquet": 79_000_000, "notes.md": 1209}
    for name, size in {**names, "raw/a.bin": 3_000_000, "raw/b.bin": 5, ".env": 3}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
        os.truncate(folder / name, size)
    for path in (*folder.rglob("*"), folder):
        os.utime(path, (NOW.timestamp() - 7200, NOW.timestamp() - 7200))
    monkeypatch.chdir(folder)


@pytest.mark.usefixtures("files")
@pytest.mark.parametrize(
    ("size", "theme", "presses"),
    [
        ((80, 24), "s3tui-dark", ["down", "down", "space", "down", "space"]),
        ((140, 40), "s3tui-light", ["down", "down", "space", "down", "space", "slash", *"a"]),
        ((60, 20), "s3tui-light", [*"notes.md", "f2"]),
    ],
    ids=["80x24", "140x40", "60x20"],
)
def test_picking_uploads(
    snap_compare: SnapCompare, size: tuple[int, int], theme: str, presses: list[str]
) -> None:
    start = app(None, theme=theme)

    async def pick(pilot: Pilot[None]) -> None:
        picker = UploadPicker("analytics-raw", "in/", on_folder=lambda: None, clock=lambda: NOW)
        await over(start, lambda: picker)(pilot)
        await press(pilot, *presses)

    assert snap_compare(start, terminal_size=size, run_before=pick)


KEYS = Credentials("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
WORK = Connection(
    "work", Endpoint.custom("https://s3.example.com", region="eu-1"), Given(KEYS), production=True
)


async def twelve(connection: Connection, bucket: str) -> TriedOut:
    return TriedOut(0.084, buckets=12)


@pytest.mark.parametrize(
    ("size", "theme", "kind", "presses"),
    [
        ((80, 24), "s3tui-dark", FormKind.KEYS, []),
        ((60, 20), "s3tui-light", FormKind.EDIT, ["ctrl+t"]),
        ((140, 40), "s3tui-dark", FormKind.DUPLICATE, ["ctrl+t"]),
    ],
    ids=["new", "edit", "duplicate"],
)
def test_the_form_of_a_connection(
    snap_compare: SnapCompare, size: tuple[int, int], theme: str, kind: FormKind, presses: list[str]
) -> None:
    start = app(None, theme=theme)
    like = None if kind is FormKind.KEYS else WORK

    async def fill(pilot: Pilot[None]) -> None:
        form = ConnectionForm(kind, ConnectionStore(paths.config_file()), twelve, ["work"], like)
        await over(start, lambda: form)(pilot)
        await press(pilot, *presses)

    assert snap_compare(start, terminal_size=size, run_before=fill)


def names() -> NamesQuestion:
    places = LocalNames("odd/")
    renamed = [places.place(key) for key in ("odd/a//b", "odd/nul\x01.txt", "odd/a/../x")]
    return NamesQuestion(names_sentence([NamesReport(1203, True, 3, 0, tuple(renamed))]), renamed)


def test_names_that_cannot_be(canned: Connection, snap_compare: SnapCompare) -> None:
    start = app(canned)
    assert snap_compare(start, terminal_size=(80, 24), run_before=over(start, names))


def test_limits(canned: Connection, snap_compare: SnapCompare) -> None:
    start = app(canned, theme="s3tui-light")
    question = over(start, lambda: LimitsDialog(Limits(20_000_000, 16, 8)))
    assert snap_compare(start, terminal_size=(80, 24), run_before=question)


def test_history(canned: Connection, snap_compare: SnapCompare) -> None:
    start = app(canned)

    async def act(pilot: Pilot[None]) -> None:
        await settle(pilot)
        await press(pilot, "t", "H")
        over_ = [row for row in QUEUE if row.state.is_final]
        rows = [
            replace(row, finished_at=NOW - timedelta(hours=5 * number)) for number, row in enumerate(over_)
        ]
        start.screen.post_message(TransferHistoryScreen.HistoryRead(rows))
        await pilot.pause()

    assert snap_compare(start, terminal_size=(140, 40), run_before=act)


def log_some(app: S3TuiApp) -> None:
    """Put requests of other days into the request log, in place of those of this test."""
    begun, sent = (
        NOW - timedelta(seconds=9),
        {"host": "s3.eu-west-1.amazonaws.com", "x-amz-date": "20261120T115951Z"},
    )
    signed = (
        "AWS4-HMAC-SHA256 Credential=AKIA/20261120/us-east-1/s3/aws4_request, SignedHeaders=host;x-amz-date"
    )
    rows = [
        ("ListBuckets", "GET", None, b"/", 200, None, 0.053, 1),
        ("HeadBucket", "HEAD", "ml", b"/ml-datasets", 301, "PermanentRedirect", 0.109, 1),
        ("HeadBucket", "HEAD", "ml", b"/ml-datasets", 200, None, 0.021, 2),
        ("ListObjectsV2", "GET", "ml", b"/ml-datasets?list-type=2&prefix=a%2F", 503, "SlowDown", 0.030, 1),
        ("UploadPart", "PUT", "ml", b"/ml-datasets/model.bin?partNumber=7&uploadId=VXBs", 200, None, 2.4, 1),
        ("GetObject", "GET", "ml", b"/private/k.txt", 403, "SignatureDoesNotMatch", 0.002, 1),
    ]
    app.requests.log.clear()
    for number, (operation, method, bucket, target, status, error, took_s, attempt) in enumerate(rows):
        exchange = Exchange(
            operation, method, bucket, None, "us-east-1", status, begun + timedelta(seconds=number), took_s,
            16_777_216 if method == "PUT" else 0, 1209, attempt, error, took_s / 2, attempt > 1,
            "https://s3.eu-west-1.amazonaws.com", target, {**sent, "authorization": signed},
            b"x-amz-request-id\n%016d" % number, None,
            {"CanonicalRequest": "GET\n/private/other\n\nhost:x\n\nhost\nUNSIGNED-PAYLOAD"} if error else {},
        )  # fmt: skip
        app.requests.log.add(exchange, "work")


@pytest.mark.parametrize(("pressed", "size"), [("", (140, 40)), ("enter left", (140, 40)), ("", (80, 24))])
def test_the_request_log(
    canned: Connection, snap_compare: SnapCompare, pressed: str, size: tuple[int, int]
) -> None:
    start = app(canned, theme="s3tui-light" if size == (80, 24) else "s3tui-dark")

    async def act(pilot: Pilot[None]) -> None:
        await settle(pilot)
        log_some(start)
        await press(pilot, "ctrl+g", *pressed.split())

    assert snap_compare(start, terminal_size=size, run_before=act)


def test_the_doctor(canned: Connection, snap_compare: SnapCompare) -> None:
    start = app(canned)

    async def act(pilot: Pilot[None]) -> None:
        await settle(pilot)
        start.action_doctor()
        await settle(pilot)
        assert isinstance(start.screen, DoctorScreen)
        start.screen.show_findings(
            [
                passed("tls", "TLSv1.3, a certificate for *.s3.amazonaws.com by Amazon, until 2027-03-01."),
                failed(
                    "clock", "This machine's clock is 21 min behind.", "Set it; until then s3tui corrects it."
                ),
                unsupported("if-none-match", "PutObject with If-None-Match: * is ignored (200)."),
                unknown("writes", "Nothing was written.", "W in the screen does, below a prefix."),
            ],
            is_over=True,
        )
        await pilot.pause()

    assert snap_compare(start, terminal_size=(140, 40), run_before=act)


def test_the_routing_trail_of_a_bucket(canned: Connection, snap_compare: SnapCompare) -> None:
    start = app(canned, theme="s3tui-light")

    async def act(pilot: Pilot[None]) -> None:
        await settle(pilot)
        assert start.session is not None
        said, at = "301 PermanentRedirect, x-amz-bucket-region: eu-west-1", NOW - timedelta(days=3)
        hop = RegionRouted("analytics-raw", "us-east-1", "eu-west-1", said, at, 0.109, "s3.amazonaws.com")
        await start.session.learned_regions.keep(hop)
        await press(pilot, "i", "left", "left")

    assert snap_compare(start, terminal_size=(80, 24), run_before=act)


def keep_two() -> None:
    day = ["events/2026/11/19.parquet", "notes.md", "reports/q3.pdf"]
    keep("analytics-raw-2026-11-01-0800", [*day, "old/1.csv"], bucket="analytics-raw", connection="snapshot")
    keep(
        "analytics-raw-2026-11-19-0800",
        [*day, "events/2026/11/20.parquet", "new/1.csv", "new.txt"],
        bucket="analytics-raw",
        connection="snapshot",
        day=19,
    )


def test_kept_listings(canned: Connection, snap_compare: SnapCompare, home: Path) -> None:
    keep_two()
    start = app(canned, "s3://analytics-raw/", theme="s3tui-light")
    assert snap_compare(start, terminal_size=(80, 24), run_before=keys("S", "space"))


def test_a_comparison(canned: Connection, snap_compare: SnapCompare, home: Path) -> None:
    keep_two()
    start = app(canned, "s3://analytics-raw/")
    act = keys("S", "space", "equals_sign", "right")
    assert snap_compare(start, terminal_size=(140, 40), run_before=act)


def test_a_comparison_narrow(canned: Connection, snap_compare: SnapCompare, home: Path) -> None:
    keep_two()
    start = app(canned, "s3://analytics-raw/", theme="s3tui-light")
    assert snap_compare(start, terminal_size=(80, 24), run_before=keys("S", "space", "equals_sign"))


def test_an_inventory(snap_compare: SnapCompare, tmp_path: Path) -> None:
    told = [Entry(f"events/{n:03}", n * 1_000_000) for n in range(90)]
    told += [Entry("photos/a.jpg", 800_000_000, storage_class="GLACIER"), Entry("notes.md", 1209)]
    report = write_report(tmp_path, [csv_file(told)])
    start = S3TuiApp(Settings(inventory=report), None, clock=lambda: NOW)

    async def act(pilot: Pilot[None]) -> None:
        await until(pilot, lambda: isinstance(start.screen, ObjectTreeScreen))
        await settle(pilot)

    assert snap_compare(start, terminal_size=(140, 40), run_before=act)


async def sorting() -> AsyncGenerator[Built, None]:
    yield Built("sorting the keys", 0.4)
    await asyncio.Event().wait()


def test_an_inventory_is_made_ready(canned: Connection, snap_compare: SnapCompare) -> None:
    start = app(canned, theme="s3tui-light")

    async def act(pilot: Pilot[None]) -> None:
        await settle(pilot)
        await start.push_screen(InventoryProgress("s3://inventories/daily/manifest.json", sorting()))
        await until(pilot, lambda: "40%" in screen_text(pilot))

    assert snap_compare(start, terminal_size=(80, 24), run_before=act)
