"""Makes screenshots/: drives the app on the demo, exports each scene as SVG, converts the SVG to PNG.

python -m tests.make_screenshots [folder [scene …]]     needs the extra `demo`; rsvg-convert paints the PNGs
"""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path

from textual.pilot import Pilot
from textual.widgets import Input

from s3tui.connect.connection import Connection
from s3tui.demo import open_demo
from s3tui.demo.sample_data import DATASETS, FINANCE, LARGE_KEY, VERSIONED_KEY
from s3tui.settings import Settings
from s3tui.transfer.requests import DownloadObject, DownloadPrefix, UploadFile
from s3tui.tui.app import S3TuiApp
from s3tui.tui.widgets.details.detail_pane import DetailPane
from s3tui.tui.widgets.tree.object_tree import ObjectTree
from tests.fault_proxy import FaultProxy, Request, Throttle
from tests.recording import animated
from tests.tui.harness import press, screen_text, settle, text_of, type_text, until

Act = Callable[[Pilot[None]], Awaitable[None]]
WIDE = (140, 40)
_PANE_S = 0.3
"""Longer than the detail pane waits for the cursor to rest."""


@dataclass(frozen=True)
class Scene:
    name: str
    act: Act
    size: tuple[int, int] = WIDE
    theme: str = "s3tui-dark"
    demo: bool = True


async def nothing(pilot: Pilot[None]) -> None:
    await settle(pilot)


async def on_bucket(pilot: Pilot[None], name: str) -> None:
    await press(pilot, "slash")
    await type_text(pilot, name)
    await press(pilot, "enter")


async def open_bucket(pilot: Pilot[None], name: str) -> None:
    await on_bucket(pilot, name)
    await press(pilot, "enter")


async def bucket_list(pilot: Pilot[None]) -> None:
    await press(pilot, "down", "down", "down", "down", "down")


async def object_tree(pilot: Pilot[None]) -> None:
    """Down one path of a deep tree, in place, then two marks."""
    await open_bucket(pilot, "analytics-raw")
    await press(pilot, "down", "down")
    for _ in range(6):
        await press(pilot, "right", "down")
    await press(
        pilot, "space", "up", "left", "left", "down", "right", "down", "right", "down", "space", "up", "up"
    )


async def object_detail(pilot: Pilot[None]) -> None:
    await go_to(pilot, f"s3://{DATASETS}/{LARGE_KEY}")
    await press(pilot, "enter")


async def object_versions(pilot: Pilot[None]) -> None:
    await go_to(pilot, f"s3://{FINANCE}/{VERSIONED_KEY}")
    await press(pilot, "i", "right", "right", "right")


async def preview(pilot: Pilot[None]) -> None:
    """A table beside the rows."""
    await go_to(pilot, f"s3://{FINANCE}/{VERSIONED_KEY}")
    await previewed(pilot)


async def previewed(pilot: Pilot[None]) -> None:
    def is_there() -> bool:
        return " read" in text_of(pilot.app.screen.query_one(DetailPane))

    await until(pilot, is_there, "a preview")


async def attributes(pilot: Pilot[None]) -> None:
    """The form of what is about an object, one field changed."""
    await go_to(pilot, f"s3://{FINANCE}/{VERSIONED_KEY}")
    await pilot.press("E")
    await until(pilot, lambda: isinstance(pilot.app.focused, Input), "the form")
    await pilot.press("down")
    await type_text(pilot, "max-age=3600")
    await settle(pilot)


async def link(pilot: Pilot[None]) -> None:
    await go_to(pilot, f"s3://{FINANCE}/{VERSIONED_KEY}")
    await pilot.press("Y")
    await until(pilot, lambda: "X-Amz-Signature" in screen_text(pilot), "a link")


async def deletion(pilot: Pilot[None]) -> None:
    """What is to go, whether it can be undone, and the count to type."""
    await open_bucket(pilot, FINANCE)
    await press(pilot, "space", "space")
    await pilot.press("D")
    await until(pilot, lambda: "to go on." in screen_text(pilot), "the question")


async def sync(pilot: Pilot[None]) -> None:
    """The plan of a sync of a folder that differs from a prefix in every way."""
    site = Path.home() / "site"
    for name in ("img/banner.svg", "img/new-logo.svg", "js/search.js", "index.html"):
        (site / name).parent.mkdir(parents=True, exist_ok=True)
        (site / name).write_text(name * 90)
    await open_bucket(pilot, "cdn-assets")
    await pilot.press("equals_sign")
    await until(pilot, lambda: isinstance(pilot.app.focused, Input), "the form")
    await type_text(pilot, "~/site")
    await pilot.press("down", "down", "down", "right", "ctrl+s")
    await until(pilot, lambda: " same" in screen_text(pilot), "the plan")
    await press(pilot, "down", "down")


async def requests(pilot: Pilot[None]) -> None:
    """The request log, and below it what it has on one that was refused."""
    await go_to_refused(pilot)
    await press(pilot, "escape", "tilde")
    await go_to(pilot, f"s3://{FINANCE}/{VERSIONED_KEY}")
    await previewed(pilot)
    await press(pilot, "ctrl+g", "down", "down")


