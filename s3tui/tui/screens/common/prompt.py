"""Prompt: a dialog for one line of text."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass

from textual import on
from textual.content import Content
from textual.message import Message
from textual.suggester import Suggester, SuggestFromList
from textual.widget import Widget
from textual.widgets import Input, Label, Static

from s3tui.tui.screens.common.dialog import LEARNING, Dialog


class Prompt(Dialog[str]):
    """A dialog for one line of text; `check` returns the error in it, or `None`."""

    @dataclass
    class ObstacleFound(Message):
        sentence: str

    def __init__(
        self,
        title: str,
        sentence: str,
        *,
        value: str = "",
        placeholder: str = "",
        yes: str = "Go",
        check: Callable[[str], str | None] = lambda text: None if text else "",
        suggester: Suggester | None = None,
        completions: Sequence[str] = (),
        replaces: bool = False,
        masked: bool = False,
        obstacle: Callable[[], Awaitable[str]] | None = None,
    ) -> None:
        """
        Args:
            replaces: typing overwrites `value`.
            masked: the text is hidden, as for a password.
            obstacle: awaited while the dialog is open; returns an error that holds for any text, or nothing.
        """
        super().__init__(title)
        self._find_obstacle, self._obstacle = obstacle, ""
        self._sentence, self._value, self._placeholder, self._yes = sentence, value, placeholder, yes
        self._check = check
        self._replaces, self._masked = replaces, masked
        self._suggester = suggester or (SuggestFromList(completions) if completions else None)

    def compose_question(self) -> Iterable[Widget]:
        if self._sentence:
            yield Static(Content(self._sentence), classes="sentence")
        field = Input(
            self._value,
            self._placeholder,
            suggester=self._suggester,
            compact=True,
            select_on_focus=self._replaces,
            password=self._masked,
        )
        field.cursor_position = len(self._value)
        yield field
        yield Label(Content(""), id="wrong")
        keys = [
            f"↵ {self._yes.lower()}",
            "→ takes the suggestion" * (self._suggester is not None),
            "esc cancels",
        ]
        yield Label(Content("   ".join(filter(None, keys))), classes="hint")

    def on_mount(self) -> None:
        if self._find_obstacle is not None:
            self.run_worker(self._look(self._find_obstacle), group=LEARNING)

    async def _look(self, find: Callable[[], Awaitable[str]]) -> None:
        self.post_message(self.ObstacleFound(await find()))

    @on(ObstacleFound)
    def _take_obstacle(self, message: ObstacleFound) -> None:
        self._obstacle = message.sentence
        if self.is_open:
            self._clear()

    @on(Input.Changed)
    def _clear(self) -> None:
        self.query_one("#wrong", Label).update(Content(self._obstacle))

    @on(Input.Submitted)
    def _submit(self, event: Input.Submitted) -> None:
        wrong = self._obstacle or self._check(event.value)
        if wrong is None:
            self.dismiss(event.value)
        else:
            self.query_one("#wrong", Label).update(Content(wrong))
