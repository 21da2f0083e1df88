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

from s3tui.s3.credentials.keys import Credentials
from s3tui.s3.errors import CredentialsError


@dataclass(frozen=True, slots=True)
class Profile:
    """One profile: what both files say of it, the credentials file winning."""

    name: str
    settings: Mapping[str, str] = field(default_factory=dict, repr=False)
    """May hold a secret: never print it whole."""

    @property
    def region(self) -> str | None:
        return self.settings.get("region")

    @property
    def endpoint_url(self) -> str | None:
        return self.settings.get("endpoint_url")

    @property
    def has_keys(self) -> bool:
        return "aws_access_key_id" in self.settings

    def credentials(self) -> Credentials:
        """Return the keys that stand in the files themselves.

        Raises: CredentialsError, saying what the profile would need instead.
        """
        access_key = self.settings.get("aws_access_key_id")
        secret_key = self.settings.get("aws_secret_access_key")
        if not access_key or not secret_key:
            how = next(
                (name for name in ("sso_session", "sso_start_url", "role_arn", "credential_process",
                                   "web_identity_token_file") if name in self.settings),
                None,
            )  # fmt: skip
            reason = f"it signs in by {how}, which is not supported yet" if how else "it holds no keys"
            raise CredentialsError(f"profile {self.name!r} cannot sign requests: {reason}")
        token = self.settings.get("aws_session_token")
        return Credentials(access_key, secret_key, token or None, source=f"profile {self.name}")


class SharedFiles:
    """Both files, parsed once."""

    def __init__(self, profiles: Mapping[str, Profile], looked_in: tuple[Path, ...]) -> None:
        self.profiles = profiles
        self.looked_in = looked_in

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
        for section, values in _parse(config).items():
            kind, _, name = section.partition(" ")
            if section == "default":
                settings.setdefault("default", {}).update(values)
            elif kind == "profile" and name.strip():
                settings.setdefault(name.strip().strip('"'), {}).update(values)
        for section, values in _parse(secrets).items():
            settings.setdefault(section, {}).update(values)
        return cls({name: Profile(name, values) for name, values in settings.items()}, (config, secrets))

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
