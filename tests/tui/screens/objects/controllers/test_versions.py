"""Versions and other times of a bucket, on a real server; boto3 writes them, and says what became of them."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from s3tui.browse.place.location import Location
from s3tui.browse.rows.listing import Kind, Row, VersionStatus
from s3tui.browse.source.as_of import AsOf
from s3tui.browse.source.source import LIVE
from s3tui.browse.source.versions import VERSIONS
from s3tui.connect.connection import Anonymous, Connection
from s3tui.s3.address.endpoint import Endpoint
from s3tui.s3.models import ObjectVersion
from s3tui.transfer.models import Conflict
from s3tui.tui.screens.common.prompt import Prompt
from s3tui.tui.screens.common.question import Confirm
from s3tui.tui.screens.common.typed_confirm import TypedConfirm
from s3tui.tui.screens.objects.detail.object_detail import ObjectDetailScreen
from s3tui.tui.screens.objects.detail.version_changes import version_items
from s3tui.tui.screens.objects.screen import ObjectTreeScreen
from s3tui.tui.screens.transfers.transfer_prompt import TransferPrompt
from s3tui.tui.widgets.forms.choice import Choice
from tests.fault_proxy import FaultProxy, Stall
from tests.s3.listing.listing_server import SyntheticBucket, SyntheticVersions, listing_server
from tests.servers import S3Server
from tests.tui.conftest import Running
from tests.tui.harness import press, screen_text, settle, type_text, until
from tests.tui.screens.objects.test_objects import keys_of, put, shown_keys, tree_screen


@dataclass
class History:
    """A bucket that keeps versions."""

    server: S3Server
    bucket: str
    at: dict[str, datetime] = field(default_factory=dict)
    """The server's time when each step was done."""
    ids: dict[str, str] = field(default_factory=dict)

    def put(self, step: str, key: str, body: str) -> None:
        answer = self.server.boto3().put_object(Bucket=self.bucket, Key=key, Body=body.encode())
        self._done(step, answer["VersionId"])

    def delete(self, step: str, key: str) -> None:
        answer = self.server.boto3().delete_object(Bucket=self.bucket, Key=key)
        self._done(step, answer["VersionId"])

    def _done(self, step: str, id: str) -> None:
        listed = self.server.boto3().list_object_versions(Bucket=self.bucket)
        entries = [*listed.get("Versions", ()), *listed.get("DeleteMarkers", ())]
        self.at[step] = next(entry["LastModified"] for entry in entries if entry["VersionId"] == id)
        self.ids[step] = id
        time.sleep(0.002)  # a tick of the server's clock, which tells milliseconds

    def left(self) -> set[str]:
        listed = self.server.boto3().list_object_versions(Bucket=self.bucket)
        entries = [*listed.get("Versions", ()), *listed.get("DeleteMarkers", ())]
        return {entry["VersionId"] for entry in entries}

    def read(self, key: str) -> str:
        body = self.server.boto3().get_object(Bucket=self.bucket, Key=key)["Body"].read()
        return str(body.decode())


@pytest.fixture
def history(ministack: S3Server) -> History:
    bucket = ministack.make_bucket("history")
    ministack.boto3().put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    history = History(ministack, bucket)
    history.put("a1", "a.txt", "first")
    history.put("p1", "p/x.txt", "x, first")
    history.put("b1", "b.txt", "bee")
    history.put("a2", "a.txt", "second one")
    history.put("p2", "p/x.txt", "x, second")
    history.put("p3", "p/y.txt", "y")
    history.delete("b2", "b.txt")
    history.put("q1", "q/z.txt", "z")
    history.put("a3", "a.txt", "the third")
    return history


async def look_back(pilot: Pilot[None], at: datetime) -> None:
    """Show what was there at an instant."""
    await pilot.press("T")
    await until(pilot, lambda: isinstance(pilot.app.screen, Prompt), "the question for an instant")
    await type_text(pilot, at.astimezone(UTC).isoformat())
    await press(pilot, "enter")


