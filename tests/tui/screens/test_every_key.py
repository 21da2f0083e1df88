"""Every key that help lists is pressed where it works, and runs what the table of keys says."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import NamedTuple

import pytest
from textual.binding import Binding
from textual.pilot import Pilot
from textual.widgets import Input

from s3tui.connect.connection import Connection
from s3tui.s3.address.uri import S3Uri
from s3tui.settings import Settings
from s3tui.tui.app import S3TuiApp
from s3tui.tui.keymap import screens as keys
from s3tui.tui.keymap.binding import is_key
from s3tui.tui.keymap.table import TABLE
from s3tui.tui.screens.common.base import FramedScreen
from s3tui.tui.screens.objects.screen import ObjectTreeScreen
from tests.servers import S3Server
from tests.tui.key_table import QUESTIONS
from tests.tui.recorded_actions import Recording
from tests.tui.screens.objects.test_kept_listings import keep


class Way(NamedTuple):
    """The way to a screen, and the bindings that are pressed there: what screens share, on one of them."""

    uri: str | None
    presses: str
    bindings: Sequence[Sequence[Binding]]


_OPEN_ENDED = frozenset({"question", "filling"})
"""Workers that wait for the user, or that nobody waits for."""
QUEUE = sorted(keys.QUEUE_KEYS, key=lambda each: str(each.id) not in ("queue.history", "queue.back"))
"""Those that need no transfer come first."""
OBJECTS = [[each for each in keys.OBJECT_KEYS if each.id != "objects.promote"], keys.TREE_KEYS]
WAYS = {
    "buckets": Way(None, "", [keys.APP_KEYS, keys.LIST_KEYS, keys.PANE_KEYS, keys.BUCKET_KEYS]),
    "objects": Way("s3://{}/a/", "down", OBJECTS),
    "versions": Way(
        "s3://{}/a/", "v down", [[each for each in keys.OBJECT_KEYS if "promote" in str(each.id)]]
    ),
    "object": Way("s3://{}/c.txt", "i", [keys.SCROLL_KEYS, keys.DETAIL_KEYS]),
    "sizes": Way("s3://{}/", "home z z", [keys.SIZES_KEYS]),
    "transfers": Way("s3://{}/", "t", [QUEUE[:2]]),
    "history": Way("s3://{}/", "t H", [keys.HISTORY_KEYS]),
    "uploads": Way(None, "u", [keys.UPLOADS_KEYS]),
    "snapshots": Way("s3://{}/", "S", [keys.SNAPSHOT_KEYS]),
    "requests": Way(None, "ctrl+g", [keys.REQUEST_KEYS]),
    "exchange": Way(None, "ctrl+g enter", [keys.EXCHANGE_KEYS]),
    "connections": Way(None, "ctrl+o", [keys.CONNECTION_KEYS]),
    "bucket": Way(None, "i", [keys.BUCKET_DETAIL_KEYS]),
}
ELSEWHERE = {
    "app.quit": "test_app.py",
    "app.stop": "terminal/test_lifecycle.py, in a terminal of its own",
    "objects.pick": "test_pick.py",
    "objects.inventory": "test_inventories.py",
    "detail.delete": "test_object_detail.py",
    "detail.promote": "test_object_detail.py",
    "version_list.choose": "test_object_detail.py",
    "sizes.go_on": "test_sizes.py",
    "requests.clear": "requests/test_request_log.py",
    "requests.save": "requests/test_request_log.py",
    **{str(each.id): "requests/test_doctor.py" for each in keys.DOCTOR_KEYS},
    "history.retry": "test_transfers.py",
    **{str(each.id): "test_preview.py" for each in keys.PREVIEW_KEYS},
    **{str(each.id): "test_members.py" for each in keys.MEMBERS_KEYS},
    **{str(each.id): "test_object_detail.py" for each in keys.DIFFERENCE_KEYS},
    **{str(each.id): "test_transfers.py" for each in (*QUEUE[2:], *keys.QUEUE_LIST_KEYS)},
    "connections.forget": "test_app.py",
    "connections.edit": "test_connection_form.py",
    "connections.duplicate": "test_connection_form.py",
    **{str(each.id): "objects/test_syncs.py" for each in keys.SYNC_KEYS},
    "broken.back": "runtime/test_error_boundary.py",
}
"""What ends or stops the app, or needs what has gone wrong before, and the test that presses it."""


@pytest.fixture
def bucket(ministack: S3Server) -> str:
    name = ministack.make_bucket("keys")
    client = ministack.boto3()
    client.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    for key in ("a/1.log", "a/2.log", "a/2.log", "a/deep/1.log", "a/deep/2.log", "c.txt"):
        client.put_object(Bucket=name, Key=key, Body=key.encode())
    client.create_multipart_upload(Bucket=name, Key="begun")
    return name


async def rest(pilot: Pilot[None]) -> None:
    """Wait until keys have taken effect; transfers may go on, and questions stay."""
    app = pilot.app
    assert isinstance(app, S3TuiApp)
    async with asyncio.timeout(60):
        await pilot.pause()
        while not app.type_ahead.is_idle or any(
            worker.is_running and worker.group not in _OPEN_ENDED for worker in app.workers
        ):
            await asyncio.sleep(0.01)
            await pilot.pause()


async def hit(pilot: Pilot[None], *pressed: str) -> None:
    for key in pressed:
        await pilot.press(key)
        await rest(pilot)


def place(screen: FramedScreen) -> object:
    return screen.location if isinstance(screen, ObjectTreeScreen) else screen


class Visitor:
    """Goes to a screen, and there again when a key led away."""

    def __init__(self, pilot: Pilot[None], connection: Connection, way: Way, bucket: str) -> None:
        self._pilot, self._connection, self._way, self._bucket = pilot, connection, way, bucket
        self._screen: FramedScreen | None = None
        self._place: object = None

    async def go(self) -> None:
        pilot, way = self._pilot, self._way
        app = pilot.app
        assert isinstance(app, S3TuiApp)
        uri = None if way.uri is None else S3Uri.parse(way.uri.format(self._bucket))
        app.connect(self._connection, uri)
        await rest(pilot)
        await hit(pilot, *way.presses.split())
        assert isinstance(app.screen, FramedScreen)
        self._screen, self._place = app.screen, place(app.screen)

    async def back(self) -> None:
        for _ in range(4):
            if not self._is_there:
                await hit(self._pilot, "escape")
        if not self._is_there:
            await self.go()

    @property
    def _is_there(self) -> bool:
        app = self._pilot.app
        if self._screen is None or app.screen is not self._screen or isinstance(app.focused, Input):
            return False
        return place(self._screen) == self._place


@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", WAYS)
async def test_each_key_that_help_lists_runs_what_it_says(
    connection: Connection, bucket: str, name: str
) -> None:
    keep("one", ["a"], bucket=bucket)
    way = WAYS[name]
    wanted = {str(each.id): each for bindings in way.bindings for each in bindings if is_key(each.key)}
    wanted = {id: each for id, each in wanted.items() if id not in ELSEWHERE}
    app = Recording(Settings(), None)
    async with app.run_test(size=(140, 40)) as pilot:
        await rest(pilot)
        visitor, before = Visitor(pilot, connection, way, bucket), -1
        while wanted and len(wanted) != before:
            before = len(wanted)
            for id, binding in tuple(wanted.items()):
                if await runs(visitor, app, pilot, binding):
                    del wanted[id]
    assert list(wanted) == []


async def runs(visitor: Visitor, app: Recording, pilot: Pilot[None], binding: Binding) -> bool:
    """Press all keys of a binding that are its own here; say whether they can be pressed now."""
    is_listed = False
    for key in Binding.make_bindings([binding]):
        await visitor.back()
        active = app.active_bindings.get(key.key)
        if active is None or not active.enabled:
            return False
        if active.binding.id == binding.id:
            app.ran.clear()
            await hit(pilot, key.key)
            assert binding.action in app.ran, (binding.id, key.key, app.ran)
            assert app.is_running
        is_listed = True
    return is_listed


def test_each_binding_of_a_screen_is_pressed_somewhere() -> None:
    pressed = {each.id for way in WAYS.values() for bindings in way.bindings for each in bindings}
    of_screens = {each.id for bindings in TABLE.values() for each in bindings}
    of_screens = {id for id in of_screens if str(id).partition(".")[0] not in QUESTIONS}
    assert of_screens - pressed - ELSEWHERE.keys() == set()
