"""CheckBox: [x] or [ ], told apart without colour."""

from __future__ import annotations

from textual.widgets import Checkbox


class CheckBox(Checkbox):
    BUTTON_LEFT = BUTTON_RIGHT = ""  # Textual paints these in the colour of the button's background

    @property
    def BUTTON_INNER(self) -> str:  # type: ignore[override]  # Textual's constant; its name
        return "[x]" if self.value else "[ ]"
