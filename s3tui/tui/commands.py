"""Command palette providers: the actions of the screen below, read from its bindings, and the bookmarks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from textual.binding import ActiveBinding
from textual.command import DiscoveryHit, Hit, Hits, Provider

from s3tui.format import printable
from s3tui.s3.address.uri import S3Uri
from s3tui.tui.keymap.binding import MOVE
from s3tui.tui.messages import UriEntered


@dataclass(frozen=True, slots=True)
class _Command:
    label: str
    run: Callable[[], object]
    help: str | None


class ScreenCommands(Provider):
    """Every action that the screen below offers now, with its key; then theme and screenshot."""

    async def discover(self) -> Hits:
        for command in self._commands():
            yield DiscoveryHit(command.label, command.run, help=command.help)

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        for command in self._commands():
            if (score := matcher.match(command.label)) > 0:
                yield Hit(score, matcher.highlight(command.label), command.run, help=command.help)

    def _commands(self) -> Iterator[_Command]:
        seen: set[str] = set()
        for active in self.screen.active_bindings.values():
            binding = active.binding
            is_command = active.enabled and binding.id and binding.group != MOVE
            if not is_command or binding.action in seen:
                continue
            seen.add(binding.action)
            label = f"{binding.description.capitalize()}  {self.app.get_key_display(binding)}"
            yield _Command(label, partial(self._run, active), binding.tooltip or None)
        yield _Command("Theme", self.app.action_change_theme, "Other colours, kept in config.toml")
        yield _Command("Screenshot", self.app.deliver_screenshot, "Save this screen as an SVG picture")

    async def _run(self, active: ActiveBinding) -> None:
        await self.app.run_action(active.binding.action, active.node)


class PlaceCommands(Provider):
    """Every bookmark of the current connection."""

    async def discover(self) -> Hits:
        for uri in await self._bookmarks():
            yield DiscoveryHit(printable(str(uri)), partial(self._go, uri), help="★ a bookmark")

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        for uri in await self._bookmarks():
            if (score := matcher.match(printable(str(uri)))) > 0:
                label = matcher.highlight(printable(str(uri)))
                yield Hit(score, label, partial(self._go, uri), help="★ a bookmark")

    async def _bookmarks(self) -> list[S3Uri]:
        from s3tui.browse.place.bookmarks import bookmarks
        from s3tui.state import StateError
        from s3tui.tui.screens.common.base import FramedScreen

        if not isinstance(self.screen, FramedScreen) or not self.screen.is_connected:
            return []
        try:
            marked = await self.screen.session.query_state(bookmarks)
        except StateError:
            return []
        return [S3Uri(place.bucket, place.prefix) for place in marked]

    def _go(self, uri: S3Uri) -> None:
        self.screen.post_message(UriEntered(uri))
