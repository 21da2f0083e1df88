"""DiffDialog: shows the difference of two texts, and asks what becomes of it, by a letter each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from textual.containers import VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Label, Static

from s3tui.format import printable
from s3tui.tui.screens.common.dialog import Dialog

Letter = tuple[str, str]
"""A letter, and what it answers, in a word or two."""
_STYLES = {"+": "$text-success", "-": "$text-error", "@": "$accent"}


class DiffDialog(Dialog[str]):
    """Answers with the letter that was pressed; a grave one takes none that is older than itself."""

    def __init__(
        self, title: str, sentence: str, diff: Sequence[str], letters: Sequence[Letter], *, grave: bool = True
    ) -> None:
        super().__init__(title)
        self._sentence, self._diff, self._letters, self._grave = sentence, diff, letters, grave

    @property
    def is_grave(self) -> bool:
        return self._grave

    def compose_question(self) -> Iterable[Widget]:
        yield Static(Content(self._sentence), classes="sentence")
        with VerticalScroll(id="diff"):
            yield Static(Content("\n").join(map(_line, self._diff or ["No line differs."])))
        words = [f"{letter} {what}" for letter, what in self._letters]
        yield Label(Content("   ".join([*words, "↑↓ scroll", "esc leaves it"])), classes="hint")

    def on_mount(self) -> None:
        self.query_one("#diff").focus()

    @property
    def letters(self) -> Mapping[str, str]:
        return dict(self._letters)

    def take_letter(self, letter: str) -> None:
        self.dismiss(letter)


def _line(line: str) -> Content:
    style = "bold" if line.startswith(("+++", "---")) else _STYLES.get(line[:1], "")
    return Content.styled(printable(line), style) if style else Content(printable(line))
