"""IAM Identity Center: keys of a role for the token of a session, which is renewed or signed in for.

Source: AWS SDKs and Tools Reference Guide, *IAM Identity Center credential provider*; IAM Identity
Center Portal API Reference.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote, urlencode

from s3tui.s3.credentials.interaction import Interaction
from s3tui.s3.credentials.sso_cache import (
    Registration,
    SsoToken,
    file_of,
    read_registration,
    read_token,
    registration_file,
    write_registration,
    write_token,
)
from s3tui.s3.credentials.sso_oidc import Oidc, Tokens
from s3tui.s3.credentials.sso_sign_in import DeviceWanted, by_browser, by_device
from s3tui.s3.credentials.web import CredentialsRequest, ask, json_object, keys_from_json
from s3tui.s3.errors import CredentialsError
from s3tui.s3.secret import Secret
from s3tui.s3.signing.credentials import Credentials

SCOPE = "sso:account:access"
_AHEAD = timedelta(minutes=15)
"""A token that ends sooner is renewed, if it can be."""
_WHO = "IAM Identity Center"


class SignInEnded(CredentialsError):
    """The token is missing or has expired: the user has to sign in again."""


@dataclass(frozen=True, slots=True)
class SsoSession:
    """A session of IAM Identity Center: its start page, and the folder of its token."""

    start_url: str
    region: str
    cache: Path
    name: str | None = None
    """Of the sso-session in the AWS tools' file; `None`: it is known by its start URL."""
    scopes: tuple[str, ...] = (SCOPE,)
    hint: str = ""
    """The command that signs in, for whoever cannot be asked here."""

    @property
    def shown(self) -> str:
        return self.name or self.start_url

    @property
    def _file(self) -> Path:
        return file_of(self.cache, self.name or self.start_url)

    async def token(
        self, oidc: Oidc, interaction: Interaction, *, browser: bool = False, ended: Secret | None = None
    ) -> Secret:
        """Return the token: from the cache, renewed, or after the user has signed in.

        Args:
            browser: whether the browser is on this machine; else a code is shown.
            ended: a token that the service did not take, whatever its time says.

        Raises: SignInEnded, CredentialsError.
        """
        async with interaction.turn(self._file):
            kept = await self._kept()
            if kept is not None and kept.access_token != ended and _left(kept) > _AHEAD:
                return kept.access_token
            with suppress(CredentialsError):  # a failed renewal leaves the old one in use
                if kept is not None and (renewed := await self._renewed(oidc, kept)) is not None:
                    return renewed
            if kept is not None and kept.access_token != ended and _left(kept) > timedelta(0):
                return kept.access_token
            if interaction.sign_in is None:
                raise self._over(kept)
            return await self._sign_in(oidc, interaction, browser=browser)

    async def _kept(self) -> SsoToken | None:
        """Return the token in the cache; that of another start page, once of this name, is none of ours."""
        kept = await asyncio.to_thread(read_token, self._file)
        if kept is None or not kept.start_url or _page(kept.start_url) == _page(self.start_url):
            return kept
        return None

    def _over(self, kept: SsoToken | None) -> SignInEnded:
        how = f": {self.hint}" if self.hint else ""
        if kept is None:
            return SignInEnded(f"{self.shown} is not signed in (there is no token in {self._file}){how}")
        return SignInEnded(f"the session of {self.shown} has ended{how}")

    async def _renewed(self, oidc: Oidc, kept: SsoToken) -> Secret | None:
        registration = kept.registration
        if kept.refresh_token is None or registration is None or registration.expires_at <= datetime.now(UTC):
            return None
        return await self._keep(await oidc.refreshed(registration, kept.refresh_token), registration)

    async def _sign_in(self, oidc: Oidc, interaction: Interaction, *, browser: bool) -> Secret:
        show = interaction.sign_in
        assert show is not None
        if browser and self.name is not None:
            registration = await self._registered(oidc, browser=True)
            with suppress(DeviceWanted):
                scopes = " ".join(self.scopes)
                tokens = await by_browser(oidc, registration, scopes=scopes, session=self.shown, show=show)
                return await self._keep(tokens, registration)
        registration = await self._registered(oidc, browser=False)
        tokens = await by_device(oidc, registration, start_url=self.start_url, session=self.shown, show=show)
        return await self._keep(tokens, registration)

    async def _registered(self, oidc: Oidc, *, browser: bool) -> Registration:
        scopes = self.scopes if self.name is not None else None
        file = registration_file(
            self.cache, start_url=self.start_url, region=self.region, scopes=scopes, session_name=self.shown
        )
        found = await asyncio.to_thread(read_registration, file)
        if found is not None and found.takes_browser is browser:
            return found
        made = await oidc.register(start_url=self.start_url, scopes=self.scopes, browser=browser)
        await asyncio.to_thread(write_registration, file, made, self.scopes)
        return made

    async def _keep(self, tokens: Tokens, registration: Registration) -> Secret:
        token = SsoToken(
            tokens.access_token,
            tokens.expires_at,
            self.start_url,
            self.region,
            registration,
            tokens.refresh_token,
        )
        await asyncio.to_thread(write_token, self._file, token)
        return token.access_token


