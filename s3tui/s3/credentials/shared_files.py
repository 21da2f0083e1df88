"""The AWS tools' shared files: `~/.aws/config` and `~/.aws/credentials`.

Reads them and never writes. Truth: *Configuration and credential file settings* in the AWS SDKs and
Tools Reference Guide.
"""

from __future__ import annotations

import configparser
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from s3tui.s3.credentials.keys import Credentials
from s3tui.s3.credentials.secret import Secret
from s3tui.s3.errors import CredentialsError

_SECRETS = ("aws_secret_access_key", "aws_session_token", "aws_security_token")
_NESTED = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Profile:
    """One profile: what both files say of it, the credentials file winning."""

    name: str
    settings: Mapping[str, str] = field(default_factory=dict, repr=False)
    """All but its keys."""
    secrets: Mapping[str, Secret] = field(default_factory=dict)
    """Its secret key and session token, by the names that they have in the files."""
    services: _NESTED = field(default_factory=dict, repr=False)
    """Settings by service, from the `services` section that the profile names."""

    @property
    def region(self) -> str | None:
        return self.settings.get("region")

    @property
    def endpoint_url(self) -> str | None:
        """Where the profile's S3 is, when it is not AWS."""
        return self.url_of("s3")

    def url_of(self, service: str) -> str | None:
        """Return the endpoint that the profile gives for `service`, its name as in `AWS_ENDPOINT_URL_…`."""
        if self.settings.get("ignore_configured_endpoint_urls", "").lower() == "true":
            return None
        return self.services.get(service, {}).get("endpoint_url") or self.settings.get("endpoint_url")

    @property
    def has_keys(self) -> bool:
        return "aws_access_key_id" in self.settings or "aws_secret_access_key" in self.secrets

    @property
    def signs_by(self) -> str | None:
        """Name the way to its keys: `keys`, `role_arn`, `web_identity_token_file`, `sso`,
        `credential_process` or `login_session`; `None` where it says of none.
        """
        if "role_arn" in self.settings and "web_identity_token_file" not in self.settings:
            return "role_arn"
        if "web_identity_token_file" in self.settings:
            return "web_identity_token_file"
        if self.settings.keys() & {"sso_account_id", "sso_role_name", "sso_session", "sso_start_url"}:
            return "sso"
        if self.has_keys:
            return "keys"
        return next((way for way in ("credential_process", "login_session") if way in self.settings), None)

    def credentials(self) -> Credentials:
        """Return the keys that stand in the files themselves.

        Raises: CredentialsError, saying by what the profile signs in instead.
        """
        access_key = self.settings.get("aws_access_key_id")
        secret_key = self.secrets.get("aws_secret_access_key")
        if access_key and secret_key:
            # The older name wins in the AWS tools, too.
            token = self.secrets.get("aws_security_token") or self.secrets.get("aws_session_token")
            return Credentials(access_key, secret_key, token or None, source=f"profile {self.name}")
        if self.has_keys:
            reason = f"it has no {'aws_secret_access_key' if access_key else 'aws_access_key_id'}"
        elif self.signs_by is not None:
            reason = f"it holds no keys of its own, and signs in by {self.signs_by}"
        else:
            reason = "it holds no keys"
        raise CredentialsError(f"profile {self.name!r} cannot sign requests: {reason}")


