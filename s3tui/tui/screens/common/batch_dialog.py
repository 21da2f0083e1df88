"""BatchDialog: one request after the other for many objects, with progress; esc stops it between two."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Generic, TypeVar

from textual.binding import BindingType
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Label, ProgressBar, Static

from s3tui.format import count, printable
from s3tui.s3.errors import S3Error
from s3tui.tui.keymap.dialogs import BATCH_KEYS
from s3tui.tui.screens.common.dialog import Dialog
from s3tui.tui.text.sentences import explain

T = TypeVar("T")
_AT_ONCE = 8
MOST = 1000
"""Objects of one batch: each is asked about by itself."""


@dataclass(slots=True)
class Batch(Generic[T]):
    """The outcome of a batch."""

    done: dict[str, T] = field(default_factory=dict)
    """By key."""
    failed: dict[str, str] = field(default_factory=dict)
    """Sentences on what failed, by key."""
    left: int = 0

    @property
    def is_whole(self) -> bool:
        return not (self.failed or self.left)

    @property
    def sentence(self) -> str:
        """Say how many are done, are left, and failed, with the first reason."""
        words = [f"{count(len(self.done))} done"]
        if self.left:
            words.append(f"{count(self.left)} left")
        if self.failed:
            key, why = next(iter(self.failed.items()))
            words.append(f"{count(len(self.failed))} not: {printable(key)}: {why}")
        return ", ".join(words)


class BatchDialog(Dialog[Batch[T]]):
    """Begins as soon as it is shown, and is over when all are done, or it was stopped."""

    BINDINGS: ClassVar[list[BindingType]] = [*BATCH_KEYS]

    def __init__(self, title: str, keys: Sequence[str], act: Callable[[str], Awaitable[T]]) -> None:
        """`act`: does one; what it raises, S3Error or ValueError with a sentence, is that one's failure."""
        super().__init__(title)
        self._keys, self._act = keys, act
        self._batch: Batch[T] = Batch()
        self._is_stopping = False

    def compose_question(self) -> Iterable[Widget]:
        yield Static(classes="sentence")
        yield ProgressBar(total=len(self._keys), show_eta=False)
        yield Label(classes="hint")

    def on_mount(self) -> None:
        self._show()
        self.run_worker(self._run(), group="batch")

    def action_stop(self) -> None:
        self._is_stopping = True
        self._show()

    def holds_quit(self) -> bool:
        self.action_stop()
        return True

    async def _run(self) -> None:
        room = asyncio.Semaphore(_AT_ONCE)

        async def one(key: str) -> None:
            async with room:
                if self._is_stopping:
                    return
                try:
                    self._batch.done[key] = await self._act(key)
                except S3Error as error:
                    self._batch.failed[key] = explain(error)
                except ValueError as error:
                    self._batch.failed[key] = printable(str(error))
                self._show()

        await asyncio.gather(*map(one, self._keys))
        self._batch.left = len(self._keys) - len(self._batch.done) - len(self._batch.failed)
        self.dismiss(self._batch)

    def _show(self) -> None:
        so_far = len(self._batch.done) + len(self._batch.failed)
        self.query_one(".sentence", Static).update(Content(f"{count(so_far)} of {count(len(self._keys))}"))
        self.query_one(ProgressBar).update(progress=so_far)
        hint = "Stopping, when the server has answered …" if self._is_stopping else "esc stops"
        self.query_one(".hint", Label).update(Content(hint))
