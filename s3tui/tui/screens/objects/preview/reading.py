"""Reads what the preview screen shows: opens the object, reads on as it is scrolled, follows its end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from textual.timer import Timer

from s3tui.browse.rows.listing import Row
from s3tui.format import count, counted, printable
from s3tui.s3.errors import S3Error
from s3tui.s3.models import ObjectHead
from s3tui.tui.runtime.object_file import open_object, picture_of, preview_of, rows_of
from s3tui.tui.screens.common.prompt import Prompt
from s3tui.tui.screens.objects.preview.host import PreviewHost
from s3tui.tui.screens.objects.preview.members import OpenMember, has_members
from s3tui.tui.screens.objects.preview.views import Form, View, make_view
from s3tui.tui.text.sentences import short_size

if TYPE_CHECKING:
    from s3tui.preview.preview import Preview
    from s3tui.preview.ranged_file import RangedFile

FULL_BOUND = 8 * 1024 * 1024
"""Bytes that are read of what cannot be read from any place on."""
_GROUP = "reading"
_LINES = 5_000
_FOLLOWS_S = 2.0
_FIRST_LEVEL = 1
"""The level that is shown once lines are folded for the first time."""


class ReadingController:
    def __init__(self, host: PreviewHost, row: Row, member: OpenMember | None = None) -> None:
        self._host = host
        self.row, self._member = row, member
        self.show_members: Callable[[RangedFile], None] | None = None
        """Shows the members of an archive in place of this; `None`: an archive is shown as all else."""
        self.view: View | None = None
        self.form, self.codec = Form.INSIDE, None
        self.level: int | None = None
        """The deepest level of lines that is shown; `None`: all are."""
        self._file: RangedFile | None = None
        self._preview: Preview | None = None
        self._is_reading = False
        self._timer: Timer | None = None

    codec: str | None
    """The encoding that was chosen."""

    @property
    def is_following(self) -> bool:
        return self._timer is not None

    def start(self, *, at_end: bool = False) -> None:
        """Read the object from its beginning; another state of it, if it was replaced."""
        self._host.run(partial(self._open, at_end=at_end), _GROUP, exclusive=True)

    async def _open(self, *, at_end: bool) -> None:
        from s3tui.preview.formats.unpacking import Damaged
        from s3tui.preview.preview import Room

        host = self._host
        self._is_reading = True
        try:
            file, name = await self._file_of(at_end=at_end)
            preview = await preview_of(host.session, file, name, Room(_LINES))
            if self.show_members and has_members(preview.kind) and self.form is Form.INSIDE:
                host.later(self.show_members, file)
                return
            preview = await picture_of(host.session, file, preview, name, *host.room)
            file.bound = None
            self._file, self._preview = file, preview
            view = await make_view(file, preview, self.form, self.codec, self.level)
            at = await (view.pager.open_end() if at_end or view.starts_at_end else view.pager.open(0))
        except Damaged:
            host.later(
                host.show_sentence, "It is damaged: the archive does not hold what its list of members says."
            )
        except S3Error as error:
            host.later(host.show_failure, error)
        else:
            self.view = view
            host.later(host.show_view, view, at)
        finally:
            self._is_reading = False

    async def _file_of(self, *, at_end: bool) -> tuple[RangedFile, str]:
        """Return what is read, and the name that tells its kind."""
        if self._member is not None:
            from s3tui.preview.members import open_member

            archive = self._member.archive.without_bound()  # the list of members keeps to its own
            file, name = await open_member(archive, self._member.member)
            file.bound = FULL_BOUND
            return file, name
        host, row = self._host, self.row
        size = None if at_end else row.size
        file = await open_object(
            host.session, host.bucket, row.key, size=size, version_id=row.version_id, bound=FULL_BOUND
        )
        return file, row.key

    def read_on(self, near: str) -> None:
        """Read more lines at one end, unless some are being read."""
        view = self.view
        if view is None or self._is_reading or not near:
            return
        if near == "end" and not view.pager.ends:
            self._is_reading = True
            self._host.run(partial(self._more, view, before=False), _GROUP)
        elif near == "start" and not view.pager.begins:
            self._is_reading = True
            self._host.run(partial(self._more, view, before=True), _GROUP)

    async def _more(self, view: View, *, before: bool) -> None:
        try:
            moved = await view.pager.before() if before else -await view.pager.more()
        except S3Error as error:
            self._host.later(self._host.show_trouble, error)
        else:
            self._host.later(self._host.show_lines, view, moved)
        finally:
            self._is_reading = False

    def go(self, offset: int, *, number: int | None = None, marks: bool = False) -> None:
        """Show the line in which a byte lies."""
        if self.view is not None:
            self._host.run(partial(self._go, self.view, offset, number, marks), _GROUP, exclusive=True)

    async def _go(self, view: View, offset: int, number: int | None, marks: bool) -> None:
        lines = view.pager.lines
        is_here = bool(lines) and lines[0].offset <= offset <= lines[-1].offset
        self._is_reading = True
        try:
            at = view.pager.index_of(offset) if is_here else await view.pager.open(offset, number=number)
        except S3Error as error:
            self._host.later(self._host.show_trouble, error)
        else:
            self._host.later(self._host.show_place_in, view, at, marks)
        finally:
            self._is_reading = False

    def go_to_end(self) -> None:
        if self.view is not None:
            self._host.run(partial(self._go_to_end, self.view), _GROUP, exclusive=True)

    async def _go_to_end(self, view: View) -> None:
        self._is_reading = True
        try:
            at = len(view.pager.lines) - 1 if view.pager.ends else await view.pager.open_end()
        except S3Error as error:
            self._host.later(self._host.show_trouble, error)
        else:
            self._host.later(self._host.show_place_in, view, at, False)
        finally:
            self._is_reading = False

    def change(self, *, form: Form | None = None, codec: str | None = None) -> None:
        """Show the same bytes in another form, or as text in another encoding."""
        self.form, self.codec = form or self.form, codec or self.codec
        self._change()

    @property
    def has_rows(self) -> bool:
        """True if it has columns of which rows can be read."""
        if self._preview is None:
            return False
        from s3tui.preview.kinds.table import ROWS

        return self._preview.kind in ROWS

    @property
    def columns(self) -> Sequence[str]:
        """The names of its columns, as far as they are known."""
        table = None if self._preview is None else self._preview.table
        return [] if table is None else list(dict.fromkeys(row[0].partition(".")[0] for row in table.rows))

    def show_rows(self, columns: Sequence[str]) -> None:
        """Read the first rows of columns, by names or patterns, and show them."""
        if self._file is not None and self._preview is not None:
            self.form = Form.ROWS
            self._host.run(partial(self._rows, self._file, self._preview, columns), _GROUP, exclusive=True)

    async def _rows(self, file: RangedFile, preview: Preview, columns: Sequence[str]) -> None:
        self._is_reading = True
        file.bound = file.received + FULL_BOUND
        try:
            rows = await rows_of(self._host.session, file, preview, self.row.key, columns)
            view = await make_view(file, rows, Form.ROWS, None)
        except S3Error as error:
            self._host.later(self._host.show_failure, error)
        else:
            self.view = view
            self._host.later(self._host.show_view, view, 0)
        finally:
            file.bound = None
            self._is_reading = False

    def fold(self, step: int) -> None:
        """Show lines of one level more, or one less."""
        from s3tui.preview.formats.folded import DEEPEST

        level = (DEEPEST + 1 if self.level is None else self.level) + step
        if self.level is None and step < 0:
            level = _FIRST_LEVEL
        self.level = max(1, level) if level <= DEEPEST else None
        self._change()
        words = "All lines are shown." if self.level is None else f"Shown down to level {self.level}."
        self._host.say(f"{words}   - folds   + unfolds")

    def _change(self) -> None:
        if self._file is None or self._preview is None:
            self.start()
        else:
            at = 0 if self.view is None or self.view.is_fixed else self._host.top_offset
            self._host.run(partial(self._view_anew, self._file, self._preview, at), _GROUP, exclusive=True)

    async def _view_anew(self, file: RangedFile, preview: Preview, offset: int) -> None:
        """Show what is open in another way, from the same place on."""
        self._is_reading = True
        try:
            view = await make_view(file, preview, self.form, self.codec, self.level)
            at = await view.pager.open(0 if view.is_fixed else offset)
        except S3Error as error:
            self._host.later(self._host.show_failure, error)
        else:
            self.view = view
            self._host.later(self._host.show_view, view, at)
        finally:
            self._is_reading = False

    async def ask_rows(self) -> None:
        """Show rows of the first columns; where rows are shown, ask for other columns; in a worker."""
        if self.form is not Form.ROWS:
            self.show_rows(())
            return
        names = [printable(name) for name in self.columns]
        sentence = "Names with commas between, or patterns like *_id."
        text = await self._host.ask(Prompt("Columns", sentence, placeholder=", ".join(names[:3]), yes="Show"))
        if text:
            self.show_rows([each.strip() for each in text.split(",") if each.strip()])

    def take_next_encoding(self) -> None:
        """Show the text in the next of the encodings that it may be in."""
        from s3tui.preview.formats.encoding import CHOICES

        now = self.codec
        codec = CHOICES[(CHOICES.index(now) + 1) % len(CHOICES)] if now in CHOICES else CHOICES[0]
        self._host.say(f"Shown as {codec}.   C takes the next encoding")
        self.change(codec=codec)

    def toggle_follow(self) -> None:
        """Follow the end of the object, or no longer: look again whether it was replaced by a longer one."""
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
            self._host.say("Its end is not followed any more.")
            return
        self._timer = self._host.set_interval(_FOLLOWS_S, self._look_again)
        self._host.say("Its end is followed: it is looked at every 2 seconds.   F stops that")
        self.go_to_end()

    def _look_again(self) -> None:
        if not self._is_reading:
            self._host.run(self._compare, "following", exclusive=True)

    async def _compare(self) -> None:
        host, row, file = self._host, self.row, self._file
        try:
            head = await host.session.run(lambda s3: s3.head_object(host.bucket, row.key))
        except S3Error as error:
            host.later(host.show_trouble, error)
            return
        if file is not None and _is_another(head, file):
            host.later(self.start, at_end=True)

    def caption(self, top: int, *, is_last: bool) -> str:
        """Return where in the object the first line is, and what was read of it."""
        view, file = self.view, self._file
        if view is None or file is None:
            return ""
        lines, size = view.pager.lines, file.size
        number = view.pager.number_of(top) if view.newline is not None or view.is_fixed else None
        parts = [] if number is None else [f"line {count(number)}"]
        if not view.is_fixed and top < len(lines):
            offset = lines[top].offset
            parts.append("end" if is_last and view.pager.ends else f"{100 * offset // max(1, size)} %")
        parts.append(f"{counted(file.requests, 'request')}")
        whole = f" of {short_size(size)}" if file.received < size else ""
        parts.append(f"{short_size(file.received)}{whole} read")
        return " · ".join([*parts, *(["following"] if self.is_following else [])])

    @property
    def title(self) -> str:
        key = self.row.key if self._member is None else self._member.member.name
        name = printable(key.rpartition("/")[2] or key)
        return f"{name} · {self.view.title}" if self.view is not None else name


def _is_another(head: ObjectHead, file: RangedFile) -> bool:
    return head.etag != file.etag or (head.size is not None and head.size != file.size)
