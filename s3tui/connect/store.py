"""Saved connections: config.toml for everything but secrets, the keyring for those.

    [connections.work]
    endpoint_url = "https://s3.example.com"     # Amazon's own where it is missing
    region = "eu-west-1"
    path_style = "auto"                         # auto, always, never
    access_key = "AKIA…"                        # its secret lies in the keyring; or one of these three:
    # profile = "work"    environment = true    anonymous = true
    read_only = true
    production = true
    ca_file = "~/our-ca.pem"                    # certificate authorities to trust, instead of the system's
    checksums = "when_required"                 # for a server that knows none; else "when_supported"
    verify_tls = false                          # take any certificate: shown in the top bar all the time

Comments and order of the file outlive a save.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from s3tui.config_file import read_document, write_text
from s3tui.connect import keychain
from s3tui.connect.connection import (
    Anonymous,
    Connection,
    CredentialsSource,
    FromChain,
    FromEnvironment,
    FromKeyring,
    FromProfile,
    Given,
)
from s3tui.connect.identity import origin_of
from s3tui.s3.address.endpoint import DEFAULT_REGION, Addressing, Endpoint
from s3tui.s3.checksum import ChecksumMode
from s3tui.s3.credentials import Credentials, SharedFiles
from s3tui.s3.errors import CredentialsError
from s3tui.settings import ConfigError, check_checksums, did_you_mean, read_config

if TYPE_CHECKING:
    from s3tui.s3.credentials.profiles import MfaPrompt
    from s3tui.s3.credentials.refreshing import Provider

_SOURCES = ("access_key", "profile", "environment", "anonymous")
_TEXTS = ("endpoint_url", "region", "path_style", "access_key", "profile", "ca_file", "checksums")
_CLAIMS = ("environment", "anonymous", "read_only", "production", "verify_tls")


class ConnectionStore:
    """The saved connections of one config.toml. Nothing is cached: the user may edit the file meanwhile."""

    def __init__(self, config_file: Path) -> None:
        self._file = config_file

    def connections(self) -> list[Connection]:
        """Return them in the file's order.

        Raises: ConfigError, naming the file and the key.
        """
        tables = read_config(self._file).get("connections", {})
        return [self._connection(name, table) for name, table in tables.items()]

    def save(
        self, connection: Connection, secret: Credentials | None = None, *, replaces: bool = False
    ) -> bool:
        """Save a connection. Blocks, perhaps on the keyring's prompt.

        Args:
            secret: goes to the keyring and belongs to `FromKeyring`; `None` leaves what lies there, unless
                it belongs to a connection that is replaced by one without.
            replaces: take the place of another connection of that name, and of its secret.

        Returns: whether it was written; without `replaces`, what is another connection stays as it is. Where
            the keyring refuses, nothing is written at all.

        Raises: KeyringUnavailable, ConfigError, and ValueError for keys that live in memory only (`Given`).
        """
        import tomlkit
        from tomlkit.items import InlineTable

        entry = _entry(connection)
        if not replaces and any(_is_another(each, connection) for each in self.connections()):
            return False
        before = self._file.read_text(encoding="utf-8") if self._file.exists() else None
        document = read_document(self._file)
        tables = document.setdefault("connections", tomlkit.table(is_super_table=True))
        inline = isinstance(tables, InlineTable)  # connections = { … }: such a table holds only its like
        table = tables.setdefault(connection.name, tomlkit.inline_table() if inline else tomlkit.table())
        had_secret = "access_key" in table
        for key in (*_TEXTS, *_CLAIMS):
            if key in entry:
                table[key] = entry[key]
            else:
                table.pop(key, None)
        write_text(self._file, document.as_string())
        if secret is not None:
            # Last: a file can be put back, a secret that was written over is gone.
            try:
                keychain.put(connection.name, secret)
            except BaseException:
                self._put_back(before)
                raise
        elif had_secret and "access_key" not in entry:
            with suppress(keychain.KeyringUnavailable):  # then it lies there, and nobody asks for it
                keychain.delete(connection.name)
        return True

    def _put_back(self, before: str | None) -> None:
        if before is None:
            self._file.unlink(missing_ok=True)
        else:
            write_text(self._file, before)

    def remove(self, name: str) -> None:
        """Delete the connection and its secret; none of that name is fine.

        Raises: ConfigError, and KeyringUnavailable when the file no longer names it but its secret stays.
        """
        document = read_document(self._file)
        table = document.get("connections", {}).pop(name, None)
        if table is None:
            return
        write_text(self._file, document.as_string())
        if "access_key" in table:
            keychain.delete(name)

    def _connection(self, name: str, table: object) -> Connection:
        where = f"{self._file}: connections.{name}"
        if not isinstance(table, dict):
            raise ConfigError(f"{where} must be a table, like [connections.{name}]")
        _check(where, table)
        region = table.get("region", DEFAULT_REGION)
        addressing = Addressing(table.get("path_style", "auto"))
        try:
            endpoint = (
                Endpoint.custom(table["endpoint_url"], region=region, addressing=addressing)
                if "endpoint_url" in table
                else Endpoint.aws(region, addressing=addressing)
            )
        except ValueError as error:
            raise ConfigError(f"{where}: {error}") from error
        return Connection(
            name,
            endpoint,
            _source(table),
            read_only=table.get("read_only", False),
            production=table.get("production", False),
            ca_file=table.get("ca_file"),
            verify_tls=table.get("verify_tls", True),
            checksums=ChecksumMode(table["checksums"]) if "checksums" in table else None,
            origin=self._file.name,
        )


def resolve(
    connection: Connection, environ: Mapping[str, str] | None = None, *, mfa: MfaPrompt | None = None
) -> Credentials | Provider | None:
    """Fetch the credentials of a connection, or a provider of them; `None`: requests are not signed.

    Blocks: on files, and perhaps on the keyring's prompt.

    Raises: CredentialsError, KeyringUnavailable and SecretMissing among it.
    """
    if connection.obstacle is not None:
        raise CredentialsError(connection.obstacle)
    match connection.credentials:
        case Anonymous():
            return None
        case Given(credentials):
            return credentials
        case FromEnvironment():
            return Credentials.from_environment(environ)
        case FromChain():
            from s3tui.s3.credentials.profiles import default_provider

            return default_provider(environ, mfa=mfa)
        case FromProfile(name):
            return _of_profile(SharedFiles.read(environ), name, environ, mfa)
        case FromKeyring(access_key):
            found = keychain.get(connection.name)
            if found is None or found.access_key != access_key:
                raise keychain.SecretMissing(
                    f"the keyring holds no secret of {connection.name!r} for key {access_key}: enter it again"
                )
            return found


def _of_profile(
    files: SharedFiles, name: str, environ: Mapping[str, str] | None, mfa: MfaPrompt | None
) -> Credentials | Provider:
    profile = files.profile(name)
    if profile.signs_by == "keys":
        return profile.credentials()
    from s3tui.s3.credentials.profiles import profile_provider

    return profile_provider(name, environ, mfa=mfa)


def _is_another(there: Connection, coming: Connection) -> bool:
    """Return whether `coming` would replace a connection that leads elsewhere, or with other keys."""
    return there.name == coming.name and (
        origin_of(there.endpoint) != origin_of(coming.endpoint) or there.credentials != coming.credentials
    )


def _check(where: str, table: Mapping[str, object]) -> None:
    for key, value in table.items():
        if key not in _TEXTS + _CLAIMS:
            raise ConfigError(f"{where} has no setting {key!r}{did_you_mean(key, _TEXTS + _CLAIMS)}")
        if key in _TEXTS and not isinstance(value, str):
            raise ConfigError(f"{where}.{key} must be text in quotes, not {value!r}")
        if key in _CLAIMS and not isinstance(value, bool):
            raise ConfigError(f"{where}.{key} must be true or false, not {value!r}")
    if table.get("path_style", "auto") not in [style.value for style in Addressing]:
        raise ConfigError(f"{where}.path_style must be auto, always or never, not {table['path_style']!r}")
    if "checksums" in table:
        check_checksums(f"{where}.checksums", str(table["checksums"]))
    if sum(bool(table.get(source)) for source in _SOURCES) != 1:
        raise ConfigError(f"{where} needs exactly one of {', '.join(_SOURCES)}: whose keys are used")


def _source(table: Mapping[str, Any]) -> CredentialsSource:
    if table.get("anonymous"):
        return Anonymous()
    if table.get("environment"):
        return FromEnvironment()
    if table.get("profile"):
        return FromProfile(table["profile"])
    return FromKeyring(table["access_key"])


def _entry(connection: Connection) -> dict[str, str | bool]:
    endpoint = connection.endpoint
    entry: dict[str, str | bool] = {} if endpoint.is_aws else {"endpoint_url": endpoint.url}
    entry |= {"region": endpoint.region, "path_style": endpoint.addressing.value}
    match connection.credentials:
        case FromKeyring(access_key):
            entry["access_key"] = access_key
        case FromProfile(profile):
            entry["profile"] = profile
        case FromEnvironment():
            entry["environment"] = True
        case Anonymous():
            entry["anonymous"] = True
        case FromChain():
            raise ValueError(f"{connection.name!r} is found on the machine anew each time, and never saved")
        case Given():
            raise ValueError(
                f"{connection.name!r} has its keys in memory only, and a file never gets a secret"
            )
    if connection.read_only:
        entry["read_only"] = True
    if connection.production:
        entry["production"] = True
    if connection.ca_file is not None:
        entry["ca_file"] = connection.ca_file
    if connection.checksums is not None:
        entry["checksums"] = connection.checksums.value
    if not connection.verify_tls:
        entry["verify_tls"] = False
    return entry
