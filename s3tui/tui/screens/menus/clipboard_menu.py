"""ClipboardMenu: the values that can be copied, each in full, as a terminal may silently refuse to copy."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.binding import BindingType
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Label, OptionList
from textual.widgets.option_list import Option

from s3tui.format import printable
from s3tui.tui.keymap.dialogs import CLIPBOARD_KEYS
from s3tui.tui.screens.common.dialog import LEARNING, Dialog

Choice = tuple[str, str, str | None]
"""Key letter, label and unescaped value; `None` while the value is requested."""


class ClipboardMenu(Dialog[tuple[str, str]]):
    """Answers with the label and the unescaped value of the chosen entry."""

    BINDINGS: ClassVar[list[BindingType]] = [*CLIPBOARD_KEYS]

    @dataclass
    class Learned(Message):
        value: str | None

    def __init__(
        self, choices: Sequence[Choice], learn: Callable[[], Awaitable[str | None]] | None = None
    ) -> None:
        """`learn`: awaited while the menu is open; returns the missing value, `None` if there is none."""
        super().__init__("Copy")
        self._choices = list(choices)
        self._learn = learn
        self._is_chosen = False
        """True if the missing value is to be copied as soon as it arrives."""

    def compose_question(self) -> Iterable[Widget]:
        yield OptionList(*map(self._option, self._choices), compact=True)
        yield Label(Content("↵ or its letter copies   esc closes"), classes="hint")

    def _option(self, choice: Choice) -> Option:
        letter, name, value = choice
        widest = max(len(name) for _, name, _ in self._choices)
        return Option(
            Content.assemble(
                (f"{letter}  ", "$accent bold"),
                (f"{name:<{widest}}  ", "$foreground 70%"),
                "…" if value is None else printable(value),
            )
        )

    def on_mount(self) -> None:
        if self._learn is not None:
            self.run_worker(self._await(self._learn), group=LEARNING)

    async def _await(self, learn: Callable[[], Awaitable[str | None]]) -> None:
        self.post_message(self.Learned(await learn()))

    @on(Learned)
    def _take(self, message: Learned) -> None:
        if not self.is_open:
            return
        index = next(index for index, (_, _, value) in enumerate(self._choices) if value is None)
        letter, name, _ = self._choices[index]
        options = self.query_one(OptionList)
        if message.value is None:
            del self._choices[index]
            options.remove_option_at_index(index)
            self._say(f"S3 does not tell the {name}." if self._is_chosen else "")
            self._is_chosen = False
            return
        self._choices[index] = choice = letter, name, message.value
        options.replace_option_prompt_at_index(index, self._option(choice).prompt)
        if self._is_chosen:
            self._copy(choice)

    def _copy(self, choice: Choice) -> None:
        _, name, value = choice
        if value is not None:
            self.dismiss((name, value))
        else:
            self._is_chosen = True
            self._say(f"The {name} is copied as soon as S3 tells it …")

    def _say(self, sentence: str) -> None:
        words = "↵ or its letter copies   esc closes"
        self.query_one(".hint", Label).update(Content(f"{sentence}   {words}" if sentence else words))

    @property
    def letters(self) -> Mapping[str, str]:
        return {letter: name for letter, name, _ in self._choices}

    def take_letter(self, letter: str) -> None:
        self._copy(next(choice for choice in self._choices if choice[0] == letter))

    @on(OptionList.OptionSelected)
    def _choose(self, event: OptionList.OptionSelected) -> None:
        self._copy(self._choices[event.option_index])