async def question(pilot: Pilot[None], key: str, kind: type[object]) -> None:
    await pilot.press(key)
    await until(pilot, lambda: isinstance(pilot.app.screen, kind), f"the question of {key}")


def shown_versions(screen: ObjectTreeScreen) -> list[tuple[str, str | None]]:
    lines = (screen.tree_model.line(number).read() for number in range(len(screen.tree_model)))
    return [(row.key, row.version_id) for row in lines if row is not None]


def on(screen: ObjectTreeScreen, history: History) -> str | None:
    """Return the step that the cursor is on."""
    assert screen.current is not None
    return next((step for step, id in history.ids.items() if id == screen.current.version_id), None)


class TestAsOf:
    async def test_a_bucket_is_shown_as_it_was_and_left_again(
        self, running: Running, connection: Connection, history: History
    ) -> None:
        async with running(connection, f"s3://{history.bucket}/") as pilot:
            screen = tree_screen(pilot.app.screen)
            assert shown_keys(screen) == ["a.txt", "p/", "q/"]
            await look_back(pilot, history.at["p3"])
            assert shown_versions(screen) == [
                ("a.txt", history.ids["a2"]),
                ("b.txt", history.ids["b1"]),
                ("p/", None),
                ("q/", None),
            ]
            assert f"as of {history.at['p3']:%Y-%m-%d %H:%M:%S}" in screen_text(pilot)
            await press(pilot, "escape")
            assert screen.location == Location(history.bucket)
            assert shown_keys(screen) == ["a.txt", "p/", "q/"]

    async def test_below_prefixes_the_instant_stays_and_an_empty_one_says_so(
        self, running: Running, connection: Connection, history: History
    ) -> None:
        async with running(connection, f"s3://{history.bucket}/") as pilot:
            screen = tree_screen(pilot.app.screen)
            await look_back(pilot, history.at["p1"])
            await press(pilot, "down", "enter")
            assert shown_versions(screen) == [("p/x.txt", history.ids["p1"])]
            await press(pilot, "backspace", "down", "enter")
            assert screen.location == Location(history.bucket, "q/", source=AsOf(history.at["p1"]))
            assert "Nothing under this prefix: as of" in screen_text(pilot)
            await press(pilot, "backspace", "F")
            assert shown_keys(screen) == ["a.txt", "p/x.txt"]
            await press(pilot, *["alt+left"] * 4)
            assert screen.location == Location(history.bucket, "p/", source=AsOf(history.at["p1"]))

    async def test_what_is_known_of_a_row_is_known_of_that_version(
        self, running: Running, connection: Connection, history: History
    ) -> None:
        async with running(connection, f"s3://{history.bucket}/") as pilot:
            await look_back(pilot, history.at["a1"])
            await until(pilot, lambda: "application/octet-stream" in screen_text(pilot), "what its head says")
            assert history.ids["a1"] in screen_text(pilot)
            await press(pilot, "enter")
            screen = pilot.app.screen
            assert isinstance(screen, ObjectDetailScreen)
            assert screen.head is not None
            assert (screen.head.size, screen.head.version_id) == (len("first"), history.ids["a1"])

    async def test_an_object_is_downloaded_as_it_was(
        self, running: Running, connection: Connection, history: History, home: Path
    ) -> None:
        async with running(connection, f"s3://{history.bucket}/") as pilot:
            await look_back(pilot, history.at["a1"])
            await question(pilot, "d", Prompt)
            await press(pilot, "enter")
            assert (home / "Downloads/a.txt").read_text() == "first"

    async def test_a_prefix_is_downloaded_as_it_was(
        self, running: Running, connection: Connection, history: History, home: Path
    ) -> None:
        async with running(connection, f"s3://{history.bucket}/") as pilot:
            await look_back(pilot, history.at["p1"])
            await press(pilot, "down")
            await question(pilot, "d", TransferPrompt)
            await press(pilot, "enter")
            folder = home / "Downloads/p"
            await until(pilot, lambda: pilot.app.transfers.snapshot.transfers, "the transfer")  # type: ignore[attr-defined]
            await settle(pilot)
            assert {path.name: path.read_text() for path in folder.iterdir()} == {"x.txt": "x, first"}

    async def test_everything_is_copied_back_as_it_was(
        self, running: Running, connection: Connection, history: History
    ) -> None:
        async with running(connection, f"s3://{history.bucket}/") as pilot:
            await look_back(pilot, history.at["p1"])
            await press(pilot, "down", "space")
            await question(pilot, "c", TransferPrompt)
            await type_text(pilot, f"s3://{history.bucket}/p/")
            await pilot.press("down", "right", "right", "right")
            assert pilot.app.screen.query_one("#policy", Choice).value is Conflict.OVERWRITE
            await press(pilot, "enter")
            await until(pilot, lambda: history.read("p/x.txt") == "x, first", "the copy")
            assert history.read("p/y.txt") == "y"

    async def test_what_is_not_offered_says_why(
        self, running: Running, connection: Connection, history: History
    ) -> None:
        async with running(connection, f"s3://{history.bucket}/") as pilot:
            screen = tree_screen(pilot.app.screen)
            before = history.left()
            await look_back(pilot, history.at["p3"])
            for key, why in [
                ("D", "cannot be deleted"),
                ("u", "Uploads go to the bucket as it is"),
                ("z", "Sizes are counted"),
                ("Z", "Sizes are counted"),
                ("s", "no jumping"),
            ]:
                await press(pilot, key)
                assert pilot.app.screen is screen
                assert why in screen_text(pilot)
            offered = {active.binding.action for active in screen.active_bindings.values() if active.enabled}
            assert not offered & {"delete", "upload", "sizes", "sizes_here", "seek"}
            assert {"download", "copy_to", "copy", "as_of", "versions", "flat"} <= offered
            await press(pilot, "escape")
            offered = {active.binding.action for active in screen.active_bindings.values() if active.enabled}
            assert {"delete", "upload", "sizes", "sizes_here", "seek"} <= offered
            assert history.left() == before

    async def test_no_instant_is_made_up(
        self, running: Running, connection: Connection, history: History
    ) -> None:
        async with running(connection, f"s3://{history.bucket}/") as pilot:
            screen = tree_screen(pilot.app.screen)
            await question(pilot, "T", Prompt)
            for text, why in [
                ("2999-01-01", "still to come"),
                ("soon", "A time is like"),
                ("1066-10-14", "1970"),
            ]:
                await type_text(pilot, text)
                await press(pilot, "enter")
                assert why in screen_text(pilot)
            await press(pilot, "escape")
            assert screen.location.source == LIVE

    async def test_a_bucket_without_versions_has_only_now(
        self, running: Running, connection: Connection, ministack: S3Server
    ) -> None:
        bucket = ministack.make_bucket("plain")
        put(ministack, bucket, ["a"])
        async with running(connection, f"s3://{bucket}/") as pilot:
            screen = tree_screen(pilot.app.screen)
            for key in ("T", "v"):
                await pilot.press(key)
                await until(pilot, lambda: "This bucket keeps no versions" in screen_text(pilot))
                if key == "T":
                    await press(pilot, "escape")
                assert pilot.app.screen is screen
                assert screen.location.source == LIVE
                screen.clear_notice()

    async def test_suspended_versioning_is_shown_with_a_warning(
        self, running: Running, connection: Connection, history: History
    ) -> None:
        history.server.boto3().put_bucket_versioning(
            Bucket=history.bucket, VersioningConfiguration={"Status": "Suspended"}
        )
        async with running(connection, f"s3://{history.bucket}/") as pilot:
            await look_back(pilot, history.at["a1"])
            assert "Versioning is suspended here" in screen_text(pilot)
            assert shown_keys(tree_screen(pilot.app.screen)) == ["a.txt", "p/", "q/"]

    async def test_nothing_is_picked_of_what_was_there(
        self, running: Running, connection: Connection, history: History
    ) -> None:
        async with running(connection, f"s3://{history.bucket}/", pick=True) as pilot:
            await look_back(pilot, history.at["a1"])
            for key in ("enter", "ctrl+s"):
                await press(pilot, key)
                assert "A name that is picked stands for what is there now" in screen_text(pilot)
                tree_screen(pilot.app.screen).clear_notice()
            assert pilot.app.return_code is None


