"""Connections of other tools: rclone, s3cmd, Cyberduck, other clouds; found, and never written or shown."""

from __future__ import annotations

import os
import plistlib
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from s3tui.connect import Anonymous, Connection, FromChain, FromKeyring, FromProfile, Given
from s3tui.connect.store import ConnectionStore
from s3tui.connect.tools import other_tools
from s3tui.s3 import Endpoint
from s3tui.s3.address.endpoint import Addressing

SECRET = "very-secret"
RCLONE = f"""
[minio]
type = s3
provider = Minio
access_key_id = AK
secret_access_key = {SECRET}
session_token = tok
endpoint = http://127.0.0.1:9000
region = eu-west-1
requester_pays = true

[bare]
type = s3
provider = Wasabi
endpoint = s3.wasabisys.com
force_path_style = false

[chain]
type = s3
provider = AWS
env_auth = true
region = eu-west-3
use_dual_stack = true

[profiled]
type = s3
env_auth = true
profile = work

[old]
type = s3
region = other-v2-signature
endpoint = h

[nowhere]
type = s3
provider = Ceph
access_key_id = AK
secret_access_key = {SECRET}

[role]
type = s3
role_arn = arn:aws:iam::1:role/r
env_auth = true

[drive]
type = drive
token = {SECRET}
"""


def found(home: Path, **environ: str) -> dict[str, Connection]:
    return {each.name: each for each in other_tools({"HOME": str(home), **environ})}


def test_rclones_s3_remotes_are_found(home: Path) -> None:
    file = home / ".config" / "rclone" / "rclone.conf"
    file.parent.mkdir(parents=True)
    file.write_text(RCLONE)
    there = found(home)
    assert set(there) == {
        f"rclone:{name}" for name in ["minio", "bare", "chain", "profiled", "old", "nowhere", "role"]
    }
    minio = there["rclone:minio"]
    assert minio.endpoint == Endpoint.custom("http://127.0.0.1:9000", region="eu-west-1")
    assert isinstance(minio.credentials, Given)
    keys = minio.credentials.credentials
    assert (keys.access_key, keys.secret_key.reveal()) == ("AK", SECRET)
    assert keys.session_token is not None
    assert minio.client.requester_pays
    assert minio.origin.endswith("rclone/rclone.conf")
    bare = there["rclone:bare"]
    assert (bare.endpoint.url, bare.endpoint.addressing) == ("https://s3.wasabisys.com", Addressing.VIRTUAL)
    assert bare.credentials == Anonymous()
    assert there["rclone:chain"].credentials == FromChain()
    assert there["rclone:chain"].endpoint == Endpoint.aws("eu-west-3", dual_stack=True)
    assert there["rclone:profiled"].credentials == FromProfile("work")
    assert "version 2" in (there["rclone:old"].obstacle or "")
    assert "no endpoint" in (there["rclone:nowhere"].obstacle or "")
    assert "role" in (there["rclone:role"].obstacle or "")
    assert SECRET not in repr(there)


def test_profiles_of_another_file_are_not_taken_for_those_of_the_aws_tools(home: Path) -> None:
    start = "RCLONE_CONFIG_X_"
    said = {"TYPE": "s3", "ENV_AUTH": "true", "PROFILE": "work", "SHARED_CREDENTIALS_FILE": "/other"}
    [other] = found(home, **{f"{start}{name}": value for name, value in said.items()}).values()
    assert "a file of its own" in (other.obstacle or "")


def test_rclones_variables_are_remotes_too(home: Path) -> None:
    start = "RCLONE_CONFIG_MY_S3_"
    there = found(
        home,
        **{f"{start}TYPE": "s3", f"{start}ACCESS_KEY_ID": "AK", f"{start}SECRET_ACCESS_KEY": SECRET},
        **{f"{start}ENDPOINT": "https://h.test", "RCLONE_CONFIG_X_TYPE": "drive"},
    )
    assert list(there) == ["rclone:my_s3"]
    assert there["rclone:my_s3"].endpoint.url == "https://h.test"


def _rclone() -> str | None:
    return shutil.which("rclone") or shutil.which("rclone", path=str(Path(sys.executable).parent))


@pytest.mark.skipif(_rclone() is None, reason="rclone is not installed")
def test_an_encrypted_configuration_is_read_by_rclone(home: Path) -> None:
    rclone = _rclone()
    assert rclone is not None
    file = home / "secret.conf"
    environ = {"RCLONE_CONFIG": str(file), "PATH": str(Path(rclone).parent), "RCLONE_CONFIG_PASS": "pass"}
    pairs = {
        "provider": "Minio",
        "access_key_id": "AK",
        "secret_access_key": SECRET,
        "endpoint": "http://h:1",
    }
    words = [f"{name}={value}" for name, value in pairs.items()]
    encrypt = ["encryption", "set", "--password-command", "echo pass"]
    for command in (["create", "locked", "s3", *words], encrypt):
        subprocess.run(
            [rclone, "config", *command],
            env={**os.environ, "RCLONE_CONFIG": str(file), "HOME": str(home)},
            check=True,
            capture_output=True,
            stdin=subprocess.DEVNULL,
        )
    assert b"RCLONE_ENCRYPT_V0" in file.read_bytes()
    [locked] = found(home, **environ).values()
    assert locked.name == "rclone:locked"
    assert isinstance(locked.credentials, Given)
    assert locked.credentials.credentials.secret_key.reveal() == SECRET
    [wrong] = found(home, **{**environ, "RCLONE_CONFIG_PASS": "wrong"}).values()
    assert "is its password right?" in (wrong.obstacle or "")
    [without] = found(home, RCLONE_CONFIG=str(file), PATH=environ["PATH"]).values()
    assert "set RCLONE_CONFIG_PASS" in (without.obstacle or "")
    [missing] = found(home, RCLONE_CONFIG=str(file), PATH="/nowhere").values()
    assert "is not installed" in (missing.obstacle or "")


