"""Moves and renames: where to is asked, then what that comes to; the rest is a job."""

from __future__ import annotations

from collections.abc import Sequence

from s3tui.browse.rows.listing import Kind, Row
from s3tui.format import count, printable
from s3tui.s3.address.uri import S3Uri
from s3tui.tui.screens.common.prompt import Prompt
from s3tui.tui.screens.objects.controllers.host import TreeHost
from s3tui.tui.screens.objects.plans.move import MovePlan
from s3tui.tui.screens.objects.plans.steps import left, started
from s3tui.tui.screens.objects.transfers.copy_targets import S3Suggester, place


class MoveController:
    """Each of its questions is awaited in a worker."""

    def __init__(self, host: TreeHost) -> None:
        self._host = host

    async def rename(self) -> None:
        """Give the object or prefix under the cursor another name in its folder."""
        rows = self._host.targets()
        if not rows or not self._host.may_write():
            return
        if len(rows) > 1:
            await self._rename_many(rows)
            return
        row = rows[0]
        slash = "/" if row.kind is Kind.PREFIX else ""
        above, name = above_and_name(row)

        def target(text: str) -> str:
            return above + text.removesuffix(slash) + slash if slash else above + text

        answer = await self._host.ask(
            Prompt(
                f"Rename {printable(name)}",
                f"In {printable(f's3://{self._host.bucket}/{above}')}: a slash in the name makes a folder.",
                value=name,
                yes="Go on",
                check=lambda text: _wrong_name(text) or self._wrong([(row, target(text))], self._host.bucket),
            )
        )
        if answer is not None:
            await self._ask([(row, target(answer))], S3Uri(self._host.bucket, target(answer)))

    async def _rename_many(self, rows: Sequence[Row]) -> None:
        """Give all objects that are marked new names by a pattern."""
        from s3tui.tui.screens.objects.plans.rename_dialog import RenameDialog

        host = self._host
        if any(row.kind is Kind.PREFIX for row in rows):
            host.say("Objects are renamed by a pattern, prefixes one at a time: unmark them.", "warning")
            return
        targets = await host.ask(RenameDialog(rows))
        if targets is None:
            return
        places = [(row, to) for row, to in targets if row.key != to]
        folder = places[0][1]
        await self._ask(places, S3Uri(host.bucket, folder[: folder.rfind("/") + 1]))

    async def move(self) -> None:
        """Move what is meant to another place of the same connection."""
        host, rows = self._host, self._host.targets()
        if not rows or not host.may_write():
            return
        single = rows[0] if len(rows) == 1 else None
        what = printable(single.key) if single else f"{count(len(rows))} marked"
        here = single.key if single else rows[0].key.removesuffix(rows[0].name)
        answer = await host.ask(
            Prompt(
                f"Move {what}",
                "A bucket and a key, or a prefix that ends in a slash.",
                value=f"s3://{host.bucket}/{here}",
                yes="Go on",
                suggester=S3Suggester(host.session),
                check=lambda text: self._wrong_place(text, rows),
            )
        )
        if answer is not None:
            uri = S3Uri.parse(trimmed(answer, rows))
            await self._ask(place(rows, uri.key), uri)

    async def _ask(self, places: Sequence[tuple[Row, str]], to: S3Uri) -> None:
        host = self._host
        plan = MovePlan(host.session, host.transfers, host.bucket, places, to)
        if not await host.ask(plan.question()):
            await left(plan)
            return
        name = await started(host, plan)
        if name is None:
            return
        host.say(
            f"The move of {printable(name)} to {printable(str(to))} is in the queue: t shows it.",
            "queued",
            about=name,
        )

    def _wrong_place(self, text: str, rows: Sequence[Row]) -> str | None:
        try:
            uri = S3Uri.parse(trimmed(text, rows))
        except ValueError as error:
            return str(error)
        if not uri.bucket:
            return "A bucket belongs behind s3://."
        return self._wrong(place(rows, uri.key), uri.bucket)

    def _wrong(self, places: Sequence[tuple[Row, str]], bucket: str) -> str | None:
        from s3tui.transfer.changes.moving import MoveRoot, overlap
        from s3tui.transfer.changes.planning import Root

        roots = [MoveRoot(Root(row.key, row.kind is Kind.PREFIX), to) for row, to in places]
        why = overlap(roots, same_bucket=bucket == self._host.bucket)
        return None if why is None else printable(why)


def trimmed(text: str, rows: Sequence[Row]) -> str:
    """Return a target without the spaces around it, but for those that the only key meant ends with."""
    key = rows[0].key if len(rows) == 1 else ""
    return text.strip() if key == key.rstrip() else text.lstrip()


def above_and_name(row: Row) -> tuple[str, str]:
    """Return the prefix that a row is in, and its name there without the slash of a prefix."""
    key = row.key.removesuffix("/") if row.kind is Kind.PREFIX else row.key
    folder, slash, name = key.rpartition("/")
    return folder + slash, name


def _wrong_name(text: str) -> str | None:
    return None if text.strip("/") else "A name has at least one character."