class TestVersions:
    async def test_versions_and_delete_markers_are_rows_in_place(
        self, running: Running, connection: Connection, history: History
    ) -> None:
        async with running(connection, f"s3://{history.bucket}/") as pilot:
            screen = tree_screen(pilot.app.screen)
            await press(pilot, "v")
            steps = ["a3", "a2", "a1", "b2", "b1"]
            assert [id for _, id in shown_versions(screen)] == [*(history.ids[s] for s in steps), None, None]
            text = screen_text(pilot)
            caption = text.splitlines()[1]
            assert "…" not in caption
            assert "versions · 1 object · 3 older versions, 18 B · 1 delete marker" in text
            (deleted,) = (line for line in text.splitlines() if "✗ b.txt" in line)
            assert deleted.split("│")[1].split() == [
                "✗",
                "b.txt",
                f"…{history.ids['b2'][-8:]}",
                "–",
                "now",
                "deleted",
            ]
            await press(pilot, *["down"] * 5, "right")
            assert "2 objects · 4 older versions" not in text
            assert "3 objects · 4 older versions, 26 B" in screen_text(pilot)
            await press(pilot, "v")
            assert screen.location == Location(history.bucket)
            assert screen.current is not None
            assert screen.current.key == "p/"

    async def test_the_cursor_goes_to_the_versions_of_an_object_also_of_one_in_an_expanded_prefix(
        self, running: Running, connection: Connection, history: History
    ) -> None:
        async with running(connection, f"s3://{history.bucket}/") as pilot:
            screen = tree_screen(pilot.app.screen)
            await press(pilot, "down", "right", "down", "down", "v")
            assert screen.location == Location(history.bucket, "p/", source=VERSIONS)
            assert on(screen, history) == "p3"
            await press(pilot, "escape")
            assert screen.location == Location(history.bucket, "p/")

    async def test_a_version_is_downloaded_beside_the_one_that_is_there(
        self, running: Running, connection: Connection, history: History, home: Path
    ) -> None:
        async with running(connection, f"s3://{history.bucket}/") as pilot:
            for presses, text in [(["v", "down"], "second one"), (["down"], "first")]:
                await press(pilot, *presses)
                await question(pilot, "d", Prompt)
                if text == "first":
                    assert history.ids["a1"][-8:] in pilot.app.screen.query_one(Input).value
                await press(pilot, "enter")
                found = {path.read_text() for path in (home / "Downloads").iterdir()}
                assert text in found
            assert (home / "Downloads/a.txt").read_text() == "second one"
            assert len(list((home / "Downloads").iterdir())) == 2

    async def test_marked_versions_of_one_key_are_downloaded_under_names_of_their_own(
        self, running: Running, connection: Connection, history: History, home: Path
    ) -> None:
        async with running(connection, f"s3://{history.bucket}/") as pilot:
            await press(pilot, "v", "space", "space", "space", "space")
            await question(pilot, "d", TransferPrompt)
            await press(pilot, "enter")
            found = sorted(path.read_text() for path in (home / "Downloads").iterdir())
            assert found == ["first", "second one", "the third"]

    async def test_an_older_version_goes_for_good_after_a_question(
        self, running: Running, connection: Connection, history: History
    ) -> None:
        async with running(connection, f"s3://{history.bucket}/") as pilot:
            screen = tree_screen(pilot.app.screen)
            before = history.left()
            await press(pilot, "v", "down")
            await question(pilot, "D", Confirm)
            assert "gone for good. What is there now stays." in screen_text(pilot)
            await press(pilot, "enter")  # the safe answer has the focus
            assert history.left() == before
            await question(pilot, "D", Confirm)
            await press(pilot, "right", "enter")
            assert before - history.left() == {history.ids["a2"]}
            assert on(screen, history) == "a1"
            assert history.read("a.txt") == "the third"

    async def test_deleting_the_current_version_says_what_comes_to_light(
        self, running: Running, connection: Connection, history: History
    ) -> None:
        async with running(connection, f"s3://{history.bucket}/") as pilot:
            await press(pilot, "v")
            await question(pilot, "D", Confirm)
            assert f"{history.at['a2']:%H:%M:%S}" in screen_text(pilot)
            await press(pilot, "right", "enter")
            assert history.read("a.txt") == "second one"

    async def test_deleting_a_delete_marker_brings_the_object_back(
        self, running: Running, connection: Connection, history: History
    ) -> None:
        async with running(connection, f"s3://{history.bucket}/") as pilot:
            screen = tree_screen(pilot.app.screen)
            await press(pilot, "v", "down", "down", "down")
            assert on(screen, history) == "b2"
            await press(pilot, "i")
            assert "A delete marker is all there is" in screen_text(pilot)
            await press(pilot, "d")
            assert "A delete marker has no bytes" in screen_text(pilot)
            await question(pilot, "D", Confirm)
            assert "Bring it back?" in screen_text(pilot)
            await press(pilot, "right", "enter")
            assert history.read("b.txt") == "bee"
            assert screen.current is not None
            assert (on(screen, history), screen.current.status) == ("b1", VersionStatus.CURRENT)

    async def test_many_versions_go_only_when_their_number_is_typed(
        self, running: Running, connection: Connection, history: History
    ) -> None:
        async with running(connection, f"s3://{history.bucket}/") as pilot:
            before = history.left()
            await press(pilot, "v", "down", "space", "space", "space")
            await question(pilot, "D", TypedConfirm)
            assert "2 versions, 15 B: nothing brings them back." in screen_text(pilot)
            assert "1 delete marker" in screen_text(pilot)
            await type_text(pilot, "2")
            await press(pilot, "enter")
            assert history.left() == before
            await type_text(pilot, "3")
            await press(pilot, "enter")
            gone = {history.ids[step] for step in ("a2", "a1", "b2")}
            await until(pilot, lambda: before - history.left() == gone)
            assert keys_of(history.server, history.bucket) == [
                "a.txt",
                "b.txt",
                "p/x.txt",
                "p/y.txt",
                "q/z.txt",
            ]

    async def test_prefixes_are_not_moved_with_all_their_versions(
        self, running: Running, connection: Connection, history: History
    ) -> None:
        async with running(connection, f"s3://{history.bucket}/") as pilot:
            screen = tree_screen(pilot.app.screen)
            before = history.left()
            await press(pilot, "v", "end")
            for key in ("d", "c"):
                screen.clear_notice()
                await press(pilot, key)
                assert "Here versions are moved one by one" in screen_text(pilot)
            assert pilot.app.screen is screen
            assert history.left() == before

    async def test_an_older_version_is_promoted(
        self, running: Running, connection: Connection, history: History
    ) -> None:
        async with running(connection, f"s3://{history.bucket}/") as pilot:
            screen = tree_screen(pilot.app.screen)
            before = history.left()
            await press(pilot, "P")
            assert pilot.app.screen is screen
            await press(pilot, "v", "P")
            assert "This is the current version already" in screen_text(pilot)
            await press(pilot, "down", "down")
            await question(pilot, "P", Confirm)
            assert "A copy of it becomes a new version" in screen_text(pilot)
            await press(pilot, "right", "enter")
            await until(pilot, lambda: history.read("a.txt") == "first", "the promotion")
            assert before < history.left()
            assert len(history.left()) == len(before) + 1
            await until(pilot, lambda: len(screen.tree_model) == 8, "the new row")
            assert on(screen, history) == "a1"

    async def test_the_version_id_is_copied_too(
        self, running: Running, connection: Connection, history: History
    ) -> None:
        async with running(connection, f"s3://{history.bucket}/") as pilot:
            await press(pilot, "v", "down", "y")
            await until(pilot, lambda: "version id" in screen_text(pilot), "the menu")
            await press(pilot, "v")
            assert pilot.app.clipboard == history.ids["a2"]
            await pilot.press("y")
            await until(pilot, lambda: "version id" in screen_text(pilot), "the menu again")
            await press(pilot, "h")
            assert pilot.app.clipboard.endswith(f"/a.txt?versionId={history.ids['a2']}")

    async def test_marks_and_cursor_stay_on_their_versions_when_more_come(
        self, running: Running, connection: Connection, history: History
    ) -> None:
        async with running(connection, f"s3://{history.bucket}/") as pilot:
            screen = tree_screen(pilot.app.screen)
            await press(pilot, "v", "down", "space")
            assert on(screen, history) == "a1"
            history.put("a4", "a.txt", "fourth")
            history.delete("a5", "a.txt")
            await press(pilot, "r")
            assert on(screen, history) == "a1"
            assert [row.version_id for row in screen.targets()] == [history.ids["a2"]]
            await press(pilot, "o", "o")
            assert on(screen, history) == "a1"
            assert [row.version_id for row in screen.targets()] == [history.ids["a2"]]


