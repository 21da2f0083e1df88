"""IAM Identity Center's sign-in service: registers this program, and gives tokens for codes.

Source: IAM Identity Center OIDC API Reference; RFC 8628 (device codes) and RFC 7636 (PKCE).
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from s3tui.s3.credentials.sso_cache import Registration
from s3tui.s3.credentials.web import CredentialsRequest, NoAnswer, ask, json_object
from s3tui.s3.errors import CredentialsError
from s3tui.s3.secret import Secret

REDIRECT = "http://127.0.0.1/oauth/callback"
"""Registered without a port: the service takes any one behind a loopback address."""
_DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"
_WHO = "IAM Identity Center's sign-in service"
_LONGEST_S = 10 * 365 * 86400


class OidcRefused(CredentialsError):
    """The service refused; `code` is its word for the reason, like `authorization_pending`."""

    def __init__(self, message: str, code: str = "") -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class DeviceCode:
    """A code that the user confirms in a browser, on any device."""

    device_code: Secret
    user_code: str
    url: str
    complete_url: str
    expires_in_s: float
    interval_s: float


@dataclass(frozen=True, slots=True)
class Tokens:
    """The tokens that were given for a code."""

    access_token: Secret
    expires_at: datetime
    refresh_token: Secret | None


@dataclass(frozen=True, slots=True)
class Oidc:
    """A client of the service at `url`. Every method raises CredentialsError, OidcRefused among it."""

    url: str
    ca_bundle: str | None = None

    async def register(self, *, start_url: str, scopes: Sequence[str], browser: bool) -> Registration:
        """Register this program, for codes of devices or for the browser on this machine."""
        fields: dict[str, object] = {
            "clientName": f"s3tui-{int(time.time())}",
            "clientType": "public",
            "scopes": list(scopes),
        }
        if browser:
            fields["grantTypes"] = ["authorization_code", "refresh_token"]
            fields["redirectUris"] = [REDIRECT]
            fields["issuerUrl"] = start_url
        said = await self._post("/client/register", fields)
        ends = datetime.fromtimestamp(_number(said, "clientSecretExpiresAt"), UTC)
        return Registration(_text(said, "clientId"), Secret(_text(said, "clientSecret")), ends, browser)

    async def start_device(self, registration: Registration, start_url: str) -> DeviceCode:
        """Return a new code for the user to confirm."""
        said = await self._post("/device_authorization", {**_client(registration), "startUrl": start_url})
        url = _page(said, "verificationUri")
        return DeviceCode(
            Secret(_text(said, "deviceCode")),
            _text(said, "userCode"),
            url,
            _page(said, "verificationUriComplete") if said.get("verificationUriComplete") else url,
            _number(said, "expiresIn"),
            _number(said, "interval") if "interval" in said else 5.0,
        )

    async def for_device(self, registration: Registration, code: DeviceCode) -> Tokens:
        """Return the tokens for a code that the user has confirmed."""
        return await self._token(
            registration, {"grantType": _DEVICE_CODE, "deviceCode": code.device_code.reveal()}
        )

    async def for_browser(
        self, registration: Registration, code: str, *, redirect: str, verifier: Secret
    ) -> Tokens:
        """Return the tokens for the code that a browser on this machine brought."""
        given = {"code": code, "redirectUri": redirect, "codeVerifier": verifier.reveal()}
        return await self._token(registration, {"grantType": "authorization_code", **given})

    async def refreshed(self, registration: Registration, refresh_token: Secret) -> Tokens:
        """Return new tokens without the user."""
        given = {"grantType": "refresh_token", "refreshToken": refresh_token.reveal()}
        tokens = await self._token(registration, given)
        return tokens if tokens.refresh_token is not None else _with_refresh(tokens, refresh_token)

    async def _token(self, registration: Registration, fields: Mapping[str, object]) -> Tokens:
        said = await self._post("/token", {**_client(registration), **fields}, attempts=1)
        refresh = said.get("refreshToken")
        return Tokens(
            Secret(_text(said, "accessToken")),
            datetime.now(UTC) + timedelta(seconds=_number(said, "expiresIn")),
            Secret(refresh) if isinstance(refresh, str) and refresh else None,
        )

    async def _post(self, path: str, fields: Mapping[str, object], attempts: int = 3) -> Mapping[str, object]:
        question = CredentialsRequest(
            "POST",
            self.url + path,
            {"content-type": "application/json"},
            json.dumps(fields).encode(),
            timeout_s=10.0,
            attempts=attempts,
        )
        answer = await ask(question, ca_bundle=self.ca_bundle)
        if answer.status >= 500:
            raise NoAnswer(f"{_WHO} fails: HTTP {answer.status}")
        said = json_object(answer.body, _WHO)
        if answer.status >= 300:
            code = str(said.get("error") or f"HTTP {answer.status}")
            why = said.get("error_description") or said.get("message") or code
            raise OidcRefused(f"{_WHO} refuses: {why}", code)
        return said


def _with_refresh(tokens: Tokens, refresh_token: Secret) -> Tokens:
    return Tokens(tokens.access_token, tokens.expires_at, refresh_token)


def _client(registration: Registration) -> dict[str, object]:
    return {"clientId": registration.client_id, "clientSecret": registration.client_secret.reveal()}


def _text(said: Mapping[str, object], name: str) -> str:
    value = said.get(name)
    if not isinstance(value, str) or not value:
        raise CredentialsError(f"{_WHO} gave no {name}")
    return value


def _page(said: Mapping[str, object], name: str) -> str:
    """Return the URL of a page, which a browser is given: nothing else that this machine may open."""
    url = _text(said, name)
    if not url.startswith(("https://", "http://")) or not url.isascii() or not url.isprintable():
        raise CredentialsError(f"{_WHO} gave a {name} that is no page")
    return url


def _number(said: Mapping[str, object], name: str) -> float:
    value = said.get(name)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not isinstance(value, int | float) or not is_number or not 0 <= value < time.time() + _LONGEST_S:
        raise CredentialsError(f"{_WHO} gave a {name} that is no number of seconds")
    return float(value)
