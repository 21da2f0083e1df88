"""Editing content: the editor has the terminal, and what others did is not overwritten."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import cast

import pytest

from s3tui.s3.errors import TransportError
from s3tui.s3.models import ObjectHead
from s3tui.transfer.editing.object_state import ObjectState
from s3tui.transfer.editing.opening import OpenedContent
from s3tui.tui.runtime.text_editor import editor_command
from s3tui.tui.screens.objects.editing.content import ContentController
from s3tui.tui.screens.objects.host import ObjectHost
from tests.pseudo_terminal import PseudoTerminal, run_on_pty
from tests.servers import S3Server

KEY = "x;rm -rf ~.txt"
_EDITOR = """\
import os, sys, tty
path = sys.argv[-1]
assert path.endswith(".txt"), path
assert not [name for name in os.listdir(os.path.dirname(path)) if name.rstrip("~") != os.path.basename(path)]
assert os.stat(os.path.dirname(path)).st_mode & 0o777 == 0o700
tty.setcbreak(0)
sys.stdout.write("EDITOR " + open(path).read().replace("\\n", "|"))
sys.stdout.flush()
typed = ""
while not typed.endswith("."):
    typed += os.read(0, 1).decode()
open(path + "~", "w").write("backup")
with open(path + ".new", "w") as file:
    file.write(typed[:-1] + "\\n" + open(path).read())
os.rename(path + ".new", path)
"""


@pytest.fixture
def bucket(ministack: S3Server) -> str:
    bucket = ministack.make_bucket()
    ministack.boto3().put_object(
        Bucket=bucket, Key=KEY, Body=b"one\ntwo\n", ContentType="text/odd", Metadata={"a": "b"}
    )
    return bucket


@pytest.fixture
def terminal(ministack: S3Server, bucket: str, home: Path, tmp_path: Path) -> Iterator[PseudoTerminal]:
    (tmp_path / "my editor.py").write_text(_EDITOR)
    environment = {
        **{name: value for name, value in os.environ.items() if name.startswith(("XDG", "PYTHON"))},
        "HOME": str(home),
        "TERM": "xterm-256color",
        "LANG": "C.UTF-8",
        "PATH": "/usr/bin:/bin",
        "AWS_ACCESS_KEY_ID": ministack.credentials.access_key,
        "AWS_SECRET_ACCESS_KEY": ministack.credentials.secret_key.reveal(),
        "EDITOR": f"{sys.executable} '{tmp_path}/my editor.py'",
    }
    command = [sys.executable, "-m", "s3tui", "--endpoint-url", ministack.endpoint_url, f"s3://{bucket}/"]
    with run_on_pty(command, environment, width=100, height=30) as terminal:
        yield terminal


def test_the_editor_has_the_terminal_and_a_conflict_is_merged(
    ministack: S3Server, bucket: str, terminal: PseudoTerminal, home: Path
) -> None:
    client = ministack.boto3()
    terminal.wait_for("x;rm")
    terminal.send(b"e")
    terminal.wait_for("EDITOR one|two|")
    client.put_object(Bucket=bucket, Key=KEY, Body=b"one\ntwo\ntheirs\n", ContentType="text/theirs")
    terminal.send(b"200 keys: " + b"q" * 190 + b".")
    terminal.wait_for("Changed meanwhile")
    terminal.settle()  # a question takes no key that is older than itself
    terminal.send(b"e")
    terminal.wait_for("theirs|")
    terminal.send(b"top.")
    terminal.wait_for("Saved")
    found = client.get_object(Bucket=bucket, Key=KEY)
    assert found["Body"].read() == b"top\n200 keys: " + b"q" * 190 + b"\none\ntwo\ntheirs\n"
    assert found["ContentType"] == "text/theirs"
    assert not list(home.rglob("edits/*"))


class Host:
    """A screen that leaves each question unanswered, and whose session fails as it is told to."""

    def __init__(self, failure: BaseException) -> None:
        self.said: list[str] = []
        self.bucket = "b"
        self.app = self.session = self.transfers = self
        self._failure = failure

    @contextmanager
    def suspend(self) -> Iterator[None]:
        yield

    def say(self, sentence: str, kind: str = "fact") -> None:
        self.said.append(sentence)

    async def ask(self, question: object) -> None:
        return None

    async def changes(self) -> None:
        return None

    async def run(self, work: object) -> None:
        raise self._failure


@pytest.mark.parametrize(
    ("does", "failure", "keeps"),
    [
        ("echo mine > $0; exit 1", None, True),
        ("echo swap > $0.swp; kill -9 $$", None, True),
        ("echo mine > $0", ValueError("it cannot be sent"), True),
        ("echo mine > $0", asyncio.CancelledError(), True),
        ("echo mine > $0", TransportError("it broke"), True),
        ("exit 1", None, False),
        ("exit 0", None, False),
    ],
)
async def test_text_that_is_nowhere_else_stays_in_the_editor_s_file(
    home: Path, monkeypatch: pytest.MonkeyPatch, does: str, failure: BaseException | None, keeps: bool
) -> None:
    monkeypatch.setenv("VISUAL", f"sh -c '{does}'")
    host = Host(failure or AssertionError("nothing is to be sent"))
    head = ObjectHead(size=5, etag="e", last_modified=None)
    opened = OpenedContent(ObjectState(head), b"first", True)
    with suppress(asyncio.CancelledError):
        await ContentController(cast(ObjectHost, host))._edit("k.txt", opened)
    kept = list(home.rglob("edits/*/k.txt"))  # noqa: ASYNC240 - a few files of the test's own
    assert bool(kept) is keeps
    if keeps and not isinstance(failure, asyncio.CancelledError):
        assert "our text is in " in host.said[-1]


@pytest.mark.parametrize(
    ("environ", "words"),
    [
        ({"EDITOR": "sh -c 'a b'"}, ["sh", "-c", "a b"]),
        ({"VISUAL": "sh", "EDITOR": "nonsense"}, ["sh"]),
    ],
)
def test_an_editor_may_have_arguments_and_visual_comes_first(
    environ: dict[str, str], words: list[str]
) -> None:
    assert editor_command(environ) == words


@pytest.mark.parametrize("text", ["no-such-editor", "a 'b"])
def test_an_editor_that_is_not_there_is_a_sentence(text: str) -> None:
    with pytest.raises(ValueError, match=r"\.$"):
        editor_command({"EDITOR": text})


def test_an_editor_with_a_window_is_told_to_wait(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "code").write_text("#!/bin/sh\n")
    (tmp_path / "code").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert editor_command({"EDITOR": "code -n"}) == ["code", "-n", "--wait"]
    assert editor_command({"EDITOR": "code --wait"}) == ["code", "--wait"]