async def find(pilot: Pilot[None], query: str) -> None:
    await press(pilot, "f")
    await type_text(pilot, query)
    await press(pilot, "enter")


class TestSearch:
    async def test_what_was_there_is_searched(
        self, running: Running, connection: Connection, history: History
    ) -> None:
        async with running(connection, f"s3://{history.bucket}/") as pilot:
            screen = tree_screen(pilot.app.screen)
            await look_back(pilot, history.at["p2"])
            await find(pilot, "*.txt")
            assert shown_versions(screen) == [
                ("a.txt", history.ids["a2"]),
                ("b.txt", history.ids["b1"]),
                ("p/x.txt", history.ids["p2"]),
            ]
            before = history.left()
            await press(pilot, "D")
            assert "cannot be deleted" in screen_text(pilot)
            assert history.left() == before
            await press(pilot, "escape")
            assert screen.location == Location(history.bucket, source=AsOf(history.at["p2"]))
            await press(pilot, "escape")
            assert screen.location == Location(history.bucket)

    async def test_versions_are_searched_and_deleted_where_they_are_found(
        self, running: Running, connection: Connection, history: History
    ) -> None:
        async with running(connection, f"s3://{history.bucket}/") as pilot:
            screen = tree_screen(pilot.app.screen)
            await press(pilot, "v")
            await find(pilot, "x.txt")
            assert [id for _, id in shown_versions(screen)] == [history.ids["p2"], history.ids["p1"]]
            await press(pilot, "down")
            await question(pilot, "D", Confirm)
            await press(pilot, "right", "enter")
            assert history.ids["p1"] not in history.left()
            assert [id for _, id in shown_versions(screen)] == [history.ids["p2"]]

    async def test_the_versions_of_what_was_found_are_shown_in_their_place(
        self, running: Running, connection: Connection, history: History
    ) -> None:
        async with running(connection, f"s3://{history.bucket}/") as pilot:
            screen = tree_screen(pilot.app.screen)
            await find(pilot, "y.txt")
            await press(pilot, "v")
            assert screen.location == Location(history.bucket, "p/", source=VERSIONS)
            assert on(screen, history) == "p3"


