"""DeletionProgress: many keys are deleted, a batch at a time; who leaves is asked first.

What is under way is never broken off, so what is deleted and what is left is always known.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.binding import BindingType
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Label, ProgressBar, Static

from s3tui.format import count, printable
from s3tui.s3.errors import S3Error
from s3tui.s3.models import DeleteError
from s3tui.tui.keymap.dialogs import DELETION_KEYS
from s3tui.tui.runtime.session import Session
from s3tui.tui.screens.common.dialog import Dialog
from s3tui.tui.text.sentences import explain

_BATCH = 1000
"""As many as one DeleteObjects takes."""

Key = str | tuple[str, str]
"""A key, or one with its version id."""


@dataclass(frozen=True, slots=True)
class Deletion:
    """The outcome of a deletion."""

    deleted: tuple[str, ...] = ()
    errors: tuple[DeleteError, ...] = ()
    """Of keys that could not be deleted."""
    left: int = 0
    """How many were not asked for, or not answered about."""
    failure: str = ""
    """What ended it early, as a sentence."""

    @property
    def is_whole(self) -> bool:
        return not (self.errors or self.left or self.failure)

    @property
    def sentence(self) -> str:
        """Say what is deleted and what is not."""
        words = [f"{count(len(self.deleted))} deleted"]
        if self.left:
            words.append(f"{'up to ' if self.failure else ''}{count(self.left)} left")
        if self.errors:
            first = self.errors[0]
            why = f"{printable(first.key)}: {printable(first.message or first.code)}"
            words.append(f"{count(len(self.errors))} not: {why}")
        said = ", ".join(words)
        return f"{said}. {self.failure}" if self.failure else said


class DeletionProgress(Dialog[Deletion]):
    """Deletes as soon as it is shown, and is over when that is, or was stopped between two batches."""

    BINDINGS: ClassVar[list[BindingType]] = [*DELETION_KEYS]

    def __init__(self, session: Session, bucket: str, keys: Sequence[Key]) -> None:
        super().__init__(f"Deleting {count(len(keys))}")
        self._session, self._bucket, self._keys = session, bucket, keys
        self._done = 0
        self._is_asking = self._is_stopping = False

    def compose_question(self) -> Iterable[Widget]:
        yield Static(classes="sentence")
        yield ProgressBar(total=len(self._keys), show_eta=False)
        yield Label(classes="hint")

    def on_mount(self) -> None:
        self._show()
        self.run_worker(self._run(), group="deletion")

    def action_ask(self) -> None:
        """Ask whether to stop; asked already, go on."""
        self._is_asking = not self._is_asking
        self._show()

    def action_stop(self) -> None:
        if self._is_asking:
            self._is_stopping = True
            self._show()

    async def _run(self) -> None:
        deleted: list[str] = []
        errors: list[DeleteError] = []
        failure = "Something went wrong."
        try:
            failure = await self._delete(deleted, errors)
        except Exception:  # raised on: the net tells of it
            self._conclude(deleted, errors, failure)
            raise
        self._conclude(deleted, errors, failure)

    def _conclude(self, deleted: list[str], errors: list[DeleteError], failure: str) -> None:
        left = len(self._keys) - self._done
        self.dismiss(Deletion(tuple(deleted), tuple(errors), left, failure))

    async def _delete(self, deleted: list[str], errors: list[DeleteError]) -> str:
        """Delete batch after batch; return what ended it early, as a sentence."""
        failure = ""
        while self._done < len(self._keys) and not (self._is_stopping or failure):
            batch = self._keys[self._done : self._done + _BATCH]
            try:
                result = await self._session.run(lambda s3, keys=batch: s3.delete_objects(self._bucket, keys))  # type: ignore[misc]  # mypy cannot infer a lambda with a default
            except S3Error as error:
                failure = explain(error)
                if error.partial is None:
                    break
                result = error.partial
            deleted += [each.key for each in result.deleted]
            errors += result.errors
            self._done += len(batch) - len(result.left)
            self._show()
        return failure

    def holds_quit(self) -> bool:
        self.action_ask()
        return True

    def _show(self) -> None:
        words = f"{count(self._done)} of {count(len(self._keys))} in {printable(f's3://{self._bucket}/')}"
        self.query_one(".sentence", Static).update(Content(words))
        self.query_one(ProgressBar).update(progress=self._done)
        if self._is_stopping:
            hint = "Stopping, when the server has answered …"
        elif self._is_asking:
            hint = "Stop here? What is deleted stays deleted.   s stops   esc goes on"
        else:
            hint = "esc stops"
        self.query_one(".hint", Label).update(Content(hint))
