"""IAM Identity Center: keys of a role for the token that `aws sso login` left in its cache.

The token itself is never renewed here: `aws` owns the cache.

Source: AWS SDKs and Tools Reference Guide, *IAM Identity Center credential provider*; IAM Identity
Center Portal API Reference, GetRoleCredentials.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

from s3tui.s3.credentials.web import CredentialsRequest, ask, iso_time, json_object, keys_from_json
from s3tui.s3.errors import CredentialsError
from s3tui.s3.secret import Secret
from s3tui.s3.signing.credentials import Credentials


class SignInEnded(CredentialsError):
    """The token is missing or has expired: the user has to sign in again."""


@dataclass(frozen=True, slots=True)
class SsoRole:
    """A role in an account, and the session that opens it."""

    profile: str
    account: str
    role: str
    cache_name: str
    """The name of the sso-session, or the start URL where a profile has none."""

    def token(self, cache: Path) -> Secret:
        """Return the token from the cache of the AWS tools.

        Raises: SignInEnded, CredentialsError.
        """
        file = cache / f"{hashlib.sha1(self.cache_name.encode(), usedforsecurity=False).hexdigest()}.json"
        how = f"aws sso login --profile {self.profile}"
        try:
            said = json_object(file.read_bytes(), str(file))
        except FileNotFoundError:
            raise SignInEnded(
                f"profile {self.profile!r} is not signed in ({file} is not there): {how}"
            ) from None
        except OSError as error:
            raise CredentialsError(f"{file} cannot be read: {error.strerror}") from error
        token = said.get("accessToken")
        if not isinstance(token, str) or not token:
            raise SignInEnded(f"{file} holds no accessToken: {how}")
        if iso_time(said.get("expiresAt"), str(file)) <= datetime.now(UTC):
            raise SignInEnded(f"the session of profile {self.profile!r} has ended: {how}")
        return Secret(token)

    async def keys(self, token: Secret, portal: str, ca_bundle: str | None = None) -> Credentials:
        """Ask `portal`, the URL of the Identity Center's portal, for keys.

        Raises: SignInEnded, CredentialsError.
        """
        query = f"role_name={quote(self.role, safe='')}&account_id={quote(self.account, safe='')}"
        question = CredentialsRequest(
            "GET", f"{portal}/federation/credentials?{query}", {"x-amz-sso_bearer_token": token.reveal()}
        )
        answer = await ask(question, ca_bundle=ca_bundle)
        who = f"IAM Identity Center, role {self.role} in account {self.account}"
        if answer.status == 401:
            raise SignInEnded(
                f"the session of profile {self.profile!r} has ended: aws sso login --profile {self.profile}"
            )
        said = json_object(answer.body, who)
        if answer.status >= 300:
            why = said.get("message") or f"HTTP {answer.status}"
            raise CredentialsError(f"{who} gives no keys: {why}")
        keys = said.get("roleCredentials")
        if not isinstance(keys, Mapping):
            raise CredentialsError(f"{who} gave no roleCredentials")
        return keys_from_json(
            keys,
            who,
            names=("accessKeyId", "secretAccessKey", "sessionToken"),
            expires_at=_milliseconds(keys.get("expiration"), who),
        )


def _milliseconds(value: object, who: str) -> datetime:
    if not isinstance(value, int) or isinstance(value, bool):
        raise CredentialsError(f"{who} gave an end of the session that is not a time")
    try:
        return datetime.fromtimestamp(value / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        raise CredentialsError(f"{who} gave an end of the session that is not a time") from None
