"""What the object tree's screen does where its rows are not the bucket as it is: say so, and refuse."""

from __future__ import annotations

from textual import events

from s3tui.browse.place.location import Location
from s3tui.browse.rows.listing import State
from s3tui.browse.snapshot.comparison import Comparison
from s3tui.format import printable
from s3tui.tui.keymap import OBJECT_KEYS
from s3tui.tui.screens.objects.object_view import ObjectView
from s3tui.tui.widgets.frame.state_panel import StatePanel
from s3tui.tui.widgets.tree.tree_lines import loaded_caption

_LIVE_ONLY = frozenset(
    {
        "as_of",
        "copy_to",
        "delete",
        "download",
        "inventory",
        "pick",
        "seek",
        "sizes",
        "sizes_here",
        "upload",
        "versions",
    }
)
"""What would act on other objects than those that are shown."""


class ObjectSource(ObjectView):
    def refusal(self, action: str) -> str | None:
        """Why an action is not offered here, as a sentence; `None` where it is."""
        if self.location.source.is_live:
            return None
        if action in _LIVE_ONLY:
            return f"That is for the bucket as it is: {self._way_back()}"
        if action == "bookmark" and self.session.is_offline:
            return f"Bookmarks are of a connection: {self._way_back()}"
        return None

    def on_key(self, event: events.Key) -> None:
        """Say why a key does nothing."""
        changed = self.app.settings.keys  # type: ignore[attr-defined]  # S3TuiApp's own
        for binding in OBJECT_KEYS:
            keys = changed.get(binding.id or "", binding.key).split(",")
            sentence = self.refusal(binding.action.partition("(")[0]) if event.key in keys else None
            if sentence is not None:
                event.stop()
                self.say(sentence, "warning")

    def may_write(self) -> bool:
        if self.location.source.is_live:
            return super().may_write()
        self.say(f"Nothing is changed from here: {self._way_back()}", "warning")
        return False

    def _way_back(self) -> str:
        return "open its connection, ^o lists them." if self.session.is_offline else "esc goes there."

    def leave(self) -> None:
        """From another source back to the bucket as it is; from there, back."""
        here = self.location
        if here.source.is_live or self.session.is_offline:
            super().leave()
        else:
            self.go(here.as_tree, key=None if self.current is None else self.current.key)

    def go(self, location: Location, *, key: str | None = None, seek: bool = False) -> None:
        raise NotImplementedError

    def caption(self) -> str:
        source, tree = self.location.source, self.tree_model
        if not isinstance(source, Comparison):
            return super().caption()
        tally = source.tallies.get((self.location.prefix, self.location.delimiter))
        is_filtered = bool(self.needle)
        stands = "comparing ⋯" if tree.root.state is State.LOADING else loaded_caption(tree)
        is_told = tree.root.state is State.COMPLETE and not is_filtered
        parts = ["" if tally is None else str(tally), "" if is_told else stands, source.title]
        parts += ["flat" if self.location.is_flat else "", self.arranging_caption()]
        return " · ".join(filter(None, parts))

    def show_no_rows(self, panel: StatePanel) -> None:
        source, state = self.location.source, self.tree_model.root.state
        if source.is_live or state is State.FAILED:
            super().show_no_rows(panel)
        elif state is not State.COMPLETE:
            panel.show("loading", f"reading {printable(str(self.location))} …", "esc goes back")
        elif isinstance(source, Comparison):
            tally = source.tallies.get((self.location.prefix, self.location.delimiter))
            same = "" if tally is None else f" {tally}."
            panel.show("empty", f"Nothing differs under this prefix.{same}", "⌫ goes up  ·  esc leaves")
        else:
            panel.show("empty", "Nothing was under this prefix.", "⌫ goes up  ·  esc leaves")

    def action_snapshots(self) -> None:
        from s3tui.tui.screens.objects.snapshots import SnapshotsScreen

        if any(isinstance(screen, SnapshotsScreen) for screen in self.app.screen_stack[-2:]):
            self.app.pop_screen()  # it was opened from there
            return
        there = None if self.session.is_offline else self.location.as_tree
        self.app.push_screen(SnapshotsScreen(self.session, self.transfers, there))
