"""SsoPicker: from a start page of IAM Identity Center to a connection, by an account and a role."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from textual import on
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Label, OptionList
from textual.widgets.option_list import Option

from s3tui.connect.connection import Connection, FromSso
from s3tui.connect.store import ConnectionStore
from s3tui.format import printable
from s3tui.s3.address.endpoint import Endpoint
from s3tui.s3.address.hosts import check_region
from s3tui.s3.credentials import SharedFiles
from s3tui.s3.errors import CredentialsError, S3Error
from s3tui.tui.runtime.sessions import Sessions
from s3tui.tui.screens.common.dialog import Dialog
from s3tui.tui.screens.common.prompt import Prompt
from s3tui.tui.text.sentences import explain
from s3tui.tui.widgets.forms.connection_fields import free_name

if TYPE_CHECKING:
    from s3tui.s3.credentials.interaction import Interaction
    from s3tui.s3.credentials.sso import SsoAccount
    from s3tui.tui.screens.common.base import FramedScreen


class PickDialog(Dialog[int]):
    """Answers with the index of the line that was chosen."""

    def __init__(self, title: str, lines: Sequence[str]) -> None:
        super().__init__(title)
        self._lines = lines

    def compose_question(self) -> Iterable[Widget]:
        yield OptionList(*(Option(Content(printable(line))) for line in self._lines), compact=True)
        yield Label(Content("↵ chooses   esc cancels"), classes="hint")

    @on(OptionList.OptionSelected)
    def _choose(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(event.option_index)


class SsoPicker:
    """Each step is awaited in a worker of the screen."""

    def __init__(self, screen: FramedScreen, sessions: Sessions, store: ConnectionStore) -> None:
        self._screen, self._sessions, self._store = screen, sessions, store

    async def pick(self, taken: Collection[str]) -> Connection | None:
        """Ask for the start page, sign in, and return the connection that was chosen, saved."""
        try:
            return await self._pick(taken)
        except (S3Error, ValueError) as error:
            self._screen.say(explain(error), "error")
            return None

    async def _pick(self, taken: Collection[str]) -> Connection | None:
        start = await self._start()
        if start is None:
            return None
        url, region = start
        account = await self._account(url, region)
        role = None if account is None else await self._role(url, region, account)
        if account is None or role is None:
            return None
        name = free_name(f"{account.name or account.id} {role}", taken)
        source = FromSso(url, region, account.id, role)
        connection = Connection(name, Endpoint.aws(region), source, origin="config.toml")
        await asyncio.to_thread(self._store.save, connection)
        return connection

    async def _start(self) -> tuple[str, str] | None:
        known = await asyncio.to_thread(_known_sessions)
        url, region = known[0] if len(known) == 1 else ("", "")
        urls = [each for each, _ in known]
        answer = await self._ask(
            Prompt(
                "Single sign-on",
                "The start page of IAM Identity Center, that you open in a browser:",
                value=url,
                placeholder="https://d-1234567890.awsapps.com/start",
                yes="Next",
                check=_wrong_url,
                completions=urls,
            )
        )
        if answer is None:
            return None
        url = str(answer).strip()
        region = dict(known).get(url, region)
        answer = await self._ask(
            Prompt(
                "Single sign-on",
                "The region of the Identity Center:",
                value=region,
                placeholder="us-east-1",
                yes="Sign in",
                check=_wrong_region,
            )
        )
        return None if answer is None else (url, str(answer).strip())

    async def _account(self, url: str, region: str) -> SsoAccount | None:
        async def accounts(ways: Interaction) -> list[SsoAccount]:
            from s3tui.s3.credentials.profiles import sso_services

            sso = sso_services(url, region)
            return await sso.portal.accounts(await sso.token(ways))

        found = await self._sessions.with_user(accounts)
        if not found:
            raise CredentialsError("there is no account that you may enter there")
        lines = [f"{each.name}   {each.id}   {each.email}".strip() for each in found]
        at = 0 if len(found) == 1 else await self._ask(PickDialog("Account", lines))
        return None if at is None else found[at]

    async def _role(self, url: str, region: str, account: SsoAccount) -> str | None:
        async def roles(ways: Interaction) -> list[str]:
            from s3tui.s3.credentials.profiles import sso_services

            sso = sso_services(url, region)
            return await sso.portal.roles(await sso.token(ways), account.id)

        found = await self._sessions.with_user(roles)
        if not found:
            raise CredentialsError(f"there is no role that you may take in account {account.id}")
        at = 0 if len(found) == 1 else await self._ask(PickDialog("Role", found))
        return None if at is None else found[at]

    async def _ask(self, dialog: Dialog[Any]) -> Any:
        return await self._screen.app.push_screen_wait(dialog)


def _known_sessions() -> list[tuple[str, str]]:
    """Return the start pages and regions that the AWS tools' files name. Reads files."""
    try:
        files = SharedFiles.read()
    except CredentialsError:
        return []
    settings = (*files.sso_sessions.values(), *(profile.settings for profile in files.profiles.values()))
    pairs = ((each.get("sso_start_url"), each.get("sso_region")) for each in settings)
    return list(dict.fromkeys((url, region) for url, region in pairs if url and region))


def _wrong_url(text: str) -> str | None:
    is_url = text.strip().startswith("https://") and "." in text
    return None if is_url else "A start page begins with https://."


def _wrong_region(text: str) -> str | None:
    try:
        check_region(text.strip())
    except ValueError as error:
        return str(error)
    return None
