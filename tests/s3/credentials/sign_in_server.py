"""A sign-in server of the tests' own: SSO OIDC, the portal, and the service of `aws login`.

Written from the published models of these services, for no public test server has them. It insists on what
they insist on: registrations, codes that are used once, PKCE, rotated refresh tokens, proofs (DPoP).
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from s3tui.s3.credentials import Credentials
from tests.s3.credentials.local_http import Asked, serving

DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
START_URL = "https://corp.awsapps.com/start"
ACCOUNTS = {"111122223333": ["Admin", "Reader"], "444455556666": ["Reader"]}
Answer = tuple[int, Mapping[str, Any]]


@dataclass
class SignInServer:
    """Its state, which tests read and set."""

    url: str = ""
    pending: int = 1
    """How often a code is not confirmed yet."""
    slow_down: bool = False
    token_seconds: int = 28800
    key_seconds: float = 3600.0
    confirmed: bool = True
    """The user confirms codes, sooner or later."""
    broken: int = 0
    """How often it fails once the page of a code was shown."""
    refused: str = ""
    """The word that an unconfirmed code is refused with, once its page was shown."""
    page: str = ""
    """Given as the page of a device's code, in place of its own."""
    clients: dict[str, dict[str, Any]] = field(default_factory=dict)
    devices: dict[str, str] = field(default_factory=dict)
    browsers: dict[str, dict[str, str]] = field(default_factory=dict)
    tokens: set[str] = field(default_factory=set)
    refresh_tokens: set[str] = field(default_factory=set)
    asked: list[Asked] = field(default_factory=list)
    login_refresh: str = "login-refresh-0"
    login_key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    login_error: str = ""
    proofs: set[str] = field(default_factory=set)
    issued: list[str] = field(default_factory=list)
    """Access keys that were given for a role."""
    role_keys: Credentials | None = None
    """Given for every role, in place of ones that no server knows."""

    def count(self, path: str) -> int:
        """Return how often a path was asked for."""
        return sum(urlsplit(asked.path).path == path for asked in self.asked)

    def dpop_pem(self) -> str:
        return self.login_key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.TraditionalOpenSSL,
            serialization.NoEncryption(),
        ).decode()

    def authorize(self, url: str) -> str:
        """Do as a browser does at the page of a sign-in; return where it is sent to."""
        parts = urlsplit(url)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        assert f"{parts.scheme}://{parts.netloc}{parts.path}" == f"{self.url}/authorize"
        client = self.clients[query["client_id"]]
        assert client["redirectUris"] == ["http://127.0.0.1/oauth/callback"]
        assert (query["response_type"], query["code_challenge_method"]) == ("code", "S256")
        assert query["scopes"] == "sso:account:access"
        redirect = urlsplit(query["redirect_uri"])
        assert (redirect.hostname, redirect.path) == ("127.0.0.1", "/oauth/callback")
        code = secrets.token_hex(8)
        self.browsers[code] = {"challenge": query["code_challenge"], "redirect": query["redirect_uri"]}
        return f"{query['redirect_uri']}?code={code}&state={query['state']}"

    def respond(self, asked: Asked) -> tuple[int, bytes]:
        self.asked.append(asked)
        path = urlsplit(asked.path).path
        if path == "/token" and self.broken and not self.pending:
            self.broken -= 1
            return 502, b"<html>"
        if path.startswith(("/assignment", "/federation")):
            status, said = self._portal(path, asked)
        else:
            given = json.loads(asked.body)
            routes = {
                "/client/register": self._register,
                "/device_authorization": self._device,
                "/token": self._token,
            }
            status, said = self._login(given, asked) if path == "/v1/token" else routes[path](given)
        return status, json.dumps(said).encode()

    def _register(self, given: dict[str, Any]) -> Answer:
        assert given["clientType"] == "public"
        assert given["clientName"]
        client_id = secrets.token_hex(8)
        ends = int(time.time()) + 90 * 86400
        self.clients[client_id] = {**given, "secret": secrets.token_hex(8)}
        secret = self.clients[client_id]["secret"]
        return 200, {"clientId": client_id, "clientSecret": secret, "clientSecretExpiresAt": ends}

    def _device(self, given: dict[str, Any]) -> Answer:
        if not self._knows(given):
            return refusal("invalid_client", 401)
        assert given["startUrl"] == START_URL
        code = secrets.token_hex(8)
        self.devices[code] = "pending"
        page = f"{self.url}/device"
        return 200, {
            "deviceCode": code,
            "userCode": "ABCD-EFGH",
            "verificationUri": page,
            "verificationUriComplete": self.page or f"{page}?user_code=ABCD-EFGH",
            "expiresIn": 600,
            "interval": 0,
        }

    def _token(self, given: dict[str, Any]) -> Answer:
        if not self._knows(given):
            return refusal("invalid_client", 401)
        match given["grantType"]:
            case "authorization_code":
                browser = self.browsers.pop(given["code"], None)
                if browser is None or browser["redirect"] != given["redirectUri"]:
                    return refusal("invalid_grant")
                digest = hashlib.sha256(given["codeVerifier"].encode()).digest()
                if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != browser["challenge"]:
                    return refusal("invalid_grant")
            case "refresh_token":
                if given["refreshToken"] not in self.refresh_tokens:
                    return refusal("invalid_grant")
                self.refresh_tokens.discard(given["refreshToken"])
            case _:
                assert given["grantType"] == DEVICE
                if given["deviceCode"] not in self.devices:
                    return refusal("invalid_grant")
                if self.slow_down:
                    self.slow_down = False
                    return refusal("slow_down")
                if self.pending or not self.confirmed:
                    refused, self.pending = self.refused * (not self.pending), max(0, self.pending - 1)
                    return refusal(refused or "authorization_pending")
                del self.devices[given["deviceCode"]]
        token, refresh = secrets.token_hex(16), secrets.token_hex(16)
        self.tokens.add(token)
        self.refresh_tokens.add(refresh)
        return 200, {
            "accessToken": token,
            "tokenType": "Bearer",
            "expiresIn": self.token_seconds,
            "refreshToken": refresh,
        }

    def _knows(self, given: dict[str, Any]) -> bool:
        client = self.clients.get(given["clientId"])
        return client is not None and client["secret"] == given["clientSecret"]

    def _portal(self, path: str, asked: Asked) -> Answer:
        if asked.headers.get("x-amz-sso_bearer_token") not in self.tokens:
            return 401, {"message": "Session token not found or invalid"}
        query = {name: values[0] for name, values in parse_qs(urlsplit(asked.path).query).items()}
        if path == "/assignment/accounts":
            ids = sorted(ACCOUNTS)
            at = int(query.get("next_token", "0"))
            page: dict[str, Any] = {
                "accountList": [
                    {"accountId": ids[at], "accountName": f"team {at}", "emailAddress": f"{at}@corp.test"}
                ]
            }
            return 200, page | ({"nextToken": str(at + 1)} if at + 1 < len(ids) else {})
        account = query["account_id"]
        if path == "/assignment/roles":
            return 200, {"roleList": [{"roleName": role, "accountId": account} for role in ACCOUNTS[account]]}
        if query["role_name"] not in ACCOUNTS.get(account, []):
            return 404, {"message": "no such role"}
        key = f"ASIA{query['role_name'].upper()}{len(self.issued)}"
        self.issued.append(key)
        keys = self.role_keys or Credentials(key, "sso-secret", "sso-session-token")
        return 200, {
            "roleCredentials": {
                "accessKeyId": keys.access_key,
                "secretAccessKey": keys.secret_key.reveal(),
                "sessionToken": keys.session_token and keys.session_token.reveal(),
                "expiration": int((time.time() + self.key_seconds) * 1000),
            }
        }

    def _login(self, given: dict[str, Any], asked: Asked) -> Answer:
        self._check_proof(asked)
        if self.login_error:
            return 400, {"error": self.login_error, "message": "refused"}
        if (given["grantType"], given["refreshToken"]) != ("refresh_token", self.login_refresh):
            return 400, {"error": "TOKEN_EXPIRED", "message": "the refresh token was used"}
        number = int(self.login_refresh.rpartition("-")[2]) + 1
        self.login_refresh = f"login-refresh-{number}"
        keys = {"accessKeyId": f"ASIALOGIN{number}", "secretAccessKey": "s", "sessionToken": "t"}
        return 200, {
            "accessToken": keys,
            "tokenType": "urn:aws:params:oauth:token-type:access_token_sigv4",
            "expiresIn": 900,
            "refreshToken": self.login_refresh,
        }

    def _check_proof(self, asked: Asked) -> None:
        """Check a proof as RFC 9449 has it, with another library than the one that made it."""
        text, _, signature = asked.headers["dpop"].rpartition(".")
        header, payload = (json.loads(_decoded(part)) for part in text.split("."))
        assert (header["typ"], header["alg"]) == ("dpop+jwt", "ES256")
        numbers = self.login_key.public_key().public_numbers()
        x, y = (int.from_bytes(_decoded(header["jwk"][name])) for name in "xy")
        assert (header["jwk"]["kty"], header["jwk"]["crv"], x, y) == ("EC", "P-256", numbers.x, numbers.y)
        assert (payload["htm"], payload["htu"]) == ("POST", f"{self.url}/v1/token")
        assert abs(payload["iat"] - time.time()) < 60
        assert payload["jti"] not in self.proofs
        self.proofs.add(payload["jti"])
        raw = _decoded(signature)
        assert len(raw) == 64
        der = encode_dss_signature(int.from_bytes(raw[:32]), int.from_bytes(raw[32:]))
        self.login_key.public_key().verify(der, text.encode(), ec.ECDSA(hashes.SHA256()))


def refusal(error: str, status: int = 400) -> Answer:
    """Return an error as the sign-in service words it."""
    return status, {"error": error, "error_description": f"said: {error}"}


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@contextmanager
def sign_in_server() -> Iterator[SignInServer]:
    """Run one on loopback."""
    server = SignInServer()
    with serving(server.respond) as local:
        server.url = local.url
        yield server
