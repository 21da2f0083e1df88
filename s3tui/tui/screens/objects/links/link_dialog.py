"""LinkDialog: signs links as the fields say, shows them with their effective end, and copies them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from textual import on
from textual.containers import VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static
from textual.worker import Worker

from s3tui.format import counted, printable
from s3tui.s3.errors import S3Error
from s3tui.tui.screens.common.dialog import LEARNING
from s3tui.tui.screens.common.form_dialog import FormDialog
from s3tui.tui.screens.common.question import Confirm
from s3tui.tui.screens.objects.links.link_form import (
    READS,
    UPLOADS,
    Linked,
    link_fields,
    read_wish,
    show_fields,
)
from s3tui.tui.terminal.osc52 import find_obstacle
from s3tui.tui.text.link_text import (
    LinkWish,
    Presigned,
    end_sentence,
    has_dot_segments,
    link_text,
    shown_links,
)
from s3tui.tui.text.sentences import explain

Sign = Callable[[LinkWish], Awaitable[Sequence[Presigned]]]
"""Signs a link for each key, or the one of an upload."""


class LinkDialog(FormDialog[LinkWish]):
    """Answers nothing: what it makes is shown and copied."""

    @dataclass
    class Signed(Message):
        wish: LinkWish
        links: Sequence[Presigned]
        refusal: str = ""

    @dataclass
    class CaveatFound(Message):
        sentence: str

    def __init__(
        self,
        linked: Linked,
        sign: Sign,
        *,
        find_caveat: Callable[[], Awaitable[str]],
        now: Callable[[], datetime],
    ) -> None:
        """`find_caveat`: awaited while the dialog is open; returns why reading would fail, or nothing."""
        keys = linked.keys
        what = printable(keys[0]) if len(keys) == 1 else counted(len(keys), "object") if keys else "an upload"
        super().__init__(f"Link for {what}", link_fields(linked), yes="Copies")
        self._linked, self._sign, self._find_caveat, self._now = linked, sign, find_caveat, now
        self._caveat = ""
        self._wanted: LinkWish | None = None
        self._signed: LinkDialog.Signed | None = None
        self._copies_next = False
        """True if a link is to be copied as soon as it is signed."""

    def compose_rest(self) -> Iterable[Widget]:
        with VerticalScroll(id="link"):
            yield Static(Content(""), id="link-text")

    def on_mount(self) -> None:
        super().on_mount()
        self.run_worker(self._look(), group=LEARNING)

    async def _look(self) -> None:
        try:
            self.post_message(self.CaveatFound(await self._find_caveat()))
        except S3Error as error:
            self.post_message(self.CaveatFound(explain(error)))

    @on(CaveatFound)
    def _take_caveat(self, message: CaveatFound) -> None:
        self._caveat = message.sentence
        if self.is_open:
            self.changed()

    def read(self) -> LinkWish:
        return read_wish(self.form, self._linked)

    def changed(self) -> None:
        method = self.form.chosen("method")
        show_fields(self.form)
        self._signed = self._wanted = None
        try:
            wish = self.read()
        except ValueError as error:
            self._show("", "")
            self.say_wrong(str(error))
            return
        if method == "DELETE" and not self._copies_next:
            self._show("", "Whoever has it deletes the object. It is signed when you copy it.", warns=True)
            return
        self._wanted = wish

        async def make() -> None:  # not begun, a coroutine would be one that is never awaited
            await self._make(wish)

        _: Worker[None] = self.run_worker(make, group="signing", exclusive=True)

    async def _make(self, wish: LinkWish) -> None:
        try:
            links, refusal = await self._sign(wish), ""
        except (S3Error, ValueError) as error:
            links, refusal = [], explain(error)
        self.post_message(self.Signed(wish, links, refusal))

    @on(Signed)
    def _take_signed(self, message: Signed) -> None:
        if not self.is_open or message.wish is not self._wanted:
            return
        if message.refusal:
            self._copies_next = False
            self._show("", message.refusal, warns=True)
            return
        self._signed = message
        note = end_sentence(message.links[0], message.wish.expires_s, self._now())
        caveat = self._caveat if message.wish.method in READS else ""
        if any(map(has_dot_segments, self._link_keys(message.wish))):
            caveat = (
                f"{caveat} Browsers and wget shorten the dots in this key: only curl can use it.".lstrip()
            )
        self._show(shown_links(self._texts()), f"{note} {caveat}".rstrip(), warns=bool(caveat))
        if self._copies_next:
            self._copies_next = False
            self.run_worker(self._copy(), group=LEARNING)

    def _show(self, links: str, note: str, *, warns: bool = False) -> None:
        self.query_one("#link").display = bool(links)
        self.query_one("#link-text", Static).update(Content(printable_lines(links)))
        self.say_note(note, is_warning=warns)

    def _texts(self) -> list[str]:
        assert self._signed is not None
        wish = self._signed.wish
        keys = self._link_keys(wish)
        return [link_text(link, wish.format, key) for link, key in zip(self._signed.links, keys, strict=True)]

    def _link_keys(self, wish: LinkWish) -> Sequence[str]:
        return (wish.key,) if wish.method in UPLOADS else self._linked.keys

    def submit(self, answer: LinkWish) -> None:
        if answer.method == "DELETE":
            self.run_worker(self._confirm(), group="question")
        elif self._signed is None:
            self._copies_next = True
            self.changed()
        else:
            self.run_worker(self._copy(), group=LEARNING)

    async def _confirm(self) -> None:
        """Ask before a link is signed that deletes."""
        sentence = f"Whoever has this link deletes {printable(self._linked.keys[0])}, as you could."
        if await self.app.push_screen_wait(Confirm("Sign a link that deletes?", sentence, yes="Sign")):
            self._copies_next = True
            self.changed()

    async def _copy(self) -> None:
        texts = self._texts()
        self.app.copy_to_clipboard("\n".join(texts))
        why = await find_obstacle()
        what = "it" if len(texts) == 1 else counted(len(texts), "link")
        done = "Copied: whoever has it can do as much until then." if len(texts) == 1 else f"Copied {what}."
        if self.is_open:
            self.say_wrong(f"Not copied: {why}. Select it above." if why else "")
            self.query_one(".hint", Static).update(Content(f"{done}   ^s copies again   esc closes"))


def printable_lines(text: str) -> str:
    return "\n".join(map(printable, text.split("\n")))
