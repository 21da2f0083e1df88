"""StatePanel: shown in place of an empty list, with its state: loading, empty, refused or failed."""

from __future__ import annotations

from typing import Literal

from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from s3tui.format import printable
from s3tui.s3.errors import Redirected, S3Error, TransportError, WrongRegion
from s3tui.tui.text.refusals import REFUSALS
from s3tui.tui.text.sentences import explain

Condition = Literal["loading", "empty", "refused", "failed"]
_SIGNS: dict[Condition, str] = {"loading": "⋯", "empty": "○", "refused": "⊘", "failed": "✗"}


class StatePanel(Static):
    DEFAULT_CSS = """
    StatePanel {
        width: 1fr;
        height: 1fr;
        padding: 1 4;
        content-align: center middle;
        text-align: center;
        background: $surface;
        display: none;
        &.-loading { color: $foreground 70%; }
        &.-empty { color: $foreground 70%; }
        &.-refused { color: $warning; }
        &.-failed { color: $error; }
    }
    """

    def __init__(self, replaced: Widget | None = None) -> None:
        """`replaced`: hidden while this is shown."""
        super().__init__()
        self._replaced = replaced

    def clear(self) -> None:
        """Show what was replaced again."""
        self._swap(False)

    def _swap(self, is_shown: bool) -> None:
        self.display = is_shown
        if self._replaced is not None:
            self._replaced.display = not is_shown

    def show(self, condition: Condition, sentence: str, keys: str = "") -> None:
        self._swap(True)
        self.set_classes(f"-{condition}")
        self.update(
            Content.assemble(
                f"{_SIGNS[condition]}  {sentence}", *((("\n\n" + keys, "$foreground 70%"),) if keys else ())
            )
        )

    def show_error(self, error: S3Error, *, keys: str = "^l opens a key you know") -> None:
        """Show an error and the keys that help."""
        if isinstance(error, REFUSALS):
            helps = "^o changes the connection  ·  r tries again  ·  ^g explains"
            self.show("refused", explain(error), f"{helps}  ·  {keys}")
        elif isinstance(error, WrongRegion | Redirected) and error.host:
            offer = f"^o, n makes a connection for {printable(error.host)}"
            self.show("failed", explain(error), f"{offer}  ·  r tries again  ·  {keys}")
        elif isinstance(error, TransportError):
            self.show("failed", explain(error), "r tries again  ·  ^o changes the connection")
        else:
            self.show("failed", explain(error), f"r tries again  ·  {keys}")