class SharedFiles:
    """Both files, parsed once."""

    def __init__(
        self,
        profiles: Mapping[str, Profile],
        looked_in: tuple[Path, ...],
        sso_sessions: _NESTED = MappingProxyType({}),
    ) -> None:
        self.profiles = profiles
        self.looked_in = looked_in
        self.sso_sessions = sso_sessions

    @classmethod
    def read(cls, environ: Mapping[str, str] | None = None) -> SharedFiles:
        """Read the files that AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE name, or the usual ones.

        A file that is not there counts as empty.

        Raises: CredentialsError, when one is there and cannot be read.
        """
        env = os.environ if environ is None else environ
        home = Path(env.get("HOME") or Path.home())
        config = Path(env.get("AWS_CONFIG_FILE") or home / ".aws" / "config").expanduser()
        secrets = Path(env.get("AWS_SHARED_CREDENTIALS_FILE") or home / ".aws" / "credentials").expanduser()
        settings: dict[str, dict[str, str]] = {}
        others: dict[str, dict[str, dict[str, str]]] = {"sso-session": {}, "services": {}}
        for section, values in _parse(config).items():
            kind, _, name = section.partition(" ")
            name = name.strip().strip("\"'")
            if section == "default":
                settings.setdefault("default", {}).update(values)
            elif kind == "profile" and name:
                settings.setdefault(name, {}).update(values)
            elif kind in others and name:
                others[kind][name] = values
        for section, values in _parse(secrets).items():
            settings.setdefault(section, {}).update(values)
        profiles = {
            name: _profile(name, values, others["services"].get(values.get("services", ""), {}))
            for name, values in settings.items()
        }
        return cls(profiles, (config, secrets), others["sso-session"])

    def check(self, profile: Profile) -> None:
        """Raises: CredentialsError, when the files alone show that the profile cannot sign."""
        if profile.signs_by == "sso":
            self.sso_settings(profile)
        elif profile.signs_by in (None, "keys"):
            profile.credentials()

    def sso_settings(self, profile: Profile) -> Mapping[str, str]:
        """Return the profile's settings together with those of the sso-session that it names.

        Raises: CredentialsError, naming what is missing or contradicts.
        """
        settings, name = profile.settings, profile.settings.get("sso_session")
        where = f"profile {profile.name!r}"
        if name is not None:
            if name not in self.sso_sessions:
                raise CredentialsError(f"{where} names the sso-session {name!r}, which is not in the file")
            session = self.sso_sessions[name]
            for key in session.keys() & settings.keys():
                if session[key] != settings[key]:
                    raise CredentialsError(f"{where} and its sso-session {name!r} disagree about {key}")
            settings = {**settings, **session}
        needed = ("sso_account_id", "sso_role_name", "sso_start_url", "sso_region")
        missing = [key for key in needed if not settings.get(key)]
        if missing:
            raise CredentialsError(f"{where} signs in by sso, and does not say {', '.join(missing)}")
        return settings

    def profile(self, name: str) -> Profile:
        """Raises: CredentialsError, naming the profiles that are there."""
        if name not in self.profiles:
            known = ", ".join(sorted(self.profiles)) or "none"
            where = " and ".join(str(path) for path in self.looked_in)
            raise CredentialsError(
                f"there is no profile {name!r} in {where}; the profiles there are: {known}"
            )
        return self.profiles[name]


def _parse(path: Path) -> dict[str, dict[str, str]]:
    parser = configparser.RawConfigParser(default_section="\0", strict=False)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise CredentialsError(f"{path} cannot be read: {error}") from error
    try:
        parser.read_string(text)
    except configparser.Error as error:
        line = getattr(error, "lineno", None)  # the error's own text quotes the line, which may be a secret
        where = f" at line {line}" if line else ""
        raise CredentialsError(f"{path} is not a valid AWS file{where}") from None
    return {section.strip(): dict(parser.items(section)) for section in parser.sections()}


def _profile(name: str, values: Mapping[str, str], services: Mapping[str, str]) -> Profile:
    settings = {key: value for key, value in values.items() if key not in _SECRETS}
    secrets = {key: Secret(values[key]) for key in _SECRETS if key in values}
    return Profile(name, settings, secrets, _by_service(services))


def _by_service(section: Mapping[str, str]) -> _NESTED:
    """Read the settings that are indented below each service's name."""
    services: dict[str, dict[str, str]] = {}
    for service, lines in section.items():
        pairs = (line.partition("=") for line in lines.splitlines() if "=" in line)
        services[service] = {name.strip(): value.strip() for name, _, value in pairs}
    return services
