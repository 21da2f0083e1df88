"""Assumed roles: temporary keys that STS gives for long-lived ones, or for a web identity's token.

Source: AWS Security Token Service API Reference, AssumeRole and AssumeRoleWithWebIdentity.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode, urlsplit

from s3tui.s3.credentials.web import CredentialsRequest, CredentialsResponse, ask, iso_time
from s3tui.s3.errors import CredentialsError, ProtocolError
from s3tui.s3.secret import Secret
from s3tui.s3.signing import sigv4
from s3tui.s3.signing.credentials import Credentials
from s3tui.s3.wire import xml


@dataclass(frozen=True, slots=True)
class Role:
    """A role to be assumed."""

    arn: str
    session_name: str | None = None
    """Shown in CloudTrail; by default one of ours with the time."""
    external_id: str | None = None
    duration_s: int | None = None
    """By default STS's own: one hour."""
    mfa_serial: str | None = None


@dataclass(frozen=True, slots=True)
class CallerIdentity:
    """The account and the user or role that keys belong to."""

    account: str
    arn: str


@dataclass(frozen=True, slots=True)
class Sts:
    """A client of STS in one region, or of a service that speaks its protocol."""

    url: str
    region: str
    ca_bundle: str | None = None

    async def assume_role(self, role: Role, keys: Credentials, *, mfa_code: str | None = None) -> Credentials:
        """Return keys of `role`, asked for with `keys`.

        Raises: CredentialsError, with what STS said.
        """
        fields = {
            "ExternalId": role.external_id,
            "SerialNumber": role.mfa_serial,
            "TokenCode": mfa_code,
        }
        body = _body("AssumeRole", role, fields)
        return await self._keys("AssumeRole", role, body, self._signed(body, keys))

    async def assume_role_with_web_identity(self, role: Role, token: Secret) -> Credentials:
        """Return keys of `role` for the token of an identity provider that it trusts.

        Raises: CredentialsError, with what STS said.
        """
        body = _body("AssumeRoleWithWebIdentity", role, {"WebIdentityToken": token.reveal()})
        return await self._keys("AssumeRoleWithWebIdentity", role, body, _HEADERS)

    async def caller_identity(self, keys: Credentials) -> CallerIdentity:
        """Return whose `keys` are: every key may ask that.

        Raises: CredentialsError, with what STS said.
        """
        body = urlencode({"Action": "GetCallerIdentity", "Version": "2011-06-15"}).encode()
        question = CredentialsRequest("POST", self.url, self._signed(body, keys), body, attempts=1)
        answer = await ask(question, ca_bundle=self.ca_bundle)
        if answer.status >= 300:
            error = xml.parse_error(answer.body)
            said = error.get("Message") or error.get("Code") or f"HTTP {answer.status}"
            raise CredentialsError(f"STS does not tell whose keys they are: {said}")
        try:
            result = xml.parse(answer.body, "GetCallerIdentityResponse").find("GetCallerIdentityResult")
        except ProtocolError as error:
            raise CredentialsError("STS told something unreadable") from error
        account, arn = ("" if result is None else result.findtext(name, "") for name in ("Account", "Arn"))
        if not arn:
            raise CredentialsError("STS told something unreadable")
        return CallerIdentity(account, arn)

    def _signed(self, body: bytes, keys: Credentials) -> Mapping[str, str]:
        parts = urlsplit(self.url)
        signature = sigv4.authorization(
            "POST",
            parts.path or "/",
            "",
            {"host": parts.netloc, **_HEADERS},
            credentials=keys,
            region=self.region,
            at=datetime.now(UTC),
            payload_hash=hashlib.sha256(body).hexdigest(),
            service="sts",
        )
        return {**_HEADERS, **signature}

    async def _keys(self, action: str, role: Role, body: bytes, headers: Mapping[str, str]) -> Credentials:
        question = CredentialsRequest("POST", self.url, headers, body, timeout_s=10.0)
        return _read(action, role, await ask(question, ca_bundle=self.ca_bundle))


_HEADERS = {"content-type": "application/x-www-form-urlencoded; charset=utf-8"}


def _body(action: str, role: Role, fields: Mapping[str, str | None]) -> bytes:
    given = {
        "Action": action,
        "Version": "2011-06-15",
        "RoleArn": role.arn,
        "RoleSessionName": role.session_name or f"s3tui-{int(time.time())}",
        "DurationSeconds": None if role.duration_s is None else str(role.duration_s),
        **fields,
    }
    return urlencode({name: value for name, value in given.items() if value is not None}).encode()


def _read(action: str, role: Role, answer: CredentialsResponse) -> Credentials:
    if answer.status >= 300:
        error = xml.parse_error(answer.body)
        said = error.get("Message") or error.get("Code") or f"HTTP {answer.status}"
        raise CredentialsError(f"STS gives no keys of {role.arn}: {said}")
    try:
        result = xml.parse(answer.body, f"{action}Response").find(f"{action}Result/Credentials")
    except ProtocolError as error:
        raise CredentialsError(f"STS gave no keys of {role.arn} but something unreadable") from error
    access_key, secret_key, token, end = (
        "" if result is None else result.findtext(name, "")
        for name in ("AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration")
    )
    if not (access_key and secret_key and token):
        raise CredentialsError(f"STS gave no keys of {role.arn} but something unreadable")
    return Credentials(access_key, secret_key, token, iso_time(end, "STS"), f"role {role.arn}")
