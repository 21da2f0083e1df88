"""SettingsTextController: changes a bucket's policy, CORS rules and lifecycle, as texts in the editor."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from s3tui.browse.inspect.lifecycle import erasing_rules
from s3tui.browse.inspect.policy import lockouts
from s3tui.format import printable
from s3tui.s3.errors import S3Error
from s3tui.transfer.editing.bucket_text import (
    BucketText,
    ConfigurationChanged,
    ReadText,
    begun,
    parse_text,
    read_text,
    write_text,
)
from s3tui.transfer.editing.merge import difference
from s3tui.tui.runtime.text_editor import EditedFile, run_editor
from s3tui.tui.screens.common.diff_dialog import DiffDialog
from s3tui.tui.screens.common.host import ScreenHost
from s3tui.tui.screens.common.question import Confirm
from s3tui.tui.screens.common.typed_confirm import TypedConfirm
from s3tui.tui.text.sentences import explain, tilde


class SettingsTextController:
    """To be awaited in a worker."""

    def __init__(self, host: ScreenHost, bucket: str, changed: Callable[[], object]) -> None:
        self._host, self._bucket, self._changed = host, bucket, changed
        self._why = ""
        """Why the text of an editor was not sent."""

    async def edit(self, kind: BucketText) -> None:
        bucket, host = self._bucket, self._host
        read = await host.session.run(lambda s3: read_text(s3, bucket, kind))
        name = f"{kind.name.lower()}.json"
        text = begun(kind, read).encode()
        file = await asyncio.to_thread(EditedFile, name, text)
        is_over: bool | None = None
        keeps = False
        try:
            while is_over is None:
                document = await self._edited(kind, read, file)
                is_over = (
                    document if isinstance(document, bool) else await self._send_text(kind, read, document)
                )
        finally:
            keeps = not is_over and not await asyncio.to_thread(file.holds, text)
            if not keeps:
                await asyncio.to_thread(file.remove)
        if keeps:
            host.say(f"{self._why} Your text is in {printable(tilde(file.path))}.", "warning")

    def _left(self, why: str) -> bool:
        """Say why it stays as it was, and return that the text may be wanted yet."""
        self._why = why
        self._host.say(why, "warning")
        return False

    async def _edited(
        self, kind: BucketText, read: ReadText, file: EditedFile
    ) -> Mapping[str, Any] | bool | None:
        """Have it edited until it can be read; return it, `None` for none of it.

        `True` stands for what was not changed, `False` for what is left and may be wanted yet.
        """
        host = self._host
        while True:
            end = run_editor(host.app, file.path)
            text = (await asyncio.to_thread(file.read)).decode("utf-8", "replace")
            if end.status:
                return self._left(f"The editor ended with {end.status}: nothing was sent.")
            try:
                document = parse_text(kind, text)
            except ValueError as error:
                question = Confirm(
                    f"These are no {kind.value}" if kind is not BucketText.POLICY else "This is no policy",
                    printable(str(error)),
                    yes="Edit again",
                    no="Give up",
                    grave=False,
                )
                if await host.ask(question):
                    continue
                return self._left("Nothing was sent.")
            if ReadText(document, read.minimum_size).is_same_as(read):
                host.say("Nothing was changed, so nothing was sent.")
                return True
            return document

    async def _send_text(
        self, kind: BucketText, read: ReadText, document: Mapping[str, Any] | None
    ) -> bool | None:
        """Show the difference, and send it; say whether it was sent, or `None`: it is to be edited again."""
        host, bucket = self._host, self._bucket
        after = "" if document is None else ReadText(document).text
        diff = difference("" if read.document is None else read.text, after, ("now", "then"))
        where = f"The {kind.value} of {printable(bucket)}"
        sentence = f"{where} {'is' if kind is BucketText.POLICY else 'are'} replaced as a whole."
        warnings = [*_warnings(kind, document, bucket)]
        if document is None:
            sentence = f"{where} {'goes' if kind is BucketText.POLICY else 'go'}: none is left."
        letters = [("s", "send it"), ("e", "edit again")]
        letter = await host.ask(
            DiffDialog(f"Change the {kind.value}?", "\n".join([sentence, *warnings]), diff, letters)
        )
        if letter == "e":
            return None
        if letter != "s":
            return self._left("Nothing was sent.")
        if warnings or host.session.connection.production:
            typed = TypedConfirm(
                "Send it all the same?", "\n".join(warnings) or sentence, yes="Send it", expected=bucket
            )
            if not await host.ask(typed):
                return self._left("Nothing was sent.")
        try:
            is_there = await host.session.run(lambda s3: write_text(s3, bucket, kind, read, document))
        except ConfigurationChanged:
            return self._left(f"{where}: somebody else changed it. Nothing was sent, e begins again.")
        except S3Error as error:
            question = Confirm("Edit it again?", explain(error), yes="Edit", no="Leave it", grave=False)
            return None if await host.ask(question) else self._left(explain(error))
        self._changed()
        sentence = f"Changed the {kind.value} of {printable(bucket)}."
        if is_there:
            host.say(sentence, "done")
        else:
            host.say(f"{sentence} The server does not show it yet, or not all of it.", "warning")
        return True


def _warnings(kind: BucketText, document: Mapping[str, Any] | None, bucket: str) -> list[str]:
    """Return sentences on what deserves a second look."""
    if document is None:
        return []
    if kind is BucketText.POLICY:
        return [f"! {printable(each)}" for each in lockouts(document, bucket)]
    if kind is BucketText.LIFECYCLE:
        return [f"! {printable(each)}" for each in erasing_rules(document)]
    return []
