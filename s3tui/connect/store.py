"""Saved connections: config.toml for everything but secrets, the keyring for those.

    [connections.work]
    endpoint_url = "https://s3.example.com"     # Amazon's own where it is missing
    region = "eu-west-1"
    path_style = "auto"                         # auto, always, never
    access_key = "AKIA…"                        # its secret lies in the keyring; or one of these:
    # profile = "work"    environment = true    anonymous = true    sso_start_url = "…" with its companions
    read_only = true
    production = true
    ca_file = "~/our-ca.pem"                    # certificate authorities to trust, instead of the system's
    checksums = "when_required"                 # for a server that knows none; else "when_supported"
    verify_tls = false                          # take any certificate: shown in the top bar all the time
    proxy = "http://proxy.example.com:3128"     # and more: `s3tui --config` prints every option

Comments and order of the file outlive a save.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from s3tui.config.options import CONNECTION_OPTIONS, SSO_OPTIONS, wrong_name
from s3tui.config.reader import ConfigError, endpoint_of, is_unread, read_config
from s3tui.config.writer import read_document, write_text
from s3tui.connect import keychain
from s3tui.connect.connection import (
    Anonymous,
    ClientSettings,
    Connection,
    CredentialsSource,
    FromChain,
    FromEnvironment,
    FromKeyring,
    FromProfile,
    FromSso,
    Given,
    blocked,
)
from s3tui.connect.identity import origin_of
from s3tui.s3.address.endpoint import IpFamily
from s3tui.s3.credentials import Credentials, SharedFiles
from s3tui.s3.errors import CredentialsError

if TYPE_CHECKING:
    from s3tui.s3.credentials.interaction import Interaction
    from s3tui.s3.credentials.refreshing import Provider


class ConnectionStore:
    """The saved connections of one config.toml. Nothing is cached: the user may edit the file meanwhile."""

    def __init__(self, config_file: Path) -> None:
        self._file = config_file

    def connections(self) -> list[Connection]:
        """Return them in the file's order; one that has a mistake has it as its obstacle.

        Raises: ConfigError, where the whole file cannot be read.
        """
        config = read_config(self._file)
        if is_unread(config):
            raise ConfigError(config.problems[0].of(str(self._file)))
        return [
            blocked(name, self._file.name, config.problem("connections", name) or "")
            if table is None
            else self._connection(name, table)
            for name, table in config.connections.items()
        ]

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

        Raises: KeyringUnavailable, ConfigError, and ValueError for keys that live in memory only (`Given`),
            and for a name that no connection can have.
        """
        import tomlkit
        from tomlkit.items import InlineTable

        _check_name(connection.name)
        entry = _entry(connection)
        if not replaces and any(_is_another(each, connection) for each in self.connections()):
            return False
        before = self._file.read_text(encoding="utf-8") if self._file.exists() else None
        document = read_document(self._file)
        tables = document.setdefault("connections", tomlkit.table(is_super_table=True))
        inline = isinstance(tables, InlineTable)  # connections = { … }: such a table holds only its like
        table = tables.setdefault(connection.name, tomlkit.inline_table() if inline else tomlkit.table())
        had_secret = "access_key" in table
        for key in (option.key for option in CONNECTION_OPTIONS):
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

    def rename(self, name: str, to: str) -> None:
        """Give a connection another name, with its secret and the setting that names it. Blocks as `save`.

        Raises: KeyringUnavailable and ConfigError, and nothing has changed then; ValueError, where `to` is
            the name of another one.
        """
        _check_name(to)
        document = read_document(self._file)
        tables = document.get("connections", {})
        if to in tables:
            raise ValueError(f"There is a connection {to} already: another name is needed.")
        keys = keychain.get(name) if "access_key" in tables[name] else None
        if keys is not None:
            keychain.put(to, keys)
        try:
            tables[to] = tables.pop(name)
            if document.get("connection") == name:
                document["connection"] = to
            write_text(self._file, document.as_string())
        except BaseException:
            if keys is not None:
                with suppress(keychain.KeyringUnavailable):
                    keychain.delete(to)
            raise
        if keys is not None:
            with suppress(keychain.KeyringUnavailable):  # then it lies there, and nobody asks for it
                keychain.delete(name)

    def set_default(self, name: str | None) -> None:
        """Have the connection `name` opened where nothing else is said; `None`: none.

        Raises: ConfigError.
        """
        document = read_document(self._file)
        if name is None:
            document.pop("connection", None)
        else:
            document["connection"] = name
        write_text(self._file, document.as_string())

    def default(self) -> str | None:
        """Return the name of the connection that is opened where nothing else is said."""
        name: str | None = read_config(self._file)["connection"]
        return name

    def move(self, name: str, step: int) -> bool:
        """Move a connection `step` places down in the order of the list, or up; return whether it moved.

        Raises: ConfigError.
        """
        document = read_document(self._file)
        tables = document.get("connections", {})
        names = list(tables)
        if name not in names or not 0 <= (to := names.index(name) + step) < len(names):
            return False
        names.insert(to, names.pop(names.index(name)))
        for each in names:
            tables[each] = tables.pop(each)
        write_text(self._file, document.as_string())
        return True

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

    def _connection(self, name: str, table: Mapping[str, Any]) -> Connection:
        return Connection(
            name,
            endpoint_of(table),
            _source(table),
            read_only=table["read_only"],
            production=table["production"],
            ca_file=table["ca_file"] or None,
            verify_tls=table["verify_tls"],
            checksums=table["checksums"],
            client=ClientSettings(
                table["requester_pays"],
                table["proxy"],
                table["client_cert"],
                table["connect_timeout"],
                table["read_timeout"],
                table["max_connections"],
                table["user_agent"],
            ),
            color=table["color"],
            notes=table["notes"],
            origin=self._file.name,
        )


