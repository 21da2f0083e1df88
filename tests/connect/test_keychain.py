"""Secrets: a real Secret Service where there is one, and the machines that have none."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from s3tui.connect import keychain
from s3tui.connect.keychain import SERVICE, SecretMissing
from tests.keyrings import ring_in_use
from tests.patience import PATIENCE_S

NEEDED = ("dbus-run-session", "gnome-keyring-daemon")
KEYRING_SESSION = (
    'printf test | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1; exec "$0" -c "$1" "$2"'
)

ROUND_TRIP = """
import json, sys
from pathlib import Path
import keyring
from s3tui.connect import Connection, FromKeyring
from s3tui.connect.store import ConnectionStore, resolve
from s3tui.s3.credentials import Credentials
from s3tui.s3.address.endpoint import Endpoint
from s3tui.s3.errors import CredentialsError

file = Path(sys.argv[1])
store = ConnectionStore(file)
keys = Credentials("AKIA", "sëcret-ключ-🔑", "token")
endpoint = Endpoint.custom("http://127.0.0.1:9000")
lab = Connection("lab ☃", endpoint, FromKeyring("AKIA"), origin="config.toml")
store.save(lab, keys)
said = {"backend": type(keyring.get_keyring()).__module__, "text": file.read_text(encoding="utf-8")}
store.save(lab)
assert store.connections() == [lab]
found = resolve(lab)
said["found"] = [found.access_key, found.secret_key.reveal(), found.session_token.reveal(), found.source]
store.save(lab, Credentials("AKIA", "second"))
said["second"] = [resolve(lab).secret_key.reveal(), resolve(lab).session_token]
said["raw"] = json.loads(keyring.get_password("s3tui", "lab ☃"))["secret_key"]

for name, text in (("no json", "{"), ("other", "[]")):
    keyring.set_password("s3tui", name, text)
    try:
        resolve(Connection(name, lab.endpoint, FromKeyring("AKIA")))
    except CredentialsError as error:
        said[name] = str(error)
    keyring.delete_password("s3tui", name)

store.remove("lab ☃")
said["left"] = keyring.get_password("s3tui", "lab ☃")
try:
    resolve(lab)
except CredentialsError as error:
    said["gone"] = str(error)
print(json.dumps(said))
"""

REFUSED = """
import json, sys
from pathlib import Path
from s3tui.connect import Connection, FromKeyring
from s3tui.connect.keychain import KeyringUnavailable
from s3tui.connect.store import ConnectionStore, resolve
from s3tui.s3.credentials import Credentials
from s3tui.s3.address.endpoint import Endpoint

file = Path(sys.argv[1])
lab = Connection("lab", Endpoint.aws(), FromKeyring("AKIA"))
said = []
for act in (lambda: ConnectionStore(file).save(lab, Credentials("AKIA", "hunter2")), lambda: resolve(lab)):
    try:
        act()
    except KeyringUnavailable as error:
        said.append(str(error))
