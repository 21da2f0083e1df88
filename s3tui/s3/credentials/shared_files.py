"""The AWS tools' shared files: `~/.aws/config` and `~/.aws/credentials`.

Reads them and never writes. Truth: *Configuration and credential file settings* in the AWS SDKs and
Tools Reference Guide.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from s3tui.s3.errors import CredentialsError
from s3tui.s3.secret import Secret
from s3tui.s3.signing.credentials import Credentials

_KEYS = frozenset(("aws_access_key_id", "aws_secret_access_key", "aws_session_token", "aws_security_token"))
_OF_SSO = frozenset(("sso_session", "sso_start_url"))
_NESTED = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class FileKeys:
    """The keys that stand in one of the files, whole or not."""

    access_key: str | None = None
    secret_key: Secret | None = None
    session_token: Secret | None = None

    @classmethod
    def of(cls, section: Mapping[str, str]) -> FileKeys:
        # The older name of the token wins in the AWS tools, too.
        token = section.get("aws_security_token") or section.get("aws_session_token")
        secret = section.get("aws_secret_access_key")
        return cls(
            section.get("aws_access_key_id"),
            None if secret is None else Secret(secret),
            Secret(token) if token else None,
        )


@dataclass(frozen=True, slots=True)
class Profile:
    """One profile: its settings and keys from both files, the credentials file winning."""

    name: str
    settings: Mapping[str, str] = field(default_factory=dict, repr=False)
    """All but its keys."""
    in_credentials: FileKeys = FileKeys()
    """Its keys in the credentials file, which come before a process's."""
    in_config: FileKeys = FileKeys()
    """Its keys in the config file, which come after."""
    services: _NESTED = field(default_factory=dict, repr=False)
    """Settings by service, from the `services` section that the profile names."""
    looked_in: tuple[Path, ...] = ()
    """The files that it was put together from."""

    @property
    def region(self) -> str | None:
        return self.settings.get("region")

    @property
    def endpoint_url(self) -> str | None:
        """The profile's endpoint URL of S3, unless the profile says to ignore endpoint URLs."""
        return None if ignores_endpoint_urls({}, self) else self.url_of("s3")

    def url_of(self, service: str) -> str | None:
        """Return the endpoint that the profile gives for `service`, its name as in `AWS_ENDPOINT_URL_…`."""
        return self.services.get(service, {}).get("endpoint_url") or self.settings.get("endpoint_url")

    def nested(self, section: str) -> Mapping[str, str]:
        """Return the settings that are indented below `section`, like those of `s3`."""
        return _by_service({section: self.settings.get(section, "")})[section]

    @property
    def access_key(self) -> str | None:
        """The access key of the pair that stands in the files and counts; `None` where there is none."""
        return self._pair.access_key

    @property
    def _pair(self) -> FileKeys:
        return self.in_config if self.in_credentials.access_key is None else self.in_credentials

    @property
    def has_keys(self) -> bool:
        return any(
            part is not None
            for keys in (self.in_credentials, self.in_config)
            for part in (keys.access_key, keys.secret_key)
        )

    @property
    def is_bare(self) -> bool:
        """It names no way to get keys, not even half of one: usual on EC2."""
        return self.signs_by is None and not self.has_keys and not self.settings.keys() & _OF_SSO

    @property
    def signs_by(self) -> str | None:
        """The setting that says how to get its keys: `role_arn`, or one of those in `signs_itself_by`.

        The order is that of the AWS tools. `None`: it names none, so the machine is asked.
        """
        if "role_arn" in self.settings and "web_identity_token_file" not in self.settings:
            return "role_arn"
        return self.signs_itself_by

    @property
    def signs_itself_by(self) -> str | None:
        """The same without a role: `web_identity_token_file`, `sso`, `keys`, `login_session` or
        `credential_process`.
        """
        if "web_identity_token_file" in self.settings:
            return "web_identity_token_file"
        if self.settings.keys() & {"sso_account_id", "sso_role_name"}:
            return "sso"
        if self.in_credentials.access_key is not None:
            return "keys"
        way = next((way for way in ("login_session", "credential_process") if way in self.settings), None)
        if way is None and self.in_config.access_key is not None:
            return "keys"
        return way

    def credentials(self) -> Credentials:
        """Return the keys that stand in the files themselves.

        Raises: CredentialsError, naming how the profile signs in instead.
        """
        keys = self._pair
        if keys.access_key and keys.secret_key:
            return Credentials(
                keys.access_key, keys.secret_key, keys.session_token, source=f"profile {self.name}"
            )
        if self.has_keys:
            reason = f"it has no {'aws_secret_access_key' if keys.access_key else 'aws_access_key_id'}"
        elif self.signs_by is not None:
            reason = f"it holds no keys of its own, and signs in by {self.signs_by}"
        else:
            where = f" in {' or '.join(map(str, self.looked_in))}" if self.looked_in else ""
            reason = f"it holds no keys{where}, and names no role, session or process that gives some"
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
        home = home_in(env)
        config = _expanded(env.get("AWS_CONFIG_FILE"), home / ".aws" / "config")
        secrets = _expanded(env.get("AWS_SHARED_CREDENTIALS_FILE"), home / ".aws" / "credentials")
        found = _Sections.of(_parse(config))
        keys = _parse(secrets)
        files = (config, secrets)
        profiles = {
            name: found.profile(name, keys.get(name, {}), files) for name in {**found.profiles, **keys}
        }
        return cls(profiles, files, found.sso_sessions)

    def check(self, profile: Profile) -> None:
        """Check a profile's settings without fetching keys.

        Raises: CredentialsError, when the files alone show that the profile cannot sign.
        """
        is_sso = profile.signs_by is None and profile.settings.keys() & _OF_SSO
        if profile.signs_by == "sso" or is_sso:
            self.sso_settings(profile)
        elif profile.signs_by in (None, "keys"):
            profile.credentials()

    def sso_settings(self, profile: Profile) -> Mapping[str, str]:
        """Return the profile's settings, merged with those of the sso-session that it names.

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
        """Return the profile `name`.

        Raises: CredentialsError, naming the profiles that exist.
        """
        if name not in self.profiles:
            known = ", ".join(sorted(self.profiles)) or "none"
            where = " and ".join(str(path) for path in self.looked_in)
            raise CredentialsError(
                f"there is no profile {name!r} in {where}; the profiles there are: {known}"
            )
        return self.profiles[name]


@dataclass(frozen=True, slots=True)
class _Sections:
    """The sections of the config file: profiles, sso-sessions, services."""

    profiles: _NESTED
    sso_sessions: _NESTED
    services: _NESTED

    @classmethod
    def of(cls, sections: _NESTED) -> _Sections:
        kinds: dict[str, dict[str, Mapping[str, str]]] = {"profile": {}, "sso-session": {}, "services": {}}
        for section, values in sections.items():
            try:
                words = shlex.split(section)  # as the AWS tools do: quotes, and any white space
            except ValueError:
                continue
            if section == "default":
                kinds["profile"]["default"] = values
            elif len(words) == 2 and words[0] in kinds:
                kinds[words[0]][words[1]] = values
        return cls(kinds["profile"], kinds["sso-session"], kinds["services"])

    def profile(self, name: str, keys: Mapping[str, str], looked_in: tuple[Path, ...]) -> Profile:
        """Return a profile; `keys` are its settings in the credentials file."""
        config = self.profiles.get(name, {})
        settings = {key: value for key, value in {**config, **keys}.items() if key not in _KEYS}
        services = _by_service(self.services.get(settings.get("services", ""), {}))
        return Profile(name, settings, FileKeys.of(keys), FileKeys.of(config), services, looked_in)


def is_true(text: str | None) -> bool:
    """Read a yes or no as the AWS tools do: only `true` is a yes."""
    return text is not None and text.lower() == "true"


def profile_in(environ: Mapping[str, str]) -> str | None:
    """Return the profile that the environment names; the AWS CLI has this order, botocore the other."""
    return environ.get("AWS_PROFILE") or environ.get("AWS_DEFAULT_PROFILE") or None


def region_in(environ: Mapping[str, str]) -> str | None:
    """Return the region that the environment names; the AWS CLI has this order."""
    return environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION") or None


def setting(environ: Mapping[str, str], variable: str, profile: Profile | None, name: str) -> str | None:
    """Return a setting: the environment's `variable`, else the profile's."""
    return environ.get(variable) or (None if profile is None else profile.settings.get(name))


def ignores_endpoint_urls(environ: Mapping[str, str], profile: Profile | None) -> bool:
    """Say whether the endpoint URLs of the environment and the files are to be ignored."""
    name = "ignore_configured_endpoint_urls"
    return is_true(setting(environ, f"AWS_{name.upper()}", profile, name))


def home_in(environ: Mapping[str, str]) -> Path:
    """Return the home folder; where it is unknown, one that does not exist, as the AWS tools do."""
    return Path(environ.get("HOME") or os.path.expanduser("~"))


def _expanded(path: str | None, default: Path) -> Path:
    return Path(os.path.expanduser(path)) if path else default


def _parse(path: Path) -> dict[str, dict[str, str]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise CredentialsError(f"{path} cannot be read: {error}") from None  # it may hold the file's bytes
    import configparser  # where there is such a file: most of a millisecond of the start

    parser = configparser.RawConfigParser(default_section="\0", strict=False)
    try:
        parser.read_string(text)
    except configparser.Error as error:
        line = getattr(error, "lineno", None)  # the error's own text quotes the line, which may be a secret
        where = f" at line {line}" if line else ""
        raise CredentialsError(f"{path} is not a valid AWS file{where}") from None
    return {section.strip(): dict(parser.items(section)) for section in parser.sections()}


def _by_service(section: Mapping[str, str]) -> _NESTED:
    """Read the settings that are indented below each service's name."""
    services: dict[str, dict[str, str]] = {}
    for service, lines in section.items():
        pairs = (line.partition("=") for line in lines.splitlines() if "=" in line)
        services[service] = {name.strip(): value.strip() for name, _, value in pairs}
    return services
