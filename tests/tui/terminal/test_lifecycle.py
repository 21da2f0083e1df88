"""The app in real terminals: signals, stopping, pipes, terminals that go away or can little."""

from __future__ import annotations

import os
import pty
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from s3tui import crash_report
from tests.patience import PATIENCE_S
from tests.pseudo_terminal import run_on_pty
from tests.servers import S3Server
from tests.terminal import Terminal, run_in_terminal

pytestmark = [
    pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed"),
    pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed"),
]
ROOT = Path(__file__).parents[3]
S3TUI = shlex.join([sys.executable, "-m", "s3tui"])
ROW = "report-ümlaut.txt"
_LEFT_SCREEN = b"\x1b[?1049l"
_CONTINUED = 60
"""Handlers that ran in the midst of one another failed within so many."""


@pytest.fixture
def bucket(ministack: S3Server) -> str:
    name = ministack.make_bucket("terminal")
    for key in (ROW, "two\nlines.txt"):
        ministack.boto3().put_object(Bucket=name, Key=key, Body=b"x")
    ministack.boto3().put_object(Bucket=name, Key="large.bin", Body=bytes(400_000))
    return name


@pytest.fixture
def environment(home: Path, ministack: S3Server) -> dict[str, str]:
    return {
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "PATH": os.defpath,
        "PS1": "$ ",
        "PYTHONPATH": str(ROOT),
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
        "TERM": "screen-256color",
        "AWS_ACCESS_KEY_ID": ministack.credentials.access_key,
        "AWS_SECRET_ACCESS_KEY": ministack.credentials.secret_key.reveal(),
        "AWS_ENDPOINT_URL": ministack.endpoint_url,
    }


@pytest.fixture
def shell(tmp_path: Path, environment: dict[str, str]) -> Iterator[Terminal]:
    """A shell with job control, as people have it."""
    with run_in_terminal(["bash", "--norc", "-i"], tmp_path, environment) as terminal:
        terminal.wait_for("$")
        yield terminal


def run(shell: Terminal, command: str) -> None:
    shell.type(f'clear; {command}; echo "ended" with $?')
    shell.press("Enter")


def start(shell: Terminal, tmp_path: Path, bucket: str, before: str = "") -> int:
    """Start the app in the shell, and return its process."""
    file = tmp_path / "pid"
    file.unlink(missing_ok=True)
    run(shell, f"sh -c '{before} echo $$ > {file}; exec {S3TUI} s3://{bucket}/'")
    shell.wait_for(ROW, "? help")
    return int(file.read_text())


def is_as_it_was(shell: Terminal) -> None:
    """Say whether the shell has its terminal back: no other screen, no mouse, a cursor, and an echo."""
    assert shell.modes() == {"alternate_on": 0, "mouse_any_flag": 0, "cursor_flag": 1}
    shell.type("echo what is ty''ped")
    shell.wait_for("echo what is ty''ped")
    shell.press("Enter")
    shell.wait_for("what is typed")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_to_end_restores_the_terminal_and_keeps_transfers(
    shell: Terminal, tmp_path: Path, home: Path, bucket: str, number: signal.Signals
) -> None:
    config = home / ".config/s3tui/config.toml"
    config.parent.mkdir(parents=True)
    config.write_text('[transfer]\nrate = "20 kB/s"\n')
    (home / "Downloads").mkdir()
    process = start(shell, tmp_path, bucket)
    shell.press("d")
    shell.wait_for("Download large.bin")
    shell.press("Enter")
    shell.wait_for("t shows the queue")
    os.kill(process, number)
    shell.wait_for(f"ended with {128 + number}")
    is_as_it_was(shell)
    start(shell, tmp_path, bucket)
    shell.wait_for("1 transfer from last time")


