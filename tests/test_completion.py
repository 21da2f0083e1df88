"""Completion and man page: the words for a line, in real shells where there are some, and groff's verdict."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from s3tui import completion
from s3tui.arguments import new_parser
from s3tui.man_page import man_page
from tests.fault_proxy import FaultProxy
from tests.patience import PATIENCE_S
from tests.servers import S3Server

ROOT = Path(__file__).parent.parent
CONFIG = """
[connections.mine]
endpoint_url = "{url}"
profile = "there"
[connections."two words"]
anonymous = true
endpoint_url = "http://127.0.0.1:1"
[connections.kept]
access_key = "AKIA"
"""


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in [name for name in os.environ if name.startswith(("AWS_", "XDG_"))]:
        monkeypatch.delenv(name)
    (tmp_path / ".aws").mkdir()
    (tmp_path / ".config" / "s3tui").mkdir(parents=True)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / ".config"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    return tmp_path


def configure(machine: Path, url: str, access_key: str = "AKIA", secret: str = "s") -> None:
    (machine / ".config" / "s3tui" / "config.toml").write_text(CONFIG.format(url=url))
    (machine / ".aws" / "credentials").write_text(
        f"[there]\naws_access_key_id = {access_key}\naws_secret_access_key = {secret}\n"
    )
    (machine / ".aws" / "config").write_text(
        f"[profile asking]\ncredential_process = touch {machine}/ran\nendpoint_url = {url}\n"
    )


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["--conn"], ["--connection"]),
        (["--path-style", "a"], ["always", "auto"]),
        (["--path-style=n"], ["--path-style=never"]),
        (["-c", "m"], ["mine"]),
        (["--connection", "two"], ["two words"]),
        (["--profile", ""], ["asking", "there"]),
        (["--completion", ""], ["bash", "fish", "zsh"]),
        (["--region", "eu-west-"], ["eu-west-1", "eu-west-2", "eu-west-3"]),
        (["mi"], ["mine:"]),
        (["doc"], ["doctor"]),
        (["doctor", "mi"], ["mine", "mine:"]),
        (["doctor", "--j"], ["--json"]),
        (["aws"], ["aws:asking:", "aws:there:"]),
        (["s3"], ["s3://"]),
        (["--demo", "--no-such", "--man"], ["--man"]),
        (["--endpoint-url", ""], []),
        (["--zzz"], []),
        (["two words:"], []),
        (["kept:b"], []),
        (["nobody:b"], []),
    ],
)
def test_words_are_completed_without_a_server(machine: Path, words: list[str], found: list[str]) -> None:
    configure(machine, "http://127.0.0.1:1")
    assert completion.candidates(words) == found


def test_every_option_is_completed(machine: Path) -> None:
    options = {name for action in new_parser()._actions for name in action.option_strings}
    assert set(completion.candidates(["-"])) == options
    assert set(completion.candidates([""])) >= {"s3://"}


@pytest.mark.parametrize("word", ["aws:asking:b", "aws:role:b", "aws:default:b"])
def test_nothing_is_asked_and_no_program_is_run(machine: Path, word: str) -> None:
    configure(machine, "http://127.0.0.1:1")
    touch = shutil.which("touch")
    with (machine / ".aws" / "config").open("a") as config:
        config.write(f"[default]\ncredential_process = {touch} {machine}/ran\n")
        config.write(f"[profile absolute]\ncredential_process = {touch} {machine}/ran\n")
        config.write("[profile role]\nrole_arn = arn:aws:iam::1:role/r\nsource_profile = absolute\n")
    assert completion.candidates([word]) == []
    assert not (machine / "ran").exists()


def test_rclone_is_not_let_ask_for_its_password(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    configure(machine, "http://127.0.0.1:1")
    (machine / "rclone.conf").write_text("RCLONE_ENCRYPT_V0:\nx\n")
    rclone = machine / "bin" / "rclone"
    rclone.parent.mkdir()
    rclone.write_text(f"#!/bin/sh\n: > {machine}/ran\n")
    rclone.chmod(0o755)
    monkeypatch.setenv("RCLONE_CONFIG", str(machine / "rclone.conf"))
    monkeypatch.setenv("RCLONE_PASSWORD_COMMAND", "ask me")
    monkeypatch.setenv("PATH", f"{rclone.parent}:{os.defpath}")
    assert completion.candidates(["-c", "m"]) == ["mine"]
    assert completion.candidates(["two words:"]) == []
    assert not (machine / "ran").exists()


def test_a_connection_is_asked_through_its_own_proxy(asked: Path, ministack: S3Server) -> None:
    bucket = ministack.make_bucket("completed")
    config = asked / ".config" / "s3tui" / "config.toml"
    with FaultProxy(ministack.endpoint_url) as proxy:
        config.write_text(
            config.read_text().replace('profile = "there"', f'profile = "there"\nproxy = "{proxy.url}"')
        )
        completion.candidates([f"mine:{bucket}/"])
        assert proxy.requests


def test_files_are_completed(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(machine)
    (machine / "list.s3tui.db").touch()
    (machine / "folder").mkdir()
    assert completion.candidates(["--snapshot", "li"]) == ["list.s3tui.db"]
    assert completion.candidates(["--inventory", f"{machine}/fo"]) == [f"{machine}/folder/"]


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("s3tui --rea", ["--read-only "]),
        ("s3tui -c two", ["two\\ words "]),
        ("s3tui -c two\\ w", ["two\\ words "]),
        ("s3tui -c 'two", ["two words' "]),
        ('s3tui -c "two', ['two words" ']),
        ("s3tui min", ["mine:"]),
        ("s3tui aws:th", ["there:"]),
        ("s3tui --path-style=al", ["always "]),
        ("s3tui two\\ words:", []),
    ],
)
def test_bash_gets_the_rest_of_a_word_quoted(machine: Path, line: str, found: list[str]) -> None:
    configure(machine, "http://127.0.0.1:1")
    assert completion._for_bash(line, " \t\n\"'><=;|&(:") == found


@pytest.fixture
def asked(machine: Path, ministack: S3Server) -> Path:
    """A machine whose connections lead to a server, and the command on its PATH."""
    keys = ministack.credentials
    configure(machine, ministack.endpoint_url, keys.access_key, keys.secret_key.reveal())
    command = machine / "bin" / "s3tui"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -m s3tui "$@"\n')
    command.chmod(0o755)
    return machine


def test_buckets_and_prefixes_are_completed_from_the_server(
    asked: Path, ministack: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(completion, "_PATIENCE_S", PATIENCE_S)  # on a machine that has much to do
    bucket = ministack.make_bucket("completed")
    for key in ("logs/2026/1", "logs/a b", "other"):
        ministack.boto3().put_object(Bucket=bucket, Key=key, Body=b"")
    assert completion.candidates([f"mine:{bucket[:-1]}"]) == [f"mine:{bucket}/"]
    assert completion.candidates([f"mine:{bucket}/lo"]) == [f"mine:{bucket}/logs/"]
    assert completion.candidates([f"mine:{bucket}/logs/"]) == [
        f"mine:{bucket}/logs/2026/",
        f"mine:{bucket}/logs/a b",
    ]
    assert completion.candidates(["-c", "mine", f"s3://{bucket}/o"]) == [f"s3://{bucket}/other"]
    assert completion._for_bash(f"s3tui mine:{bucket}/logs/a", ":") == [f"{bucket}/logs/a\\ b "]


BASH = """
source <(s3tui --completion bash)
ask() {
    COMP_LINE="$1"; COMP_POINT=${#1}; _s3tui; printf '<%s>' "${COMPREPLY[@]}"; echo
}
ask 's3tui --read'; ask 's3tui min'; ask 's3tui -c "two'; ask 's3tui aws:th'; complete -p s3tui
"""
ZSH = """
autoload -Uz compinit; compinit -u; source <(s3tui --completion zsh); print ${_comps[s3tui]}
"""
FISH = "s3tui --completion fish | source; complete -C 's3tui --read'; complete -C 's3tui min'"


@pytest.mark.parametrize(
    ("shell", "text", "said"),
    [
        ("bash", BASH, '<--read-only >\n<mine:>\n<two words" >\n<there:>\n'),
        ("zsh", ZSH, "_s3tui\n"),
        ("fish", FISH, "--read-only\nmine:\n"),
    ],
)
def test_a_real_shell_completes(asked: Path, shell: str, text: str, said: str) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    done = subprocess.run(
        [shell, "-c", text],
        env={**os.environ, "PATH": f"{asked}/bin:{os.defpath}", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        cwd=asked,
    )
    assert done.stderr == ""
    assert done.stdout.startswith(said)
    if shell == "bash":
        assert "complete -o nospace -F _s3tui s3tui" in done.stdout


def test_errors_are_silent(machine: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (machine / ".config" / "s3tui" / "config.toml").write_text("[[")
    (machine / ".aws" / "config").write_text("[")
    for words in (["bash"], ["bash", "s3tui s3://b"], ["zsh", "s3://b/"], ["fish"], ["none", "x"], []):
        assert completion.complete(words) == 0
    assert capsys.readouterr().err == ""


def test_the_man_page_has_every_option_and_groff_finds_no_fault() -> None:
    page = man_page()
    plain = page.replace("\\-", "-")
    for action in new_parser()._actions:
        for name in action.option_strings:
            assert f"\\fB{name}\\fR" in plain
    groff = shutil.which("groff")
    if groff is None:
        pytest.skip("groff is not installed")
    done = subprocess.run(
        [groff, "-man", "-Tutf8", "-ww", "-z"], input=page.encode(), capture_output=True, timeout=PATIENCE_S
    )
    assert done.stderr.decode() == ""
    shown = subprocess.run(
        [groff, "-man", "-Tascii", "-P-c", "-P-b", "-P-u"],
        input=page,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    for words in (
        "s3tui - browse Amazon S3",
        "--connection NAME",
        "s3tui --demo",
        "~/.aws/config",
        "EXIT STATUS",
    ):
        assert words in shown
