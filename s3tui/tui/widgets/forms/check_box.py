"""CheckBox: a check box shown as [x] or [ ], readable without colour."""

from __future__ import annotations

from textual.widgets import Checkbox


class CheckBox(Checkbox):
    BUTTON_LEFT = BUTTON_RIGHT = ""  # Textual paints these in the colour of the button's background

    @property
    def BUTTON_INNER(self) -> str:  # type: ignore[override]  # the name of Textual's constant
        return "[x]" if self.value else "[ ]"