def test_control_z_stops_it_and_fg_paints_again(shell: Terminal, tmp_path: Path, bucket: str) -> None:
    process = start(shell, tmp_path, bucket)
    for _ in range(2):
        shell.press("C-z")
        shell.wait_for("Stopped")
        is_as_it_was(shell)
        shell.type("clear; fg")
        shell.press("Enter")
        shell.wait_for(ROW, "? help")
        assert shell.modes() == {"alternate_on": 1, "mouse_any_flag": 1, "cursor_flag": 0}
    shell.press("/")
    shell.wait_for("filter loaded rows")
    shell.press("C-z")  # also while something is typed
    shell.wait_for("Stopped")
    shell.type("clear; fg")
    shell.press("Enter")
    shell.wait_for("filter loaded rows")
    os.kill(process, signal.SIGSTOP)  # by somebody else: the shell gets the terminal as it is
    shell.wait_for("Stopped")
    shell.type("clear; fg")
    shell.press("Enter")
    shell.wait_for(ROW, "filter loaded rows")


def test_control_z_does_nothing_where_no_shell_could_wake_it(
    tmp_path: Path, environment: dict[str, str], bucket: str
) -> None:
    with run_in_terminal([sys.executable, "-m", "s3tui", f"s3://{bucket}/"], tmp_path, environment) as alone:
        alone.wait_for(ROW)
        alone.press("C-z")
        alone.press("/")
        alone.wait_for("filter loaded rows", ROW)


def test_it_is_continued_while_it_paints(home: Path, environment: dict[str, str]) -> None:
    """A signal that arrives amid another's work, or amid a paint, waits until that is done."""
    alone = {name: value for name, value in environment.items() if not name.startswith("AWS_")}
    with run_on_pty([sys.executable, "-m", "s3tui"], alone, width=80, height=24) as terminal:
        terminal.wait_for("? help")
        for _ in range(_CONTINUED):
            terminal.log.clear()
            terminal.process.send_signal(signal.SIGCONT)
            terminal.wait_until(lambda: _LEFT_SCREEN in terminal.log, "it gives the terminal back")
        terminal.send(b"q")
        terminal.wait_until(lambda: terminal.process.poll() is not None, "it ends")
        assert terminal.process.returncode == 0


@pytest.mark.parametrize("is_ignored", [False, True])
def test_a_terminal_that_is_gone_ends_it(
    environment: dict[str, str], bucket: str, *, is_ignored: bool
) -> None:
    ours, theirs = pty.openpty()
    leads = (  # a session of its own, whose terminal it is
        "import os, signal, sys; os.close(os.open(sys.argv[1], os.O_RDWR))\n"
        f"signal.signal(signal.SIGHUP, signal.{'SIG_IGN' if is_ignored else 'SIG_DFL'})\n"
        "os.execv(sys.executable, [sys.executable, '-m', 's3tui', sys.argv[2]])"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", leads, os.ttyname(theirs), f"s3://{bucket}/"],
        env=environment, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
    )  # fmt: skip
    os.close(theirs)
    seen = b""
    while b"report-" not in seen:
        seen += os.read(ours, 65536)
    os.close(ours)
    try:
        assert process.wait(PATIENCE_S) == 128 + signal.SIGHUP
    finally:
        process.kill()
        process.wait()


SLOW_RING = """
import pathlib, time
from keyring.backend import KeyringBackend
class Keyring(KeyringBackend):
    priority = 9
    def get_password(self, service, name):
        pathlib.Path(__file__).with_name("asked").touch()
        time.sleep(300)
    set_password = delete_password = get_password
"""


def test_a_keyrings_prompt_that_nobody_answers_lets_go_at_once(
    tmp_path: Path, home: Path, environment: dict[str, str]
) -> None:
    (tmp_path / "slow_ring.py").write_text(SLOW_RING)
    config = home / ".config/s3tui/config.toml"
    config.parent.mkdir(parents=True)
    saved = f'endpoint_url = "{environment["AWS_ENDPOINT_URL"]}"\naccess_key = "AKIA"\n'
    config.write_text(f'connection = "work"\n[connections.work]\n{saved}')
    settings = {name: value for name, value in environment.items() if not name.startswith("AWS_")}
    settings |= {"PYTHON_KEYRING_BACKEND": "slow_ring.Keyring", "PYTHONPATH": f"{ROOT}:{tmp_path}"}
    with run_in_terminal([sys.executable, "-m", "s3tui"], tmp_path, settings) as alone:
        alone.wait_until(lambda _: (tmp_path / "asked").exists(), "the keyring is asked")
        alone.wait_for("? help")
        alone.press("q")
        assert alone.exit_status() == 0


