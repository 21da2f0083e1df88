"""Copy: objects and prefixes to another place, inside S3 or to another connection that is open."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from textual import work
from textual.suggester import Suggester

from s3tui.browse.rows.listing import Kind, Row, Standing
from s3tui.browse.rows.nodes import DELIMITER
from s3tui.connect.identity import Handle
from s3tui.format import count, printable
from s3tui.s3.address.uri import S3Uri
from s3tui.s3.errors import S3Error
from s3tui.transfer.requests import CopyObject, CopyPrefix
from s3tui.tui.runtime.session import Session
from s3tui.tui.screens.common.base import FramedScreen
from s3tui.tui.screens.transfers.transfer_prompt import TransferPrompt

if TYPE_CHECKING:
    from s3tui.transfer.engine import TransferEngine


class CopyObjects(FramedScreen):
    """Mixed into a screen that says what its actions are for."""

    @property
    def bucket(self) -> str:
        raise NotImplementedError

    def targets(self) -> list[Row]:
        raise NotImplementedError

    @property
    def instant(self) -> datetime | None:
        """When what is shown was there; `None` is now."""
        return None

    def prefix_refusal(self) -> str | None:
        """Return why prefixes cannot be moved as they are shown, if so."""
        return None

    def movable(self) -> list[Row]:
        """Return what can be downloaded or copied of the targets; say what cannot."""
        rows = self.targets()
        refusal = self.prefix_refusal()
        if refusal is not None and any(row.kind is Kind.PREFIX for row in rows):
            self.say(refusal, "warning")
            return []
        found = [row for row in rows if row.kind is Kind.PREFIX or row.has_bytes]
        if len(found) < len(rows):
            self.say("A delete marker has no bytes: there is nothing of it to move.", "warning")
        return found

    @work(group="question", exclusive=True)
    async def action_copy_to(self) -> None:
        if not self.may_write() or not (rows := self.movable()):
            return
        single = rows[0] if len(rows) == 1 else None
        what = printable(single.key) if single else f"{count(len(rows))} marked"
        here = single.key if single else rows[0].key.removesuffix(rows[0].name).removesuffix("/")
        value = f"s3://{self.bucket}/{here}" + ("/" if not single and here else "")
        own = self.session.handle
        others = [handle for handle in self.transfers.connections() if handle != own]
        wish = await self.app.push_screen_wait(
            TransferPrompt(
                f"Copy {what}",
                "A bucket and a key, or a prefix that ends in a slash.",
                value=value,
                yes="Copy",
                suggester=S3Suggester(self.session),
                check=lambda text: wrong_target(text, self.bucket, rows, is_now=self.instant is None),
                connections=labels([own, *others]),
            )
        )
        if wish is None:
            return
        uri = S3Uri.parse(wish.target.strip())
        there = "" if wish.connection == own else wish.connection
        bucket, conflict, at = self.bucket, wish.conflict, self.instant

        async def add(queue: TransferEngine) -> None:
            for row, key in place(rows, uri.key):
                to = own, bucket, row.key, uri.bucket, key
                if row.kind is Kind.PREFIX:
                    await queue.add(CopyPrefix(*to, to_connection=there, conflict=conflict, at=at))
                else:
                    version_id = row.version_id
                    await queue.add(
                        CopyObject(*to, to_connection=there, conflict=conflict, version_id=version_id)
                    )

        await self.transfers.command(add)
        self.say(f"→ {what} → {printable(str(uri))}   t shows the queue")


def labels(handles: Sequence[str]) -> list[tuple[str, str]]:
    """Return each connection with how it is shown: by its name, and where that is not enough, by all."""
    read = [Handle.parse(handle) for handle in handles]
    names = Counter(each.name for each in read)
    return [(each.name if names[each.name] == 1 else each.words, str(each)) for each in read]


def place(rows: Sequence[Row], target: str) -> list[tuple[Row, str]]:
    """Return the key or prefix that each row gets: `target`, or below it where it is a folder for them."""
    if len(rows) == 1 and rows[0].kind is Kind.PREFIX:
        return [(rows[0], target if not target or target.endswith("/") else f"{target}/")]
    if len(rows) == 1 and target and not target.endswith("/"):
        return [(rows[0], target)]
    folder = target if not target or target.endswith("/") else f"{target}/"
    return [(row, folder + (row.name if _has_path(row) else _last_part(row.key))) for row in rows]


def _has_path(row: Row) -> bool:
    """Whether it is a row of a flat listing from below a further prefix: keys there may share a last part."""
    return row.kind is not Kind.PREFIX and DELIMITER in row.name


def wrong_target(text: str, bucket: str, rows: Sequence[Row], *, is_now: bool = True) -> str | None:
    """Return what is wrong with a target, or `None`.

    Args:
        is_now: whether what is copied is there now: it cannot be copied onto itself.
    """
    try:
        uri = S3Uri.parse(text.strip())
    except ValueError as error:
        return str(error)
    places = place(rows, uri.key)
    if len({key for _, key in places}) < len(places):
        return "Several of them would get the same key: copy one version of a key at a time."
    if uri.bucket != bucket or not is_now:
        return None
    for row, key in places:
        if key == row.key and row.standing is Standing.OLDER:
            continue
        if key == row.key:
            return f"{printable(row.key)} is there already: that is what is copied."
        if row.kind is Kind.PREFIX and key.startswith(row.key):
            return f"{printable(row.key)} cannot be copied into itself."
    return None


def _last_part(key: str) -> str:
    name = key.removesuffix("/").rpartition("/")[2]
    return f"{name}/" if key.endswith("/") else name


class S3Suggester(Suggester):
    """Completes a bucket of those known, then prefixes by asking S3."""

    def __init__(self, session: Session) -> None:
        super().__init__(case_sensitive=True)
        self._session = session

    async def get_suggestion(self, value: str) -> str | None:
        bucket, slash, key = value.removeprefix("s3://").partition("/")
        if not value.startswith("s3://"):
            return None
        if not slash:
            known = (name for name in sorted(self._session.regions) if name.startswith(bucket))
            return next((f"s3://{name}/" for name in known), None)
        pages = self._session.stream(lambda s3: s3.list_objects(bucket, key, delimiter="/", max_keys=20))
        try:
            async for page in pages:
                prefix = next(iter(page.common_prefixes), None)
                return None if prefix is None else f"s3://{bucket}/{prefix}"
        except S3Error:  # no suggestion, then; the copy itself will say what is wrong
            return None
        finally:
            await pages.aclose()
        return None
