"""HTTP requests to credential services: STS, SSO, a container's agent, an instance's metadata.

Small requests, short timeouts, a new connection each time: they are sent once an hour.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from s3tui.s3.errors import CredentialsError
from s3tui.s3.http.connect_options import ConnectOptions
from s3tui.s3.http.pool import ConnectionPool
from s3tui.s3.http.tls import client_context
from s3tui.s3.retries import DEFAULT_POLICY
from s3tui.s3.secret import Secret
from s3tui.s3.signing.credentials import Credentials

_MAX_ANSWER = 256 * 1024


@dataclass(frozen=True, slots=True)
class CredentialsRequest:
    """One request, its timeout and its number of tries."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)
    timeout_s: float = 5.0
    attempts: int = 3
    is_local: bool = False
    """It stays on this machine: no proxy may see it."""


@dataclass(frozen=True, slots=True)
class CredentialsResponse:
    status: int
    body: bytes = field(repr=False)


class NoAnswer(CredentialsError):
    """The service cannot be reached, or fails: asking again may help."""


async def ask(question: CredentialsRequest, *, ca_bundle: str | None = None) -> CredentialsResponse:
    """Send the request and return the response; 5xx and 429 only after the last attempt.

    Raises: NoAnswer, when there is no response.
    """
    ca_file = None if not ca_bundle else await asyncio.to_thread(_checked, ca_bundle)
    options = ConnectOptions(ca_file=ca_file, use_proxies=not question.is_local)
    async with ConnectionPool(options, max_connections=1) as transport:
        for attempt in range(1, question.attempts + 1):
            is_last = attempt == question.attempts
            try:
                async with asyncio.timeout(question.timeout_s):
                    answer = await _exchange(transport, question)
            except (httpx.TransportError, TimeoutError) as error:
                if is_last:
                    host = urlsplit(question.url).netloc
                    why = "the time is up" if isinstance(error, TimeoutError) else error
                    raise NoAnswer(f"{host} gives no keys, it cannot be reached: {why}") from error
            else:
                if is_last or not (answer.status >= 500 or answer.status == 429):
                    return answer
            await asyncio.sleep(DEFAULT_POLICY.delay_s(attempt))
    raise AssertionError("unreachable: the last attempt returns or raises")


async def _exchange(transport: ConnectionPool, question: CredentialsRequest) -> CredentialsResponse:
    parts = urlsplit(question.url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    request = httpx.Request(
        question.method,
        f"{parts.scheme}://{parts.netloc}/",
        headers={"host": parts.netloc, **question.headers},
        content=question.body,
        extensions={"target": target.encode(), "timeout": {}},
    )
    response = await transport.handle_async_request(request)
    try:
        body = b""
        async for chunk in response.aiter_raw():
            body += chunk
            if len(body) > _MAX_ANSWER:
                raise httpx.RemoteProtocolError("its answer is too long", request=request)
    finally:
        await response.aclose()
    return CredentialsResponse(response.status_code, body)


def _checked(ca_bundle: str) -> Path:
    path = Path(os.path.expanduser(ca_bundle))
    try:
        client_context(ca_file=path)
    except OSError as error:
        raise CredentialsError(f"the CA bundle {ca_bundle} cannot be read: {error}") from error
    return path


def json_object(text: bytes, who: str) -> Mapping[str, object]:
    """Parse a JSON object; `who` sent it.

    Raises: CredentialsError, naming `who`, never quoting `text`, which may hold a secret.
    """
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        value = None  # raised outside: that error holds the text
    if not isinstance(value, dict):
        raise CredentialsError(f"{who} did not answer with a JSON object")
    return value


def keys_from_json(
    said: Mapping[str, object],
    who: str,
    *,
    names: tuple[str, str, str] = ("AccessKeyId", "SecretAccessKey", "SessionToken"),
    expires_at: datetime | None = None,
) -> Credentials:
    """Read the keys in the JSON of a process, an agent or a portal.

    Raises: CredentialsError, naming what is missing.
    """
    access_key, secret_key, token = (said.get(name) for name in names)
    for name, value in zip(names, (access_key, secret_key), strict=False):
        if not isinstance(value, str) or not value:
            raise CredentialsError(f"{who} gave no {name}")
    if token is not None and not isinstance(token, str):
        raise CredentialsError(f"{who} gave a {names[2]} that is no text")
    if expires_at is None and said.get("Expiration") is not None:
        expires_at = iso_time(said["Expiration"], who)
    return Credentials(str(access_key), Secret(str(secret_key)), token or None, expires_at, who)


def iso_time(value: object, who: str) -> datetime:
    """Read a time as ISO 8601 has it; without a zone it is UTC, as older tools write behind it.

    Raises: CredentialsError.
    """
    if isinstance(value, str):
        with suppress(ValueError, OverflowError):
            time = datetime.fromisoformat(value.removesuffix("UTC"))
            return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    raise CredentialsError(f"{who} gave an end of the session that is not a time")