BREAKS = """
from pathlib import Path
from s3tui.settings import Settings
from s3tui.tui import app
class Breaks(app.S3TuiApp):
    CSS_PATH = Path(app.__file__).with_name("s3tui.tcss")
    @property
    def CSS(self):
        key = "hunter2" + "-in-a-local"
        raise RuntimeError("boom")
breaks = Breaks(Settings(), None)
breaks.run()
raise SystemExit(breaks.return_code)
"""


def test_an_error_before_the_first_screen_is_a_sentence_without_locals(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    (tmp_path / "breaks.py").write_text(BREAKS)
    output, terminal = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, str(tmp_path / "breaks.py")],
        env=environment, stdin=terminal, stdout=terminal, stderr=terminal,
    )  # fmt: skip
    os.close(terminal)
    data = b""
    with suppress(OSError):  # when all who write are gone
        while object_record := os.read(output, 65536):
            data += object_record
    os.close(output)
    assert process.wait(PATIENCE_S) == 1
    written = data.decode()
    assert "hunter2-in-a-local" not in written
    (report,) = crash_report.folder().glob("*.txt")
    report.unlink()
    said = f"Something went wrong in the start: RuntimeError: boom. What is known of it is in {report}."
    assert written.replace(" ", "").replace("\r\n", "").endswith(said.replace(" ", "")), written


def test_what_is_picked_comes_out_of_a_pipe_whatever_the_streams_are(
    shell: Terminal, tmp_path: Path, bucket: str
) -> None:
    lines, nuls, noise = tmp_path / "lines", tmp_path / "nuls", tmp_path / "noise"
    run(shell, f"true | {S3TUI} --pick s3://{bucket}/ 2> {noise} | cat > {lines}")
    screen = shell.wait_for(ROW, "? help")
    assert (
        max(map(len, screen.splitlines())) > 90
    )  # the terminal's own size, not what stdout's is thought to be
    shell.press("C-z")  # all of the pipe: else the shell would wait for the rest of it
    shell.wait_for("Stopped")
    run(shell, "fg")
    shell.wait_for(ROW, "? help")
    shell.press("C-a", "C-s")
    shell.wait_for("ended with 0")
    assert lines.read_text().splitlines() == [
        f"s3://{bucket}/large.bin", f"s3://{bucket}/{ROW}", f'"s3://{bucket}/two\\nlines.txt"',
    ]  # fmt: skip
    run(shell, f"{S3TUI} --pick --print0 s3://{bucket}/ | xargs -0 -n1 printf '<%s>' > {nuls}")
    shell.wait_for(ROW, "? help")
    shell.press("C-a", "C-s")
    shell.wait_for("ended with 0")
    uris = [f"s3://{bucket}/{key}" for key in ("large.bin", ROW, "two\nlines.txt")]
    assert nuls.read_text() == "".join(f"<{uri}>" for uri in uris)


def test_a_terminal_that_cannot_place_its_cursor_is_refused(environment: dict[str, str], bucket: str) -> None:
    output, terminal = pty.openpty()
    done = subprocess.run(
        [sys.executable, "-m", "s3tui", f"s3://{bucket}/"],
        env={**environment, "TERM": "dumb"}, stdin=terminal, stdout=terminal, stderr=terminal,
        timeout=PATIENCE_S,
    )  # fmt: skip
    os.close(terminal)
    written = os.read(output, 65536).decode()
    os.close(output)
    assert done.returncode == 2
    assert written == (
        "s3tui: this terminal cannot place its cursor (TERM=dumb): s3tui needs one that can\r\n"
    )


@pytest.mark.parametrize("locale", [{"LC_ALL": "C"}, {"LANG": ""}, {"LANG": "de_DE.ISO-8859-1"}])
def test_signs_are_ascii_where_the_locale_is_not_utf8(
    tmp_path: Path, environment: dict[str, str], bucket: str, locale: dict[str, str]
) -> None:
    command = [sys.executable, "-m", "s3tui", f"s3://{bucket}/"]
    with run_in_terminal(command, tmp_path, {**environment, **locale}) as plain:
        screen = plain.wait_for("report-umlaut.txt", "? help")
        assert screen.isascii(), screen
        plain.press("?")
        assert plain.wait_for("Open the prefix or the object").isascii()
