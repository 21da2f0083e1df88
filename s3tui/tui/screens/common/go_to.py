"""GoTo: a dialog for an S3 address, completed from bookmarks, history and the server."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from itertools import takewhile
from typing import ClassVar

from textual import on, work
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, Label, OptionList, Static
from textual.widgets.option_list import Option

from s3tui.browse.place.address import parse_address
from s3tui.browse.place.bookmarks import bookmarks, recent
from s3tui.browse.rows.nodes import DELIMITER
from s3tui.format import printable
from s3tui.s3.address.uri import S3Uri
from s3tui.s3.errors import S3Error
from s3tui.state import StateError
from s3tui.tui.runtime.session import Session
from s3tui.tui.screens.common.dialog import Dialog
from s3tui.tui.text.sentences import explain

_PAUSE_S = 0.15
"""Debounce: pause in typing before the server is asked."""
_SHOWN = 12
_SCHEME = "s3://"


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A completion, and where it comes from."""

    address: str
    sign: str
    """★ for a bookmark, ↺ for a visited place, empty for one from the server."""


class GoTo(Dialog[S3Uri]):
    """Answers with a URI; ↵ takes the typed text, or the choice that was moved to."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "move(1)", "next choice", show=False, priority=True),
        Binding("up", "move(-1)", "choice before", show=False, priority=True),
        Binding("tab", "complete", "complete", show=False, priority=True),
    ]

    def __init__(self, session: Session, value: str) -> None:
        super().__init__("Go to")
        self._session, self._start = session, value
        self._remembered: list[Suggestion] = []
        self._buckets: list[str] | None = None
        self._choices: list[Suggestion] = []

    def compose_question(self) -> Iterable[Widget]:
        sentence = "A bucket, a prefix or an object: s3://, an https URL, an ARN, or bucket/key."
        yield Static(Content(sentence), classes="sentence")
        yield Input(self._start, compact=True, select_on_focus=True)
        yield Label(Content(""), id="wrong")
        choices = OptionList(compact=True)
        choices.can_focus = False
        yield choices
        yield Label(Content("↵ opens   ↑↓ chooses   ⇥ completes   esc cancels"), classes="hint")

    def on_mount(self) -> None:
        self.remember()

    @work(group="completing", exclusive=True)
    async def remember(self) -> None:
        try:
            marked, been = await self._session.query_state(bookmarks), await self._session.query_state(recent)
        except StateError as error:
            self._say(explain(error))
            return
        signs = dict.fromkeys(map(str, been), "↺") | dict.fromkeys(map(str, marked), "★")
        order = dict.fromkeys([*map(str, marked), *map(str, been)])
        self._remembered = [Suggestion(address, signs[address]) for address in order]
        if not self._choices:
            self._show([choice for choice in self._remembered if choice.address != self._start])

    @on(Input.Changed)
    def _complete(self, event: Input.Changed) -> None:
        self._say("")
        if event.value != self._start:
            self.find_choices(event.value)

    @work(group="completing", exclusive=True)
    async def find_choices(self, typed: str) -> None:
        remembered = [choice for choice in self._remembered if typed.lower() in choice.address.lower()]
        self._show(remembered)
        await asyncio.sleep(_PAUSE_S)
        try:
            found = await self._ask_server(typed)
        except S3Error as error:
            self._say(f"{explain(error)} What is typed can still be opened.")
            return
        known = {choice.address for choice in remembered}
        # Remembered places come first only if they match what is typed, and few of them before the server's.
        self._show([*remembered[:4], *(Suggestion(a, "") for a in found if a not in known), *remembered[4:]])

    async def _ask_server(self, typed: str) -> list[str]:
        """Return the buckets, or the prefixes and keys, that start with the typed text."""
        path = typed.removeprefix(_SCHEME)
        if "://" in path or path.startswith("arn:"):
            return []
        bucket, slash, start = path.partition(DELIMITER)
        if not slash:
            return [f"{_SCHEME}{name}/" for name in await self._bucket_names() if name.startswith(bucket)]
        if not self._can_be_asked(typed):
            return []
        pages = self._session.stream(
            lambda s3: s3.list_objects(bucket, start, delimiter=DELIMITER, max_keys=2 * _SHOWN)
        )
        async with aclosing(pages):
            async for page in pages:
                names = [*page.common_prefixes, *(summary.key for summary in page.objects)]
                return [f"{_SCHEME}{bucket}/{name}" for name in names if name != start]
        return []

    def _can_be_asked(self, typed: str) -> bool:
        """Tell whether `typed` is a valid address; an error in it is shown when it is opened."""
        try:
            parse_address(typed, self._session.connection.endpoint)
        except ValueError:
            return False
        return True

    async def _bucket_names(self) -> Sequence[str]:
        if self._buckets is None:
            buckets = await self._session.run(lambda s3: s3.list_buckets())
            self._buckets = sorted(bucket.name for bucket in buckets)
        return self._buckets

    def _show(self, choices: Sequence[Suggestion]) -> None:
        if not self.is_current:
            return  # an answer that arrived after the dialog was closed
        self._choices = list(choices[:_SHOWN])
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
        typed = field.value
        addresses = [c.address for c in self._choices if c.address.startswith(_address(typed))]
        taken = self._chosen.address if self._chosen else _common(addresses)
        if taken and taken != typed:
            field.value = taken
            field.cursor_position = len(taken)

    @on(Input.Submitted)
    def _submit(self, event: Input.Submitted) -> None:
        self._open(self._chosen.address if self._chosen else event.value)

    @on(OptionList.OptionSelected)
    def _choose(self, event: OptionList.OptionSelected) -> None:
        self._open(self._choices[event.option_index].address)

    def _open(self, text: str) -> None:
        try:
            uri = parse_address(text, self._session.connection.endpoint)
        except ValueError as error:
            self._say(printable(str(error)))
        else:
            self.dismiss(uri)


def _address(typed: str) -> str:
    return typed if typed.startswith(_SCHEME) else _SCHEME + typed


def _common(addresses: Sequence[str]) -> str:
    """Return the common start of all addresses."""
    if not addresses:
        return ""
    first, last = min(addresses), max(addresses)
    same = takewhile(lambda pair: pair[0] == pair[1], zip(first, last, strict=False))
    return "".join(character for character, _ in same)