async def doctor(pilot: Pilot[None]) -> None:
    await pilot.press("ctrl+p")
    await pilot.pause()
    await type_text(pilot, "doctor")
    await press(pilot, "enter")
    await until(pilot, lambda: "Known: " in screen_text(pilot), "the settings that are known")
    await until(pilot, lambda: "more to come" not in screen_text(pilot), "all findings")
    await settle(pilot)


async def bucket_detail(pilot: Pilot[None]) -> None:
    await on_bucket(pilot, FINANCE)
    await press(pilot, "i")


async def go_to(pilot: Pilot[None], uri: str) -> None:
    await pilot.press("ctrl+l")
    await pilot.pause()
    await type_text(pilot, uri)
    await press(pilot, "enter")


async def upload_picker(pilot: Pilot[None]) -> None:
    await open_bucket(pilot, "scratch")
    await pilot.press("u")
    await pilot.pause()
    await type_text(pilot, "~/data/report.csv")
    await until(pilot, lambda: True)


async def transfers(pilot: Pilot[None]) -> None:
    """One done, one refused, one on its way, slowed down by a proxy so that it can be seen."""
    app = pilot.app
    assert isinstance(app, S3TuiApp)
    assert app.session is not None
    name, downloads = app.session.handle, Path.home() / "Downloads"
    report = Path.home() / "data" / "report.csv"
    await app.transfers.command(
        lambda queue: queue.add(UploadFile(name, report, "scratch", "reports/report.csv"))
    )
    await app.transfers.command(
        lambda queue: queue.add(DownloadPrefix(name, "cdn-assets", "img/", downloads / "img"))
    )
    await app.transfers.command(
        lambda queue: queue.add(UploadFile(name, report, "private-team", "report.csv"))
    )
    await settle(pilot)
    target = downloads / LARGE_KEY.rpartition("/")[2]
    await app.transfers.command(lambda queue: queue.add(DownloadObject(name, DATASETS, LARGE_KEY, target)))

    def is_half_way() -> bool:
        return any(0 < row.bytes_done < 25_000_000 and row.eta_s for row in app.transfers.snapshot.transfers)

    await until(pilot, is_half_way, "a transfer that runs")
    await pilot.press("t", "end")
    await pilot.pause()


async def go_to_refused(pilot: Pilot[None]) -> None:
    await open_bucket(pilot, "private-team")


async def odd_keys(pilot: Pilot[None]) -> None:
    await open_bucket(pilot, "inbox-uploads")
    await press(pilot, "down", "down")


async def search(pilot: Pilot[None]) -> None:
    await open_bucket(pilot, "analytics-raw")
    await pilot.press("f")
    await pilot.pause()
    await type_text(pilot, "checkout *.gz >2k newer:1w")
    await press(pilot, "enter")


async def versions(pilot: Pilot[None]) -> None:
    """The versions of a whole bucket, flat."""
    await open_bucket(pilot, "finance-reports")
    await press(pilot, "F", "v", "down", "down", "down")
    await asyncio.sleep(_PANE_S)
    await settle(pilot)


async def comparison(pilot: Pilot[None]) -> None:
    """A comparison with a snapshot: uploads and deletions since."""
    app = pilot.app
    assert isinstance(app, S3TuiApp)
    assert app.session is not None
    await open_bucket(pilot, "cdn-assets")
    await press(pilot, "S", "n", "enter")
    name, report = app.session.handle, Path.home() / "data" / "report.csv"
    for key in ("img/banner-2026.svg", "js/report.js"):
        await app.transfers.command(
            lambda queue, key=key: queue.add(UploadFile(name, report, "cdn-assets", key))  # type: ignore[misc]  # mypy cannot infer a lambda with a default
        )
    await settle(pilot)
    await press(pilot, "=")
    await until(pilot, lambda: app.screen.query_one(ObjectTree).model.loaded > 0, "the comparison")
    await press(pilot, "right", "down")


async def sizes(pilot: Pilot[None]) -> None:
    await open_bucket(pilot, "analytics-raw")
    await press(pilot, "Z", "down", "down", "z")
    await settle(pilot)


async def help_(pilot: Pilot[None]) -> None:
    await open_bucket(pilot, "analytics-raw")
    await pilot.press("question_mark")
    await pilot.pause()


async def new_connection(pilot: Pilot[None]) -> None:
    await settle(pilot)
    await pilot.press("n")
    await pilot.pause()


async def session(pilot: Pilot[None]) -> AsyncIterator[float]:
    """A short session; yields, at each step worth seeing, for how many seconds it is to be seen."""
    await press(pilot, "down", "down", "down")
    yield 1.5
    await press(pilot, "enter")
    yield 1.2
    await press(pilot, "right", "down", "right", "down")
    await previewed(pilot)
    yield 2.5
    await press(pilot, "i")
    yield 1.5
    await press(pilot, "right", "right", "right")
    yield 2.0
    await press(pilot, "escape")
    await pilot.press("f")
    await pilot.pause()
    await type_text(pilot, "csv >10k")
    yield 1.5
    await press(pilot, "enter")
    yield 2.5
    await press(pilot, "escape", "question_mark")
    yield 2.0


