"""Credential providers: the keys of a profile, and the default chain that is searched for keys.

Source: AWS SDKs and Tools Reference Guide, *Standardized credential providers*, *Assume role credential
provider*, *Service-specific endpoints*; the order is that of the AWS CLI, version 2.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from s3tui.s3.address.endpoint import DEFAULT_REGION
from s3tui.s3.address.hosts import check_region
from s3tui.s3.address.region import AWS, partition_of
from s3tui.s3.credentials import machine, process
from s3tui.s3.credentials.aws_login import LoginSession, sign_in_url
from s3tui.s3.credentials.interaction import Interaction
from s3tui.s3.credentials.refreshing import Refreshing
from s3tui.s3.credentials.shared_files import (
    Profile,
    SharedFiles,
    home_in,
    ignores_endpoint_urls,
    is_true,
    profile_in,
    setting,
)
from s3tui.s3.credentials.sso import SCOPE, Portal, SignInEnded, SsoServices, SsoSession
from s3tui.s3.credentials.sso_oidc import Oidc
from s3tui.s3.credentials.sso_sign_in import can_open_browser
from s3tui.s3.credentials.sts import Role, Sts
from s3tui.s3.credentials.surroundings import has_container
from s3tui.s3.errors import CredentialsError
from s3tui.s3.secret import Secret
from s3tui.s3.signing.credentials import Credentials


def default_provider(
    environ: Mapping[str, str] | None = None, *, interaction: Interaction | None = None
) -> Refreshing:
    """Return a provider of keys from the first place that has some, in the order of the AWS CLI.

    The places: the environment, the role of the profile that AWS_PROFILE names (or AWS_DEFAULT_PROFILE, or
    `default`), a web identity's token, the other ways of that profile, the container, the EC2 instance.
    """
    env = os.environ if environ is None else environ
    ways = interaction or Interaction()
    return Refreshing(lambda: _first_found(env, ways), on_forget=ways.forget)


def profile_provider(
    name: str, environ: Mapping[str, str] | None = None, *, interaction: Interaction | None = None
) -> Refreshing:
    """Return a provider of the keys of profile `name`, by whichever way it signs in.

    No keys of the environment are used; where the profile names no way to sign in, the container and the EC2
    instance are asked. The files are read again whenever keys are fetched again.
    """
    env = os.environ if environ is None else environ
    ways = interaction or Interaction()
    return Refreshing(lambda: _of_profile(name, env, ways), on_forget=ways.forget)


def sso_provider(
    settings: Mapping[str, str],
    environ: Mapping[str, str] | None = None,
    *,
    interaction: Interaction | None = None,
) -> Refreshing:
    """Return a provider of the keys of a role, by settings named as in a profile (`sso_account_id`, …)."""
    env = os.environ if environ is None else environ
    ways = interaction or Interaction()
    search = _Search(SharedFiles({}, ()), env, ways)
    return Refreshing(lambda: search._sso(Profile("sso", settings)), on_forget=ways.forget)


def sso_services(start_url: str, region: str, environ: Mapping[str, str] | None = None) -> SsoServices:
    """Return the services of a start page in its region.

    Raises: CredentialsError, for a region that is none.
    """
    env = os.environ if environ is None else environ
    settings = {"sso_start_url": start_url, "sso_region": region}
    return _Search(SharedFiles({}, ()), env, Interaction()).sso_services(settings, Profile("sso", settings))


async def _of_profile(name: str, environ: Mapping[str, str], ways: Interaction) -> Credentials:
    files = await asyncio.to_thread(SharedFiles.read, environ)
    profile = files.profile(name)
    return await _Search(files, environ, ways).first(profile, _web_settings(profile), f"profile {name!r}")


async def _first_found(environ: Mapping[str, str], ways: Interaction) -> Credentials:
    if environ.get("AWS_ACCESS_KEY_ID"):
        return Credentials.from_environment(environ)
    files = await asyncio.to_thread(SharedFiles.read, environ)
    name = profile_in(environ)
    profile = files.profile(name) if name else files.profiles.get("default", Profile("default"))
    # Each setting by itself: the environment's is taken before the profile's.
    web = {**_web_settings(profile), **_web_settings_in(environ)}
    where = "the environment" if environ.get("AWS_WEB_IDENTITY_TOKEN_FILE") else f"profile {profile.name!r}"
    return await _Search(files, environ, ways).first(profile, web, where)


_WEB_VARIABLES = {
    "role_arn": "AWS_ROLE_ARN",
    "role_session_name": "AWS_ROLE_SESSION_NAME",
    "web_identity_token_file": "AWS_WEB_IDENTITY_TOKEN_FILE",
}


def _web_settings(profile: Profile) -> Mapping[str, str]:
    return {name: profile.settings[name] for name in _WEB_VARIABLES if profile.settings.get(name)}


def _web_settings_in(environ: Mapping[str, str]) -> Mapping[str, str]:
    return {name: environ[variable] for name, variable in _WEB_VARIABLES.items() if environ.get(variable)}


@dataclass(frozen=True, slots=True)
class _Search:
    """One search for keys, through the profiles that name one another as their source."""

    files: SharedFiles
    environ: Mapping[str, str]
    ways: Interaction

    async def first(self, profile: Profile, web: Mapping[str, str], where: str) -> Credentials:
        """Return the first keys of `profile`, of the web identity, or of this machine."""
        if profile.signs_by == "role_arn":
            return await self._assume_role(profile, ())
        if "web_identity_token_file" in web:
            return await self._web_identity(profile, web, where)
        if profile.signs_itself_by is not None:
            return await self._itself(profile)
        if has_container(self.environ):
            return await machine.from_container(self.environ)
        try:
            return await machine.from_instance(machine.instance_settings(self.environ, profile))
        except CredentialsError as error:
            looked_in = " or ".join(str(path) for path in self.files.looked_in)
            raise CredentialsError(
                f"no keys were found: AWS_ACCESS_KEY_ID is not set, profile {profile.name!r} has none in "
                f"{looked_in}, there is no container's agent, and no EC2 instance ({error.message})"
            ) from error

    async def _source(self, name: str, via: tuple[str, ...]) -> Credentials:
        """Return the keys of a `source_profile`, reached through the profiles in `via`."""
        profile = self.files.profile(name)
        # Keys that stand in it go before its own role.
        if profile.signs_by == "role_arn" and not profile.has_keys:
            return await self._assume_role(profile, via)
        if profile.signs_itself_by is None:
            profile.credentials()  # says what it lacks
        return await self._itself(profile)

    async def _itself(self, profile: Profile) -> Credentials:
        match profile.signs_itself_by:
            case "web_identity_token_file":
                where = f"profile {profile.name!r}"
                return await self._web_identity(profile, _web_settings(profile), where)
            case "sso":
                return await self._sso(profile)
            case "credential_process":
                command = profile.settings["credential_process"]
                return await process.from_process(command, profile.name, self.environ, show=self.ways.process)
            case "login_session":
                return await self._login(profile)
            case "keys":
                return profile.credentials()
            case _:
                return await process.from_aws_cli(profile.name, self.environ)

    async def _web_identity(self, profile: Profile, settings: Mapping[str, str], where: str) -> Credentials:
        if "role_arn" not in settings:
            raise CredentialsError(f"{where} names a web identity's token, and no role_arn to assume with it")
        token = await asyncio.to_thread(_web_identity_token, settings["web_identity_token_file"])
        return await self._sts(profile).assume_role_with_web_identity(_role(settings, where), token)

    async def _assume_role(self, profile: Profile, via: tuple[str, ...]) -> Credentials:
        where = f"profile {profile.name!r}"
        role = _role(profile.settings, where)
        keys = await self._source_keys(profile, (*via, profile.name))
        sts = self._sts(profile)
        if role.mfa_serial is None:
            return await sts.assume_role(role, keys)
        serial, mfa = role.mfa_serial, self.ways.mfa
        if mfa is None:
            raise CredentialsError(
                f"{where} needs a code of the device {serial}, which cannot be asked for here: "
                "use the keys of a session that the AWS CLI opened"
            )
        ask = mfa

        async def with_code() -> Credentials:
            assumed = await sts.assume_role(role, keys, mfa_code=await ask(serial))
            return replace(assumed, is_renewable=False)

        return await self.ways.shared((sts, role, keys.access_key), with_code)

    async def _source_keys(self, profile: Profile, via: tuple[str, ...]) -> Credentials:
        source, place = (profile.settings.get(name) for name in ("source_profile", "credential_source"))
        if (source is None) == (place is None):
            how_many = "neither of" if source is None else "both"
            raise CredentialsError(
                f"profile {profile.name!r} has {how_many} source_profile and credential_source: "
                "one of them says whose keys ask for the role"
            )
        if source is not None:
            if source in via and not (source == profile.name and profile.has_keys):
                raise CredentialsError(f"the profiles {' → '.join((*via, source))} point at one another")
            return await self._source(source, via)
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
        sso = self.sso_services(settings, profile)
        account, role = settings["sso_account_id"], settings["sso_role_name"]
        try:
            token = await sso.token(self.ways)
            try:
                return await sso.portal.keys(token, account, role)
            except SignInEnded:  # the service knows better than the token's time
                return await sso.portal.keys(await sso.token(self.ways, ended=token), account, role)
        except SignInEnded as ended:
            if profile.name not in self.files.profiles:
                raise  # to the AWS CLI its name would be that of somebody else's profile
            try:
                return await process.from_aws_cli(profile.name, self.environ)
            except CredentialsError:
                raise ended from None

    def sso_services(self, settings: Mapping[str, str], profile: Profile) -> SsoServices:
        """Return the services of the session that the settings name."""
        region = settings["sso_region"]
        is_in_files = profile.name in self.files.profiles
        session = SsoSession(
            settings["sso_start_url"],
            region,
            home_in(self.environ) / ".aws" / "sso" / "cache",
            settings.get("sso_session"),
            tuple(settings.get("sso_registration_scopes", SCOPE).replace(",", " ").split()),
            f"aws sso login --profile {profile.name}" if is_in_files else "",
        )
        ca_bundle = self._ca_bundle(profile)
        url = self._service_url("sso", "portal.sso", region, profile)
        return SsoServices(
            session,
            Oidc(self._service_url("sso_oidc", "oidc", region, profile), ca_bundle),
            Portal(url, session.shown, session.hint, ca_bundle),
            can_open_browser(self.environ),
        )

    async def _login(self, profile: Profile) -> Credentials:
        region, arn = profile.region or DEFAULT_REGION, profile.settings["login_session"]
        session = LoginSession(
            profile.name,
            arn,
            login_cache(self.environ),
            lambda where: self._configured_url("signin", profile) or sign_in_url(where),
            region,
            self._ca_bundle(profile),
        )
        try:
            async with self.ways.turn(("login", arn)):  # what renews it can be used once
                return await session.keys()
        except SignInEnded as ended:
            try:
                return await process.from_aws_cli(profile.name, self.environ)
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
        configured = self._configured_url(service, profile)
        partition = partition_of(region)
        fips = setting(self.environ, "AWS_USE_FIPS_ENDPOINT", profile, "use_fips_endpoint")
        if service == "sts" and partition is AWS and is_true(fips):
            host = "sts-fips"  # GovCloud's own is one by itself
        return (configured or f"https://{host}.{region}.{partition.dns_suffix}").rstrip("/")

    def _configured_url(self, service: str, profile: Profile) -> str | None:
        if ignores_endpoint_urls(self.environ, profile):
            return None
        own = self.environ.get(f"AWS_ENDPOINT_URL_{service.upper()}")
        url = own or self.environ.get("AWS_ENDPOINT_URL") or profile.url_of(service)
        return url.rstrip("/") if url else None

    def _ca_bundle(self, profile: Profile) -> str | None:
        return self.environ.get("AWS_CA_BUNDLE") or profile.settings.get("ca_bundle")


def login_cache(environ: Mapping[str, str]) -> Path:
    """Return the folder in which `aws login` leaves its sessions."""
    folder = environ.get("AWS_LOGIN_CACHE_DIRECTORY")
    return Path(os.path.expanduser(folder)) if folder else home_in(environ) / ".aws" / "login" / "cache"


def _web_identity_token(file: str) -> Secret:
    try:
        return Secret(Path(os.path.expanduser(file)).read_text("utf-8").strip())
    except (OSError, UnicodeDecodeError) as error:
        raise CredentialsError(f"the web identity's token in {file} cannot be read: {error}") from None


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
