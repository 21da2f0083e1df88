"""The demo's server: MiniStack in a child process, on a free loopback port, in a temporary folder.

The child ends and its folder goes when `stop` is called, and also when this process dies in whatever
way: it reads a pipe that only we hold open. Root may call IAM, and its signatures are not checked by
MiniStack; what users see uses the keys of an IAM user, whose signatures are.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from importlib.util import find_spec
from pathlib import Path
from xml.etree import ElementTree

from s3tui.connect.connection import DEMO_ORIGIN, Connection, Given
from s3tui.demo.admin import send
from s3tui.s3.address.endpoint import DEFAULT_REGION, Endpoint
from s3tui.s3.credentials import Credentials

PRIVATE_BUCKET = "private-team"
"""The bucket that the demo's user sees in the list and may not read."""

_USER = "demo"
_POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Action": "s3:*", "Resource": "*"},
        {
            "Effect": "Deny",
            "Action": "s3:*",
            "Resource": [f"arn:aws:s3:::{PRIVATE_BUCKET}", f"arn:aws:s3:::{PRIVATE_BUCKET}/*"],
        },
    ],
}
# Nothing else of ours: the user's AWS or MiniStack settings must not change the demo.
_INHERITED = (
    "PATH",
    "LANG",
    "LD_LIBRARY_PATH",
    "DYLD_LIBRARY_PATH",
    "PYTHONPATH",
    "PYTHONHOME",
    "SYSTEMROOT",
)
_START_S = 20.0
_STOP_S = 5.0


class DemoError(Exception):
    """The demo cannot run; the message says what helps."""


class DemoServer:
    """One MiniStack process; start it once."""

    root: Credentials
    user: Credentials
    endpoint: Endpoint

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._folder: Path | None = None

    @property
    def connection(self) -> Connection:
        return Connection("demo", self.endpoint, Given(self.user), origin=DEMO_ORIGIN)

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    @property
    def folder(self) -> Path | None:
        """The folder of the server's objects; gone after `stop`."""
        return self._folder

    def start(self) -> None:
        """Start the server and its user. Blocks until requests are answered, about a second.

        Raises: DemoError, when MiniStack is not installed or does not come up.
        """
        if find_spec("ministack") is None:
            raise DemoError("the demo needs an extra package: pip install 's3tui-browser[demo]'")
        port = _free_port()
        self.endpoint = Endpoint.custom(f"http://127.0.0.1:{port}", region=DEFAULT_REGION)
        self.root = Credentials("DEMOROOT" + secrets.token_hex(6).upper(), secrets.token_urlsafe(30))
        self._folder = Path(tempfile.mkdtemp(prefix="s3tui-demo-"))
        try:
            self._process = _spawn(self._folder, port, self.root)
            self._await_answer(port)
            self.user = _create_user(self.endpoint, self.root)
        except BaseException:
            self.stop()
            raise

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def let_go(self) -> None:
        """Have the server end and its folder go by itself, soon; does not wait."""
        if not self.is_running:
            self.stop()  # it died: nobody else removes its folder
        elif self._process is not None:
            assert self._process.stdin is not None
            self._process.stdin.close()
            threading.Thread(target=self._process.wait, daemon=True).start()  # no zombie, should we live on

    def stop(self) -> None:
        """End the server and remove its folder; again, or before `start`, it does nothing."""
        if self._process is not None:
            assert self._process.stdin is not None
            self._process.stdin.close()
            try:
                self._process.wait(_STOP_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _await_answer(self, port: int) -> None:
        assert self._process is not None
        assert self._folder is not None
        end = time.monotonic() + _START_S
        while not _answers(port):
            if self._process.poll() is not None or time.monotonic() > end:
                said = _log(self._folder).read_text(errors="replace").strip().splitlines()
                raise DemoError(f"the demo's server did not start: {said[-1] if said else 'it said nothing'}")
            time.sleep(0.01)


def _spawn(folder: Path, port: int, root: Credentials) -> subprocess.Popen[bytes]:
    environment = {
        **{name: os.environ[name] for name in _INHERITED if name in os.environ},
        "HOME": str(folder),
        "GATEWAY_PORT": str(port),
        "BIND_HOST": "127.0.0.1",
        "SERVICES": "s3,iam,sts",
        "AUTH": "true",
        "S3_PERSIST": "1",
        "PERSIST_STATE": "0",
        "S3_DATA_DIR": str(folder / "objects"),
        "TMPDIR": str(folder),
        "AWS_ACCESS_KEY_ID": root.access_key,
        "AWS_SECRET_ACCESS_KEY": root.secret_key.reveal(),
        "MINISTACK_REGION": DEFAULT_REGION,
        "LOG_LEVEL": "WARNING",
        "SFTP_ENABLED": "0",
        "IOT_MTLS_ENABLED": "0",
    }
    # Run as a file and with -P: the child imports MiniStack and nothing of ours.
    command = [sys.executable, "-P", str(Path(__file__).with_name("server_process.py")), str(folder)]
    with _log(folder).open("wb") as log:
        return subprocess.Popen(
            command,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C in the terminal is for us, and the child ends with us
        )


def _create_user(endpoint: Endpoint, root: Credentials) -> Credentials:
    def call(action: str, **parameters: str) -> bytes:
        query = [("Action", action), ("Version", "2010-05-08"), ("UserName", _USER), *parameters.items()]
        return send("POST", endpoint, root, query=query, service="iam")

    call("CreateUser")
    call("PutUserPolicy", PolicyName=_USER, PolicyDocument=json.dumps(_POLICY))
    key = {
        element.tag.rpartition("}")[2]: element.text or ""
        for element in ElementTree.fromstring(call("CreateAccessKey")).iter()
    }
    return Credentials(key["AccessKeyId"], key["SecretAccessKey"], source="the demo")


def _log(folder: Path) -> Path:
    return folder / "server.log"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
