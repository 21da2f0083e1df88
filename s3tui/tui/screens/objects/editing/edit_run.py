"""EditRun: one object's content goes to the editor and back, as often as it takes until it is saved."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from textual.app import App

from s3tui.browse.place.bucket_change import BucketChange
from s3tui.format import counted, printable
from s3tui.s3.errors import ReadOnly, S3Error
from s3tui.transfer.editing.content import ChangedMeanwhile, ContentEditing, Saved
from s3tui.transfer.editing.merge import MARK, difference, merge
from s3tui.transfer.editing.object_state import ObjectState
from s3tui.transfer.editing.opening import OpenedContent
from s3tui.transfer.editing.recording import recorded_write
from s3tui.tui.runtime.text_editor import EditedFile, EditorEnd, run_editor
from s3tui.tui.screens.common.diff_dialog import DiffDialog, Letter
from s3tui.tui.screens.common.question import Confirm
from s3tui.tui.screens.objects.host import ObjectHost
from s3tui.tui.text.sentences import explain, tilde

if TYPE_CHECKING:
    from s3tui.s3.client import S3Client
    from s3tui.transfer.changes.change_log import ChangeLog

_MINE, _THEIRS, _MERGE = "m", "t", "e"


class EditRun:
    def __init__(
        self,
        host: ObjectHost,
        key: str,
        opened: OpenedContent,
        file: EditedFile,
        editor: Callable[[App[object], Path], EditorEnd] = run_editor,
    ) -> None:
        self._editor = editor
        self._host, self._key, self._file = host, key, file
        self._obeys = opened.obeys_if_match
        self._first = self._base = opened.data
        """The content as it was opened, and as the editor was last given it."""
        self._at: ObjectState | None = opened.state
        """The state that is written over."""
        self._there: bytes | None = opened.data
        """Its content, as far as it was read."""
        self._has_text = False
        """Whether the file holds what is nowhere else."""

    async def run(self) -> bool:
        """Edit and save; return whether the file is to be kept.

        Raises: ValueError, with a sentence, where there is no editor; SuspendNotSupported; OSError.
        """
        data = await self._edited()
        while data is not None:
            answer = await self._save(data)
            if answer is None:
                return self._keep()
            if isinstance(answer, Saved):
                self._tell_saved(answer, data)
                return False
            match await self._host.ask(_conflict(self._key, answer, data)):
                case "m":
                    self._at, self._there = answer.state, answer.data
                case "t":
                    self._host.say("What is there stays: nothing was saved.")
                    return False
                case "e":
                    data = await self._merged(data, answer)
                case _:
                    return self._keep()
        return self._has_text and self._keep()

    async def _edited(self) -> bytes | None:
        """Run the editor; return what it saved, or say that there is nothing to save."""
        end = self._editor(self._host.app, self._file.path)
        data = await asyncio.to_thread(self._file.read)
        if end.was_at_once and data == self._base and not end.status:
            sentence = "The editor ended at once. Where it has a window of its own, save the file there."
            if not await self._host.ask(
                Confirm("Still editing?", sentence, yes="It is saved", no="Give up", grave=False)
            ):
                self._has_text |= not await asyncio.to_thread(self._file.holds, self._base)
                return None
            data = await asyncio.to_thread(self._file.read)
        if end.status:
            self._has_text |= data != self._base or self._file.has_others
            self._host.say(f"The editor ended with {end.status}: nothing was saved.", "warning")
            return None
        if data == self._base:
            self._host.say("Nothing was changed, so nothing was saved.")
            return None
        return data

    async def _save(self, data: bytes) -> Saved | ChangedMeanwhile | None:
        """Save, as often as the user wants to try; `None`: given up."""
        host, log = self._host, await self._host.transfers.changes()
        while True:
            host.say(f"Saving {printable(self._key)} …")
            try:
                return await host.session.run(lambda s3: self._send(s3, log, data))
            except S3Error as error:
                sentence = f"{explain(error)}\nYour text is in {printable(tilde(self._file.path))}."
                question = Confirm("Not saved", sentence, yes="Try again", no="Keep the file", grave=False)
                if isinstance(error, ReadOnly) or not await host.ask(question):
                    return None

    async def _send(self, s3: S3Client, log: ChangeLog, data: bytes) -> Saved | ChangedMeanwhile:
        host, key, at = self._host, self._key, self._at
        editing = ContentEditing(s3, host.bucket, key, at, obeys_if_match=self._obeys, now=host.session.now)
        return await recorded_write(
            log,
            host.session.handle,
            host.bucket,
            key,
            lambda: editing.save(data),
            title=f"Edit {key}",
            before=at,
            data=self._there,
            written=lambda answer: answer.state if isinstance(answer, Saved) else None,
        )

    async def _merged(self, data: bytes, theirs: ChangedMeanwhile) -> bytes | None:
        """Give the editor both edits in one, to be saved over theirs."""
        assert theirs.data is not None
        merged = await asyncio.to_thread(merge, self._base, data, theirs.data)
        self._base, self._at, self._has_text = theirs.data, theirs.state, True
        self._there = theirs.data
        await asyncio.to_thread(self._file.write, merged.data)
        if not merged.conflicts:
            self._host.say("Both edits fit together: look at them, and save.")
        edited = await self._edited()
        if edited is None or MARK not in edited or not merged.conflicts:
            return edited
        question = Confirm(
            "Save it with its conflict marks?",
            "Lines between <<<<<<< and >>>>>>> are still both mine and theirs.",
            yes="Save",
            no="Keep the file",
        )
        return edited if await self._host.ask(question) else None

    def _keep(self) -> bool:
        self._host.say(f"Not saved: your text is in {printable(tilde(self._file.path))}.", "warning")
        return True

    def _tell_saved(self, saved: Saved, data: bytes) -> None:
        host = self._host
        host.session.changed(BucketChange(host.bucket, written=((self._key, len(data)),)))
        said = [f"Saved {printable(self._key)}."]
        if saved.lost:
            said.append(f"The server did not keep {', '.join(saved.lost)}.")
        if _ends_in_crlf(self._first) and not _ends_in_crlf(data):
            said.append("Its lines ended in CR LF, and do no longer.")
        host.say(" ".join(said), "done" if said[1:] == [] else "warning")


def _ends_in_crlf(data: bytes) -> bool:
    return b"\r\n" in data and data.count(b"\n") == data.count(b"\r\n")


def _conflict(key: str, theirs: ChangedMeanwhile, data: bytes) -> DiffDialog:
    """Return the question what becomes of two edits."""
    if theirs.state is None:
        sentence = f"{printable(key)} was deleted since you opened it."
        letters: list[Letter] = [(_MINE, "create it again"), (_THEIRS, "leave it deleted")]
        return DiffDialog("Deleted meanwhile", sentence, [], letters)
    sentence = f"Somebody else changed {printable(key)} since you opened it."
    letters = [(_MINE, "keep mine"), (_THEIRS, "keep theirs")]
    if theirs.data is None:
        sentence += " What is there now is too large or archived, and cannot be compared."
        return DiffDialog("Changed meanwhile", sentence, ["…"], letters)
    diff = difference(_text(theirs.data), _text(data), ("theirs", "mine"))
    if not diff:
        sentence += " Its text is the same: its metadata, tags or access changed."
    else:
        least = " At least" * (diff[-1] == "…")
        sentence += f"{least} {counted(sum(line[:1] in '+-' for line in diff[2:]), 'line')} differ."
    return DiffDialog("Changed meanwhile", sentence, diff, [*letters, (_MERGE, "merge in the editor")])


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")