SECOND = datetime(2026, 1, 1, tzinfo=UTC)
MANY = [
    ObjectVersion(f"{number:04}", f"v{number}-{age}", age == 0, False, 1, SECOND + timedelta(seconds=3 - age))
    for number in range(1200)
    for age in range(3)
]


@pytest.mark.parametrize("looks_back", [False, True])
async def test_a_listing_of_versions_is_stopped_and_goes_on_where_it_was(
    running: Running, looks_back: bool
) -> None:
    bucket = SyntheticBucket(version.key for version in MANY if version.is_latest)
    async with listing_server(bucket, SyntheticVersions(MANY)) as url:
        with FaultProxy(url) as proxy:
            proxy.add(Stall(), when=lambda request: "key-marker" in request.target, times=None)
            connection = Connection("slow", Endpoint.custom(proxy.url), Anonymous())
            async with running(connection, "s3://b/") as pilot:
                screen = tree_screen(pilot.app.screen)
                await pilot.press("T" if looks_back else "v")
                if looks_back:
                    await until(pilot, lambda: isinstance(pilot.app.screen, Prompt), "the question")
                    await type_text(pilot, (SECOND + timedelta(seconds=2)).isoformat())
                    await pilot.press("enter")
                first = 333 if looks_back else 1000
                await until(pilot, lambda: len(screen.tree_model.root) == first, "the first page")
                await press(pilot, "escape")
                assert "stopped: more ⋯" in screen_text(pilot)
                proxy.clear()
                await press(pilot, "end", "enter")
                wanted = [v for v in MANY if v.version_id.endswith("-1")] if looks_back else MANY
                assert shown_versions(screen) == [(v.key, v.version_id) for v in wanted]
                assert "1,200 loaded" in screen_text(pilot) or "1,200 objects · 2,400 older" in screen_text(
                    pilot
                )


