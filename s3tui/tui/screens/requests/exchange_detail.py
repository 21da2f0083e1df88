"""ExchangeScreen: one exchange of the request log: what was asked, sent, answered and signed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual.binding import BindingType
from textual.widget import Widget

from s3tui.diagnosis.curl import curl
from s3tui.diagnosis.signed_text import canonical_request, string_to_sign
from s3tui.format import printable
from s3tui.tui.keymap.screens import EXCHANGE_KEYS
from s3tui.tui.runtime.session import Session
from s3tui.tui.runtime.transfers import Transfers
from s3tui.tui.screens.common.base import FramedScreen
from s3tui.tui.screens.menus.clipboard_menu import Choice, ClipboardMenu
from s3tui.tui.text import exchanges
from s3tui.tui.text.exchanges import LoggedRow
from s3tui.tui.text.place import Place
from s3tui.tui.widgets.details.tabs import Loaded, Tab, TabbedFacts


def choices(row: LoggedRow) -> list[Choice]:
    """Return what can be copied of an exchange, all of it without secrets."""
    exchange = row.exchange
    found = (
        ("c", "curl", curl(exchange)),
        ("u", "URL", exchanges.url(exchange)),
        ("i", "request id", exchange.request_id or ""),
        ("r", "canonical request", canonical_request(exchange) or ""),
        ("s", "string to sign", string_to_sign(exchange) or ""),
    )
    return [choice for choice in found if choice[2]]


class ExchangeScreen(FramedScreen):
    HELP_TITLE = "Request"
    BINDINGS: ClassVar[list[BindingType]] = [*EXCHANGE_KEYS]

    def __init__(self, session: Session | None, transfers: Transfers, row: LoggedRow) -> None:
        super().__init__(session, transfers)
        self._row = row

    def compose_body(self) -> Iterable[Widget]:
        yield TabbedFacts(self._tabs())

    def place(self) -> Place:
        exchange = self._row.exchange
        return Place(title=f"{exchange.operation} {printable(exchanges.target(exchange))}")

    def _tabs(self) -> Sequence[Tab]:
        return [
            Tab("overview", "Overview", self._overview),
            Tab("request", "Request", self._request),
            Tab("response", "Response", self._response),
            Tab("signature", "Signature", self._signature),
        ]

    async def _overview(self) -> Loaded:
        return Loaded(exchanges.overview(self._row))

    async def _request(self) -> Loaded:
        return Loaded(exchanges.request_fields(self._row.exchange))

    async def _response(self) -> Loaded:
        return Loaded(exchanges.response_fields(self._row.exchange))

    async def _signature(self) -> Loaded:
        return Loaded(exchanges.signature_fields(self._row.exchange))

    def action_tab(self, step: int) -> None:
        self.query_one(TabbedFacts).step(step)

    def action_copy(self) -> None:
        self.run(self._copy, "question", exclusive=True)

    async def _copy(self) -> None:
        text = self.query_one(TabbedFacts).active.text
        found: list[Choice] = [*choices(self._row), *([("t", "all of this tab", text)] if text else [])]
        if (answer := await self.ask(ClipboardMenu(found))) is not None:
            await self.copy(answer[1], f"{answer[0]}: {printable(answer[1])}")

    def action_back(self) -> None:
        self.app.pop_screen()
