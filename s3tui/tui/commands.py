"""Commands: help, the palette and the choice of a theme, read from the bindings of the screen below."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from textual.binding import ActiveBinding, Binding
from textual.screen import Screen
from textual.widget import Widget

from s3tui.format import printable
from s3tui.s3.address.uri import S3Uri
from s3tui.tui.keymap.binding import APP, GROUPS, MOVE, OPEN
from s3tui.tui.keymap.table import all_bindings
from s3tui.tui.messages import UriEntered
from s3tui.tui.runtime import remembered
from s3tui.tui.screens.common.base import FramedScreen
from s3tui.tui.text.command_rows import CommandRow

if TYPE_CHECKING:
    from s3tui.tui.app import S3TuiApp
    from s3tui.tui.screens.common.dialog import Dialog
    from s3tui.tui.screens.menus.command_menu import Palette

_RECENT = 5
"""Commands that the palette begins with."""
_NOT_NOW = "Nothing here allows that now."
_FIRST_KEYS = ("list.choose", "tree.mark", "objects.download", "objects.filter", "app.help")
_HINT = "First steps: {} opens, {} marks, {} downloads, {} filters, {} shows every key and runs it."


@dataclass(frozen=True, slots=True)
class Command:
    row: CommandRow
    run: Callable[[], object]


class Commands:
    """Opens the menus of commands, runs what is chosen, and remembers it."""

    def __init__(self, app: S3TuiApp) -> None:
        self._app = app
        self._recent: list[str] = []

    async def remember(self) -> None:
        """Read which commands were run last."""
        self._recent = await self._app.state_db.query_or(remembered.recent_commands, [])

    def open_help(self) -> None:
        """Show the keys of the screen or dialog that is open, refused ones too."""
        from s3tui.tui.screens.common.dialog import Dialog
        from s3tui.tui.screens.menus.command_menu import HelpScreen

        screen = self._app.screen
        title = ""
        if isinstance(screen, FramedScreen):
            title = screen.HELP_TITLE
        elif isinstance(screen, Dialog):
            title = screen.title_text
        found = {command.row.id: command for command in self._bound(screen)}
        if isinstance(screen, Dialog):
            found |= {each.row.id: each for each in _letters(screen)}
        groups = [group.description for group in GROUPS]
        rows = sorted((each.row for each in found.values()), key=lambda row: groups.index(row.group))
        self._open(HelpScreen(f"Keys · {title}" if title else "Keys", rows), found)

    def open_palette(self) -> None:
        """Show all commands, recent ones first; unless a palette is open below another screen."""
        from s3tui.tui.screens.menus.command_menu import Palette

        app, below = self._app, self._app.screen
        if any(isinstance(screen, Palette) for screen in app.screen_stack):
            return
        found = {
            command.row.id: command
            for command in self._bound(below)
            if command.row.group != MOVE.description and not command.row.refusal
        }
        for id, name, about, run in (
            ("app.theme", "Theme", "Other colours, kept in config.toml", self.open_themes),
            ("app.screenshot", "Screenshot", "Save this screen as an SVG picture", app.deliver_screenshot),
        ):
            found[id] = Command(CommandRow(id, name, about, group=APP.description), run)
        first = [found[id].row for id in self._recent if id in found][:_RECENT]
        rest = [command.row for command in found.values() if command.row not in first]
        palette = Palette("Commands", [*first, *rest])
        self._open(palette, found)
        if isinstance(below, FramedScreen) and below.is_connected:
            app.run_worker(self._add_bookmarks(palette, found, below), group="settings")

    def open_themes(self) -> None:
        """Show the themes; the chosen one is kept in config.toml."""
        from s3tui.tui.screens.menus.command_menu import Palette

        app = self._app
        found = {
            name: Command(CommandRow(name, name, "now" * (name == app.theme)), partial(app.set_theme, name))
            for name in sorted(app.available_themes)
        }
        self._open(Palette("Theme", [command.row for command in found.values()]), found)

    async def hint(self) -> str:
        """Return the sentence for whoever starts s3tui for the first time, once; then nothing."""
        if not await self._app.state_db.query_or(remembered.first_time, False):
            return ""
        keys = {binding.id: _shown(self._app, binding).split(" ")[0] for binding in all_bindings()}
        return _HINT.format(*(keys[id] for id in _FIRST_KEYS))

    def _open(self, menu: Screen[str | None], found: Mapping[str, Command]) -> None:
        async def run(id: str | None) -> None:
            if id is None or (command := found.get(id)) is None:
                return
            if "." in id:
                self._note(id)
            if hasattr(done := command.run(), "__await__"):
                await done

        self._app.push_screen(menu, run)

    def _note(self, id: str) -> None:
        self._recent = [id, *(each for each in self._recent if each != id)]
        now = self._app.clock()
        note = self._app.state_db.query_or(lambda database: remembered.note_command(database, id, now), None)
        self._app.run_worker(note, group="settings")

    def _bound(self, screen: Screen[object]) -> Iterator[Command]:
        """Yield each command with its keys: those that can be run now, then what the screen refuses."""
        by_action: dict[str, list[ActiveBinding]] = {}
        for active in screen.active_bindings.values():
            if active.binding.id and active.enabled:
                by_action.setdefault(active.binding.action, []).append(active)
        for actives in by_action.values():
            binding = actives[0].binding
            keys = " ".join(dict.fromkeys(self._app.get_key_display(each.binding) for each in actives))
            run = partial(self._app.run_action, binding.action, actives[0].node)
            yield Command(_row(binding, keys), run)
        declared = [each for each in screen.BINDINGS if isinstance(each, Binding)]
        for binding in declared:
            if binding.id and binding.action not in by_action:
                row = _row(binding, _shown(self._app, binding))
                if self._reaches(screen, binding):
                    yield Command(row, partial(self._app.run_action, binding.action, screen))
                    continue
                why = screen.refusal(_name(binding)) if isinstance(screen, FramedScreen) else None
                yield Command(replace(row, refusal=why or _NOT_NOW), lambda: None)

    def _reaches(self, screen: Screen[object], binding: Binding) -> bool:
        """Say whether a key gets to the screen, which allows what it does.

        A field has keys to scroll by, and passes them on where there is nothing to scroll.
        """
        keys = self._app.changed_keys.get(binding.id or "", binding.key).split(",")
        taken = [screen.active_bindings.get(key.strip()) for key in keys]
        is_free = any(each is None or _passes_on(each) for each in taken)
        return is_free and bool(screen.check_action(_name(binding), ()))

    async def _add_bookmarks(self, palette: Palette, found: dict[str, Command], below: FramedScreen) -> None:
        from s3tui.browse.place.bookmarks import bookmarks
        from s3tui.state import StateError

        try:
            marked = await below.session.query_state(bookmarks)
        except StateError:
            return
        rows = []
        for place in marked:
            uri = S3Uri(place.bucket, place.prefix)
            row = CommandRow(str(uri), f"★ {printable(str(uri))}", "A bookmark")
            found[row.id] = Command(row, partial(below.post_message, UriEntered(uri)))
            rows.append(row)
        palette.add(rows)


def _passes_on(active: ActiveBinding) -> bool:
    match active.node, active.binding.action:
        case Widget() as widget, "scroll_up" | "scroll_down":
            return not widget.allow_vertical_scroll
        case Widget() as widget, "scroll_left" | "scroll_right":
            return not widget.allow_horizontal_scroll
    return False


def _letters(dialog: Dialog[Any]) -> Iterator[Command]:
    """Yield the letters by which a dialog is answered."""
    for letter, what in dialog.letters.items():
        name = what[:1].upper() + what[1:]
        row = CommandRow(f"letter {letter}", name, keys=letter, group=OPEN.description)
        yield Command(row, partial(dialog.take_letter, letter))


def _row(binding: Binding, keys: str) -> CommandRow:
    name = binding.description[:1].upper() + binding.description[1:]
    group = (binding.group or APP).description
    return CommandRow(binding.id or "", name, binding.tooltip, keys, group)


def _name(binding: Binding) -> str:
    return binding.action.partition("(")[0]


def _shown(app: S3TuiApp, binding: Binding) -> str:
    """Return the keys of a binding, with the user's changes, as they are shown."""
    keys = app.changed_keys.get(binding.id or "", binding.key).split(",")
    return " ".join(app.get_key_display(replace(binding, key=key.strip())) for key in keys)
