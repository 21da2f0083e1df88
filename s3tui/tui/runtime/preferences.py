"""Preferences: applies theme and pane width; what the user changes of looks is kept in config.toml."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection

from textual.app import App
from textual.theme import Theme

from s3tui import paths
from s3tui.config.reader import ConfigError
from s3tui.format import printable
from s3tui.settings import DEFAULT_THEME, Column, PaneWidth, Settings
from s3tui.tui.text.sentences import config_sentence
from s3tui.tui.themes import THEMES

_PROBLEMS_S = 20
"""How long mistakes in config.toml are shown."""


class Preferences:
    """Theme and pane, first as `settings` say; `tell` shows a sentence."""

    def __init__(self, app: App[None], settings: Settings, tell: Callable[..., None]) -> None:
        self._app, self._tell = app, tell
        self._writing = asyncio.Lock()
        for theme in THEMES:
            app.register_theme(theme)
        if settings.theme in app.available_themes:
            self._begin_with(settings.theme)
        self._theme = app.theme
        self._pane = settings.pane
        self._fit_pane()

    def watch(self) -> None:
        """Begin to remember which theme the user chooses; the app is mounted."""
        self._app.theme_changed_signal.subscribe(self._app, self._remember_theme)

    def check_config(self) -> None:
        """Begin to look for mistakes in config.toml, and tell of them; what is wrong there does not count."""
        self._app.run_worker(self._check_config(), group="settings")

    async def _check_config(self) -> None:
        from s3tui.tui.runtime.config_names import problems

        if found := await asyncio.to_thread(problems):
            self._tell(config_sentence(paths.config_file().name, found), "warning", seconds=_PROBLEMS_S)

    def next_pane(self) -> None:
        """Give the pane beside the rows its next width, or hide it."""
        self._pane = self._pane.next
        self._fit_pane()
        self._remember("pane", self._pane.value, "The pane is so")

    def keep_columns(self, columns: Collection[Column]) -> None:
        """Remember which columns of objects are shown."""
        names = ", ".join(column.value for column in Column if column in columns)
        self._remember("columns", names, "The columns are so")

    def _begin_with(self, theme: str) -> None:
        """Set the first theme; the default one before stylesheets are read, as a change reads them again."""
        app = self._app
        if theme != DEFAULT_THEME:
            app.theme = theme
            return
        app.set_reactive(App.theme, theme)
        app.stylesheet.set_variables(app.get_css_variables())
        app.set_class(True, f"-theme-{theme}", update=False)

    def _remember_theme(self, theme: Theme) -> None:
        if theme.name != self._theme:
            self._theme = theme.name
            self._remember("theme", theme.name, "The theme is")

    def _fit_pane(self) -> None:
        for width in PaneWidth:
            self._app.set_class(width is self._pane, f"-pane-{width.value}")

    def _remember(self, key: str, value: str, what: str) -> None:
        self._app.run_worker(self._write(key, value, what), group="settings")

    async def _write(self, key: str, value: str, what: str) -> None:
        from s3tui.config.writer import remember_setting

        file = paths.config_file()
        try:
            async with self._writing:
                await asyncio.to_thread(remember_setting, file, key, value)
        except ConfigError as error:
            self._tell(f"{what} for this run only: {printable(str(error))}", "warning")
        else:
            self._tell(f"{file.name} says now: {key} = {value}")
