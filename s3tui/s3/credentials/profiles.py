"""How a profile in the AWS tools' files comes to keys, and where keys are found when nobody says.

Source: AWS SDKs and Tools Reference Guide, *Standardized credential providers*, *Assume role credential
provider*, *Service-specific endpoints*; the order is botocore's.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from s3tui.s3.credentials import machine, process
from s3tui.s3.credentials.keys import Credentials
from s3tui.s3.credentials.refreshing import Refreshing
from s3tui.s3.credentials.secret import Secret
from s3tui.s3.credentials.shared_files import Profile, SharedFiles
from s3tui.s3.credentials.sso import SignInEnded, SsoRole
from s3tui.s3.credentials.sts import Role, Sts
from s3tui.s3.endpoint import DEFAULT_REGION, check_region
from s3tui.s3.errors import CredentialsError
from s3tui.s3.region import partition_of

MfaPrompt: TypeAlias = Callable[[str], Awaitable[str]]
"""Given the serial number of a device, returns the code that it shows."""


def default_provider(environ: Mapping[str, str] | None = None, *, mfa: MfaPrompt | None = None) -> Refreshing:
    """Return keys from the first place that has some.

    The places: the environment, a web identity's token, the profile that AWS_PROFILE names (or `default`),
    the container, the EC2 instance.
    """
    env = os.environ if environ is None else environ
    return Refreshing(lambda: _first_found(env, mfa))


def profile_provider(
    name: str, environ: Mapping[str, str] | None = None, *, mfa: MfaPrompt | None = None
) -> Refreshing:
    """Return the keys of profile `name`, by whatever way it signs in.

    The files are read again whenever keys are fetched again.
    """
    env = os.environ if environ is None else environ
    return Refreshing(lambda: _of_profile(name, env, mfa))


async def _of_profile(name: str, environ: Mapping[str, str], mfa: MfaPrompt | None) -> Credentials:
    files = await asyncio.to_thread(SharedFiles.read, environ)
    return await _Search(files, environ, mfa).keys(name)


async def _first_found(environ: Mapping[str, str], mfa: MfaPrompt | None) -> Credentials:
    if environ.get("AWS_ACCESS_KEY_ID") or environ.get("AWS_SECRET_ACCESS_KEY"):
        return Credentials.from_environment(environ)
    files = await asyncio.to_thread(SharedFiles.read, environ)
    search = _Search(files, environ, mfa)
    if environ.get("AWS_WEB_IDENTITY_TOKEN_FILE"):
        return await search.web_identity(Profile("", _web_identity_in(environ)), "the environment")
    asked = environ.get("AWS_PROFILE")
    name = asked or "default"
    if (asked or name in files.profiles) and files.profile(name).signs_by is not None:
        return await search.keys(name)
    if machine.has_container(environ):
        return await machine.from_container(environ)
    try:
        return await machine.from_instance(environ)
    except CredentialsError as error:
        looked_in = " or ".join(str(path) for path in files.looked_in)
        raise CredentialsError(
            f"no keys were found: AWS_ACCESS_KEY_ID is not set, profile {name!r} has none in {looked_in}, "
            f"there is no container's agent, and no EC2 instance ({error.message})"
        ) from error


def _web_identity_in(environ: Mapping[str, str]) -> Mapping[str, str]:
    names = {
        "role_arn": "AWS_ROLE_ARN",
        "role_session_name": "AWS_ROLE_SESSION_NAME",
        "web_identity_token_file": "AWS_WEB_IDENTITY_TOKEN_FILE",
    }
    return {setting: environ[name] for setting, name in names.items() if environ.get(name)}


@dataclass(frozen=True, slots=True)
class _Search:
    """One search for keys, through as many profiles as point at one another."""

    files: SharedFiles
    environ: Mapping[str, str]
    mfa: MfaPrompt | None

    async def keys(self, name: str, via: tuple[str, ...] = ()) -> Credentials:
        """Return the keys of profile `name`, reached through the profiles `via`."""
        profile = self.files.profile(name)
        match profile.signs_by:
            # A profile that others take as their source answers with the keys that stand in it.
            case "role_arn" if not (via and profile.has_keys):
                return await self._assume_role(profile, via)
            case "web_identity_token_file":
                return await self.web_identity(profile, f"profile {name!r}")
            case "sso":
                return await self._sso(profile)
            case "credential_process":
                return await process.from_process(profile.settings["credential_process"], name, self.environ)
            case "keys" | "role_arn":
                return profile.credentials()
            case _:
                return await process.from_aws_cli(name, self.environ)

    async def web_identity(self, profile: Profile, where: str) -> Credentials:
        settings = profile.settings
        if "role_arn" not in settings:
            raise CredentialsError(f"{where} names a web identity's token, and no role_arn to assume with it")
        token = await asyncio.to_thread(_web_identity_token, settings["web_identity_token_file"])
        return await self._sts(profile).assume_role_with_web_identity(_role(settings, where), token)

    async def _assume_role(self, profile: Profile, via: tuple[str, ...]) -> Credentials:
        where = f"profile {profile.name!r}"
        role = _role(profile.settings, where)
        keys = await self._source_keys(profile, (*via, profile.name))
        code: str | None = None
        if role.mfa_serial is not None:
            if self.mfa is None:
                raise CredentialsError(
                    f"{where} needs a code of the device {role.mfa_serial}, which cannot be asked for here: "
                    "use the keys of a session that the AWS CLI opened"
                )
            code = await self.mfa(role.mfa_serial)
        return await self._sts(profile).assume_role(role, keys, mfa_code=code)

    async def _source_keys(self, profile: Profile, via: tuple[str, ...]) -> Credentials:
        source, place = (profile.settings.get(name) for name in ("source_profile", "credential_source"))
        if (source is None) == (place is None):
            how_many = "neither of" if source is None else "both"
            raise CredentialsError(
                f"profile {profile.name!r} has {how_many} source_profile and credential_source: "
                "one of them says whose keys ask for the role"
            )
        if source is not None:
            if source == profile.name and profile.has_keys:
                return profile.credentials()
            if source in via:
                raise CredentialsError(f"the profiles {' → '.join((*via, source))} point at one another")
            return await self.keys(source, via)
        match place:
            case "Environment":
                return Credentials.from_environment(self.environ)
            case "EcsContainer":
                return await machine.from_container(self.environ)
            case "Ec2InstanceMetadata":
                return await machine.from_instance(self.environ)
            case _:
                raise CredentialsError(
                    f"profile {profile.name!r} has the credential_source {place!r}: there are Environment, "
                    "EcsContainer and Ec2InstanceMetadata"
                )

    async def _sso(self, profile: Profile) -> Credentials:
        settings = self.files.sso_settings(profile)
        role = SsoRole(
            profile.name,
            settings["sso_account_id"],
            settings["sso_role_name"],
            settings.get("sso_session") or settings["sso_start_url"],
        )
        portal = self._service_url("sso", "portal.sso", settings["sso_region"], profile)
        home = Path(self.environ.get("HOME") or Path.home())
        try:
            token = await asyncio.to_thread(role.token, home / ".aws" / "sso" / "cache")
            return await role.keys(token, portal, self._ca_bundle(profile))
        except SignInEnded as ended:
            try:
                return await process.from_aws_cli(profile.name, self.environ)  # it can renew the token
            except CredentialsError:
                raise ended from None

    def _sts(self, profile: Profile) -> Sts:
        in_environment = self.environ.get("AWS_REGION") or self.environ.get("AWS_DEFAULT_REGION")
        region = in_environment or profile.region or DEFAULT_REGION
        return Sts(self._service_url("sts", "sts", region, profile), region, self._ca_bundle(profile))

    def _service_url(self, service: str, host: str, region: str, profile: Profile) -> str:
        try:
            check_region(region)
        except ValueError as error:
            raise CredentialsError(str(error)) from None
        configured: str | None = None
        if self.environ.get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "").lower() != "true":
            own = self.environ.get(f"AWS_ENDPOINT_URL_{service.upper()}")
            configured = own or self.environ.get("AWS_ENDPOINT_URL") or profile.url_of(service)
        return (configured or f"https://{host}.{region}.{partition_of(region).dns_suffix}").rstrip("/")

    def _ca_bundle(self, profile: Profile) -> str | None:
        return self.environ.get("AWS_CA_BUNDLE") or profile.settings.get("ca_bundle")


def _web_identity_token(file: str) -> Secret:
    try:
        return Secret(Path(file).expanduser().read_text("utf-8").strip())
    except (OSError, UnicodeDecodeError) as error:
        raise CredentialsError(f"the web identity's token in {file} cannot be read: {error}") from error


def _role(settings: Mapping[str, str], where: str) -> Role:
    duration = settings.get("duration_seconds")
    if duration is not None and not (duration.isascii() and duration.isdigit()):
        raise CredentialsError(f"{where} has a duration_seconds that is no number: {duration!r}")
    return Role(
        settings["role_arn"],
        settings.get("role_session_name"),
        settings.get("external_id"),
        None if duration is None else int(duration),
        settings.get("mfa_serial"),
    )