SCENES = [
    Scene("bucket-list", bucket_list),
    Scene("object-tree", object_tree),
    Scene("object-detail", object_detail),
    Scene("object-versions", object_versions),
    Scene("preview", preview),
    Scene("bucket-detail", bucket_detail),
    Scene("attributes", attributes),
    Scene("link", link),
    Scene("deletion", deletion),
    Scene("sync", sync),
    Scene("requests", requests),
    Scene("doctor", doctor),
    Scene("transfers", transfers),
    Scene("upload-picker", upload_picker),
    Scene("search", search),
    Scene("versions", versions),
    Scene("comparison", comparison),
    Scene("sizes", sizes),
    Scene("odd-keys", odd_keys),
    Scene("refused", go_to_refused),
    Scene("help", help_),
    Scene("first-run", nothing, demo=False),
    Scene("new-connection", new_connection, demo=False),
    Scene("object-tree-light", object_tree, theme="s3tui-light"),
    Scene("object-tree-80x24", object_tree, size=(80, 24)),
]


async def record(folder: Path, demo: Connection) -> None:
    """Write `session.svg`, an animation."""
    settings = Settings(download_dir=Path.home() / "Downloads")
    app, frames = S3TuiApp(settings, demo), []
    async with app.run_test(size=(126, 30)) as pilot:
        await settle(pilot)
        frames.append((exported(app), 1.0))
        frames += [(exported(app), seconds) async for seconds in session(pilot)]
    (folder / "session.svg").write_text(animated(frames), encoding="utf-8")


def exported(app: S3TuiApp) -> str:
    return app.export_screenshot(title="s3tui").replace("<text ", '<text xml:space="preserve" ')


async def draw(scene: Scene, folder: Path, demo: Connection) -> None:
    settings = Settings(theme=scene.theme, download_dir=Path.home() / "Downloads")
    app = S3TuiApp(settings, demo if scene.demo else None)
    async with app.run_test(size=scene.size) as pilot:
        await settle(pilot)
        await scene.act(pilot)
        svg = exported(app)
    (folder / f"{scene.name}.svg").write_text(svg, encoding="utf-8")
    paint(svg, folder / f"{scene.name}.png")


def paint(svg: str, png: Path) -> None:
    """Paint with a font that is here, its cells as wide as those of the one that the SVG asks for."""
    local = re.sub(r"font-family: Fira Code, monospace;\s*font-size: 20px", _LOCAL_FONT, svg)
    subprocess.run(["rsvg-convert", "--zoom", "0.8", "-o", png], input=local.encode(), check=True)


_LOCAL_FONT = "font-family: DejaVu Sans Mono; font-size: 20.264px"


def isolate(home: Path) -> None:
    """Let nothing of this machine's user be in a picture."""
    for name in list(os.environ):
        if name.startswith(("AWS_", "XDG_", "S3TUI_")):
            del os.environ[name]
    os.environ |= {"HOME": str(home), "TEXTUAL_ANIMATIONS": "none", "TZ": "UTC"}
    os.chdir(home)
    (home / "Downloads").mkdir()
    (home / ".aws").mkdir()
    (home / ".aws" / "config").write_text("[profile work]\nregion = eu-west-1\n")
    (home / ".aws" / "credentials").write_text(
        "[work]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = x\n"
    )
    data = home / "data"
    data.mkdir()
    for name, size in {
        "report.csv": 48_213,
        "model.bin": 9_000_000,
        "notes.md": 2_048,
        "plan.pdf": 90_112,
    }.items():
        (data / name).write_bytes(b"\0" * size)
    (data / "archive").mkdir()


def is_large(request: Request) -> bool:
    return request.method == "GET" and LARGE_KEY in request.target


async def draw_all(folder: Path, names: set[str]) -> None:
    demo = await open_demo()
    try:
        await demo.finish()
        with FaultProxy(demo.connection.endpoint.url) as proxy:
            proxy.add(Throttle(2_500_000), when=is_large, times=None)
            connection = replace(demo.connection, endpoint=proxy.endpoint)
            for scene in SCENES:
                if not names or scene.name in names:
                    with tempfile.TemporaryDirectory(prefix="s3tui-") as home:
                        isolate(Path(home))
                        await draw(scene, folder, connection)
            if not names or "session" in names:
                with tempfile.TemporaryDirectory(prefix="s3tui-") as home:
                    isolate(Path(home))
                    await record(folder, connection)
    finally:
        demo.stop()


def main() -> None:
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "screenshots").resolve()
    folder.mkdir(exist_ok=True)
    asyncio.run(draw_all(folder, set(sys.argv[2:])))


if __name__ == "__main__":
    main()
