"""Recording: the app, and which actions keys ran in it."""

from __future__ import annotations

from collections.abc import Mapping

from textual.dom import DOMNode

import s3tui.tui
from s3tui.connect.connection import Connection
from s3tui.settings import Settings
from s3tui.tui.app import S3TuiApp


class Recording(S3TuiApp):
    """Keeps which actions keys ran."""

    CSS_PATH = f"{s3tui.tui.__path__[0]}/s3tui.tcss"

    def __init__(self, settings: Settings, connection: Connection | None) -> None:
        super().__init__(settings, connection)
        self.ran: list[str] = []

    async def run_action(
        self,
        action: str | tuple[str, str, tuple[object, ...]],
        default_namespace: DOMNode | None = None,
        namespaces: Mapping[str, DOMNode] | None = None,
    ) -> bool:
        has_run = await super().run_action(action, default_namespace, namespaces)
        if has_run:
            self.ran.append(str(action))
        return has_run
