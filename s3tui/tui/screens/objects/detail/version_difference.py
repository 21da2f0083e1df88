"""The difference of two versions of an object, line by line; and the question which two."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Label, OptionList
from textual.widgets.option_list import Option

from s3tui.browse.rows.listing import Row
from s3tui.browse.source.versions import short_id
from s3tui.format import printable
from s3tui.s3.errors import S3Error
from s3tui.tui.keymap.screens import DIFFERENCE_KEYS
from s3tui.tui.runtime.object_file import open_object
from s3tui.tui.runtime.session import Session
from s3tui.tui.runtime.transfers import Transfers
from s3tui.tui.screens.common.dialog import Dialog
from s3tui.tui.screens.objects.object_screen import ObjectScreen
from s3tui.tui.widgets.frame.state_panel import StatePanel
from s3tui.tui.widgets.preview.scrolled_preview import ScrolledPreview

if TYPE_CHECKING:
    from s3tui.preview.formats.text_lines import Line
    from s3tui.preview.ranged_file import RangedFile

_SIDEWAYS = 8


class DifferenceScreen(ObjectScreen):
    HELP_TITLE = "Difference"
    BINDINGS: ClassVar[list[BindingType]] = [*DIFFERENCE_KEYS]

    def __init__(self, session: Session, transfers: Transfers, bucket: str, old: Row, new: Row) -> None:
        super().__init__(session, transfers, bucket, new.key)
        self._old, self._new = old, new

    def compose_body(self) -> Iterable[Widget]:
        with Vertical(classes="panel", id="queue-panel"):
            view = ScrolledPreview()
            yield from (StatePanel(view), view)

    def on_mount(self) -> None:
        super().on_mount()
        self.query_one(StatePanel).show("loading", "Reading both versions …", "⌫ goes back")
        self.run(self._read, "difference", exclusive=True)

    @property
    def _view(self) -> ScrolledPreview:
        return self.query_one(ScrolledPreview)

    async def _read(self) -> None:
        from s3tui.preview.difference import difference
        from s3tui.preview.formats.text_lines import Line

        try:
            old, new = await asyncio.gather(*(self._open(row) for row in (self._old, self._new)))
            found = await difference(old, new, self.key.rpartition("/")[2])
        except S3Error as error:
            self.later(self.query_one(StatePanel).show_error, error, keys="⌫ goes back")
            return
        lines = [Line(number, text) for number, text in enumerate(found.lines)]
        self.later(self._show, lines, found.sentence)

    async def _open(self, row: Row) -> RangedFile:
        return await open_object(
            self.session, self._bucket, row.key, size=row.size, version_id=row.version_id
        )

    def _show(self, lines: Sequence[Line], sentence: str) -> None:
        panel = self.query_one("#queue-panel")
        old, new = (printable(short_id(row.version_id or "")) for row in (self._old, self._new))
        panel.border_title = Content(f"− {old}   + {new}")
        panel.border_subtitle = Content(sentence)
        if not lines:
            self.query_one(StatePanel).show("empty", sentence, "⌫ goes back")
            return
        self.query_one(StatePanel).clear()
        self._view.show_all(lines, language="diff")
        self._view.focus()

    def action_wrap(self) -> None:
        self._view.toggle_wrap()

    def action_sideways(self, steps: int) -> None:
        self._view.scroll_sideways(steps * _SIDEWAYS)


class VersionMenu(Dialog[str]):
    """Asks what a version is compared with: answers with the id of one of the choices."""

    def __init__(self, choices: Sequence[tuple[str, str]]) -> None:
        """`choices`: ids and labels."""
        super().__init__("Compare this version with")
        self._choices = choices

    def compose_question(self) -> Iterable[Widget]:
        yield OptionList(*(Option(Content(label)) for _, label in self._choices), compact=True)
        yield Label(Content("↵ compares   esc closes"), classes="hint")

    @on(OptionList.OptionSelected)
    def _choose(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(self._choices[event.option_index][0])


def older_with_bytes(row: Row, versions: Sequence[Row]) -> Row | None:
    """Return the next older version that is no delete marker."""
    behind = iter(versions)
    for each in behind:
        if each.version_id == row.version_id:
            break
    return next((each for each in behind if each.has_bytes), None)
