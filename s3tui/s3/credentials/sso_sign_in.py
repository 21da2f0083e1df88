"""Signing in to IAM Identity Center: by a code on any device, or by the browser on this machine (PKCE).

What listens for that browser is bound to 127.0.0.1 and ends with the sign-in.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import secrets
from collections.abc import AsyncIterator, Coroutine, Mapping
from contextlib import asynccontextmanager
from typing import Any, TypeVar
from urllib.parse import parse_qs, quote, urlencode

from s3tui.s3.credentials.interaction import SignInPage, SignInPrompt
from s3tui.s3.credentials.sso_cache import Registration
from s3tui.s3.credentials.sso_oidc import DeviceCode, Oidc, OidcRefused, Tokens
from s3tui.s3.credentials.web import NoAnswer
from s3tui.s3.errors import CredentialsError
from s3tui.s3.secret import Secret

T = TypeVar("T")

_LONGEST_S = 600.0
_SLOWER_S = 5.0
_LEAST_S = 0.05
_AGAIN_S = 0.5
_VERIFIER = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
_PATH = "/oauth/callback"
_MOST = 16 * 1024
_DONE = "You are signed in to s3tui. This page can be closed."
_NOT_DONE = "s3tui was not signed in. This page can be closed."


class SignInDeclined(CredentialsError):
    """The user did not sign in."""


class DeviceWanted(Exception):
    """The user wants to sign in by a code on another device."""


def can_open_browser(environ: Mapping[str, str]) -> bool:
    """Return whether a browser on this machine can be expected to reach us: not over SSH."""
    if environ.get("SSH_CONNECTION") or environ.get("SSH_TTY") or environ.get("SSH_CLIENT"):
        return False
    import sys

    return sys.platform == "darwin" or bool(environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY"))


async def by_device(
    oidc: Oidc, registration: Registration, *, start_url: str, session: str, show: SignInPrompt
) -> Tokens:
    """Show a code, and return the tokens once the user has confirmed it, on whatever device.

    Raises: SignInDeclined, CredentialsError.
    """
    code = await oidc.start_device(registration, start_url)
    try:
        return await oidc.for_device(registration, code)  # it may be confirmed already
    except OidcRefused as refused:
        if refused.code not in ("authorization_pending", "slow_down"):
            raise
    page = SignInPage(session, code.complete_url, code.user_code, code.url)
    return await _while_shown(_poll(oidc, registration, code), page, show)


async def by_browser(
    oidc: Oidc, registration: Registration, *, scopes: str, session: str, show: SignInPrompt
) -> Tokens:
    """Show a page for the browser on this machine, and return the tokens once it has come back.

    Raises: DeviceWanted, SignInDeclined, CredentialsError.
    """
    state, verifier = secrets.token_urlsafe(24), "".join(secrets.choice(_VERIFIER) for _ in range(64))
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    async with _listener(state) as (port, code):
        redirect = f"http://127.0.0.1:{port}{_PATH}"
        query = {
            "response_type": "code",
            "client_id": registration.client_id,
            "redirect_uri": redirect,
            "state": state,
            "code_challenge_method": "S256",
            "scopes": scopes,
            "code_challenge": challenge,
        }
        url = f"{oidc.url}/authorize?{urlencode(query, quote_via=quote)}"
        brought = await _while_shown(_in_time(code), SignInPage(session, url), show)
        return await oidc.for_browser(registration, brought, redirect=redirect, verifier=Secret(verifier))


async def _poll(oidc: Oidc, registration: Registration, code: DeviceCode) -> Tokens:
    interval_s = max(code.interval_s, _LEAST_S)
    try:
        async with asyncio.timeout(code.expires_in_s):
            while True:
                await asyncio.sleep(interval_s)
                try:
                    return await oidc.for_device(registration, code)
                except NoAnswer:
                    continue  # the user may be at it: one answer that is lost does not end it
                except OidcRefused as refused:
                    if refused.code == "slow_down":
                        interval_s += _SLOWER_S
                    elif refused.code != "authorization_pending":
                        raise
    except TimeoutError:
        raise CredentialsError("the code was not confirmed in time: trying again shows a new one") from None


async def _ended(task: asyncio.Future[Any]) -> None:
    """Cancel a task until it has ended: a connection that closes at that moment may miss it once."""
    while not task.done():
        task.cancel()
        await asyncio.wait((task,), timeout=_AGAIN_S)
    if not task.cancelled():
        task.exception()  # it is known already, or nobody waits for it any more


async def _in_time(code: asyncio.Future[str]) -> str:
    try:
        async with asyncio.timeout(_LONGEST_S):
            return await code
    except TimeoutError:
        raise CredentialsError("the browser did not come back in time: trying again opens the page") from None


async def _while_shown(work: Coroutine[Any, Any, T], page: SignInPage, show: SignInPrompt) -> T:
    """Return what `work` brings while the page is shown, which is closed then."""
    working = asyncio.ensure_future(work)
    shown = asyncio.ensure_future(show(page))
    try:
        await asyncio.wait((working, shown), return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            return working.result()
        if shown.result():
            raise DeviceWanted
        raise SignInDeclined(f"the sign-in to {page.session} was left: trying again shows the page")
    finally:
        await _ended(working)
        await _ended(shown)


@asynccontextmanager
async def _listener(state: str) -> AsyncIterator[tuple[int, asyncio.Future[str]]]:
    """Listen on 127.0.0.1 for the browser that brings the code, or an error."""
    code: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            found = _brought(head, state)
            if found is not None and not code.done():
                if found.get("code"):
                    code.set_result(found["code"])
                else:
                    said = found.get("error_description") or found.get("error", "no code")
                    code.set_exception(CredentialsError(f"the browser was not signed in: {said}"))
            status = "404 Not Found" if found is None else "200 OK"
            body = (_DONE if found and found.get("code") else _NOT_DONE).encode()
            writer.write(
                f"HTTP/1.1 {status}\r\ncontent-type: text/plain; charset=utf-8\r\n"
                f"content-length: {len(body)}\r\nconnection: close\r\n\r\n".encode()
                + body
            )
            await writer.drain()
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0, limit=_MOST)
    try:
        yield server.sockets[0].getsockname()[1], code
    finally:
        server.close()
        code.cancel()


def _brought(head: bytes, state: str) -> Mapping[str, str] | None:
    """Return the parameters of the browser's request; `None`, where it is not the one that was sent for."""
    words = head.split(b"\r\n", 1)[0].decode("latin-1").split(" ")
    if len(words) < 2 or words[0] != "GET":
        return None
    path, _, query = words[1].partition("?")
    found = {name: values[0] for name, values in parse_qs(query).items()}
    is_ours = path == _PATH and secrets.compare_digest(found.get("state", "").encode(), state.encode())
    return found if is_ours and (found.get("code") or found.get("error")) else None
