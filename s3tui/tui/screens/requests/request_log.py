"""RequestLogScreen: every exchange with the servers, live, newest first."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widget import Widget

from s3tui.diagnosis.har import har
from s3tui.format import counted, printable
from s3tui.tui.keymap.screens import REQUEST_KEYS
from s3tui.tui.runtime.request_recorder import RequestRecorder
from s3tui.tui.runtime.session import Session
from s3tui.tui.runtime.transfers import Transfers
from s3tui.tui.screens.common.base import FramedScreen
from s3tui.tui.screens.menus.clipboard_menu import ClipboardMenu
from s3tui.tui.screens.requests.exchange_detail import ExchangeScreen, choices
from s3tui.tui.screens.requests.totals import RequestTotals
from s3tui.tui.text.exchanges import LoggedRow, LoggedRows, RequestPrices, list_prices, totals_line
from s3tui.tui.text.place import Place
from s3tui.tui.text.sentences import tilde
from s3tui.tui.widgets.frame.filter_bar import FilterBar
from s3tui.tui.widgets.frame.state_panel import StatePanel
from s3tui.tui.widgets.lists.request_table import RequestTable

if TYPE_CHECKING:
    from s3tui.settings import Settings

_LOOK_S = 0.5
_NEEDS_ROWS = frozenset({"filter", "copy", "save", "totals", "clear"})


class RequestLogScreen(FramedScreen):
    HELP_TITLE = "Requests"
    BINDINGS: ClassVar[list[BindingType]] = [*REQUEST_KEYS]

    def __init__(
        self, session: Session | None, transfers: Transfers, recorder: RequestRecorder, settings: Settings
    ) -> None:
        super().__init__(session, transfers)
        self._recorder = recorder
        self._settings = settings
        self._words = ""
        self._rows: LoggedRows | None = None
        self._shown = -1

    def compose_body(self) -> Iterable[Widget]:
        with Vertical(classes="panel", id="queue-panel"):
            table = RequestTable()
            yield from (table, StatePanel(table), FilterBar())

    def place(self) -> Place:
        return Place(title="Requests of this run")

    def on_mount(self) -> None:
        super().on_mount()
        self.query_one("#queue-panel").border_title = Content("Requests")
        self._show()
        self.query_one(RequestTable).focus()
        self.set_interval(_LOOK_S, self._look)

    def _look(self) -> None:
        if self.is_current and self._shown != self._recorder.log.count:
            self._show()

    def _show(self) -> None:
        log, table, panel = self._recorder.log, self.query_one(RequestTable), self.query_one(StatePanel)
        self._shown = log.count
        rows, is_newest = self._logged(), table.cursor == 0
        table.show(rows)
        if is_newest:
            table.cursor = 0  # the newest one stays under it
        if rows:
            panel.clear()
        else:
            panel.show("empty", "No request holds this." if self._words else "No request was sent yet.")
        self.query_one("#queue-panel").border_subtitle = Content(totals_line(log, self._prices))
        self.refresh_bindings()

    def _logged(self) -> list[LoggedRow]:
        if self._rows is None:
            self._rows = LoggedRows(self._recorder.log, self._words)
        return self._rows.newest_first()

    @property
    def _prices(self) -> RequestPrices | None:
        """The prices to estimate by; Amazon's hold for Amazon only."""
        settings, session = self._settings, self._session
        is_own = settings.write_price is not None or settings.read_price is not None
        if not is_own and (session is None or not session.connection.endpoint.is_aws):
            return None
        return list_prices(settings.write_price, settings.read_price, settings.prices_dated)

    @property
    def current(self) -> LoggedRow | None:
        return self.query_one(RequestTable).current

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return action not in _NEEDS_ROWS or bool(self._recorder.log.count)

    @on(RequestTable.Chosen)
    def _open(self) -> None:
        if (row := self.current) is not None:
            self.app.push_screen(ExchangeScreen(self._session, self.transfers, row))

    def action_filter(self) -> None:
        self.query_one(FilterBar).open()

    @on(FilterBar.Changed)
    def _filter(self, message: FilterBar.Changed) -> None:
        self._words, self._rows = message.value, None
        self._show()

    @on(FilterBar.Submitted)
    def _to_rows(self) -> None:
        self.query_one(RequestTable).focus()

    def action_copy(self) -> None:
        self.run(self._copy, "question", exclusive=True)

    async def _copy(self) -> None:
        row = self.current
        if row is not None and (answer := await self.ask(ClipboardMenu(choices(row)))) is not None:
            await self.copy(answer[1], f"{answer[0]}: {printable(answer[1])}")

    def action_totals(self) -> None:
        self.app.push_screen(RequestTotals(self._recorder.log, self._prices))

    def action_save(self) -> None:
        self.run(self._save, "saving", exclusive=True)

    async def _save(self) -> None:
        """Write the rows that are shown to a HAR file in the download folder."""
        rows = list(reversed(self._logged()))
        stamp = f"{self.transfers.clock():%Y%m%d-%H%M%S}"
        file = self.transfers.download_dir / f"s3tui-{stamp}.har"
        try:
            await asyncio.to_thread(_write, file, rows)
        except OSError as error:
            self.say(f"The file was not written: {printable(str(error))}.", "error")
            return
        self.say(f"{counted(len(rows), 'request')} saved in {printable(tilde(str(file)))}.", "done")

    def action_clear(self) -> None:
        self._recorder.log.clear()
        self._show()

    def action_back(self) -> None:
        bar = self.query_one(FilterBar)
        if bar.is_open or self._words:
            bar.close()
            self.query_one(RequestTable).focus()
            return
        self.app.pop_screen()


def _write(file: Path, rows: list[LoggedRow]) -> None:
    text = json.dumps(har((row.connection, row.exchange) for row in rows), indent=1)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch(mode=0o600)
    file.write_text(text, encoding="utf-8")
