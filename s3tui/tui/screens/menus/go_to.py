"""GoTo: a dialog for an S3 address, completed from bookmarks, history and the server."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import ClassVar, NamedTuple

from textual import on, work
from textual.binding import BindingType
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, Label, OptionList, Static
from textual.widgets.option_list import Option

from s3tui.browse.place.address import parse_address
from s3tui.connect.connection import Connection
from s3tui.connect.named_address import may_name_connection, split_address, unknown_connection
from s3tui.format import printable
from s3tui.s3.address.uri import S3Uri
from s3tui.s3.errors import S3Error
from s3tui.state import StateError
from s3tui.tui.keymap.dialogs import GO_TO_KEYS
from s3tui.tui.runtime.session import Session
from s3tui.tui.screens.common.dialog import Dialog
from s3tui.tui.screens.menus.address_completion import SHOWN, AddressCompletion, Suggestion, common_start
from s3tui.tui.text.sentences import explain

_PAUSE_S = 0.15
"""Debounce: pause in typing before the server is asked."""


class Destination(NamedTuple):
    """A place to go to."""

    uri: S3Uri | None
    """`None`: the buckets of `connection`."""
    connection: Connection | None = None
    """`None`: the connection at hand."""


class GoTo(Dialog[Destination]):
    """Answers with a destination; ↵ takes the typed text, or the choice that was moved to.

    Args:
        known: returns the connections whose names may stand before an address.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*GO_TO_KEYS]

    def __init__(
        self, session: Session, value: str, known: Callable[[], Awaitable[Mapping[str, Connection]]]
    ) -> None:
        super().__init__("Go to")
        self._known, self._connections = known, dict[str, Connection]()
        self._endpoint, self._start = session.connection.endpoint, value
        self._completion = AddressCompletion(session)
        self._choices: list[Suggestion] = []

    def compose_question(self) -> Iterable[Widget]:
        sentence = (
            "A bucket, a prefix or an object: s3://, an https URL, an ARN, bucket/key or name:bucket/key."
        )
        yield Static(Content(sentence), classes="sentence")
        yield Input(self._start, compact=True, select_on_focus=True)
        yield Label(Content(""), id="wrong")
        choices = OptionList(compact=True)
        choices.can_focus = False
        yield choices
        yield Label(Content("↵ opens   ↑↓ chooses   ⇥ completes   esc cancels"), classes="hint")

    def on_mount(self) -> None:
        self.remember()
        self.find_connections()

    @work(group="connections")
    async def find_connections(self) -> None:
        self._connections = dict(await self._known())
        self._completion.names = list(self._connections)

    @work(group="completing", exclusive=True)
    async def remember(self) -> None:
        try:
            await self._completion.remember()
        except StateError as error:
            self._say(explain(error))
            return
        if not self._choices:
            self._show([choice for choice in self._completion.remembered if choice.address != self._start])

    @on(Input.Changed)
    def _complete(self, event: Input.Changed) -> None:
        self._say("")
        if event.value != self._start:
            self.find_choices(event.value)

    @work(group="completing", exclusive=True)
    async def find_choices(self, typed: str) -> None:
        self._show(self._completion.remembered_like(typed))
        await asyncio.sleep(_PAUSE_S)
        try:
            self._show(await self._completion.find(typed))
        except S3Error as error:
            self._say(f"{explain(error)} What is typed can still be opened.")

    def _show(self, choices: Sequence[Suggestion]) -> None:
        if not self.is_current:
            return  # an answer that arrived after the dialog was closed
        self._choices = list(choices[:SHOWN])
        options = self.query_one(OptionList)
        options.clear_options()
        options.add_options(
            Option(Content.assemble((f"{choice.sign or ' '} ", "$accent"), printable(choice.address)))
            for choice in self._choices
        )
        options.highlighted = None

    def _say(self, sentence: str) -> None:
        if self.is_current:
            self.query_one("#wrong", Label).update(Content(sentence))

    @property
    def _chosen(self) -> Suggestion | None:
        at = self.query_one(OptionList).highlighted
        return None if at is None or at >= len(self._choices) else self._choices[at]

    def action_move(self, step: int) -> None:
        options = self.query_one(OptionList)
        at = options.highlighted
        if at is None:
            options.highlighted = 0 if step > 0 and self._choices else None
        else:
            at += step
            options.highlighted = None if at < 0 else min(at, len(self._choices) - 1)

    def action_complete(self) -> None:
        """Complete to the chosen address, or to the common start of all choices."""
        field = self.query_one(Input)
        taken = self._chosen.address if self._chosen else common_start(self._choices, field.value)
        if taken and taken != field.value:
            field.value = taken
            field.cursor_position = len(taken)

    @on(Input.Submitted)
    def _submit(self, event: Input.Submitted) -> None:
        self._open(self._chosen.address if self._chosen else event.value)

    @on(OptionList.OptionSelected)
    def _choose(self, event: OptionList.OptionSelected) -> None:
        self._open(self._choices[event.option_index].address)

    @work(group="opening", exclusive=True)
    async def _open(self, text: str) -> None:
        if may_name_connection(text):
            self._connections = dict(await self._known())
        name, address = split_address(text, self._connections)
        connection = None if name is None else self._connections[name]
        try:
            if name is None and may_name_connection(text) and "/" not in text.partition(":")[0]:
                raise ValueError(unknown_connection(text.partition(":")[0], self._connections))
            endpoint = self._endpoint if connection is None else connection.endpoint
            uri = parse_address(address, endpoint) if address or connection is None else None
        except ValueError as error:
            self._say(printable(str(error)))
        else:
            self.dismiss(Destination(uri, connection))
