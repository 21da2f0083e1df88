"""ConnectionForm: a form for a connection, new or saved. Its secret goes to the keyring, or to memory."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable
from dataclasses import replace
from enum import Enum
from typing import ClassVar

from textual import on, work
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Button, Input, Label

from s3tui.background import abandonable
from s3tui.config.reader import ConfigError
from s3tui.connect.connection import THIS_RUN, Connection, FromKeyring, Given
from s3tui.connect.keychain import KeyringUnavailable
from s3tui.connect.store import ConnectionStore, resolve
from s3tui.format import counted, printable
from s3tui.s3.credentials import Credentials
from s3tui.s3.errors import AccessDenied, CredentialsError, S3Error
from s3tui.tui.keymap.dialogs import CONNECTION_FORM_KEYS
from s3tui.tui.runtime.sessions import TriedOut
from s3tui.tui.screens.common.dialog import Dialog
from s3tui.tui.screens.common.question import Confirm
from s3tui.tui.screens.connections.replacement import replacement_question
from s3tui.tui.text.sentences import explain
from s3tui.tui.widgets.forms.connection_fields import ConnectionFields, free_name

_TESTING = "testing"
TryOut = Callable[[Connection, str], Awaitable[TriedOut]]
"""Asks the endpoint of a connection for its buckets, or for the bucket that is named."""


class FormKind(Enum):
    KEYS = "New connection"
    PUBLIC = "A public bucket, without signing"
    DUPLICATE = "New connection like this"
    EDIT = "Edit the connection"


class ConnectionForm(Dialog[Connection]):
    """
    Args:
        try_out: tests what is filled in.
        taken: names that a connection without a name must not get.
        like: the connection that is edited, or that a new one begins like.
    """

    VERTICAL_BREAKPOINTS = [(0, "-low"), (24, "-high")]  # noqa: RUF012 - Textual's own declaration
    BINDINGS: ClassVar[list[BindingType]] = [*CONNECTION_FORM_KEYS]

    def __init__(
        self,
        kind: FormKind,
        store: ConnectionStore,
        try_out: TryOut,
        taken: Collection[str] = (),
        like: Connection | None = None,
    ) -> None:
        super().__init__(kind.value)
        self._kind, self._store, self._try_out, self._taken, self._like = kind, store, try_out, taken, like
        name = "" if like is None else like.name
        if kind is FormKind.DUPLICATE:
            name = free_name(name, taken)
        self._fields = ConnectionFields(like, name, is_signed=kind is not FormKind.PUBLIC)

    def compose_question(self) -> Iterable[Widget]:
        yield self._fields
        yield Label(Content(""), id="wrong")
        with Horizontal(classes="answers"):
            yield Button("Cancel", id="cancel", compact=True)
            yield Button("^t Test", id="test", compact=True)
            save = "Save" if self._kind is FormKind.EDIT else "Save and connect"
            yield Button(save, id="connect", compact=True, variant="primary")

    @on(Button.Pressed, "#cancel")
    def _cancel(self) -> None:
        self.dismiss(None)

    def action_dismiss_none(self) -> None:
        """Stop a test that runs; else leave."""
        if any(worker.group == _TESTING and worker.is_running for worker in self.workers):
            self.workers.cancel_group(self, _TESTING)
            self._say("The test was stopped.")
        else:
            super().action_dismiss_none()

    def _say(self, sentence: str, kind: str = "") -> None:
        label = self.query_one("#wrong", Label)
        label.set_classes(kind)
        label.update(Content(sentence))

    @on(Button.Pressed, "#test")
    def action_test(self) -> None:
        self._test()

    @work(group=_TESTING, exclusive=True)
    async def _test(self) -> None:
        """Ask with what is filled in, and say what came back; nothing is saved."""
        bucket = self._fields.bucket
        try:
            connection, keys = self._fields.read(self._taken)
            self._say("Asking …   esc stops")
            keys = keys or await self._kept_keys(connection)
            tried = connection if keys is None else replace(connection, credentials=Given(keys))
            answer = await self._try_out(tried, bucket)
        except (S3Error, ValueError) as error:
            more = " Name a bucket to test with that." * (isinstance(error, AccessDenied) and not bucket)
            self._say(explain(error) + more, "-wrong")
        else:
            self._say(answer_sentence(answer, bucket), "-right")

    async def _kept_keys(self, connection: Connection) -> Credentials | None:
        """Return the keys of the connection that the form began with, where they are entered ones.

        Raises: CredentialsError.
        """
        like = self._like
        if like is None or not isinstance(connection.credentials, FromKeyring):
            return None
        keys = await abandonable(lambda: resolve(like))
        return keys if isinstance(keys, Credentials) else None

    @on(Input.Submitted)
    @on(Button.Pressed, "#connect")
    def _submit(self) -> None:
        try:
            connection, keys = self._fields.read(self._taken)
        except (ValueError, CredentialsError) as error:
            self._say(explain(error), "-wrong")
        else:
            self._save(connection, keys)

    @work(group="question", exclusive=True)
    async def _save(self, connection: Connection, keys: Credentials | None) -> None:
        edited = self._like if self._kind is FormKind.EDIT else None
        try:
            question = await replacement_question(self._store, connection) if edited is None else None
            if question is not None and not await self.app.push_screen_wait(question):
                return
            if keys is None and (edited is None or isinstance(edited.credentials, Given)):
                keys = await self._kept_keys(connection)
            if edited is not None and edited.name != connection.name:
                await abandonable(lambda: self._store.rename(edited.name, connection.name))
                self._like = replace(edited, name=connection.name)
            await abandonable(lambda: self._store.save(connection, keys, replaces=True))
        except KeyringUnavailable as error:
            await self._offer_session(error, connection, keys)
        except (ConfigError, ValueError, CredentialsError) as error:
            self._say(explain(error), "-wrong")
        else:
            self.dismiss(connection)

    async def _offer_session(
        self, error: KeyringUnavailable, connection: Connection, keys: Credentials | None
    ) -> None:
        if keys is None:  # those that are kept cannot be read, or moved
            self._say(explain(error), "-wrong")
            return
        sentence = f"{explain(error)}\nThe keys can stay in memory until s3tui ends; the rest is kept."
        question = Confirm("No keyring here", sentence, yes="For this session only", no="Back", grave=False)
        if await self.app.push_screen_wait(question):
            await self._keep_without_secret(connection)
            self.dismiss(replace(connection, credentials=Given(keys), origin=THIS_RUN))

    async def _keep_without_secret(self, connection: Connection) -> None:
        try:
            await asyncio.to_thread(self._store.save, connection, replaces=True)
        except ConfigError as error:  # then the whole connection is for this session only
            self.app.notify(explain(error), severity="warning", markup=False)


def answer_sentence(answer: TriedOut, bucket: str) -> str:
    """Return what came back from a connection that was tried out."""
    took = f"{answer.elapsed_s * 1000:.0f} ms"
    if answer.buckets is None:
        where = f" in {printable(answer.region)}" if answer.region else ""
        return f"It works: {printable(bucket)} is there{where}, answered in {took}."
    buckets = f"{counted(answer.buckets, 'bucket')}"
    return f"It works: {buckets} listed in {took}."
