"""Crashes of every call that is given a secret, one after another: no report and no log shows it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

SECRETS = ("hunter2-secret", "hunter2-token", "hunter2-proxy")
CHILD = """
import asyncio, os, pickle, sys
from types import FrameType
from pathlib import Path
from s3tui import crash_report
from s3tui.connect import Connection, FromKeyring
from s3tui.connect.store import ConnectionStore, resolve
from s3tui.s3 import Credentials, Endpoint, RetryPolicy, S3Client
from s3tui.s3.credentials import Secret, SharedFiles
from s3tui.s3.credentials.sts import Role, Sts

TEXTS = ("hunter2-secret", "hunter2-token", "hunter2-proxy")

def holds(value, depth=0):
    if isinstance(value, (Secret, Credentials)):
        return True
    if isinstance(value, (str, bytes)):
        text = value if isinstance(value, str) else value.decode("latin-1")
        return any(secret in text for secret in TEXTS)
    if depth < 2 and isinstance(value, dict):
        return any(holds(each, depth + 1) for each in value.values())
    if depth < 2 and isinstance(value, (tuple, list)):
        return any(holds(each, depth + 1) for each in value)
    names = ("user_and_password", "secret_key", "credentials")
    ours = type(value).__module__.startswith("s3tui")
    return ours and any(isinstance(getattr(value, name, None), (Secret, Credentials)) for name in names)

async def act():
    keys = Credentials("AKIA", TEXTS[0], TEXTS[1])
    lab = Connection("lab", Endpoint.custom("http://s3.example.test"), FromKeyring("AKIA"))
    ConnectionStore(Path.home() / "config.toml").save(lab, keys)
    assert resolve(lab).secret_key == keys.secret_key
    SharedFiles.read().profile("default").credentials()
    async with S3Client(lab.endpoint, keys, retry=RetryPolicy(attempts=1)) as s3:
        await s3.presign("GET", "bucket", "key")
        pickle.loads(pickle.dumps(await s3.config()))
        await unanswered(s3.list_buckets())
    sts, role = Sts("http://sts.example.test", "us-east-1"), Role("arn:aws:iam::1:role/r")
    await unanswered(sts.assume_role(role, keys))
    await unanswered(sts.assume_role_with_web_identity(role, Secret(TEXTS[1])))

async def unanswered(call):
    try:
        await call
    except s3_errors.S3Error:
        return
    raise AssertionError("nobody is there")

from s3tui.s3 import errors as s3_errors
seen, done = set(), set()

def trace(frame: FrameType, event, argument):
    code = frame.f_code
    if event != "call" or code in done or not ("s3tui" in code.co_filename or "ring" in code.co_filename):
        return None
    names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    if any(holds(frame.f_locals.get(name)) for name in names):
        done.add(code)
        seen.add(f"{os.path.basename(code.co_filename)}:{code.co_name}")
        raise RuntimeError("made to fail")
    return None

while True:
    before = len(done)
    sys.settrace(trace)
    try:
        asyncio.run(act())
    except BaseException as error:
        sys.settrace(None)
        print(crash_report.render(error, "a test"), repr(error))
        print(crash_report.save(error, "a test"))
        sys.excepthook(type(error), error, error.__traceback__)
        cause = error.__cause__ or error.__context__
        print(repr(cause))
    finally:
        sys.settrace(None)
    if len(done) == before:
        break
print("CALLS", len(seen), *sorted(seen))
"""


RING = """
from keyring.backend import KeyringBackend
kept = {}
class Keyring(KeyringBackend):
    priority = 9
    def set_password(self, service, name, secret):
        kept[service, name] = secret
    def get_password(self, service, name):
        return kept.get((service, name))
"""
MADE_TO_FAIL = {
    "store.py:save", "keychain.py:put", "a_ring.py:set_password", "credentials.py:__init__",
    "shared_files.py:of", "sigv4.py:authorization", "presign.py:presign", "client_config.py:_unpickled",
    "sts.py:assume_role", "sts.py:assume_role_with_web_identity", "proxy_url.py:_read",
}  # fmt: skip


def test_no_report_shows_what_the_failing_call_was_given(tmp_path: Path) -> None:
    home, given = tmp_path / "home", tmp_path / "given"
    (tmp_path / "a_ring.py").write_text(RING)
    given.write_text(
        f"[default]\naws_access_key_id = AKIA\naws_secret_access_key = {SECRETS[0]}\n"
        f"aws_session_token = {SECRETS[1]}\n"
    )
    environ = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": f"{Path.cwd()}{os.pathsep}{tmp_path}",
        "HOME": str(home),
        "AWS_SHARED_CREDENTIALS_FILE": str(given),
        "HTTP_PROXY": f"http://user:{SECRETS[2]}@127.0.0.1:9",
        "PYTHON_KEYRING_BACKEND": "a_ring.Keyring",
    }
    home.mkdir(exist_ok=True)
    done = subprocess.run(
        [sys.executable, "-c", CHILD], env=environ, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr[-2000:]
    calls = done.stdout.rpartition("CALLS ")[2].split()
    assert set(calls) >= MADE_TO_FAIL, calls
    files = [file.read_text(errors="replace") for file in home.rglob("*") if file.is_file()]
    assert files
    for secret in SECRETS:
        assert secret not in done.stdout + done.stderr
        assert not any(secret in text for text in files)
