"""Opens an object with a program of this machine: a copy in a folder that nobody else may read."""

from __future__ import annotations

import asyncio
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from textual import on
from textual.app import App, SuspendNotSupported
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Label, OptionList
from textual.widgets.option_list import Option

from s3tui.browse.rows.listing import Row
from s3tui.format import printable
from s3tui.s3.errors import S3Error
from s3tui.tui.screens.common.dialog import Dialog
from s3tui.tui.screens.common.prompt import Prompt
from s3tui.tui.screens.common.question import Confirm
from s3tui.tui.screens.objects.preview.host import PreviewHost
from s3tui.tui.terminal.foreground import run_in_foreground
from s3tui.tui.text.sentences import explain, short_size

_UNASKED = 64 * 1024 * 1024
"""Bytes that are downloaded without a question."""
_UNSAFE = re.compile(r"[^\w.\- ]")


@dataclass(frozen=True, slots=True)
class Program:
    label: str
    argv: Sequence[str]
    """The file's path follows; empty: the user types it."""
    has_terminal: bool = True
    """Whether it takes the terminal until it ends."""


def programs(environ: Mapping[str, str]) -> list[Program]:
    """Return the programs to choose from."""
    opener = "open" if sys.platform == "darwin" else "xdg-open"
    found = []
    if shutil.which(opener) is not None:
        found.append(Program("the system's program", (opener,), has_terminal=False))
    for variable, default in (("PAGER", "less"), ("EDITOR", "vi")):
        argv = _words(environ.get(variable) or default)
        if argv and shutil.which(argv[0]) is not None:
            note = " (read-only)" if variable == "EDITOR" else ""
            found.append(Program(f"${variable}: {printable(shlex.join(argv))}{note}", argv))
    return [*found, Program("another program …", ())]


def _words(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:
        return []


def file_name(key: str) -> str:
    """Return a name for the copy: the key's last part without what programs or shells may stumble over."""
    name = _UNSAFE.sub("_", key.rpartition("/")[2])[-100:].lstrip(".- ")
    return name or "object"


class ProgramMenu(Dialog[Program]):
    """Answers with the program that was chosen."""

    def __init__(self, choices: Sequence[Program]) -> None:
        super().__init__("Open with")
        self._choices = choices

    def compose_question(self) -> Iterable[Widget]:
        yield OptionList(*(Option(Content(each.label)) for each in self._choices), compact=True)
        yield Label(Content("↵ opens a copy of it   esc closes"), classes="hint")

    @on(OptionList.OptionSelected)
    def _choose(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(self._choices[event.option_index])


class OpenWithController:
    def __init__(self, host: PreviewHost, row: Row) -> None:
        self._host, self._row = host, row

    async def ask(self) -> None:
        """Ask for a program, download a copy and open it; in a worker."""
        program = await self._host.ask(ProgramMenu(programs(os.environ)))
        if program is not None and not program.argv:
            text = await self._host.ask(
                Prompt("Open with", "The program, with its options; the file's path is put behind.")
            )
            program = None if not text or not _words(text) else Program(printable(text), _words(text))
        if program is None or not await self._may_download():
            return
        folder = TemporaryDirectory(prefix="s3tui-")
        self._host.session.opened.append(folder)
        path = Path(folder.name) / file_name(self._row.key)
        try:
            await self._download(path)
            await self._run(program, path)
        except S3Error as error:
            self._host.say(explain(error), "error")
        except SuspendNotSupported:
            self._host.say("This terminal cannot be handed to another program.", "error")
        except OSError as error:
            why = printable(error.strerror or str(error))
            self._host.say(f"{printable(program.argv[0])}: {why}.", "error")
        else:
            if not program.has_terminal:
                return  # it may read the copy for as long as we run
        folder.cleanup()
        self._host.session.opened.remove(folder)

    async def _may_download(self) -> bool:
        size = self._row.size or 0
        if size <= _UNASKED:
            return True
        sentence = f"All {short_size(size)} of it have to be downloaded first."
        return bool(await self._ask_whether(sentence))

    async def _ask_whether(self, sentence: str) -> bool | None:
        return await self._host.ask(Confirm("Download a copy?", sentence, yes="Download", grave=False))

    async def _download(self, path: Path) -> None:
        host, row = self._host, self._row
        host.say(f"Downloading {printable(path.name)} …")
        fd = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        try:
            await host.session.run(
                lambda s3: s3.get_object_to_file(host.bucket, row.key, fd=fd, version_id=row.version_id)
            )
        finally:
            os.close(fd)

    async def _run(self, program: Program, path: Path) -> None:
        self._host.clear_notice()
        command = [*program.argv, str(path)]
        if program.has_terminal:
            _run_in_terminal(self._host.app, command)
            return
        nothing = subprocess.DEVNULL
        await asyncio.create_subprocess_exec(
            *command, stdin=nothing, stdout=nothing, stderr=nothing, start_new_session=True
        )
        self._host.say(f"Opened a copy of {printable(path.name)}: changes in it are not uploaded.", "done")


def _run_in_terminal(app: App[object], command: Sequence[str]) -> None:
    """Run a program in the place of the app until it ends; it gets the file read-only, its last argument.

    Raises: SuspendNotSupported, OSError.
    """
    os.chmod(command[-1], 0o400)  # an editor says so: what is written here would be lost
    run_in_foreground(app, command)
