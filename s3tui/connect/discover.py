"""Discovers connections that are here already: the environment's keys, AWS profiles, other tools'.

Reads files; asks no keyring, and nobody else than EC2's metadata service, for the region of an instance.
Truth for the order of precedence: the AWS SDKs and Tools Reference Guide.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache, partial
from pathlib import Path

from s3tui import paths
from s3tui.config.reader import ConfigError
from s3tui.connect.aws_settings import EndpointSettings
from s3tui.connect.connection import (
    Anonymous,
    Connection,
    FromChain,
    FromEnvironment,
    FromProfile,
    blocked,
)
from s3tui.connect.named_address import unknown_connection
from s3tui.connect.store import ConnectionStore
from s3tui.connect.tools import other_tools
from s3tui.s3.credentials import Credentials, Profile, SharedFiles
from s3tui.s3.credentials.shared_files import profile_in
from s3tui.s3.credentials.surroundings import (
    has_container,
    has_web_identity,
    looks_like_instance,
    may_be_instance,
)
from s3tui.s3.errors import CredentialsError
from s3tui.settings import Settings


def found_connections(environ: Mapping[str, str] | None = None) -> list[Connection]:
    """Return all connections that are here; one that cannot be opened has an `obstacle`, which says why."""
    env = os.environ if environ is None else environ
    asked = _asked(Settings(), env)
    try:
        files = SharedFiles.read(env)
    except CredentialsError as error:
        nothing = SharedFiles({}, ())
        broken = blocked("aws", "AWS files", error.message)
        return [*_environment_found(nothing, asked), broken, *other_tools(env)]
    profiles = [_profile_found(profile, files, asked) for _, profile in sorted(files.profiles.items())]
    return [*_environment_found(files, asked), *_machine_found(files, asked), *profiles, *other_tools(env)]


def choose(
    settings: Settings, environ: Mapping[str, str] | None = None, config_file: Path | None = None
) -> Connection | None:
    """Choose the connection to start with: command line, environment, config.toml, then the AWS tools' order.

    `None`: nothing here can sign, so the user must be asked. Where just one connection was saved, it is taken
    before asking.

    Raises: CredentialsError and ValueError; ConfigError, where config.toml names a connection that cannot be
        opened. Each with the sentence for the user.
    """
    env = os.environ if environ is None else environ
    saved = _saved(paths.config_file() if config_file is None else config_file)
    EndpointSettings.of(settings, env).endpoint(None)  # a wrong URL or region is refused whatever is chosen
    asked = _asked(settings, env)
    if settings.profile is None and asked.url_beyond(None) and _needs_no_files(settings, env):
        try:
            files = SharedFiles.read(env)
        except CredentialsError:
            files = SharedFiles({}, ())  # they have nothing that is not given already
    else:
        files = SharedFiles.read(env)
    return _chosen(settings, files, asked, saved)


def _saved(config_file: Path) -> list[Connection]:
    """Return the saved connections; none of a file that cannot be read, which is said elsewhere."""
    try:
        return ConnectionStore(config_file).connections()
    except ConfigError:
        return []


def _needs_no_files(settings: Settings, env: Mapping[str, str]) -> bool:
    return settings.no_sign_request or (bool(env.get("AWS_ACCESS_KEY_ID")) and profile_in(env) is None)


def _chosen(
    settings: Settings, files: SharedFiles, asked: EndpointSettings, saved: list[Connection]
) -> Connection | None:
    env = asked.environ
    if settings.named_connection is not None:
        return asked.upon(_asked_for(settings.named_connection, [*saved, *found_connections(env)]))
    named = settings.profile or profile_in(env)
    profile = files.profile(named) if named else files.profiles.get("default")
    if settings.no_sign_request:
        return Connection("anonymous", asked.endpoint(profile), Anonymous(), origin="--no-sign-request")
    if settings.profile is not None and profile is not None:
        return _must_sign(profile, files, asked)
    if env.get("AWS_ACCESS_KEY_ID"):
        Credentials.from_environment(env)
        return Connection("env", asked.endpoint(profile), FromEnvironment(), origin="environment")
    if has_web_identity(env, profile):
        return _from_chain(profile, files, asked)
    if named and profile is not None:
        return _must_sign(profile, files, asked)
    if settings.connection and not asked.url_beyond(None):
        return asked.upon(_named(settings.connection, [*saved, *found_connections(env)]))
    if profile is not None and profile.signs_by is not None and _obstacle(profile, files, env) is None:
        return _from_profile(profile, files, asked)
    if (profile is None or profile.signs_by is None) and _has_machine(env, profile):
        return _from_chain(profile, files, asked)
    if len(saved) == 1 and saved[0].obstacle is None and not asked.url_beyond(None):
        return asked.upon(saved[0])
    return None


def _must_sign(profile: Profile, files: SharedFiles, asked: EndpointSettings) -> Connection:
    """Return the connection of a profile that was asked for by name, if it can sign.

    Raises: CredentialsError: what cannot sign is an error then, and not a question.
    """
    if profile.is_bare and may_be_instance(asked.environ):
        # Not every instance can be known for one: its metadata service is asked, as the AWS CLI does.
        asked = replace(asked, machines_region=partial(_instance_region, asked.environ))
        return replace(_from_profile(profile, files, asked), obstacle=None)
    connection = _from_profile(profile, files, asked)
    if connection.obstacle is not None:
        raise CredentialsError(connection.obstacle)
    return connection


def _asked(settings: Settings, env: Mapping[str, str]) -> EndpointSettings:
    def region(profile: Profile | None) -> str | None:
        return _instance_region(env, profile) if looks_like_instance(env, profile) else None

    return replace(EndpointSettings.of(settings, env), machines_region=region)


def _instance_region(environ: Mapping[str, str], profile: Profile | None) -> str | None:
    from s3tui.s3.credentials.machine import instance_settings  # httpx: not before the first paint

    told = instance_settings(environ, profile or Profile("default"))
    names = ("AWS_EC2_METADATA_SERVICE_ENDPOINT", "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE")
    return _region_told(tuple((name, told[name]) for name in names if name in told))


@lru_cache
def _region_told(settings: tuple[tuple[str, str], ...]) -> str | None:
    """Ask the metadata service for the region, once a run: a machine stays where it is."""
    from s3tui.s3.credentials.machine import waiting_for_region

    try:
        return waiting_for_region(dict(settings))
    except CredentialsError:
        return None


def _asked_for(name: str, known: list[Connection]) -> Connection:
    """Return the connection that the command line names.

    Raises: ValueError, where there is none, or it cannot be opened.
    """
    connection = next((each for each in known if each.name == name), None)
    if connection is None:
        raise ValueError(unknown_connection(name, [each.name for each in known]))
    if connection.obstacle is not None:
        raise ValueError(f"the connection {name!r} cannot be opened: {connection.obstacle}")
    return connection


def _named(name: str, known: list[Connection]) -> Connection:
    """Return the connection that config.toml names.

    Raises: ConfigError, where there is none, or it cannot be opened.
    """
    try:
        return _asked_for(name, known)
    except ValueError as error:
        raise ConfigError(f"config.toml asks for a connection in vain: {error}") from error


def _from_chain(profile: Profile | None, files: SharedFiles, asked: EndpointSettings) -> Connection:
    ca_file = None if profile is None else profile.settings.get("ca_bundle")
    return Connection("aws", asked.endpoint(profile), FromChain(), ca_file=ca_file, origin="this machine")


def _from_profile(profile: Profile, files: SharedFiles, asked: EndpointSettings) -> Connection:
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
        obstacle=_obstacle(profile, files, asked.environ),
    )


def _environment_found(files: SharedFiles, asked: EndpointSettings) -> list[Connection]:
    env = asked.environ
    if not env.get("AWS_ACCESS_KEY_ID"):
        return []
    try:
        Credentials.from_environment(env)
        # Region and endpoint are still the profile's own.
        profile = files.profiles.get(profile_in(env) or "default")
        return [Connection("env", asked.endpoint(profile), FromEnvironment(), origin="environment")]
    except (CredentialsError, ValueError) as error:
        return [blocked("env", "environment", str(error))]


def _machine_found(files: SharedFiles, asked: EndpointSettings) -> list[Connection]:
    env = asked.environ
    profile = files.profiles.get(profile_in(env) or "default")
    if not (has_web_identity(env, profile) or _has_machine(env, profile)):
        return []
    try:
        return [_from_chain(profile, files, asked)]
    except ValueError as error:
        return [blocked("aws", "this machine", str(error))]


def _profile_found(profile: Profile, files: SharedFiles, asked: EndpointSettings) -> Connection:
    try:
        return _from_profile(profile, files, asked)
    except ValueError as error:
        return blocked(f"aws:{profile.name}", _origin(files), str(error))


def _obstacle(profile: Profile, files: SharedFiles, env: Mapping[str, str]) -> str | None:
    if profile.signs_by is None and _has_machine(env, profile):
        return None  # usual on EC2: a profile with only a region, and the machine's own keys
    try:
        files.check(profile)
    except CredentialsError as error:
        return error.message
    return None


def _has_machine(env: Mapping[str, str], profile: Profile | None) -> bool:
    return has_container(env) or looks_like_instance(env, profile)


def _origin(files: SharedFiles) -> str:
    folders = dict.fromkeys(_short(file.parent) for file in files.looked_in)
    return " and ".join(folders)


def _short(path: Path) -> str:
    home = paths.home()
    return f"~/{path.relative_to(home)}" if home and path.is_relative_to(home) else str(path)
