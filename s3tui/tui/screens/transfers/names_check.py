"""NamesCheck: lists prefixes before a download, to find keys that need other local names; skippable."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import ClassVar

from textual import on, work
from textual.binding import BindingType
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Label, Static

from s3tui.format import count, counted, printable
from s3tui.s3.errors import S3Error
from s3tui.transfer.download.local_names_report import NamesReport, names_report
from s3tui.tui.keymap.dialogs import NAMES_CHECK_KEYS
from s3tui.tui.runtime.session import Session
from s3tui.tui.screens.common.dialog import Dialog


class NamesCheck(Dialog[Sequence[NamesReport]]):
    """Answers with the reports, complete or not; `None` cancels the download."""

    BINDINGS: ClassVar[list[BindingType]] = [*NAMES_CHECK_KEYS]

    @dataclass
    class Progressed(Message):
        report: NamesReport

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, NamesCheck.Progressed)

    def __init__(
        self,
        session: Session,
        bucket: str,
        places: Sequence[tuple[str, Path]],
        *,
        at: datetime | None = None,
    ) -> None:
        """
        Args:
            places: each prefix with its target folder.
            at: list the prefixes as of this instant; by default, as they are.
        """
        super().__init__("Looking at the keys")
        self._at = at
        self._session, self._bucket, self._places = session, bucket, places
        self._done: list[NamesReport] = []
        self._current: NamesReport | None = None

    def compose_question(self) -> Iterable[Widget]:
        yield Static(Content(self._progress()), id="names-progress")
        yield Label(Content("s starts now, without looking further   esc cancels"), classes="hint")

    def on_mount(self) -> None:
        self.look()

    @work(group="names", exclusive=True)
    async def look(self) -> None:
        try:
            for prefix, folder in self._places:
                report = await self._session.run(
                    lambda s3, prefix=prefix, folder=folder: names_report(  # type: ignore[misc]  # defaults
                        s3, self._bucket, prefix, folder, at=self._at, on_progress=self._tell
                    )
                )
                self._done.append(report)
                self._current = None
        except S3Error:
            pass  # the download will fail too, and can be retried there
        self.action_skip()

    def _tell(self, report: NamesReport) -> None:
        """Post progress; called in the S3 thread."""
        self.post_message(self.Progressed(report))

    @on(Progressed)
    def _show(self, message: Progressed) -> None:
        self._current = message.report
        self.query_one("#names-progress", Static).update(Content(self._progress()))

    def _progress(self) -> str:
        prefix = self._places[min(len(self._done), len(self._places) - 1)][0]
        keys = sum(report.keys for report in self._reports())
        return f"{printable(prefix) or 'the whole bucket'}: {counted(keys, 'key')} so far …"

    def _reports(self) -> list[NamesReport]:
        return [*self._done, *([self._current] if self._current is not None else [])]

    def action_skip(self) -> None:
        self.dismiss(self._reports())


def names_sentence(reports: Sequence[NamesReport]) -> str:
    """Return a sentence on the number of keys, and of those that get another local name."""
    keys, renamed = sum(report.keys for report in reports), sum(report.renamed for report in reports)
    collisions = sum(report.collisions for report in reports)
    more = "" if all(report.is_complete for report in reports) else ", and there are more"
    names = "a file under its own name" if renamed == 1 else "files under their own names"
    sentence = f"{counted(keys, 'key')} looked at{more}. {count(renamed)} cannot be {names}"
    return (
        f"{sentence}, {count(collisions)} of them because another key has it."
        if collisions
        else f"{sentence}."
    )