def test_s3cmds_accounts_are_found(home: Path) -> None:
    (home / ".s3cfg").write_text(
        f"[default]\naccess_key = AK\nsecret_key = {SECRET}\nbucket_location = EU\n"
        "host_base = s3.amazonaws.com\n"
        "host_bucket = %(bucket)s.s3.amazonaws.com\nproxy_host = proxy\nproxy_port = 3128\n"
        f'[lab]\naccess_key = "AK"\nsecret_key = "{SECRET}"\nhost_base = lab.test:9000\n'
        "host_bucket = lab.test:9000\n"
        "use_https = False\ncheck_ssl_certificate = False\nrequester_pays = True\nca_certs_file = /ca.pem\n"
        "[old]\naccess_key = AK\nsignature_v2 = True\n"
    )
    there = found(home)
    default, lab = there["s3cfg:default"], there["s3cfg:lab"]
    assert default.endpoint == Endpoint.aws("eu-west-1")
    assert default.client.proxy == "http://proxy:3128"
    assert lab.endpoint == Endpoint.custom("http://lab.test:9000", addressing=Addressing.PATH)
    assert (lab.verify_tls, lab.ca_file, lab.client.requester_pays) == (False, "/ca.pem", True)
    assert isinstance(lab.credentials, Given)
    assert lab.credentials.credentials.secret_key.reveal() == SECRET
    assert "version 2" in (there["s3cfg:old"].obstacle or "")
    assert SECRET not in repr(there)


def test_cyberducks_bookmarks_are_found_and_their_secret_is_asked_for(home: Path) -> None:
    folder = home / ".duck"
    folder.mkdir()
    mark = {"Protocol": "s3", "Nickname": "lab", "Hostname": "lab.test", "Port": "9000", "Username": "AK"}
    more = {"Custom": {"s3.bucket.virtualhost.disable": "true"}, "Readonly": "true", "Comment": "ours\nall"}
    (folder / "a.duck").write_bytes(plistlib.dumps({**mark, **more}))
    (folder / "b.duck").write_bytes(plistlib.dumps({"Protocol": "sftp", "Hostname": "h"}))
    (folder / "c.duck").write_text("<no plist")
    there = found(home)
    assert set(there) == {"duck:lab", "duck:c"}
    lab = there["duck:lab"]
    assert lab.endpoint == Endpoint.custom("https://lab.test:9000", addressing=Addressing.PATH)
    assert (lab.credentials, lab.read_only, lab.notes) == (FromKeyring("AK"), True, "ours all")
    assert "cannot be read" in (there["duck:c"].obstacle or "")


def test_keys_of_other_clouds_are_found_in_the_environment(home: Path) -> None:
    there = found(
        home,
        SPACES_ACCESS_KEY_ID="AK",
        SPACES_SECRET_ACCESS_KEY=SECRET,
        SCW_ACCESS_KEY="AK",
        SCW_SECRET_KEY=SECRET,
        SCW_DEFAULT_REGION="nl-ams",
        LINODE_OBJ_ACCESS_KEY="AK",
        R2_ACCESS_KEY_ID="AK",
        R2_SECRET_ACCESS_KEY=SECRET,
        MC_HOST_lab=f"http://AK:{SECRET}@127.0.0.1:9000",
        MC_HOST_odd="no url",
    )
    assert set(there) == {"env:DigitalOcean Spaces", "env:Scaleway", "env:Cloudflare R2", "mc:lab", "mc:odd"}
    assert there["env:Scaleway"].endpoint.url == "https://s3.nl-ams.scw.cloud"
    assert "CLOUDFLARE_ACCOUNT_ID" in (there["env:Cloudflare R2"].obstacle or "")
    assert there["mc:lab"].endpoint.url == "http://127.0.0.1:9000"
    assert there["mc:odd"].obstacle is not None
    assert SECRET not in repr(there)
    assert SECRET not in (there["mc:odd"].obstacle or "")


def test_nothing_is_found_where_there_is_nothing(home: Path) -> None:
    assert found(home) == {}


def test_what_is_found_is_not_saved_with_its_secret(home: Path) -> None:
    there = found(home, MC_HOST_lab=f"http://AK:{SECRET}@127.0.0.1:9000")
    with pytest.raises(ValueError, match="a file never gets a secret"):
        ConnectionStore(home / "config.toml").save(there["mc:lab"])
