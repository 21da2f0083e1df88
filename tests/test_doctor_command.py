"""`s3tui doctor`: its arguments, its output, what it keeps, and where it does not write."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from s3tui import crash_report
from s3tui.arguments import Refused
from s3tui.cli import main
from s3tui.doctor_command import parse_doctor
from s3tui.s3.sending.capabilities import Capability
from tests.servers import S3Server


def doctor(server: S3Server, home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environ = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "XDG_"))},
        "HOME": str(home),
        "AWS_ACCESS_KEY_ID": server.credentials.access_key,
        "AWS_SECRET_ACCESS_KEY": server.credentials.secret_key.reveal(),
    }
    command = [sys.executable, "-m", "s3tui", "doctor", "--endpoint-url", server.endpoint_url, *words]
    return subprocess.run(command, env=environ, capture_output=True, text=True, timeout=120, check=False)


def test_it_prints_what_it_finds_and_keeps_it(rclone_server: S3Server, tmp_path: Path) -> None:
    bucket = rclone_server.make_bucket("command")
    log = tmp_path / "requests.log"
    ran = doctor(rclone_server, tmp_path, f"s3://{bucket}/p/", "--write", "--json", "--log-file", str(log))
    assert ran.returncode == 0, ran.stderr
    found = {each["check"]: each for each in json.loads(ran.stdout)["findings"]}
    assert found["if-none-match"]["outcome"] == "not supported"
    assert found["throughput"]["outcome"] == "passed"
    assert found["identity"]["sentence"].startswith("The keys are of owner ")
    assert json.loads(log.read_text().splitlines()[0])["operation"]
    (file,) = tmp_path.rglob("state.sqlite")
    with closing(sqlite3.connect(file)) as database:
        rows = dict(database.execute("SELECT capability, is_there FROM capabilities").fetchall())
    assert rows[Capability.PUT_IF_MATCH.value] == rows[Capability.CHECKSUM_TRAILERS.value] == 0


def test_a_read_only_connection_is_not_written_to(rclone_server: S3Server, tmp_path: Path) -> None:
    bucket = rclone_server.make_bucket("command")
    ran = doctor(rclone_server, tmp_path, f"s3://{bucket}/p/", "--write", "--read-only")
    assert "Nothing was written." in ran.stdout
    assert "✓ signature" in ran.stdout
    assert "Contents" not in rclone_server.boto3().list_objects_v2(Bucket=bucket)


def test_a_failure_ends_it_with_1_and_a_remedy(ministack: S3Server, tmp_path: Path) -> None:
    ran = doctor(ministack, tmp_path, "s3://there-is-none/")
    assert ran.returncode == 1
    assert "✗ region" in ran.stdout
    assert "→" in ran.stdout


def test_a_connection_without_its_secret_is_refused_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "s3tui").mkdir()
    (tmp_path / "s3tui" / "config.toml").write_text(
        '[connections.kept]\naccess_key = "AKIA"\nendpoint_url = "http://127.0.0.1:1"\n'
    )
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    monkeypatch.setattr(crash_report, "catch_what_nobody_awaits", lambda: None)
    assert main(["doctor", "kept"]) == 2
    said = capsys.readouterr().err
    assert said.startswith("s3tui: ")
    assert "something went wrong" not in said


def test_who_breaks_it_off_sees_no_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken_off(words: list[str]) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr("s3tui.cli._doctor", broken_off)
    monkeypatch.setattr(crash_report, "catch_what_nobody_awaits", lambda: None)
    assert main(["doctor"]) == 130
    assert capsys.readouterr().err == ""


def test_a_bucket_of_that_name_is_written_as_a_uri() -> None:
    asked = parse_doctor(["work", "s3://doctor/p/", "--write", "--region", "eu-west-1"])
    assert (asked.flags.connection, asked.flags.uri, asked.flags.region) == (
        "work",
        "s3://doctor/p/",
        "eu-west-1",
    )
    assert asked.writes


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("--write", "--write needs a prefix"),
        ("a b", "one argument too many"),
        ("--demo", "leave --demo"),
        ("--nonsense", "there is no option --nonsense"),
    ],
)
def test_what_cannot_be_meant_is_refused(words: str, said: str) -> None:
    with pytest.raises(Refused, match=said):
        parse_doctor(words.split())
