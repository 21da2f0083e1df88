"""Draw screenshots/: drive the app on the demo, export each scene as SVG, paint the SVG as PNG.

python -m tests.make_screenshots [folder [scene …]]     needs the extra `demo`; rsvg-convert paints the PNGs
"""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from textual.pilot import Pilot

from s3tui.connect.connection import Connection
from s3tui.demo import open_demo
from s3tui.settings import Settings
from s3tui.tui.app import S3TuiApp
from tests.tui.harness import press, settle, type_text, until

Act = Callable[[Pilot[None]], Awaitable[None]]
WIDE = (140, 40)


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
    await open_bucket(pilot, "ml-datasets")
    await press(pilot, "down", "down", "right", "down", "right")
    for _ in range(2):
        await press(pilot, "down", "space")
    await press(pilot, "up")


async def object_detail(pilot: Pilot[None]) -> None:
    await open_bucket(pilot, "analytics-raw")
    await press(pilot, "enter")


async def upload_picker(pilot: Pilot[None]) -> None:
    await open_bucket(pilot, "scratch")
    await pilot.press("u")
    await pilot.pause()
    await type_text(pilot, str(Path.home() / "data" / "report.csv"))
    await until(pilot, lambda: True)


async def transfers(pilot: Pilot[None]) -> None:
    for bucket in ("ml-datasets", "finance-reports"):
        await open_bucket(pilot, bucket)
        await press(pilot, "ctrl+a")
        await pilot.press("d")
        await pilot.pause()
        await pilot.press("enter")
        await settle(pilot)
        await press(pilot, "escape", "escape", "escape")
    await press(pilot, "t")


async def go_to_refused(pilot: Pilot[None]) -> None:
    await open_bucket(pilot, "private-team")


async def odd_keys(pilot: Pilot[None]) -> None:
    await open_bucket(pilot, "inbox-uploads")
    await press(pilot, "down", "down")


async def help_(pilot: Pilot[None]) -> None:
    await open_bucket(pilot, "analytics-raw")
    await pilot.press("question_mark")
    await pilot.pause()


async def new_connection(pilot: Pilot[None]) -> None:
    await settle(pilot)
    await pilot.press("n")
    await pilot.pause()


SCENES = [
    Scene("buckets", bucket_list),
    Scene("objects", object_tree),
    Scene("detail", object_detail),
    Scene("transfers", transfers),
    Scene("upload", upload_picker),
    Scene("odd-keys", odd_keys),
    Scene("refused", go_to_refused),
    Scene("help", help_),
    Scene("first-run", nothing, demo=False),
    Scene("new-connection", new_connection, demo=False),
    Scene("objects-light", object_tree, theme="s3tui-light"),
    Scene("objects-80x24", object_tree, size=(80, 24)),
]


async def draw(scene: Scene, folder: Path, demo: Connection) -> None:
    settings = Settings(theme=scene.theme, download_dir=Path.home() / "Downloads")
    app = S3TuiApp(settings, demo if scene.demo else None)
    async with app.run_test(size=scene.size) as pilot:
        await settle(pilot)
        await scene.act(pilot)
        svg = app.export_screenshot(title="s3tui").replace("<text ", '<text xml:space="preserve" ')
    (folder / f"{scene.name}.svg").write_text(svg, encoding="utf-8")
    paint(svg, folder / f"{scene.name}.png")


def paint(svg: str, png: Path) -> None:
    """Paint with a font that is here, its cells as wide as those of the one that the SVG asks for."""
    local = re.sub(r"font-family: Fira Code, monospace;\s*font-size: 20px", _LOCAL_FONT, svg)
    subprocess.run(["rsvg-convert", "-o", png], input=local.encode(), check=True)


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


async def draw_all(folder: Path, names: set[str]) -> None:
    demo = await open_demo()
    try:
        await demo.finish()
        for scene in SCENES:
            if not names or scene.name in names:
                with tempfile.TemporaryDirectory(prefix="s3tui-") as home:
                    isolate(Path(home))
                    await draw(scene, folder, demo.connection)
    finally:
        demo.stop()


def main() -> None:
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "screenshots").resolve()
    folder.mkdir(exist_ok=True)
    asyncio.run(draw_all(folder, set(sys.argv[2:])))


if __name__ == "__main__":
    main()
