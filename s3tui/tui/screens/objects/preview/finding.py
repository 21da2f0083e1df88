"""Finding text, bytes and places in the object of the preview screen."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from s3tui.format import count, printable
from s3tui.s3.errors import S3Error
from s3tui.tui.screens.common.prompt import Prompt
from s3tui.tui.screens.objects.preview.host import PreviewHost
from s3tui.tui.screens.objects.preview.reading import ReadingController
from s3tui.tui.screens.objects.preview.views import View
from s3tui.tui.text.sentences import short_size

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from s3tui.preview.find import Found, Progress

_GROUP = "finding"
_ASKS = "A line, an offset or a share of the object."
_PLACES = "1200  0x1f00  10M  50%"


class FindingController:
    def __init__(self, host: PreviewHost, reading: ReadingController) -> None:
        self._host, self._reading = host, reading
        self.needle = ""
        self._at: int | None = None
        """Offset of what was found last; of fixed lines, the index."""
        self.progress = ""
        """A sentence on what is being looked for."""

    def stop(self) -> bool:
        """Stop looking; say whether that was going on."""
        is_running, self.progress = bool(self.progress), ""
        if is_running:
            self._host.cancel(_GROUP)
            self._host.show_status()
            self._host.say("Stopped looking.")
        return is_running

    def find(self, text: str) -> None:
        """Look for a text from the first line in view on."""
        self.needle, self._at = text, None
        if text:
            self.find_next()

    def find_next(self, *, backwards: bool = False) -> None:
        view = self._reading.view
        if view is None or not self.needle:
            return
        start = self._host.top_offset if self._at is None else self._at + (not backwards)
        if view.is_fixed:
            self._find_line(view, start, backwards=backwards)
        else:
            self._host.run(partial(self._find, view, start, backwards), _GROUP, exclusive=True)

    def _find_line(self, view: View, start: int, *, backwards: bool) -> None:
        lines, needle = view.pager.lines, self.needle
        is_small = needle == needle.lower()
        order = range(start - 1, -1, -1) if backwards else range(start, len(lines))
        texts = ((at, lines[at].text) for at in order)
        found = next((at for at, text in texts if needle in (text.lower() if is_small else text)), None)
        self._arrive(found)

    async def _find(self, view: View, start: int, backwards: bool) -> None:
        from s3tui.preview.find import find, pattern_of

        pattern = pattern_of(self.needle, view.codec)
        length = max(1, len(self.needle.encode(view.codec, "replace")))
        file = view.pager.file
        looking = find(file, pattern, length, start, backwards=backwards)
        if (found := await self._follow(looking, file.size - start if not backwards else start)) is not None:
            self._host.later(self._arrive, found.offset)

    async def _follow(self, looking: AsyncGenerator[Found | Progress, None], most: int) -> Found | None:
        """Show how far it came until it ends; `None` if that was an error."""
        from s3tui.preview.find import Found

        self.progress = "Looking …"
        try:
            async for step in looking:
                if isinstance(step, Found):
                    return step
                self.progress = f"{short_size(step.looked)} of {short_size(most)} looked through.   esc stops"
                self._host.later(self._host.show_status)
        except S3Error as error:
            self._host.later(self._host.show_trouble, error)
        finally:
            self.progress = ""
            self._host.later(self._host.show_status)
        return None

    def _arrive(self, offset: int | None) -> None:
        if offset is None:
            self._host.say(f"Nothing else holds “{printable(self.needle)}”.")
            return
        self._at = offset
        self._host.clear_notice()
        self._reading.go(offset, marks=True)

    async def ask_place(self) -> None:
        """Ask for a line, an offset or a share, and go there; in a worker."""
        from s3tui.preview.find import find_line, parse_target

        view = self._reading.view
        if view is None:
            return
        size = view.pager.file.size

        def wrong_place(text: str) -> str | None:
            try:
                parse_target(text, size)
            except ValueError as error:
                return str(error)
            return None

        text = await self._host.ask(Prompt("Go to", _ASKS, placeholder=_PLACES, check=wrong_place))
        if not text:
            return
        target = parse_target(text, size)
        if view.is_fixed or target.offset is not None:
            place = target.offset if target.offset is not None else (target.line or 1) - 1
            self._reading.go(min(place, max(0, size - 1)), marks=True)
        elif view.newline is None:
            self._host.say("These lines have no numbers: go to an offset, like 0x1f00.", "warning")
        else:
            line = target.line or 1
            found = await self._follow(find_line(view.pager.file, line, view.newline, view.first), size)
            if found is not None and found.offset is None:
                self._host.say(f"It has no line {count(line)}.", "warning")
            elif found is not None and found.offset is not None:
                self._reading.go(found.offset, number=line - 1, marks=True)
