"""Drive the app: press, settle, look. A wait ends when what it is for is there, or fails by a timeout."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

from textual.pilot import Pilot
from textual.widget import Widget

from s3tui.tui.app import S3TuiApp
from s3tui.tui.screens.common.dialog import Dialog
from s3tui.tui.widgets.lists.bucket_table import BucketTable
from tests.patience import PATIENCE_S

_OPEN_ENDED = frozenset({"question", "filling"})
"""Workers that wait for the user, or that nobody waits for."""


async def settle(pilot: Pilot[Any]) -> None:
    """Wait until no worker runs, no transfer moves and no message is unread."""

    def is_busy() -> bool:
        app = _app(pilot)
        if not _is_listening(app) or not app.type_ahead.is_idle:
            return True
        running = any(w.is_running and w.group not in _OPEN_ENDED for w in app.workers)
        return running or app.transfers.busy or app.reporter.is_pending

    async with asyncio.timeout(PATIENCE_S):
        await pilot.pause()
        while is_busy():
            await asyncio.sleep(0.01)
            await pilot.pause()
    await pilot.pause()


def _app(pilot: Pilot[Any]) -> S3TuiApp:
    assert isinstance(pilot.app, S3TuiApp)
    return pilot.app


def _is_listening(app: S3TuiApp) -> bool:
    """Say whether a question that is open has been there long enough for an answer."""
    question = app.screen if app.screen_stack else None
    return not isinstance(question, Dialog) or question.listens


async def until(pilot: Pilot[Any], condition: Callable[[], object], what: str = "") -> None:
    """Wait until `condition` holds, for what no worker of the app does."""
    try:
        async with asyncio.timeout(PATIENCE_S):
            while not (condition() and _is_listening(_app(pilot))):
                await asyncio.sleep(0.01)
                await pilot.pause()
    except TimeoutError:
        raise AssertionError(f"never came: {what or condition}\n{screen_text(pilot)}") from None


async def press(pilot: Pilot[Any], *keys: str) -> None:
    for key in keys:
        await until(pilot, lambda: True, "the question takes keys")
        await pilot.press(key)
        await settle(pilot)


async def type_text(pilot: Pilot[Any], text: str) -> None:
    """Put `text` into the field that has the focus."""
    field = pilot.app.focused
    assert field is not None
    field.value = text  # type: ignore[attr-defined]  # an Input
    await pilot.pause()


def screen_text(pilot: Pilot[Any]) -> str:
    """Return what the user reads, line by line."""
    app = pilot.app
    width, height = app.size
    lines = app.screen._compositor.render_strips(app.size)
    return "\n".join("".join(segment.text for segment in line).rstrip() for line in lines)[
        : width * height * 4
    ]


def lists_bucket(pilot: Pilot[Any], begins: str) -> bool:
    """Say whether a listed bucket's name so begins; it may stand below the screen on a shared server."""
    return any(
        row.name.startswith(begins) for table in pilot.app.screen.query(BucketTable) for row in table.rows
    )


def text_of(widget: Widget) -> str:
    """Return what one widget shows, as one line."""
    lines = widget.render_lines(widget.size.region)
    return " ".join(" ".join(strip.text for strip in lines).split())


def files_below(folder: Path) -> dict[str, str]:
    """Return the text of each file by its path below the folder."""
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}
