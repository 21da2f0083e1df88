"""The command `s3tui sync NAME`: its exit codes and reports, on a real server, with boto3 as the oracle."""

from __future__ import annotations

import asyncio
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from s3tui import paths
from s3tui.arguments import Refused
from s3tui.s3.client import S3Client
from s3tui.s3.errors import TransportError
from s3tui.syncs.command import main
from s3tui.syncs.run import Exit, SavedRun
from s3tui.transfer.changes.change_log import ChangeLog
from s3tui.transfer.engine import TransferEngine
from s3tui.transfer.journal.journal import Journal
from s3tui.transfer.models import TransferState
from s3tui.transfer.sync.merging import Unsure
from s3tui.transfer.sync.pair_lock import PairLock
from s3tui.transfer.sync.proof import Prover
from tests.patience import PATIENCE_S
from tests.servers import S3Server
from tests.transfer.changes.rigged import state_of

Config = Callable[..., None]


class Place:
    """A bucket, a folder and a home of its own."""

    def __init__(self, server: S3Server, home: Path) -> None:
        self.server = server
        self.oracle: Any = server.boto3()
        self.bucket = server.make_bucket()
        self.folder = home / "site"
        self.folder.mkdir()
        self.config = home / "config" / "s3tui" / "config.toml"
        self.config.parent.mkdir(parents=True)

    def saves(self, **options: str) -> None:
        """Write config.toml with a sync of the folder to the bucket."""
        values = {"source": str(self.folder), "target": f"s3://{self.bucket}/www/"} | options
        lines = [
            f"{key} = {value if value in ('true', 'false') else json.dumps(value)}"
            for key, value in values.items()
        ]
        self.config.write_text("\n".join(["[syncs.site]", *lines]), encoding="utf-8")

    def writes(self, *names: str) -> None:
        for name in names:
            (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / name).write_text(name, encoding="utf-8")

    def puts(self, *names: str) -> None:
        for name in names:
            self.oracle.put_object(Bucket=self.bucket, Key=f"www/{name}", Body=b"there")

    def keys(self) -> set[str]:
        found = self.oracle.list_objects_v2(Bucket=self.bucket, Prefix="www/").get("Contents", [])
        return {each["Key"].removeprefix("www/") for each in found}


