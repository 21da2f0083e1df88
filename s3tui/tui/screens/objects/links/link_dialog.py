"""LinkDialog: signs links as the fields say, shows them with their effective end, and copies them."""

from __future__ import annotations

import asyncio
import os
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

from s3tui.format import counted, parse_span, printable
from s3tui.s3.errors import S3Error
from s3tui.s3.signing.presign_post import FILE_NAME
from s3tui.tui.screens.common.dialog import LEARNING
from s3tui.tui.screens.common.form_dialog import FormDialog
from s3tui.tui.screens.common.question import Confirm
from s3tui.tui.terminal.osc52 import obstacle
from s3tui.tui.text.link_text import (
    LinkFormat,
    LinkWish,
    Presigned,
    end_sentence,
    has_dot_segments,
    link_text,
    shown_links,
)
from s3tui.tui.text.sentences import explain
from s3tui.tui.widgets.forms.form import ChoiceField, Field, TextField

_READS = ("GET", "HEAD")
_UPLOADS = ("PUT", "POST")
_ALL = ("GET", "HEAD", "PUT", "POST", "DELETE")
_OVERWRITES = (("only where nothing is", True), ("overwrites", False))


@dataclass(frozen=True, slots=True)
class Linked:
    """The keys that links may be made for, and what they may do."""

    keys: Sequence[str]
    """Empty: only uploads below `prefix`."""
    prefix: str = ""
    may_write: bool = True
    version_id: str | None = None

    @property
    def first(self) -> str:
        """The key that an upload is for, until another one is typed."""
        return self.keys[0] if self.keys else self.prefix

    @property
    def methods(self) -> Sequence[str]:
        if not self.keys:
            return ("PUT", "POST")
        if len(self.keys) > 1 or not self.may_write:
            return _READS
        return ("GET", "HEAD", "DELETE") if self.version_id is not None else _ALL


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
        super().__init__(f"Link for {what}", _fields(linked), yes="Copies")
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
        form, method = self.form, self.form.chosen("method")
        try:
            span_s = parse_span(form.text("span"))
        except ValueError:
            span_s = 0.0
        if not 1 <= span_s < float("inf"):
            raise ValueError("A time has a number and a unit, like 15 min, 12 h or 3 d.")
        key = kept_key(form.text("key"), self._linked.first) if method in _UPLOADS else ""
        if method == "POST" and (not key or key.endswith("/")):
            key += FILE_NAME
        elif method == "PUT" and (not key or key.endswith("/")):
            raise ValueError("Name the key of what is uploaded: only a form takes any file of a folder.")
        formats = "form-format" if method == "POST" else "format"
        return LinkWish(
            method,
            key,
            int(span_s),
            content_type=form.text("type") or None if method not in ("HEAD", "DELETE") else None,
            save_as=form.text("save-as") or None if method == "GET" else None,
            only_if_new=method == "PUT" and form.chosen("overwrites"),
            format=form.chosen(formats),
        )

    def changed(self) -> None:
        method = self.form.chosen("method")
        uploads = method in _UPLOADS
        for id, is_shown in (
            ("key", uploads),
            ("type", method not in ("HEAD", "DELETE")),
            ("save-as", method == "GET"),
            ("overwrites", method == "PUT"),
            ("format", method != "POST"),
            ("form-format", method == "POST"),
        ):
            self.form.show(id, is_shown=is_shown)
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
        caveat = self._caveat if message.wish.method in _READS else ""
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
        return (wish.key,) if wish.method in _UPLOADS else self._linked.keys

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
        why = await asyncio.to_thread(obstacle, os.environ)
        what = "it" if len(texts) == 1 else counted(len(texts), "link")
        done = "Copied: whoever has it can do as much until then." if len(texts) == 1 else f"Copied {what}."
        if self.is_open:
            self.say_wrong(f"Not copied: {why}. Select it above." if why else "")
            self.query_one(".hint", Static).update(Content(f"{done}   ^s copies again   esc closes"))


def kept_key(text: str, first: str) -> str:
    """Return the key that a field says: the first one with the spaces around it, which a field drops."""
    return first if text == first.strip() else text


def printable_lines(text: str) -> str:
    return "\n".join(map(printable, text.split("\n")))


def _fields(linked: Linked) -> list[Field]:
    formats = [(each.value, each) for each in (LinkFormat.URL, LinkFormat.CURL, LinkFormat.WGET)]
    forms = [(each.value, each) for each in (LinkFormat.CURL, LinkFormat.HTML)]
    methods = [("POST form" if each == "POST" else each, each) for each in linked.methods]
    return [
        ChoiceField("method", "Allows", methods),
        TextField("key", "Key", linked.first),
        TextField("span", "For", "1 h", "15 min, 12 h, 3 d: seven days at most"),
        TextField("type", "Content-Type", "", "the object's own; of an upload: any"),
        TextField("save-as", "Saved as", "", "as the object says; or a file name"),
        ChoiceField("overwrites", "Upload", _OVERWRITES),
        ChoiceField("format", "As", formats),
        ChoiceField("form-format", "As", forms),
    ]
