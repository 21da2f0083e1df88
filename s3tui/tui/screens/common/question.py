"""Confirmations: yes or no. The safe answer is the default.

A question that needs an answer from S3 opens at once and shows what it waits for (`Learning`); closing it
cancels the request without waiting for it.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing
from dataclasses import dataclass
from typing import ClassVar, Protocol

from textual import on, work
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Button, Label, Static
from textual.widgets.button import ButtonVariant

from s3tui.tui.keymap.dialogs import CONFIRM_KEYS, QUESTION_KEYS
from s3tui.tui.screens.common.dialog import LEARNING, Dialog


class ShownPlan(Protocol):
    """A plan that can be looked through while its question is open."""

    async def dialog(self) -> Dialog[bool]:
        """Return the dialog that shows it; it answers whether something was left out."""

    async def again(self) -> Asked:
        """Count again, and return the contents of the question."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The loaded contents of a question."""

    sentence: str
    title: str = ""
    """Replaces the title, unless empty."""
    yes: str = ""
    expected: str = ""
    """The text to type to confirm."""
    is_answerable: bool = True
    """False if yes is not offered."""
    plan: ShownPlan | None = None
    """All that it is about, which `F3` shows."""


Learning = AsyncGenerator[str | bool | Asked, None]
"""Loads the contents of an open question: yields progress as sentences, then the contents, or the answer if
there is nothing to ask."""


class Question(Dialog[bool]):
    """A yes-or-no dialog. While its contents are loading, it accepts only escape, and yes is disabled."""

    BINDINGS: ClassVar[list[BindingType]] = [*QUESTION_KEYS]

    @dataclass
    class Learned(Message):
        step: str | bool | Asked

    def __init__(self, title: str, sentence: str, *, yes: str, no: str, learning: Learning | None) -> None:
        """`learning`: loads the contents; `sentence` is shown meanwhile."""
        super().__init__(title)
        self._sentence, self._yes, self._no = sentence, yes, no
        self._learning = learning
        self._is_known = self._is_answerable = learning is None
        self._plan: ShownPlan | None = None

    @property
    def is_known(self) -> bool:
        return self._is_known

    def compose_question(self) -> Iterable[Widget]:
        yield Static(Content(self._sentence), id="sentence", classes="sentence")
        yield from self.compose_field()
        yield Label("esc leaves it", id="way-out", classes="hint")
        with Horizontal(classes="answers"):
            yield Button(Content(self._no), id="no", compact=True)
            variant: ButtonVariant = "error" if self.is_grave else "primary"
            yield Button(Content(self._yes), id="yes", compact=True, variant=variant, disabled=True)

    def compose_field(self) -> Iterable[Widget]:
        """Yield fields that must be filled in before yes is enabled."""
        return ()

    def on_mount(self) -> None:
        if self._learning is None:
            self.offer()
        else:
            self.run_worker(self._learn(self._learning), group=LEARNING)

    async def _learn(self, learning: Learning) -> None:
        async with aclosing(learning):
            async for step in learning:
                self.post_message(self.Learned(step))

    @on(Learned)
    def _take(self, message: Learned) -> None:
        step = message.step
        if not self.is_open:
            return
        if isinstance(step, bool):
            self.dismiss(step)
        elif isinstance(step, str):
            self.query_one("#sentence", Static).update(Content(step))
        else:
            self.take(step)
            self._is_known, self._is_answerable = True, step.is_answerable
            self.call_after_refresh(self._offer_at_sight)

    def take(self, asked: Asked) -> None:
        """Show the loaded contents."""
        self.query_one("#sentence", Static).update(Content(asked.sentence))
        if asked.title:
            self.query_one(".dialog").border_title = Content(asked.title)
        self._plan = asked.plan
        yes = self.query_one("#yes", Button)
        yes.display = asked.is_answerable
        if asked.yes:
            self._yes = asked.yes
            yes.label = Content(asked.yes)

    def _offer_at_sight(self) -> None:
        if self.is_open:
            self._note_painted()
            self.offer()

    def offer(self) -> None:
        """Enable the answers."""
        way_out = self.query_one("#way-out", Label)
        way_out.display = self._plan is not None
        way_out.update(Content("F3 shows all of it"))
        self.query_one("#yes", Button).disabled = not self._is_answerable
        self.query_one("#no", Button).focus()

    @work(group="plan", exclusive=True)
    async def action_show_plan(self) -> None:
        """Show all that it is about; what was left out there changes the question."""
        if self._plan is None or not self._is_known:
            return
        if await self.app.push_screen_wait(await self._plan.dialog()):
            asked = await self._plan.again()
            self.take(asked)
            self._is_answerable = asked.is_answerable
            self.offer()

    @on(Button.Pressed)
    def _answer(self, event: Button.Pressed) -> None:
        self.dismiss(event.button.id == "yes")


class Confirm(Question):
    """A yes-or-no dialog; no has the focus, and `y` and `n` answer too."""

    BINDINGS: ClassVar[list[BindingType]] = [*CONFIRM_KEYS]

    def __init__(
        self,
        title: str,
        sentence: str,
        *,
        yes: str,
        no: str = "Keep",
        grave: bool = True,
        learning: Learning | None = None,
    ) -> None:
        super().__init__(title, sentence, yes=yes, no=no, learning=learning)
        self._grave = grave

    @property
    def is_grave(self) -> bool:
        return self._grave

    def offer(self) -> None:
        super().offer()
        if self._is_answerable:
            self.query_one(".dialog").border_subtitle = Content(f"y {self._yes} · n {self._no}")

    def action_yes(self) -> None:
        if not self.query_one("#yes", Button).disabled:
            self.dismiss(True)

    def action_no(self) -> None:
        if self._is_known:
            self.dismiss(False)
