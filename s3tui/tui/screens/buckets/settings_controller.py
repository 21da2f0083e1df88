"""BucketSettingsController: changes versioning, tags, public access, CORS, policy and lifecycle."""

from __future__ import annotations

from collections.abc import Callable

from textual.app import SuspendNotSupported

from s3tui.format import printable
from s3tui.s3.configuration import PublicAccessBlock, VersioningStatus
from s3tui.s3.errors import S3Error
from s3tui.transfer.editing.bucket_text import (
    BucketText,
)
from s3tui.tui.screens.buckets.settings_dialogs import (
    PublicAccessDialog,
    SettingsMenu,
    TagsDialog,
    VersioningDialog,
)
from s3tui.tui.screens.buckets.settings_text import SettingsTextController
from s3tui.tui.screens.common.host import ScreenHost
from s3tui.tui.screens.common.question import Confirm
from s3tui.tui.text.sentences import explain

_TEXTS = {"p": BucketText.POLICY, "c": BucketText.CORS, "l": BucketText.LIFECYCLE}


class BucketSettingsController:
    """To be awaited in a worker."""

    def __init__(self, host: ScreenHost, bucket: str, changed: Callable[[], object]) -> None:
        self._host, self._bucket, self._changed = host, bucket, changed
        self._texts = SettingsTextController(host, bucket, changed)

    async def edit(self) -> None:
        """Ask what is to be changed, and how."""
        if not self._host.may_write():
            return
        letter = await self._host.ask(SettingsMenu(self._bucket))
        if letter is None:
            return
        try:
            if letter in _TEXTS:
                await self._texts.edit(_TEXTS[letter])
            else:
                await {"v": self._versioning, "t": self._tags, "b": self._public_access}[letter]()
        except S3Error as error:
            self._host.say(explain(error), "error")
        except SuspendNotSupported:
            self._host.say("This terminal cannot be handed to an editor.", "error")
        except (OSError, ValueError) as error:
            self._host.say(explain(error), "error")

    async def _versioning(self) -> None:
        bucket, session = self._bucket, self._host.session
        now = await session.run(lambda s3: s3.get_bucket_versioning(bucket))
        wanted = await self._host.ask(VersioningDialog(bucket, now.status))
        if wanted is None or not await self._may_send():
            return
        await session.run(lambda s3: s3.put_bucket_versioning(bucket, wanted))
        word = "on" if wanted is VersioningStatus.ENABLED else "suspended"
        self._done(f"Versioning of {printable(bucket)} is {word}.")

    async def _tags(self) -> None:
        bucket, session = self._bucket, self._host.session
        before = await session.run(lambda s3: s3.get_bucket_tagging(bucket))
        wanted = await self._host.ask(TagsDialog(bucket, before))
        if wanted is None or not await self._may_send():
            return
        if await session.run(lambda s3: s3.get_bucket_tagging(bucket)) != before:
            self._host.say("Somebody else changed the tags meanwhile: nothing was sent.", "warning")
            return
        if wanted:
            await session.run(lambda s3: s3.put_bucket_tagging(bucket, wanted))
        else:
            await session.run(lambda s3: s3.delete_bucket_tagging(bucket))
        self._done(f"Changed the tags of {printable(bucket)}.")

    async def _public_access(self) -> None:
        bucket, session = self._bucket, self._host.session
        before = await session.run(lambda s3: s3.get_public_access_block(bucket))
        wanted = await self._host.ask(
            PublicAccessDialog(bucket, before or PublicAccessBlock(False, False, False, False))
        )
        if wanted is None or not await self._may_send():
            return
        if await session.run(lambda s3: s3.get_public_access_block(bucket)) != before:
            self._host.say("Somebody else changed that meanwhile: nothing was sent.", "warning")
            return
        await session.run(lambda s3: s3.put_public_access_block(bucket, wanted))
        self._done(f"Changed which public access {printable(bucket)} refuses.")

    async def _may_send(self) -> bool:
        if not self._host.session.connection.production:
            return True
        name = printable(self._host.session.connection.name)
        question = Confirm("Change it?", f"{name} is a production connection.", yes="Change it")
        return await self._host.ask(question) or False

    def _done(self, sentence: str) -> None:
        self._changed()
        self._host.say(sentence, "done")
