"""Reads the S3 bookmarks of Cyberduck and duck. They hold no secret: it is asked for."""

from __future__ import annotations

import plistlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from s3tui import paths
from s3tui.connect.connection import Anonymous, Connection, FromKeyring, blocked
from s3tui.s3.address.endpoint import Addressing, Endpoint

_MAC = "Library/Group Containers/G69SCX94XU.duck/Library/Application Support/duck/Bookmarks"
_FOLDERS = (".duck", ".duck/Bookmarks", ".duck/bookmarks", _MAC)
_PROTOCOLS = ("s3", "s3-http")
_HOSTS = ("s3.amazonaws.com", "")


def bookmarks(environ: Mapping[str, str]) -> list[Connection]:
    """Return the bookmarks as connections, by name; one that cannot be read or opened has its obstacle."""
    home = Path(environ.get("HOME") or paths.home() or "/")
    files = {file for folder in _FOLDERS for file in (home / folder).glob("*.duck")}
    return [found for file in sorted(files) for found in _in_file(file, f"~/{file.parent.relative_to(home)}")]


def _in_file(file: Path, origin: str) -> Iterator[Connection]:
    try:
        said = plistlib.loads(file.read_bytes())
        if not isinstance(said, dict):
            raise ValueError("no bookmark")
        text = {str(key): str(value) for key, value in said.items() if isinstance(value, str | int)}
    except Exception:  # plistlib raises whatever its parsers raise
        yield blocked(f"duck:{file.stem}", origin, f"{file.name} cannot be read as a bookmark")
        return
    if text.get("Protocol") not in _PROTOCOLS:
        return
    name = f"duck:{text.get('Nickname') or text.get('Hostname') or file.stem}"
    try:
        yield _connection(name, text, said.get("Custom"), origin)
    except ValueError as error:
        yield blocked(name, origin, str(error))


def _connection(name: str, text: Mapping[str, str], custom: Any, origin: str) -> Connection:
    """Return the connection of a bookmark.

    Raises: ValueError, where its address is none.
    """
    settings = custom if isinstance(custom, dict) else {}
    is_path = str(settings.get("s3.bucket.virtualhost.disable", "")).lower() == "true"
    addressing = Addressing.PATH if is_path else Addressing.AUTO
    host, port = text.get("Hostname", ""), text.get("Port", "")
    region = text.get("Region") or "us-east-1"
    if host in _HOSTS:
        endpoint = Endpoint.aws(region, addressing=addressing)
    else:
        scheme = "http" if text["Protocol"] == "s3-http" or port == "80" else "https"
        at = f":{port}" if port not in ("", "80", "443") else ""
        endpoint = Endpoint.custom(f"{scheme}://{host}{at}", region=region, addressing=addressing)
    key = text.get("Username", "")
    return Connection(
        name,
        endpoint,
        FromKeyring(key) if key and key != "anonymous" else Anonymous(),
        read_only=text.get("Readonly", "").lower() in ("true", "1"),
        notes=" ".join(text.get("Comment", "").split()),
        origin=origin,
    )
