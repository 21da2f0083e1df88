"""Reads the S3 remotes of rclone's configuration; an encrypted one is read by rclone itself.

Truth: *Amazon S3 Storage Providers* and *Configuration encryption* in rclone's documentation.
"""

from __future__ import annotations

import configparser
import json
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

from s3tui import paths
from s3tui.connect.connection import (
    Anonymous,
    ClientSettings,
    Connection,
    CredentialsSource,
    FromChain,
    FromProfile,
    Given,
    blocked,
)
from s3tui.s3.address.endpoint import DEFAULT_REGION, Addressing, Endpoint
from s3tui.s3.credentials import Credentials, Secret
from s3tui.s3.errors import CredentialsError

_ENCRYPTED = re.compile(rb"\A(?:[#;].*\n|\s*\n)*RCLONE_ENCRYPT_V", re.MULTILINE)
_VARIABLE = re.compile(r"RCLONE_CONFIG_(?P<name>[A-Z0-9_]+?)_TYPE")
_TIMEOUT_S = 10.0
_Remotes = Mapping[str, Mapping[str, str]]


def remotes(environ: Mapping[str, str]) -> list[Connection]:
    """Return the remotes of type s3, by name."""
    file = _file(environ)
    origin = _short(file)
    try:
        found = dict(_in_file(file, environ))
    except CredentialsError as error:
        return [
            blocked("rclone", origin, error.message),
            *_connections(_in_variables(environ), "environment"),
        ]
    return [*_connections(found, origin), *_connections(_in_variables(environ), "environment")]


def _file(environ: Mapping[str, str]) -> Path:
    home = Path(environ.get("HOME") or paths.home() or "/")
    if environ.get("RCLONE_CONFIG"):
        return Path(environ["RCLONE_CONFIG"])
    config = Path(environ.get("XDG_CONFIG_HOME") or home / ".config")
    usual = [config / "rclone" / "rclone.conf", home / ".config" / "rclone" / "rclone.conf"]
    return next((file for file in (*usual, home / ".rclone.conf") if file.exists()), usual[0])


def _in_file(file: Path, environ: Mapping[str, str]) -> _Remotes:
    """Return the remotes in the file.

    Raises: CredentialsError, never quoting the file.
    """
    try:
        content = file.read_bytes()
        if _ENCRYPTED.match(content):
            return _dumped(file, environ)
        parser = configparser.RawConfigParser(default_section="\0", strict=False)
        parser.read_string(content.decode())
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, UnicodeDecodeError, configparser.Error):
        raise CredentialsError(f"{file} cannot be read as rclone's configuration") from None
    return {name: dict(parser.items(name)) for name in parser.sections()}


def _dumped(file: Path, environ: Mapping[str, str]) -> _Remotes:
    """Have rclone decrypt its file: what it prints holds every secret, and only S3's are kept."""
    rclone = shutil.which("rclone", path=environ.get("PATH"))
    if rclone is None:
        raise CredentialsError(f"{file} is encrypted, and rclone, which could read it, is not installed")
    if not (environ.get("RCLONE_CONFIG_PASS") or environ.get("RCLONE_PASSWORD_COMMAND")):
        raise CredentialsError(f"{file} is encrypted: set RCLONE_CONFIG_PASS or RCLONE_PASSWORD_COMMAND")
    command = [rclone, "config", "dump", "--ask-password=false", "--config", str(file)]
    try:
        done = subprocess.run(
            command,
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_TIMEOUT_S,
            start_new_session=True,
            check=False,
        )
        dump = json.loads(done.stdout) if done.returncode == 0 else None
    except (OSError, ValueError, subprocess.TimeoutExpired):
        dump = None
    if not isinstance(dump, dict):
        raise CredentialsError(f"{file} is encrypted, and rclone cannot read it: is its password right?")
    return {
        name: {key: str(value) for key, value in remote.items()}
        for name, remote in dump.items()
        if isinstance(remote, dict) and remote.get("type") == "s3"
    }


def _in_variables(environ: Mapping[str, str]) -> _Remotes:
    found = {}
    for variable in environ:
        if (match := _VARIABLE.fullmatch(variable)) is not None:
            start = f"RCLONE_CONFIG_{match['name']}_"
            settings = {
                name.removeprefix(start).lower(): value
                for name, value in environ.items()
                if name.startswith(start)
            }
            found[match["name"].lower()] = settings
    return found


def _connections(remotes: _Remotes, origin: str) -> Iterator[Connection]:
    for name, remote in sorted(remotes.items()):
        if remote.get("type") != "s3":
            continue
        try:
            yield _connection(f"rclone:{name}", remote, origin)
        except (CredentialsError, ValueError) as error:
            yield blocked(f"rclone:{name}", origin, str(error))


def _connection(name: str, remote: Mapping[str, str], origin: str) -> Connection:
    """Return the connection of a remote.

    Raises: CredentialsError and ValueError, where it needs what we have not.
    """
    if _is_yes(remote, "v2_auth") or remote.get("region") == "other-v2-signature":
        raise ValueError("it signs with version 2, which is not supported")
    if remote.get("role_arn"):
        raise ValueError("it assumes a role: a profile of ~/.aws/config with that role can be opened")
    if _is_yes(remote, "env_auth") and remote.get("shared_credentials_file"):
        raise ValueError("its profiles are in a file of its own: AWS_SHARED_CREDENTIALS_FILE can name that")
    client = ClientSettings(requester_pays=_is_yes(remote, "requester_pays"))
    return Connection(name, _endpoint(remote), _source(name, remote), client=client, origin=origin)


def _source(name: str, remote: Mapping[str, str]) -> CredentialsSource:
    key, secret = remote.get("access_key_id"), remote.get("secret_access_key")
    if key or secret:
        token = remote.get("session_token")
        return Given(Credentials(key or "", Secret(secret or ""), token or None, source=name))
    if not _is_yes(remote, "env_auth"):
        return Anonymous()
    return FromProfile(remote["profile"]) if remote.get("profile") else FromChain()


def _endpoint(remote: Mapping[str, str]) -> Endpoint:
    region, url = remote.get("region") or DEFAULT_REGION, remote.get("endpoint", "")
    if not url:
        if remote.get("provider", "AWS") != "AWS":
            raise ValueError("it names no endpoint")
        return Endpoint.aws(
            region,
            dual_stack=_is_yes(remote, "use_dual_stack"),
            accelerate=_is_yes(remote, "use_accelerate_endpoint"),
        )
    style = remote.get("force_path_style", "").lower()
    addressing = {"true": Addressing.PATH, "false": Addressing.VIRTUAL}.get(style, Addressing.AUTO)
    return Endpoint.custom(url if "://" in url else f"https://{url}", region=region, addressing=addressing)


def _is_yes(remote: Mapping[str, str], name: str) -> bool:
    return remote.get(name, "").lower() == "true"


def _short(path: Path) -> str:
    home = paths.home()
    return f"~/{path.relative_to(home)}" if home and path.is_relative_to(home) else str(path)