@pytest.mark.parametrize("key", ["v", "T"])
async def test_one_who_may_only_read_looks_but_changes_nothing(
    running: Running, connection: Connection, history: History, key: str, replaced: Callable[..., Connection]
) -> None:
    async with running(replaced(connection), f"s3://{history.bucket}/") as pilot:
        before = history.left()
        await (press(pilot, "v") if key == "v" else look_back(pilot, history.at["a2"]))
        await press(pilot, "D")
        assert "read-only" in screen_text(pilot) or "cannot be deleted" in screen_text(pilot)
        assert history.left() == before


@pytest.fixture
def replaced() -> Callable[[Connection], Connection]:
    from dataclasses import replace

    return lambda connection: replace(connection, read_only=True)


async def test_the_footer_changes_with_the_view_also_where_there_are_no_rows(
    running: Running, connection: Connection, history: History
) -> None:
    async with running(connection, f"s3://{history.bucket}/nothing/") as pilot:
        assert " upload" in screen_text(pilot).splitlines()[-1]
        await press(pilot, "v")
        await until(pilot, lambda: tree_screen(pilot.app.screen).location.source == VERSIONS, "versions")
        assert " upload" not in screen_text(pilot).splitlines()[-1]
        await press(pilot, "escape")
        assert " upload" in screen_text(pilot).splitlines()[-1]


def test_an_older_version_goes_only_while_another_is_there_or_goes_too() -> None:
    def row(key: str, id: str, status: VersionStatus) -> Row:
        return Row(Kind.OBJECT, key, key, 1, None, None, version_id=id, status=status)

    rows = [
        row("whole", "2", VersionStatus.CURRENT),
        row("whole", "1", VersionStatus.OLDER),
        row("part", "1", VersionStatus.OLDER),
        row("part", "0", VersionStatus.WAS_DELETED),
        row("hidden", "1", VersionStatus.DELETED),
    ]
    pinned = [(key, facts["version"]) for key, facts in version_items(rows) if facts["noncurrent"]]
    assert pinned == [("part", "1"), ("part", "0")]
