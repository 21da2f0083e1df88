"""Notices and titles of the terminal: what is written to it, and that it is put back."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s3tui import paths
from s3tui.settings import NoticeProtocol
from s3tui.transfer.models import Direction, QueueSnapshot, Transfer, TransferState
from s3tui.tui.terminal.notices import KEEP_TITLE, RESTORE_TITLE, notice, window_title
from s3tui.tui.text.event_sentences import ended_notice
from s3tui.tui.text.transfers.title import title_words
from tests.pseudo_terminal import run_on_pty
from tests.servers import S3Server

XTERM = {"TERM": "xterm-256color"}
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")


@pytest.mark.parametrize(
    ("environment", "begins"),
    [
        (XTERM, "\x1b]9;s3tui: "),
        (XTERM | {"VTE_VERSION": "7600"}, "\x1b]777;notify;s3tui;"),
        ({"TERM": "rxvt-unicode"}, "\x1b]777;notify;s3tui;"),
        ({"TERM": "foot"}, "\x1b]777;notify;s3tui;"),
    ],
)
def test_one_notice_is_asked_for_as_the_terminal_knows_it(
    environment: Mapping[str, str], begins: str
) -> None:
    assert notice("done", NoticeProtocol.AUTO, environment) == f"{begins}done\a"


def test_none_is_asked_for_where_that_is_off_or_would_be_printed() -> None:
    assert notice("done", NoticeProtocol.OFF, XTERM) == ""
    assert notice("done", NoticeProtocol.AUTO, {"TERM": "linux"}) == ""


@given(
    st.text(st.characters(categories=None)), st.sampled_from([NoticeProtocol.OSC_9, NoticeProtocol.OSC_777])
)
def test_no_text_ends_the_sequence_or_begins_another(text: str, protocol: NoticeProtocol) -> None:
    plain = notice(text, protocol, XTERM)
    head, body = plain[:2], plain[2:-1]
    assert (head, plain[-1]) == ("\x1b]", "\a")
    assert not _CONTROL.search(body)
    assert body.count(";") == (1 if protocol is NoticeProtocol.OSC_9 else 3)
    assert len(body) < 200
    title = window_title(text)
    assert not _CONTROL.search(title[2:-1])
    in_tmux = notice(text, protocol, XTERM | {"TMUX": "/tmp/x,1,0"})
    assert in_tmux == "\x1bPtmux;" + plain.replace("\x1b", "\x1b\x1b") + "\x1b\\"
    in_screen = notice(text, protocol, XTERM | {"STY": "1.x"})
    parts = in_screen.split("\x1bP")[1:]
    assert "".join(part.removesuffix("\x1b\\") for part in parts) == plain
    assert all(len(part.encode(errors="surrogatepass")) < 256 for part in parts)


def moved(name: str, **fields: object) -> Transfer:
    return Transfer(1, "c", Direction.DOWNLOAD, name, "s3://b/k", "/k", **fields)  # type: ignore[arg-type]


def test_a_notice_has_neither_signs_nor_keys() -> None:
    done = moved("a.txt", state=TransferState.DONE)
    failed = moved("b.txt", state=TransferState.FAILED, error="Refused.")
    assert ended_notice([done]) == "↓ a.txt is done."
    assert ended_notice([done, failed]) == "1 transfer done, 1 failed, the last: Refused."


def test_the_title_says_how_far_what_moves_has_come() -> None:
    def queue(*transfers: Transfer) -> QueueSnapshot:
        return QueueSnapshot(transfers=transfers, running=len(transfers))

    half = moved("a", state=TransferState.RUNNING, bytes_done=50, bytes_total=100, listing_done=True)
    begun = moved("b", state=TransferState.RUNNING, bytes_done=0, bytes_total=300, listing_done=True)
    listed = moved("c", state=TransferState.RUNNING, bytes_done=0, bytes_total=300, listing_done=False)
    assert title_words(QueueSnapshot()) is None
    assert title_words(queue(half, begun)) == "2 transfers, 12 %"
    assert title_words(queue(half, listed)) == "2 transfers"


def test_the_terminal_is_told_of_a_download_and_gets_its_title_back(ministack: S3Server, home: Path) -> None:
    bucket = ministack.make_bucket("notices")
    ministack.boto3().put_object(Bucket=bucket, Key="large.bin", Body=bytes(400_000))
    options = 'notices = "osc777"\ntitle = true\npreview = "on demand"\n[transfer]\nrate = "200 kB/s"\n'
    paths.config_file().parent.mkdir(parents=True, exist_ok=True)
    paths.config_file().write_text(options)
    environment = {
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(Path(__file__).parents[3]),
        "TERM": "xterm-256color",
        "AWS_ACCESS_KEY_ID": ministack.credentials.access_key,
        "AWS_SECRET_ACCESS_KEY": ministack.credentials.secret_key.reveal(),
        "AWS_ENDPOINT_URL": ministack.endpoint_url,
    }
    command = [sys.executable, "-m", "s3tui", f"s3://{bucket}/"]
    with run_on_pty(command, environment, folder=home, width=100, height=24) as terminal:

        def wait_for(written: str) -> None:
            terminal.wait_until(lambda: written.encode() in terminal.log, repr(written))

        terminal.wait_for("large.bin", "? help")
        terminal.send(b"d")
        terminal.wait_for("esc cancels")
        terminal.send(b"\r")
        wait_for(KEEP_TITLE)
        wait_for("\x1b]2;1 transfer")
        wait_for(RESTORE_TITLE)
        wait_for("\x1b]777;notify;s3tui;↓ large.bin is done.\a")
        assert bytes(terminal.log).count(KEEP_TITLE.encode()) == 1
