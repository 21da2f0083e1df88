"""PreviewHost: what its controllers see of the preview screen."""

from __future__ import annotations

from typing import Protocol

from s3tui.s3.errors import S3Error
from s3tui.tui.screens.common.host import ScreenHost
from s3tui.tui.screens.objects.preview.views import View


class PreviewHost(ScreenHost, Protocol):
    @property
    def bucket(self) -> str: ...

    @property
    def top_offset(self) -> int:
        """The offset of the first line in view; of fixed lines, its index."""

    @property
    def room(self) -> tuple[int, int]:
        """The columns and lines that there are for it."""

    def show_view(self, view: View, at: int) -> None:
        """Show another view, from the line at this index on."""

    def show_lines(self, view: View, moved: int) -> None:
        """Show that a view has more lines, of which so many came before those it had."""

    def show_place_in(self, view: View, at: int, marks: bool) -> None:
        """Show the line at this index, marked or not."""

    def show_sentence(self, sentence: str) -> None:
        """Show a sentence in place of the lines."""

    def show_failure(self, error: S3Error) -> None:
        """Show an error in place of the lines."""

    def show_trouble(self, error: S3Error) -> None:
        """Show an error beside them."""

    def show_status(self) -> None: ...
