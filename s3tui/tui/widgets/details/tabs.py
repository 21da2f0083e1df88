"""Tabs of facts: a bar of names above one panel a tab, each loaded when it is first shown."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from textual import events, on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from s3tui.s3.errors import S3Error
from s3tui.tui.text.fields import Section
from s3tui.tui.widgets.details.detail_pane import Fields
from s3tui.tui.widgets.details.scrolled import Scrolled
from s3tui.tui.widgets.frame.state_panel import StatePanel

_GAP = 3


@dataclass(frozen=True, slots=True)
class Loaded:
    """The contents of a tab."""

    sections: Sequence[Section]
    badge: str = ""
    """A number or word behind the tab's name."""
    rest: Callable[[], Awaitable[Loaded]] | None = None
    """Waits for what is not among them yet, and returns all; raises S3Error."""


@dataclass(frozen=True, slots=True)
class Tab:
    """One tab: its id, its name, and the request for its contents, which raises S3Error."""

    id: str
    name: str
    load: Callable[[], Awaitable[Loaded]]
    widget: Callable[[], Widget] | None = None
    """Makes what is shown instead of fields; it fills itself while the tab loads."""


class TabBar(Widget):
    """One line of tab names; the active one stays in view."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"tab-bar--active", "tab-bar--badge"}
    DEFAULT_CSS = """
    TabBar {
        height: 1;
        padding: 0 1;
        color: $foreground 80%;
        .tab-bar--active { color: $accent; text-style: bold underline; }
        .tab-bar--badge { color: $foreground 70%; }
    }
    """

    @dataclass
    class Chosen(Message):
        index: int

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__()
        self._names = list(names)
        self._badges = [""] * len(names)
        self._active = 0

    def activate(self, index: int) -> None:
        self._active = index
        self.refresh()

    def set_badge(self, index: int, badge: str) -> None:
        if self._badges[index] != badge:
            self._badges[index] = badge
            self.refresh()

    def _spans(self) -> list[tuple[int, int]]:
        """Return where each name with its badge begins and ends, in cells."""
        spans, start = [], 0
        for name, badge in zip(self._names, self._badges, strict=True):
            end = start + cell_len(name) + (cell_len(badge) + 1 if badge else 0)
            spans.append((start, end))
            start = end + _GAP
        return spans

    def _scroll(self) -> int:
        """Return the first cell in view."""
        spans, width = self._spans(), self.size.width
        start, end = spans[self._active]
        return 0 if spans[-1][1] <= width else max(0, min(start, spans[-1][1] - width), end - width)

    def render_line(self, y: int) -> Strip:
        width, base = self.size.width, self.rich_style
        segments: list[Segment] = []
        for index, (name, badge) in enumerate(zip(self._names, self._badges, strict=True)):
            style = self.get_component_rich_style("tab-bar--active") if index == self._active else base
            segments.append(Segment(name, style))
            if badge:
                segments.append(Segment(f" {badge}", self.get_component_rich_style("tab-bar--badge")))
            segments.append(Segment(" " * _GAP, base))
        first = self._scroll()
        return Strip(segments).crop(first, first + width).adjust_cell_length(width, base)

    def on_click(self, event: events.Click) -> None:
        x = event.x - self.gutter.left + self._scroll()
        for index, (start, end) in enumerate(self._spans()):
            if start <= x < end:
                self.post_message(self.Chosen(index))


class TabPanel(Vertical):
    """The contents of one tab, or the reason that there are none yet."""

    DEFAULT_CSS = """
    TabPanel {
        height: 1fr;
        padding: 0 1;
        border: round $border-blurred;
        background: $surface;
        display: none;
    }
    TabPanel:focus-within { border: round $border; }
    TabPanel.-active { display: block; }
    TabPanel Scrolled { height: 1fr; scrollbar-size-vertical: 1; }
    """

    def __init__(self, tab: Tab) -> None:
        super().__init__(id=f"tab-{tab.id}")
        self.tab = tab
        self.is_asked = False
        """True once its contents were asked for."""
        self.loaded: Loaded | None = None
        self._body = Scrolled(Fields()) if tab.widget is None else tab.widget()

    def compose(self) -> ComposeResult:
        yield StatePanel(self._body)
        yield self._body

    def show_loading(self) -> None:
        self._state.show("loading", f"Asking for {self.tab.name.lower()}…", "esc goes back")

    def show_error(self, error: S3Error) -> None:
        self.loaded = None
        self._state.show_error(error, keys="⌫ goes back")

    def show(self, loaded: Loaded) -> None:
        self.loaded = loaded
        self._state.clear()
        for fields in self.query(Fields):
            fields.show(loaded.sections)

    @property
    def _state(self) -> StatePanel:
        return self.query_one(StatePanel)

    def take_focus(self) -> None:
        if self._body.display:
            self._body.focus()

    @property
    def text(self) -> str:
        """The contents as plain text, a field a line."""
        if self.loaded is None:
            return ""
        blocks = []
        for section in self.loaded.sections:
            lines = [section.title] if section.title else []
            lines += [
                f"{field.label}\t{field.value}" if field.label else field.value for field in section.fields
            ]
            blocks.append("\n".join(lines))
        return "\n\n".join(blocks)


class TabbedFacts(Vertical):
    """A bar of tabs and their panels; each tab loads by itself, and again when asked to."""

    DEFAULT_CSS = """
    TabbedFacts { height: 1fr; }
    """

    @dataclass
    class Shown(Message):
        """Another tab is in front, or the contents of the one in front came."""

        tab: Tab

    def __init__(self, tabs: Sequence[Tab], first: str = "") -> None:
        super().__init__()
        self._tabs = tabs
        self._active = next((number for number, tab in enumerate(tabs) if tab.id == first), 0)

    def compose(self) -> ComposeResult:
        yield TabBar([tab.name for tab in self._tabs])
        for tab in self._tabs:
            yield TabPanel(tab)

    def on_mount(self) -> None:
        self.activate(self._active)

    @property
    def active(self) -> TabPanel:
        return self._panel(self._active)

    def _panel(self, index: int) -> TabPanel:
        return self.query_one(f"#tab-{self._tabs[index].id}", TabPanel)

    def activate(self, index: int) -> None:
        """Bring a tab to the front, and load it if it never was."""
        self._active = index % len(self._tabs)
        self.query_one(TabBar).activate(self._active)
        for panel in self.query(TabPanel):
            panel.set_class(panel is self.active, "-active")
        if not self.active.is_asked:
            self.reload()
        self.active.take_focus()
        self.post_message(self.Shown(self.active.tab))

    def step(self, step: int) -> None:
        """Go to the next tab or the one before, around the ends."""
        self.activate(self._active + step)

    def open(self, id: str) -> None:
        """Bring the tab with this id to the front."""
        self.activate(next(number for number, tab in enumerate(self._tabs) if tab.id == id))

    def reload(self) -> None:
        """Ask again for the contents of the tab in front; what is shown stays until they come."""
        index, panel = self._active, self.active
        panel.is_asked = True
        if panel.loaded is None:
            panel.show_loading()
        self.run_worker(self._load(index, panel), group=panel.tab.id, exclusive=True)

    async def _load(self, index: int, panel: TabPanel) -> None:
        try:
            loaded = await panel.tab.load()
            self._show(index, panel, loaded)
            if loaded.rest is not None:
                self._show(index, panel, await loaded.rest())
        except S3Error as error:
            panel.show_error(error)

    def _show(self, index: int, panel: TabPanel, loaded: Loaded) -> None:
        panel.show(loaded)
        self.query_one(TabBar).set_badge(index, loaded.badge)
        if panel is self.active:
            panel.take_focus()
            self.post_message(self.Shown(panel.tab))

    @on(TabBar.Chosen)
    def _choose(self, message: TabBar.Chosen) -> None:
        message.stop()
        self.activate(message.index)
