"""Reads the accounts in s3cmd's configuration, `~/.s3cfg`. Truth: s3cmd's own reader of it."""

from __future__ import annotations

import configparser
from collections.abc import Mapping
from pathlib import Path

from s3tui import paths
from s3tui.connect.connection import Anonymous, ClientSettings, Connection, Given, blocked
from s3tui.s3.address.endpoint import DEFAULT_REGION, Addressing, Endpoint
from s3tui.s3.credentials import Credentials, Secret
from s3tui.s3.errors import CredentialsError

_REGIONS = {"": DEFAULT_REGION, "us": DEFAULT_REGION, "eu": "eu-west-1"}
_AMAZON = "s3.amazonaws.com"


def accounts(environ: Mapping[str, str]) -> list[Connection]:
    """Return the sections of the file as connections; one that cannot be opened has its obstacle."""
    home = Path(environ.get("HOME") or paths.home() or "/")
    file = Path(environ.get("S3CMD_CONFIG") or home / ".s3cfg")
    origin = f"~/{file.relative_to(home)}" if file.is_relative_to(home) else str(file)
    parser = configparser.RawConfigParser(default_section="\0", strict=False)
    try:
        parser.read_string(file.read_text("utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return []
    except (OSError, UnicodeDecodeError, configparser.Error):
        return [blocked("s3cfg", origin, f"{file} cannot be read as s3cmd's configuration")]
    found = []
    for section in parser.sections():
        settings = {name: value.strip().strip('"') for name, value in parser.items(section)}
        try:
            found.append(_connection(f"s3cfg:{section}", settings, origin))
        except (CredentialsError, ValueError) as error:
            found.append(blocked(f"s3cfg:{section}", origin, str(error)))
    return found


def _connection(name: str, settings: Mapping[str, str], origin: str) -> Connection:
    """Return the connection of a section.

    Raises: CredentialsError and ValueError, where it needs what we have not.
    """
    if _is_yes(settings, "signature_v2"):
        raise ValueError("it signs with version 2, which is not supported")
    keys = (
        Credentials(
            settings.get("access_key", ""),
            Secret(settings.get("secret_key", "")),
            settings.get("access_token") or None,
            source=name,
        )
        if settings.get("access_key")
        else None
    )
    certificate, key = settings.get("ssl_client_cert_file", ""), settings.get("ssl_client_key_file", "")
    if key and key != certificate:
        raise ValueError("its client certificate and key are in two files: they must be in one")
    return Connection(
        name,
        _endpoint(settings),
        Anonymous() if keys is None else Given(keys),
        ca_file=settings.get("ca_certs_file") or None,
        verify_tls=not _is_no(settings, "check_ssl_certificate"),
        client=ClientSettings(
            requester_pays=_is_yes(settings, "requester_pays"),
            proxy=_proxy(settings),
            client_cert=certificate,
        ),
        origin=origin,
    )


def _endpoint(settings: Mapping[str, str]) -> Endpoint:
    location = settings.get("bucket_location", "")
    region = _REGIONS.get(location.lower(), location)
    host = settings.get("host_base") or _AMAZON
    is_virtual = "%(bucket)s" in settings.get("host_bucket", f"%(bucket)s.{host}")
    addressing = Addressing.AUTO if is_virtual else Addressing.PATH
    if host == _AMAZON:
        return Endpoint.aws(region, addressing=addressing)
    scheme = "http" if _is_no(settings, "use_https") else "https"
    return Endpoint.custom(
        f"{scheme}://{host}", region=region, addressing=Addressing.VIRTUAL if is_virtual else addressing
    )


def _proxy(settings: Mapping[str, str]) -> str:
    host, port = settings.get("proxy_host", ""), settings.get("proxy_port", "")
    return f"http://{host}{f':{port}' if port not in ('', '0') else ''}" if host else ""


def _is_yes(settings: Mapping[str, str], name: str) -> bool:
    return settings.get(name, "").lower() in ("true", "yes", "on", "1")


def _is_no(settings: Mapping[str, str], name: str) -> bool:
    return settings.get(name, "").lower() in ("false", "no", "off", "0")