def _page(url: str) -> str:
    return url.partition("#")[0].rstrip("/")


def _left(token: SsoToken) -> timedelta:
    return token.expires_at - datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class SsoAccount:
    """An account that the user of a session may enter."""

    id: str
    name: str
    email: str = ""


@dataclass(frozen=True, slots=True)
class Portal:
    """A client of the portal at `url`. Every method raises SignInEnded and CredentialsError."""

    url: str
    shown: str
    hint: str = ""
    ca_bundle: str | None = None

    async def accounts(self, token: Secret) -> list[SsoAccount]:
        """Return the accounts, by name."""
        found = [
            SsoAccount(
                str(each["accountId"]), str(each.get("accountName", "")), str(each.get("emailAddress", ""))
            )
            async for each in self._all("/assignment/accounts", "accountList", token, {})
            if each.get("accountId")
        ]
        return sorted(found, key=lambda account: (account.name.lower(), account.id))

    async def roles(self, token: Secret, account: str) -> list[str]:
        """Return the names of the roles that the user may take in an account."""
        pages = self._all("/assignment/roles", "roleList", token, {"account_id": account})
        return sorted([str(each["roleName"]) async for each in pages if each.get("roleName")])

    async def keys(self, token: Secret, account: str, role: str) -> Credentials:
        """Return the keys of a role."""
        query = f"role_name={quote(role, safe='')}&account_id={quote(account, safe='')}"
        who = f"{_WHO}, role {role} in account {account}"
        said = await self._get(f"/federation/credentials?{query}", token, who)
        keys = said.get("roleCredentials")
        if not isinstance(keys, Mapping):
            raise CredentialsError(f"{who} gave no roleCredentials")
        return keys_from_json(
            keys,
            who,
            names=("accessKeyId", "secretAccessKey", "sessionToken"),
            expires_at=_milliseconds(keys.get("expiration"), who),
        )

    async def _all(
        self, path: str, name: str, token: Secret, query: Mapping[str, str]
    ) -> AsyncIterator[Mapping[str, object]]:
        after: str | None = None
        while True:
            more = {} if after is None else {"next_token": after}
            said = await self._get(f"{path}?{urlencode({**query, 'max_result': '100', **more})}", token, _WHO)
            listed = said.get(name)
            for each in listed if isinstance(listed, list) else []:
                if isinstance(each, Mapping):
                    yield each
            following = said.get("nextToken")
            if not isinstance(following, str) or not following or following == after:
                return
            after = following

    async def _get(self, path: str, token: Secret, who: str) -> Mapping[str, object]:
        question = CredentialsRequest("GET", self.url + path, {"x-amz-sso_bearer_token": token.reveal()})
        answer = await ask(question, ca_bundle=self.ca_bundle)
        if answer.status == 401:
            how = f": {self.hint}" if self.hint else ""
            raise SignInEnded(f"the session of {self.shown} has ended{how}")
        said = json_object(answer.body, who)
        if answer.status >= 300:
            why = said.get("message") or f"HTTP {answer.status}"
            raise CredentialsError(f"{who} gives no keys: {why}")
        return said


@dataclass(frozen=True, slots=True)
class SsoServices:
    """A session, and the services that give its token and its keys."""

    session: SsoSession
    oidc: Oidc
    portal: Portal
    has_browser: bool
    """The browser of the user is on this machine."""

    async def token(self, interaction: Interaction, *, ended: Secret | None = None) -> Secret:
        """Return the session's token; raises as `SsoSession.token`."""
        return await self.session.token(self.oidc, interaction, browser=self.has_browser, ended=ended)


def _milliseconds(value: object, who: str) -> datetime:
    if not isinstance(value, int) or isinstance(value, bool):
        raise CredentialsError(f"{who} gave an end of the session that is not a time")
    try:
        return datetime.fromtimestamp(value / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        raise CredentialsError(f"{who} gave an end of the session that is not a time") from None
