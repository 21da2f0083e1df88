"""InventoryProgress: an S3 Inventory report is being made ready to browse; escape leaves it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing
from dataclasses import dataclass

from textual import on, work
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Label, ProgressBar, Static

from s3tui.browse.inventory.build import Built
from s3tui.browse.inventory.inventory import Inventory
from s3tui.format import printable
from s3tui.s3.errors import S3Error
from s3tui.tui.screens.common.dialog import Dialog
from s3tui.tui.text.sentences import explain


class InventoryProgress(Dialog[Inventory]):
    """`None` is the answer of who walks away; what failed is said until then."""

    @dataclass
    class Progressed(Message):
        built: Built

    @dataclass
    class Failed(Message):
        error: S3Error

    def __init__(self, name: str, steps: AsyncGenerator[Built, None]) -> None:
        super().__init__(f"Open {printable(name)}")
        self._steps = steps

    def compose_question(self) -> Iterable[Widget]:
        yield Static(Content("Looking …"), id="stage", classes="sentence")
        yield ProgressBar(show_eta=False)
        yield Label(
            Content("Made ready once, it opens at once from then on.   esc leaves"),
            classes="hint",
        )

    def on_mount(self) -> None:
        self.follow()

    @work(group="inventory", exclusive=True)
    async def follow(self) -> None:
        try:
            async with aclosing(self._steps) as steps:
                async for built in steps:
                    self.post_message(self.Progressed(built))
        except S3Error as error:
            self.post_message(self.Failed(error))

    @on(Progressed)
    def _show(self, message: Progressed) -> None:
        built = message.built
        if built.inventory is not None:
            self.dismiss(built.inventory)
            return
        self.query_one("#stage", Static).update(Content(f"{built.words} …"))
        bar = self.query_one(ProgressBar)
        if built.fraction is None:
            bar.update(total=None)
        else:
            bar.update(total=1.0, progress=built.fraction)

    @on(Failed)
    def _fail(self, message: Failed) -> None:
        self.query_one("#stage", Static).update(Content.styled(explain(message.error), "$error"))
        self.query_one(ProgressBar).display = False
        self.query_one(".hint", Label).update(Content("esc leaves"))
