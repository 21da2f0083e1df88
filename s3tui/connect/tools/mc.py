"""Reads the aliases of mc, MinIO's client, from its `config.json` (version 10); never writes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from s3tui import paths
from s3tui.connect.connection import Anonymous, Connection, Given, blocked
from s3tui.s3.address.endpoint import Addressing, Endpoint
from s3tui.s3.credentials import Credentials, Secret
from s3tui.s3.errors import CredentialsError

_ADDRESSING = {"on": Addressing.PATH, "off": Addressing.VIRTUAL}
_FIELDS = ("url", "accessKey", "secretKey", "sessionToken", "path")


def mc_aliases(environ: Mapping[str, str]) -> list[Connection]:
    """Return the aliases as connections, by name; one that cannot be read or opened has its `obstacle`."""
    home = Path(environ.get("HOME") or paths.home() or "/")
    file = Path(environ.get("MC_CONFIG_DIR") or home / ".mc") / "config.json"
    origin = f"~/{file.relative_to(home)}" if file.is_relative_to(home) else str(file)
    try:
        config = json.loads(file.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return []
    except (OSError, ValueError) as error:
        return [blocked("mc", origin, f"{file} cannot be read: {error}")]
    aliases = config.get("aliases") if isinstance(config, dict) else None
    if not isinstance(aliases, dict):
        return [blocked("mc", origin, f"{file} cannot be read: it has no aliases")]
    return [_connection(name, alias, origin) for name, alias in sorted(aliases.items())]


def _connection(name: str, alias: object, origin: str) -> Connection:
    known = {key: alias[key] for key in _FIELDS if alias.get(key)} if isinstance(alias, dict) else {}
    if "url" not in known or not all(isinstance(value, str) for value in known.values()):
        return blocked(
            f"mc:{name}", origin, f"the alias {name!r} in {origin} has no url, or values that are no text"
        )
    addressing = _ADDRESSING.get(known.get("path", "auto"), Addressing.AUTO)
    try:
        endpoint = Endpoint.custom(known["url"], addressing=addressing)
        if endpoint.host == "s3.amazonaws.com":
            endpoint = Endpoint.aws(addressing=addressing)
        if "accessKey" not in known:
            return Connection(f"mc:{name}", endpoint, Anonymous(), origin=origin)
        keys = Credentials(
            known["accessKey"],
            Secret(known.get("secretKey", "")),
            Secret(known["sessionToken"]) if "sessionToken" in known else None,
            source=f"mc alias {name}",
        )
    except (CredentialsError, ValueError) as error:
        return blocked(f"mc:{name}", origin, str(error))
    return Connection(f"mc:{name}", endpoint, Given(keys), origin=origin)