@pytest.fixture
def place(ministack: S3Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    keys = ministack.credentials
    for name, value in {
        "HOME": str(tmp_path),
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
        "XDG_STATE_HOME": str(tmp_path / "state"),
        "AWS_ACCESS_KEY_ID": keys.access_key,
        "AWS_SECRET_ACCESS_KEY": keys.secret_key.reveal(),
        "AWS_ENDPOINT_URL_S3": ministack.endpoint_url,
        "S3TUI_PATIENCE": "off",
    }.items():
        monkeypatch.setenv(name, value)
    return Place(ministack, tmp_path)


def test_a_sync_is_planned_done_and_then_has_nothing_to_do(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    place.saves(delete="true")
    place.writes("index.html", "img/é.png", "extra")
    place.puts("index.html", "old", "extra")
    assert main(["site", "--dry-run"]) == Exit.DONE
    said = capsys.readouterr().out.splitlines()
    assert sorted(said[:-1]) == ["+ img/é.png", "~ extra", "~ index.html", "− old"]
    assert said[-1].startswith("1 would be sent, 2 would be replaced, 1 would be deleted; 0 unchanged")
    assert place.keys() == {"index.html", "old", "extra"}
    assert main(["site", "--yes", "--json"]) == Exit.DONE
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {(line["path"], line["action"], line["state"]) for line in lines[:-1]} == {
        ("index.html", "replace", "done"),
        ("img/é.png", "send", "done"),
        ("extra", "replace", "done"),
        ("old", "delete", "done"),
    }
    assert lines[-1]["exit_code"] == 0
    assert lines[-1]["planned"] == {"send": 1, "replace": 2, "delete": 1, "unchanged": 0, "skipped": 0}
    assert place.keys() == {"index.html", "img/é.png", "extra"}
    assert main(["site", "--yes"]) == Exit.DONE
    assert capsys.readouterr().out == "nothing to do; 3 unchanged\n"


def test_what_would_delete_more_than_half_has_an_exit_code_of_its_own(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    place.saves(delete="true")
    place.writes("a")
    place.puts("a", "b", "c")
    assert main(["site", "--yes"]) == 4
    assert "2 of 3 would be deleted, more than half" in capsys.readouterr().err
    assert place.keys() == {"a", "b", "c"}
    assert main(["site", "--yes", "--delete-most"]) == Exit.DONE
    assert place.keys() == {"a"}


def test_a_source_that_is_empty_missing_or_fails_has_an_exit_code_of_its_own(place: Place) -> None:
    place.saves(delete="true")
    place.puts("a", "b")
    assert main(["site", "--yes", "--delete-most"]) == 5
    place.folder.rmdir()
    assert main(["site", "--yes", "--delete-most"]) == Exit.INCOMPLETE
    place.saves(delete="true", source="s3://no-such-bucket-anywhere/")
    assert main(["site", "--yes", "--delete-most"]) == Exit.INCOMPLETE
    assert place.keys() == {"a", "b"}


def test_what_is_refused_has_an_exit_code_of_its_own(
    place: Place, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    place.saves()
    place.writes("a")
    with monkeypatch.context() as patch:
        patch.setenv("S3TUI_READ_ONLY", "1")
        assert main(["site", "--yes"]) == 6
    assert "may only be read" in capsys.readouterr().err
    assert main(["site", "--yes"]) == Exit.DONE
    with monkeypatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", "AKIAANOTHER")
        assert main(["site", "--yes"]) == Exit.REFUSED
    assert "as another account" in capsys.readouterr().err
    place.saves(source=f"s3://{place.bucket}/www/sub/")
    assert main(["site", "--dry-run"]) == Exit.REFUSED
    assert "lies inside of the other" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["sight", "--yes"], "there is no saved sync 'sight': did you mean site?"),
        (["site"], "say --dry-run to see what would be done, or --yes to do it"),
        (["site", "--yes", "--dry-run"], "say --dry-run"),
        (["site", "--yess"], "there is no option --yess: did you mean --yes?"),
    ],
)
def test_a_wrong_request_is_refused_in_a_sentence(place: Place, words: list[str], said: str) -> None:
    place.saves()
    with pytest.raises(Refused, match=said.replace("?", r"\?")):
        main(words)


def test_all_are_listed_those_that_cannot_be_run_with_the_reason(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([]) == Exit.DONE
    assert "config.toml has no saved sync" in capsys.readouterr().err
    place.saves()
    with place.config.open("a", encoding="utf-8") as file:
        file.write('\n[syncs.odd]\nsource = "/a"\ntarget = "/b"\n')
    assert main([]) == Exit.DONE
    said = capsys.readouterr()
    assert said.out == f"site: {place.folder} → s3://{place.bucket}/www/\n"
    assert "syncs.odd: source and target are both folders" in said.err


def test_a_folder_that_cannot_be_read_leaves_the_rest_and_is_told_of(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    place.saves(delete="true")
    place.writes("a", "b")
    (place.folder / "link").symlink_to(place.folder)
    place.puts("link/x", "link/y", "b")
    assert main(["site", "--yes"]) == 3
    assert place.keys() == {"a", "b", "link/x", "link/y"}
    assert "could not be read" in capsys.readouterr().err


def test_what_ends_a_run_before_anything_is_done_has_its_exit_code(
    place: Place, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    place.saves()
    place.writes("a", "b")
    assert main(["site", "--yes"]) == Exit.DONE
    place.folder.rename(place.folder.with_name("before"))  # as a generator of a site makes its folder anew
    place.folder.mkdir()
    place.writes("a", "new")

    async def fail(prover: Prover, unsure: Unsure) -> tuple[bool, str]:
        raise TransportError("the server cannot be reached")

    with monkeypatch.context() as patch:
        patch.setattr(Prover, "is_same", fail)
        assert main(["site", "--yes"]) == Exit.INCOMPLETE
    with monkeypatch.context() as patch:
        patch.setattr(SavedRun, "judge", lambda run, **_: shutil.rmtree(place.folder))
        assert main(["site", "--yes"]) == Exit.INCOMPLETE
    assert "cannot be read" in capsys.readouterr().err
    place.folder.mkdir()
    place.writes("a", "new")
    state = paths.state_dir()
    (name,) = (found.stem.removeprefix("sync-run-") for found in state.glob("sync-run-*.lock"))
    lock = PairLock.take(state, name)  # as a job in the app has it
    assert lock is not None
    assert main(["site", "--yes"]) == Exit.BUSY
    lock.close()
    assert place.keys() == {"a", "b"}
    assert main(["site", "--yes"]) == Exit.DONE
    assert place.keys() == {"a", "b", "new"}


def test_a_run_beside_another_one_ends_at_once(place: Place) -> None:
    place.saves()
    for number in range(200):
        place.writes(f"{number}")
    words = [sys.executable, "-m", "s3tui", "sync", "site", "--yes"]
    environ = {**os.environ, "PYTHONPATH": str(Path.cwd())}
    state = Path(os.environ["XDG_STATE_HOME"])
    first = subprocess.Popen(words, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + PATIENCE_S
        while not list(state.rglob("sync-run-*.lock")) and time.monotonic() < deadline:
            time.sleep(0.005)
        first.send_signal(signal.SIGSTOP)
        assert main(["site", "--yes"]) == 7
    finally:
        first.kill()
        first.wait()
    assert main(["site", "--yes"]) == Exit.DONE  # a lock ends with who held it, and the rest is sent
    assert place.keys() == {str(number) for number in range(200)}


def _states(engine: TransferEngine) -> dict[int, TransferState]:
    return {row.id: row.state for row in engine.snapshot().transfers}


async def _resume_all(place: Place) -> set[TransferState]:
    """Have what killed runs left in the queue go on, as in the app; return how it ended."""
    async with S3Client(place.server.endpoint, place.server.credentials) as client:

        async def client_for(connection: str) -> S3Client:
            return client

        state = paths.state_dir()
        engine = TransferEngine(client_for, journal=Journal.open(state), changes=ChangeLog.open(state))
        try:
            for id in await engine.start():  # one by one: two runs of one sync at once are refused
                await engine.resume(id)
                async with asyncio.timeout(PATIENCE_S):
                    while not _states(engine)[id].is_final:  # noqa: ASYNC110 - snapshots are polled, as the app does
                        await asyncio.sleep(0.01)
            return set(_states(engine).values())
        finally:
            await engine.aclose()


@pytest.mark.sampled(1)
@pytest.mark.parametrize("seed", range(20))
def test_a_run_that_was_killed_at_any_instant_is_taken_up_and_nothing_is_done_twice(
    place: Place, seed: int
) -> None:
    dice, names = random.Random(seed), {f"{number:02}" for number in range(80)}
    extra = {f"extra {number}" for number in range(9)}
    place.saves(delete="true")
    place.writes(*names)
    place.puts(*extra, *sorted(names)[:10])
    versioning = {"Status": "Enabled"}
    place.oracle.put_bucket_versioning(Bucket=place.bucket, VersioningConfiguration=versioning)
    words = [sys.executable, "-m", "s3tui", "sync", "site", "--yes"]
    environ = {**os.environ, "PYTHONPATH": str(Path.cwd())}
    for _ in range(2):
        at = dice.randrange(11, 81)
        with subprocess.Popen(words, env=environ, stdout=subprocess.DEVNULL) as process:
            while process.poll() is None and len(place.keys() & names) < at:
                time.sleep(0.005)
            process.kill()
    assert main(["site", "--yes"]) == Exit.DONE
    after = state_of(place.oracle, place.bucket)
    written = [*names, *sorted(names)[:10], *extra, *extra]  # what was replaced or deleted has two versions
    assert sorted(key for key, _ in after) == sorted(f"www/{name}" for name in written)
    assert asyncio.run(_resume_all(place)) <= {TransferState.DONE}
    assert state_of(place.oracle, place.bucket) == after
