"""The installed command in a real terminal: what a user does on the first day."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from s3tui.demo.sample_data import ASSETS, DATASETS, LARGE_KEY, REGIONS
from tests.browse.inventory.inventories import csv_file, of, write_report
from tests.servers import wait_until
from tests.terminal import Terminal, run_in_terminal

pytestmark = [
    pytest.mark.server,
    pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed"),
]

LARGE_SIZE = 24 * 1024 * 1024


@pytest.fixture
def terminal(tmp_path: Path, home: Path) -> Iterator[Terminal]:
    scripts = Path(sys.executable).parent
    environment = {
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "PATH": f"{scripts}:/usr/bin:/bin",
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
        "TERM": "screen-256color",
    }
    with run_in_terminal([str(scripts / "s3tui"), "--demo"], tmp_path, environment) as terminal:
        yield terminal


def fill_in(terminal: Terminal, text: str) -> None:
    """Replace what stands in the focused field, and see it there."""
    before = terminal.screen()
    terminal.press("End", "C-u")
    terminal.wait_until(lambda screen: screen != before, "the field is empty")
    terminal.type(text)
    terminal.wait_for(text[-40:])  # the field shows the end of what is too long for it


def go_to(terminal: Terminal, uri: str) -> None:
    terminal.press("C-l")
    terminal.wait_for("Go to")
    fill_in(terminal, uri)
    terminal.press("Enter")
    terminal.wait_until(lambda screen: "Go to" not in screen, "the place is opened")


def download(terminal: Terminal, target: Path, size: int) -> bytes:
    terminal.press("d")
    terminal.wait_for("Download")
    fill_in(terminal, str(target))
    terminal.press("Enter")
    wait_until(lambda: target.exists() and target.stat().st_size == size, f"{target} was downloaded")
    return target.read_bytes()


def test_browse_download_upload_and_quit(terminal: Terminal, tmp_path: Path) -> None:
    terminal.wait_for(DATASETS, ASSETS, f"{REGIONS[DATASETS]} ↪")

    prefix, name = LARGE_KEY.rsplit("/", 1)
    go_to(terminal, f"s3://{DATASETS}/{prefix}/")
    # The larger samples are put while one browses; the listing is refreshed when they are there.
    terminal.wait_for(name)
    terminal.press("End")
    first = download(terminal, tmp_path / "first", LARGE_SIZE)

    terminal.press("u")
    terminal.wait_for("Upload to")
    fill_in(terminal, str(tmp_path / "first"))
    terminal.press("Enter")
    terminal.wait_until(lambda screen: "Upload to" not in screen, "the upload began")
    terminal.press("t")
    terminal.wait_for("2 done")
    terminal.press("t")

    terminal.wait_for("3 loaded")
    terminal.press("End")
    second = download(terminal, tmp_path / "second", LARGE_SIZE)
    assert first == second
    terminal.press("t")
    terminal.wait_for("3 done")

    terminal.press("q")
    assert terminal.exit_status() == 0


def test_an_inventory_leaves_the_terminal_as_it_was(tmp_path: Path, home: Path) -> None:
    report = write_report(tmp_path, [csv_file(of(["logs/1", "top"]))])
    scripts = Path(sys.executable).parent
    environment = {
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "PATH": f"{scripts}:/usr/bin:/bin",
        "PYTHONPATH": str(Path(__file__).parents[1]),
        "TERM": "screen-256color",
    }
    command = [sys.executable, "-m", "s3tui", "--inventory", str(report)]
    with run_in_terminal(command, tmp_path, environment) as terminal:
        terminal.wait_for("inventory of 2026-11-20", "▸ logs/")
        terminal.press("q")
        assert terminal.exit_status() == 0
        assert "leaked" not in terminal.screen(), "DuckDB has something to say"