def resolve(
    connection: Connection,
    environ: Mapping[str, str] | None = None,
    *,
    interaction: Interaction | None = None,
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

            return default_provider(environ, interaction=interaction)
        case FromSso():
            from s3tui.s3.credentials.profiles import sso_provider

            return sso_provider(connection.credentials.settings, environ, interaction=interaction)
        case FromProfile(name):
            return _of_profile(SharedFiles.read(environ), name, environ, interaction)
        case FromKeyring(access_key):
            found = keychain.get(connection.name)
            if found is None or found.access_key != access_key:
                raise keychain.SecretMissing(
                    f"the keyring holds no secret of {connection.name!r} for key {access_key}: enter it again"
                )
            return found


def _of_profile(
    files: SharedFiles, name: str, environ: Mapping[str, str] | None, interaction: Interaction | None
) -> Credentials | Provider:
    profile = files.profile(name)
    if profile.signs_by == "keys":
        return profile.credentials()
    from s3tui.s3.credentials.profiles import profile_provider

    return profile_provider(name, environ, interaction=interaction)


def _check_name(name: str) -> None:
    if (said := wrong_name(name)) is not None:
        raise ValueError(said)


def _is_another(there: Connection, coming: Connection) -> bool:
    """Return whether `coming` would replace a connection that leads elsewhere, or with other keys."""
    return there.name == coming.name and (
        origin_of(there.endpoint) != origin_of(coming.endpoint) or there.credentials != coming.credentials
    )


def _source(table: Mapping[str, Any]) -> CredentialsSource:
    if table["anonymous"]:
        return Anonymous()
    if table["environment"]:
        return FromEnvironment()
    if table["profile"]:
        return FromProfile(table["profile"])
    if table["sso_start_url"]:
        return FromSso(*(table[name] for name in SSO_OPTIONS))
    return FromKeyring(table["access_key"])


def _entry(connection: Connection) -> dict[str, str | bool | int]:
    endpoint = connection.endpoint
    entry: dict[str, str | bool | int] = {} if endpoint.is_aws else {"endpoint_url": endpoint.url}
    entry |= {"region": endpoint.region_name, "path_style": endpoint.addressing.value}
    match connection.credentials:
        case FromKeyring(access_key):
            entry["access_key"] = access_key
        case FromProfile(profile):
            entry["profile"] = profile
        case FromSso():
            entry |= connection.credentials.settings
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
    client, usual = connection.client, ClientSettings()
    said: dict[str, str | bool | int] = {
        "dual_stack": endpoint.dual_stack,
        "fips": endpoint.fips,
        "accelerate": endpoint.accelerate,
        "ip": "" if endpoint.family is IpFamily.ANY else endpoint.family.name.removeprefix("V"),
        "requester_pays": client.requester_pays,
        "proxy": client.proxy,
        "client_cert": client.client_cert,
        "user_agent": client.user_agent,
        "color": connection.color,
        "notes": connection.notes,
    }
    if client.connect_timeout_s != usual.connect_timeout_s:
        said["connect_timeout"] = f"{client.connect_timeout_s:g} s"
    if client.read_timeout_s != usual.read_timeout_s:
        said["read_timeout"] = f"{client.read_timeout_s:g} s"
    if client.max_connections != usual.max_connections:
        said["max_connections"] = client.max_connections
    return entry | {key: value for key, value in said.items() if value}
