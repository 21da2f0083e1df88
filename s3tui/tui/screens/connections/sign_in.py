"""SignInDialog: the page and the code of a sign-in, while the S3 thread waits for the browser."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import sys
from collections.abc import Iterable
from typing import ClassVar

from textual import work
from textual.binding import BindingType
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Label, Static

from s3tui.format import printable
from s3tui.s3.credentials.interaction import SignInPage
from s3tui.tui.keymap.dialogs import SIGN_IN_KEYS
from s3tui.tui.screens.common.dialog import Dialog


class SignInDialog(Dialog[bool]):
    """Answers `True` if a code for another device is wanted instead; it is closed once the user signed in."""

    BINDINGS: ClassVar[list[BindingType]] = [*SIGN_IN_KEYS]

    def __init__(self, page: SignInPage) -> None:
        super().__init__("Sign in")
        self._page = page

    def compose_question(self) -> Iterable[Widget]:
        page = self._page
        session = printable(page.session)
        if page.code is None:
            told = f"{session} asks you to sign in, in a browser on this machine:"
        else:
            told = f"{session} asks you to sign in, in a browser on any device. It must show this code:"
        yield Static(Content(told), classes="sentence")
        if page.code is not None:
            yield Static(Content.assemble((printable(page.code), "bold $accent")), id="sign-in-code")
        url = Static(Content(printable(page.url)), id="sign-in-url")
        url.can_focus = True
        yield url
        yield Label(Content("Waiting for the browser …"), id="sign-in-state")
        yield Label(Content("   ".join(self._hints())), classes="hint")

    def _hints(self) -> Iterable[str]:
        yield "↵ opens it"
        yield "y copies it"
        yield "d signs in on another device" if self._page.code is None else "c copies the code"
        yield "esc leaves"

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "copy_code":
            return self._page.code is not None
        if action == "device":
            return self._page.code is None
        return True

    @work(group="browser")
    async def action_open(self) -> None:
        opener = shutil.which("open" if sys.platform == "darwin" else "xdg-open")
        if opener is None:
            self._say("There is no browser to open here: y copies the address.")
            return
        await asyncio.to_thread(
            subprocess.Popen,
            [opener, self._page.url],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self._say("Opened. Waiting for the browser …")

    def action_copy(self) -> None:
        self.app.copy_to_clipboard(self._page.url)
        self._say("The address is copied. Waiting for the browser …")

    def action_copy_code(self) -> None:
        self.app.copy_to_clipboard(self._page.code or "")
        self._say("The code is copied. Waiting for the browser …")

    def action_device(self) -> None:
        self.dismiss(True)

    def _say(self, sentence: str) -> None:
        self.query_one("#sign-in-state", Label).update(Content(sentence))
