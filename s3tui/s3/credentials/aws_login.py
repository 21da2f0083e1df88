"""Sessions of `aws login`: keys that it left in its cache, renewed there with the key of its proof (DPoP).

Source: the AWS CLI, version 2; RFC 9449 (DPoP).
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from s3tui.s3.address.region import AWS, partition_of
from s3tui.s3.credentials.sso import SignInEnded
from s3tui.s3.credentials.sso_cache import replace_json
from s3tui.s3.credentials.web import CredentialsRequest, ask, iso_time, json_object, keys_from_json
from s3tui.s3.errors import CredentialsError
from s3tui.s3.secret import Secret
from s3tui.s3.signing.credentials import Credentials

_AHEAD = timedelta(minutes=5)
_NAMES = ("accessKeyId", "secretAccessKey", "sessionToken")
_OVER = ("TOKEN_EXPIRED", "USER_CREDENTIALS_CHANGED", "AUTHCODE_EXPIRED")


@dataclass(frozen=True, slots=True)
class LoginSession:
    """A session of `aws login`, by the ARN that a profile names."""

    profile: str
    arn: str
    cache: Path
    url_of: Callable[[str], str]
    """Returns the URL of the sign-in service in a region."""
    region: str
    """The profile's, where the cache names none."""
    ca_bundle: str | None = None

    async def keys(self) -> Credentials:
        """Return the keys of the session; those that end soon are renewed, for the AWS tools too.

        Raises: SignInEnded, CredentialsError.
        """
        said = await asyncio.to_thread(self._read)
        keys = self._keys(said)
        if keys.expires_at is not None and keys.expires_at - datetime.now(UTC) > _AHEAD:
            return keys
        return await self._renewed(said)

    @property
    def _file(self) -> Path:
        return self.cache / f"{hashlib.sha256(self.arn.encode()).hexdigest()}.json"

    @property
    def _how(self) -> str:
        return f"aws login --profile {self.profile}"

    def _read(self) -> Mapping[str, object]:
        file = self._file
        try:
            said = json_object(file.read_bytes(), str(file))
        except FileNotFoundError:
            raise SignInEnded(f"profile {self.profile!r} is not signed in: {self._how}") from None
        except OSError as error:
            raise CredentialsError(f"{file} cannot be read: {error.strerror}") from error
        missing = [
            name for name in ("accessToken", "refreshToken", "dpopKey", "clientId") if not said.get(name)
        ]
        if missing:
            raise SignInEnded(f"{file} holds no {', '.join(missing)}: {self._how}")
        return said

    def _keys(self, said: Mapping[str, object]) -> Credentials:
        given, who = said["accessToken"], f"the session {self.arn}"
        if not isinstance(given, Mapping):
            raise CredentialsError(f"{self._file} holds no accessToken that can be read")
        ends = iso_time(given.get("expiresAt"), str(self._file))
        return keys_from_json(given, who, names=_NAMES, expires_at=ends)

    async def _renewed(self, said: Mapping[str, object]) -> Credentials:
        region = said.get("signInRegion")
        url = f"{self.url_of(region if isinstance(region, str) and region else self.region)}/v1/token"
        fields = {"clientId": said["clientId"], "refreshToken": said["refreshToken"]}
        proof = dpop_proof(Secret(str(said["dpopKey"])), "POST", url)
        question = CredentialsRequest(
            "POST",
            url,
            {"content-type": "application/json", "DPoP": proof.reveal()},
            json.dumps({**fields, "grantType": "refresh_token"}).encode(),
            timeout_s=10.0,
            attempts=1,
        )
        answer = await ask(question, ca_bundle=self.ca_bundle)
        given = json_object(answer.body, "the sign-in service")
        if answer.status >= 300:
            raise self._refusal(answer.status, given)
        token, seconds = given.get("accessToken"), given.get("expiresIn")
        if not isinstance(token, Mapping) or not isinstance(seconds, int) or isinstance(seconds, bool):
            raise CredentialsError("the sign-in service gave no accessToken with its time")
        before = said["accessToken"]
        assert isinstance(before, Mapping)
        ends = datetime.now(UTC) + timedelta(seconds=max(0, min(seconds, 10**7)))
        renewed = {
            **said,
            "accessToken": {**before, **token, "expiresAt": f"{ends:%Y-%m-%dT%H:%M:%SZ}"},
            "refreshToken": given.get("refreshToken") or said["refreshToken"],
        }
        if given.get("idToken"):
            renewed["idToken"] = given["idToken"]
        keys = self._keys(renewed)
        await asyncio.to_thread(replace_json, self._file, renewed)
        return keys

    def _refusal(self, status: int, said: Mapping[str, object]) -> CredentialsError:
        code = str(said.get("error") or "")
        if code == "INSUFFICIENT_PERMISSIONS":
            return CredentialsError(
                "the sign-in service gives no keys: signin:CreateOAuth2Token is not allowed"
            )
        if code in _OVER:
            return SignInEnded(f"the session of profile {self.profile!r} has ended: {self._how}")
        why = said.get("message") or code or f"HTTP {status}"
        return CredentialsError(f"the sign-in service gives no keys: {why}")


def sign_in_url(region: str) -> str:
    """Return the URL of Amazon's sign-in service in a region."""
    suffix = partition_of(region).dns_suffix
    aws = "aws.amazon.com" if suffix == AWS.dns_suffix else suffix
    if region.startswith("us-gov-"):
        aws = "amazonaws-us-gov.com"
    elif suffix.startswith("amazonaws.com.cn"):
        aws = "amazonaws.cn"
    elif region.startswith("eusc-"):
        aws = "amazonaws-eusc.eu"
    return f"https://{region}.signin.{aws}"


def dpop_proof(pem: Secret, method: str, url: str) -> Secret:
    """Return the proof that a request comes from whoever has the key: a compact JWT, signed with ES256.

    Raises: CredentialsError, for a key that cannot be read.
    """
    from awscrt.crypto import EC

    try:
        lines = [line for line in pem.reveal().splitlines() if line and not line.startswith("-----")]
        key = EC.new_key_from_der_data(base64.b64decode("".join(lines)))
        coordinates = key.get_public_coords()
    except Exception:
        raise CredentialsError("the key of the session's proof (dpopKey) cannot be read") from None
    jwk = {
        "kty": "EC",
        "x": _base64url(coordinates.x.rjust(32, b"\0")),
        "y": _base64url(coordinates.y.rjust(32, b"\0")),
        "crv": "P-256",
    }
    header = {"typ": "dpop+jwt", "alg": "ES256", "jwk": jwk}
    payload = {"htm": method, "htu": url, "iat": int(time.time()), "jti": str(uuid.uuid4())}
    text = f"{_base64url(_json(header))}.{_base64url(_json(payload))}"
    signature = key.sign(hashlib.sha256(text.encode()).digest())
    raw = EC.decode_der_signature_to_padded_pair(signature, 32)
    return Secret(f"{text}.{_base64url(raw)}")


def _json(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
