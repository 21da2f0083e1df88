"""ConnectionForm: a form for endpoint, region and keys. The secret goes to the keyring or stays in memory."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable
from dataclasses import replace
from enum import Enum
from itertools import count

from textual import on, work
from textual.containers import Grid, Horizontal
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Button, Checkbox, Input, Label, Select

from s3tui.background import abandonable
from s3tui.config.reader import ConfigError
from s3tui.connect.connection import Anonymous, Connection, FromKeyring, Given
from s3tui.connect.identity import identity_of
from s3tui.connect.keychain import KeyringUnavailable
from s3tui.connect.presets import PRESETS, Preset
from s3tui.connect.store import ConnectionStore
from s3tui.format import printable
from s3tui.s3.credentials import Credentials, Secret
from s3tui.s3.errors import CredentialsError
from s3tui.tui.screens.common.dialog import Dialog
from s3tui.tui.screens.common.question import Confirm
from s3tui.tui.text.sentences import explain
from s3tui.tui.widgets.forms.check_box import CheckBox


class FormKind(Enum):
    KEYS = "New connection"
    PUBLIC = "A public bucket, without signing"


class ConnectionForm(Dialog[Connection]):
    def __init__(self, kind: FormKind, store: ConnectionStore, taken: Collection[str] = ()) -> None:
        """`taken`: names that a connection without a name must not get."""
        super().__init__(kind.value)
        self._kind = kind
        self._taken = taken
        self._store = store

    @property
    def preset(self) -> Preset:
        chosen = self.query_one(Select).value
        return next((preset for preset in PRESETS if preset.name == chosen), PRESETS[0])

    def compose_question(self) -> Iterable[Widget]:
        with Grid(id="connection-fields"):
            yield Label("Provider")
            yield Select(
                [(preset.name, preset.name) for preset in PRESETS],
                value=PRESETS[0].name,
                allow_blank=False,
                compact=True,
            )
            yield from _field("Name", "name", "as you want to see it")
            yield from _field("Endpoint", "url", "https://…")
            yield from _field("Account id", "account", "a part of the endpoint's name")
            yield from _field("Region", "region", "us-east-1")
            if self._kind is FormKind.KEYS:
                yield from _field("Access key", "access", "AKIA…")
                yield from _field("Secret key", "secret", "goes to your keyring", password=True)
                yield from _field("Session token", "token", "only for temporary keys", password=True)
        yield Label(Content(""), id="preset-hint", classes="hint")
        with Horizontal(id="form-options"):
            yield CheckBox("read-only", id="read-only", compact=True)
            yield CheckBox("production (warns in red)", id="production", compact=True)
        yield Label(Content(""), id="wrong")
        with Horizontal(classes="answers"):
            yield Button("Cancel", id="cancel", compact=True)
            yield Button("Save and connect", id="connect", compact=True, variant="primary")

    def on_mount(self) -> None:
        self.query_one("#name", Input).focus()

    @on(Select.Changed)
    def _show_preset(self) -> None:
        preset = self.preset
        url = self.query_one("#url", Input)
        url.placeholder = (
            (preset.url_pattern or "Amazon's own") if preset.url_pattern or preset.is_aws else "https://…"
        )
        self.query_one("#region", Input).placeholder = preset.region
        for widget in self.query(".account"):
            widget.display = preset.needs_account
        for widget in self.query(".url"):
            widget.display = not preset.is_aws
        hint = preset.hint if self._kind is FormKind.KEYS else "No keys: only what anybody may read."
        self.query_one("#preset-hint", Label).update(Content(hint))

    @on(Button.Pressed, "#cancel")
    def _cancel(self) -> None:
        self.dismiss(None)

    @on(Input.Submitted)
    @on(Button.Pressed, "#connect")
    def _submit(self) -> None:
        try:
            connection, keys = self._read()
        except (ValueError, CredentialsError) as error:
            self.query_one("#wrong", Label).update(Content(explain(error)))
        else:
            self._save(connection, keys)

    def _read(self) -> tuple[Connection, Credentials | None]:
        """Return the connection that is filled in, and its keys.

        Raises: ValueError, CredentialsError.
        """
        endpoint = self.preset.endpoint(
            url=self._text("url"), region=self._text("region"), account=self._text("account")
        )
        name = self._text("name") or free_name(
            self.preset.name if self._kind is FormKind.KEYS else "public", self._taken
        )
        connection = Connection(
            name,
            endpoint,
            Anonymous(),
            read_only=self.query_one("#read-only", Checkbox).value,
            production=self.query_one("#production", Checkbox).value,
            origin="config.toml",
        )
        if self._kind is FormKind.PUBLIC:
            return connection, None
        keys = Credentials(
            self._text("access"),
            Secret(self._text("secret")),
            Secret(self._text("token")) or None,
            source="entered",
        )
        return replace(connection, credentials=FromKeyring(keys.access_key)), keys

    @work(group="question", exclusive=True)
    async def _save(self, connection: Connection, keys: Credentials | None) -> None:
        try:
            is_free = await self._may_replace(connection)
            if not is_free:
                return
            await abandonable(lambda: self._store.save(connection, keys, replaces=True))
        except KeyringUnavailable as error:
            sentence = f"{explain(error)}\nThe keys can stay in memory until s3tui ends; the rest is kept."
            answer = await self.app.push_screen_wait(
                Confirm("No keyring here", sentence, yes="For this session only", no="Back", grave=False)
            )
            if answer and keys is not None:
                await self._keep_without_secret(connection)
                self.dismiss(replace(connection, credentials=Given(keys), origin="this session"))
        except (ConfigError, ValueError) as error:
            self.query_one("#wrong", Label).update(Content(explain(error)))
        else:
            self.dismiss(connection)

    async def _keep_without_secret(self, connection: Connection) -> None:
        try:
            await asyncio.to_thread(self._store.save, connection, replaces=True)
        except ConfigError as error:  # then the whole connection is for this session only
            self.app.notify(explain(error), severity="warning", markup=False)

    async def _may_replace(self, connection: Connection) -> bool:
        """Tell whether the name is free, or the user agrees to replace its connection.

        Raises: ConfigError.
        """
        saved = await asyncio.to_thread(self._store.connections)
        there = next((each for each in saved if each.name == connection.name), None)
        if there is None:
            return True
        whose = await asyncio.to_thread(lambda: identity_of(there).words)
        secret = ", and its secret in the keyring" if isinstance(there.credentials, FromKeyring) else ""
        question = Confirm(
            "Replace the connection of that name?",
            f"There is a connection {printable(there.name)} already: {printable(whose)}.\n"
            f"It goes{secret}. Another name keeps both.",
            yes="Replace it",
            no="Back",
        )
        return await self.app.push_screen_wait(question) or False

    def _text(self, id: str) -> str:
        field = self.query_one(f"#{id}", Input)
        return field.value.strip() if field.display else ""


def free_name(name: str, taken: Collection[str]) -> str:
    """Return `name`, with the first free number behind it if it is taken."""
    if name not in taken:
        return name
    return next(numbered for n in count(2) if (numbered := f"{name} {n}") not in taken)


def _field(label: str, id: str, placeholder: str, *, password: bool = False) -> Iterable[Widget]:
    yield Label(label, classes=id)
    yield Input(placeholder=placeholder, id=id, classes=id, compact=True, password=password)