files = [str(path) for path in Path.home().rglob("*") if path.is_file()]
print(json.dumps([said, file.exists(), files]))
"""


def environment(home: Path, **more: str) -> dict[str, str]:
    kept = {"PATH": os.environ["PATH"], "PYTHONPATH": str(Path.cwd()), "PYTHONUTF8": "1"}
    return {**kept, "HOME": str(home), "XDG_RUNTIME_DIR": str(home), **more}


@pytest.mark.skipif(
    not all(shutil.which(program) for program in NEEDED), reason=f"needs {' and '.join(NEEDED)}"
)
def test_a_real_secret_service_keeps_finds_and_forgets_a_secret(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    tmp_path.chmod(0o700)
    done = subprocess.run(
        ["dbus-run-session", "--", "sh", "-c", KEYRING_SESSION, sys.executable, ROUND_TRIP, str(file)],
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
    )
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["backend"] == "keyring.backends.SecretService"
    assert said["found"] == ["AKIA", "sëcret-ключ-🔑", "token", "keyring"]
    assert said["second"] == ["second", None]
    assert said["raw"] == "second"
    assert "ключ" not in said["text"]
    assert "token" not in said["text"]
    assert said["left"] is None
    assert "holds no secret of 'lab ☃' for key AKIA" in said["gone"]
    for name in ("no json", "other"):
        assert f"the keyring's entry {name!r} of 's3tui' cannot be read" in said[name]


@pytest.mark.parametrize(
    "entry",
    [
        "no JSON",
        "[]",
        "null",
        "{}",
        '{"access_key": "AKIA", "secret_key": "", "session_token": null}',
        '{"access_key": "AKIA", "secret_key": " hunter2\\n", "session_token": null}',
        '{"access_key": "AKIA", "secret_key": 5, "session_token": null}',
        '{"access_key": null, "secret_key": "hunter2", "session_token": null}',
        '{"access_key": "AKIA", "secret_key": "hunter2", "session_token": "\u00e9"}',
    ],
)
def test_an_entry_that_is_no_secret_of_ours_is_none_and_is_not_quoted(entry: str) -> None:
    with ring_in_use() as ring:
        ring.entries[SERVICE, "work"] = entry
        with pytest.raises(SecretMissing, match="cannot be read") as caught:
            keychain.get("work")
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("backend", "reason"),
    [
        ("keyring.backends.null.Keyring", "keyring offers only keyring.backends.null.Keyring"),
        ("keyring.backends.fail.Keyring", "keyring offers only keyring.backends.fail.Keyring"),
        ("keyring.backends.SecretService.Keyring", "Error"),
        ("no.such.Keyring", "No module named 'no'"),
        ("keyring.backends.null.Nothing", "has no attribute 'Nothing'"),
    ],
)
def test_without_a_keyring_the_session_only_way_is_named_and_nothing_is_written(
    tmp_path: Path, backend: str, reason: str
) -> None:
    file = tmp_path / "config.toml"
    done = subprocess.run(
        [sys.executable, "-c", REFUSED, str(file)],
        env=environment(
            tmp_path, PYTHON_KEYRING_BACKEND=backend, DBUS_SESSION_BUS_ADDRESS="unix:path=/nonexistent"
        ),
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
    )
    assert done.returncode == 0, done.stderr
    sentences, exists, files = json.loads(done.stdout)
    assert len(sentences) == 2
    assert "for this session only" in sentences[0]
    assert "stays unknown" in sentences[1]
    for sentence in sentences:
        assert sentence.startswith("this machine has no usable keyring (")
        assert reason in sentence
        assert "hunter2" not in sentence
    assert not exists
    assert files == []


FOREIGN = """
from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked

class DBusException(Exception):
    pass

class Keyring(KeyringBackend):
    priority = 9
    def get_password(self, service, name, *secret):
        raise {error}
    def set_password(self, service, name, secret):
        error = {error}
        error.args = (*error.args, "it quotes", secret)
        raise error
    delete_password = get_password
"""


@pytest.mark.parametrize(
    ("error", "said"),
    [
        ("DBusException('no wallet')", "this machine has no usable keyring (DBusException: no wallet)"),
        ("RuntimeError('broke')", "this machine has no usable keyring (RuntimeError: broke)"),
        ("EOFError()", "this machine has no usable keyring (EOFError"),
        ("KeyringLocked()", "the keyring is locked"),
    ],
)
def test_whatever_a_backend_raises_is_a_sentence_of_what_was_wanted(
    tmp_path: Path, error: str, said: str
) -> None:
    (tmp_path / "odd_ring.py").write_text(FOREIGN.format(error=error))
    environ = environment(tmp_path, PYTHON_KEYRING_BACKEND="odd_ring.Keyring")
    environ["PYTHONPATH"] += os.pathsep + str(tmp_path)
    done = subprocess.run(
        [sys.executable, "-c", REFUSED, str(tmp_path / "config.toml")],
        env=environ,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
    )
    assert done.returncode == 0, done.stderr
    (put, got), exists, _ = json.loads(done.stdout)
    assert put.startswith(said.partition(":")[0].rstrip(")"))
    assert "quotes" not in put, "a backend that was given a secret is not quoted"
    assert got.startswith(said)
    assert "nothing was stored" in put
    assert "nothing was stored" not in got
    assert not exists
