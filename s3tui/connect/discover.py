"""Connections that are here already: the environment's keys, the AWS tools' profiles, mc's aliases.

Reads files; opens no connection and asks no keyring. Truth for the order of precedence: the AWS SDKs and
Tools Reference Guide.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from s3tui import paths
from s3tui.connect.connection import Anonymous, Connection, FromEnvironment, FromProfile, blocked
from s3tui.connect.mc import mc_aliases
from s3tui.connect.store import ConnectionStore
from s3tui.s3.credentials import Credentials, Profile, SharedFiles
from s3tui.s3.endpoint import DEFAULT_REGION, Addressing, Endpoint
from s3tui.s3.errors import CredentialsError
from s3tui.settings import ConfigError, Settings, did_you_mean, endpoint_url_in, region_in

_KEY_VARIABLES = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")


def found_connections(environ: Mapping[str, str] | None = None) -> list[Connection]:
    """Return everything that is here, also what cannot be opened: its `obstacle` says why."""
    env = os.environ if environ is None else environ
    asked = _Asked(endpoint_url_in(env), region_in(env))
    try:
        files = SharedFiles.read(env)
        profiles = [_profile_found(profile, files, asked) for _, profile in sorted(files.profiles.items())]
    except CredentialsError as error:
        files = SharedFiles({}, ())
        profiles = [blocked("aws", "AWS files", error.message)]
    return [*_environment_found(env, files, asked), *profiles, *mc_aliases(env)]


def choose(
    settings: Settings, environ: Mapping[str, str] | None = None, config_file: Path | None = None
) -> Connection | None:
    """Return what the command line asks for, else the environment, config.toml, the default profile.

    `None`: nothing here can sign, so the user must be asked. Where just one connection was saved, it is taken
    before asking.

    Raises: CredentialsError, ConfigError, ValueError: each with the sentence for the user.
    """
    env = os.environ if environ is None else environ
    saved = ConnectionStore(paths.config_file() if config_file is None else config_file).connections()
    return _chosen(settings, env, saved)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What was asked for beyond a profile, and wins over what the profile says."""

    url: str | None
    region: str | None
    addressing: Addressing = Addressing.AUTO

    def endpoint(self, profile: Profile | None) -> Endpoint:
        """Raises: ValueError."""
        url = self.url or (profile and profile.endpoint_url)
        region = self.region or (profile and profile.region) or DEFAULT_REGION
        if url:
            return Endpoint.custom(url, region=region, addressing=self.addressing)
        return Endpoint.aws(region, addressing=self.addressing)

    def upon(self, connection: Connection) -> Connection:
        endpoint = connection.endpoint
        if self.region:
            endpoint = endpoint.in_region(self.region)
        if self.addressing is not Addressing.AUTO:
            endpoint = replace(endpoint, addressing=self.addressing)
        return replace(connection, endpoint=endpoint)


def _chosen(settings: Settings, env: Mapping[str, str], saved: list[Connection]) -> Connection | None:
    asked = _Asked(settings.endpoint_url, settings.region, settings.addressing)
    asked.endpoint(None)  # a wrong URL or region is refused whatever is chosen
    files = SharedFiles.read(env)
    profile = files.profile(settings.profile) if settings.profile else None
    if settings.no_sign_request:
        return Connection("anonymous", asked.endpoint(profile), Anonymous(), origin="--no-sign-request")
    if profile is not None:
        files.check(profile)  # asked for by name: that it cannot sign is an error, not a question
        return _from_profile(profile, files, asked)
    if any(env.get(variable) for variable in _KEY_VARIABLES):
        Credentials.from_environment(env)
        return _from_environment(env, files, asked)
    if settings.connection and not settings.endpoint_url:
        return asked.upon(_named(settings.connection, [*saved, *found_connections(env)]))
    default = files.profiles.get("default")
    if default is not None and _obstacle(default, files) is None:
        return _from_profile(default, files, asked)
    if len(saved) == 1 and not settings.endpoint_url:
        return asked.upon(saved[0])
    return None


def _named(name: str, known: list[Connection]) -> Connection:
    for connection in known:
        if connection.name == name:
            if connection.obstacle is not None:
                raise CredentialsError(connection.obstacle)
            return connection
    names = [connection.name for connection in known]
    hint = did_you_mean(name, names) or f"; there are: {', '.join(names) or 'none'}"
    raise ConfigError(f"config.toml asks for the connection {name!r}, which is not known{hint}")


def _from_environment(env: Mapping[str, str], files: SharedFiles, asked: _Asked) -> Connection:
    profile = files.profiles.get(env.get("AWS_PROFILE") or "default")  # region and endpoint are still its own
    return Connection("env", asked.endpoint(profile), FromEnvironment(), origin="environment")


def _from_profile(profile: Profile, files: SharedFiles, asked: _Asked) -> Connection:
    try:
        endpoint = asked.endpoint(profile)
    except ValueError as error:
        raise ValueError(f"profile {profile.name!r}: {error}") from error
    return Connection(
        f"aws:{profile.name}",
        endpoint,
        FromProfile(profile.name),
        ca_file=profile.settings.get("ca_bundle"),
        origin=_origin(files),
        obstacle=_obstacle(profile, files),
    )


def _environment_found(env: Mapping[str, str], files: SharedFiles, asked: _Asked) -> list[Connection]:
    if not any(env.get(variable) for variable in _KEY_VARIABLES):
        return []
    try:
        Credentials.from_environment(env)
        return [_from_environment(env, files, asked)]
    except (CredentialsError, ValueError) as error:
        return [blocked("env", "environment", str(error))]


def _profile_found(profile: Profile, files: SharedFiles, asked: _Asked) -> Connection:
    try:
        return _from_profile(profile, files, asked)
    except ValueError as error:
        return blocked(f"aws:{profile.name}", _origin(files), str(error))


def _obstacle(profile: Profile, files: SharedFiles) -> str | None:
    try:
        files.check(profile)
    except CredentialsError as error:
        return error.message
    return None


def _origin(files: SharedFiles) -> str:
    folders = dict.fromkeys(_short(file.parent) for file in files.looked_in)
    return " and ".join(folders)


def _short(path: Path) -> str:
    home = paths.home()
    return f"~/{path.relative_to(home)}" if home and path.is_relative_to(home) else str(path)
