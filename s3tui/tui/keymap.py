"""Key bindings of every screen, each with the id under which config.toml can change it.

The defaults are those that users of other S3 browsers, vi and file managers expect. No lower-case key
without a modifier destroys anything.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from textual.binding import Binding

MOVE = Binding.Group("Move")
OPEN = Binding.Group("Open")
SELECT = Binding.Group("Select")
TRANSFER = Binding.Group("Transfer")
CHANGE = Binding.Group("Change")
FIND = Binding.Group("Find")
APP = Binding.Group("s3tui")

GROUPS = (OPEN, SELECT, TRANSFER, CHANGE, FIND, MOVE, APP)
"""Groups of bindings, in the order of the help screen."""

DISPLAY = {
    "enter": "↵",
    "space": "␣",
    "backspace": "⌫",
    "escape": "esc",
    "left": "←",
    "right": "→",
    "up": "↑",
    "down": "↓",
    "delete": "del",
    "pageup": "PgUp",
    "pagedown": "PgDn",
    "tab": "⇥",
    "equals_sign": "=",
    "alt+left": "alt ←",
    "alt+right": "alt →",
}


def _key(
    id: str,
    key: str,
    action: str,
    description: str,
    group: Binding.Group,
    tooltip: str = "",
    *,
    show: bool = True,
) -> Binding:
    return Binding(key, action, description, show=show, tooltip=tooltip, id=id, group=group)


APP_KEYS = [
    _key("app.go_to", "ctrl+l", "go_to", "go to", FIND, "By URI, URL, ARN or name; bookmarks", show=False),
    _key(
        "app.connections", "c,ctrl+o", "connections", "connections", APP, "Another account, server or profile"
    ),
    _key("app.transfers", "t", "transfers", "transfers", APP, "The transfer queue, and back"),
    _key("app.pane", "w", "pane", "pane", APP, "Beside the rows: wide, not there, narrow", show=False),
    _key("app.palette", "colon,ctrl+p", "command_palette", "commands", APP, "Find any command", show=False),
    _key("app.help", "question_mark,f1", "help", "help", APP, "All keys that work here"),
    Binding(
        "ctrl+z",
        "suspend_process",
        "stop",
        show=False,
        priority=True,
        tooltip="Back to the shell; fg there goes on",
        id="app.stop",
        group=APP,
    ),
    Binding(
        "ctrl+r",
        "redraw",
        "redraw",
        show=False,
        priority=True,
        tooltip="Paint all again, after others wrote here",
        id="app.redraw",
        group=APP,
    ),
    _key("app.quit", "q,ctrl+c", "quit", "quit", APP, "Asks while transfers run"),
]

LIST_KEYS = [
    _key("list.up", "up,k", "cursor_up", "up", MOVE, show=False),
    _key("list.down", "down,j", "cursor_down", "down", MOVE, show=False),
    _key("list.top", "home,g", "cursor_top", "first", MOVE, show=False),
    _key("list.bottom", "end,G", "cursor_bottom", "last", MOVE, show=False),
    _key("list.page_up", "pageup,ctrl+b", "page_up", "page up", MOVE, show=False),
    _key("list.page_down", "pagedown,ctrl+f", "page_down", "page down", MOVE, show=False),
    _key("list.choose", "enter,l,right", "choose", "open", OPEN, "Open what is under the cursor"),
]

BUCKET_KEYS = [
    _key("buckets.filter", "slash", "filter", "filter", FIND, "Show only names that hold some text"),
    _key("buckets.sort", "o", "sort", "sort", FIND, "By name, by age, by region"),
    _key("buckets.go_to", "ctrl+l", "app.go_to", "go to", FIND, "By URI, URL, ARN or name; bookmarks"),
    _key(
        "buckets.bookmark", "b", "bookmark", "bookmark", FIND, "Keep this bucket as a bookmark, or no longer"
    ),
    _key("buckets.back", "alt+left", "history(-1)", "back", OPEN, "Where you were before", show=False),
    _key("buckets.create", "B", "create_bucket", "create", CHANGE, "Create a bucket"),
    _key("buckets.delete", "D,delete", "delete_bucket", "delete", CHANGE, "Delete an empty bucket"),
    _key(
        "buckets.uploads",
        "u",
        "uploads",
        "unfinished uploads",
        OPEN,
        "Begun, never ended, still paid for",
        show=False,
    ),
    _key("buckets.snapshots", "S", "snapshots", "snapshots", OPEN, "Listings that were kept", show=False),
    _key("buckets.copy", "y", "copy", "copy", OPEN, "Copy name, URI, ARN", show=False),
    _key("buckets.refresh", "r,f5", "refresh", "refresh", FIND, "Ask again", show=False),
    _key("buckets.escape", "escape", "escape", "clear filter", FIND, show=False),
]

OBJECT_KEYS = [
    _key("objects.pick", "ctrl+s", "pick", "choose", SELECT, "Print what is marked, or this row, and end"),
    _key("objects.download", "d", "download", "download", TRANSFER, "Download what is marked, or this row"),
    _key("objects.upload", "u", "upload", "upload", TRANSFER, "Upload a file or folder here"),
    _key("objects.copy_to", "c", "copy_to", "copy to", TRANSFER, "Copy what is marked, or this row"),
    _key("objects.copy", "y", "copy", "copy", OPEN, "Copy key, URI, ARN, URL, ETag or size"),
    _key("objects.filter", "slash", "filter", "filter", FIND, "Loaded rows that hold some text"),
    _key("objects.search", "f", "search", "search", FIND, "Search all below: text, *.csv, >10M"),
    _key("objects.delete", "D,delete", "delete", "delete", CHANGE, "Delete what is marked, or this row"),
    _key("objects.seek", "s", "seek", "seek", FIND, "Jump to a key, read nothing before", show=False),
    _key("objects.bookmark", "b", "bookmark", "bookmark", FIND, "Keep this place, or no longer", show=False),
    _key("objects.sizes", "z", "sizes", "sizes", FIND, "Count this prefix; again: its sizes", show=False),
    _key("objects.sizes_here", "Z", "sizes_here", "all sizes", FIND, "Count all prefixes here", show=False),
    _key("objects.up", "backspace", "up", "up", OPEN, "Up; from a search to where the row is"),
    _key("objects.info", "i", "info", "details", OPEN, "Everything known of this object", show=False),
    _key("objects.flat", "F", "flat", "flat", OPEN, "Every key below here, or by prefix", show=False),
    _key("objects.snapshots", "S", "snapshots", "snapshots", OPEN, "Keep this listing; compare", show=False),
    _key(
        "objects.inventory", "I", "inventory", "open as S3 Inventory", OPEN, "A report's manifest", show=False
    ),
    _key("objects.versions", "v", "versions", "versions", OPEN, "Versions and delete markers", show=False),
    _key("objects.as_of", "T", "as_of", "as of", OPEN, "The bucket as it was at some time", show=False),
    _key("objects.promote", "P", "promote", "promote", CHANGE, "Make this version the current one"),
    _key("objects.sort", "o", "sort", "sort", FIND, "By name, size or age: loaded rows only", show=False),
    _key(
        "objects.mark_like",
        "plus",
        "mark_like(True)",
        "mark like",
        SELECT,
        "Mark rows like *.csv",
        show=False,
    ),
    _key(
        "objects.unmark_like", "minus", "mark_like(False)", "unmark like", SELECT, "Unmark them", show=False
    ),
    _key("objects.refresh", "r,f5", "refresh", "refresh", FIND, "List again, keeping the place", show=False),
    _key("objects.buckets", "tilde", "buckets", "buckets", OPEN, "Back to the bucket list", show=False),
    _key("objects.back", "alt+left", "history(-1)", "back", OPEN, "Where you were before", show=False),
    _key("objects.forward", "alt+right", "history(1)", "forward", OPEN, "And forward again", show=False),
    _key(
        "objects.escape",
        "escape",
        "escape",
        "stop",
        FIND,
        "Stop, clear filter or marks; back",
        show=False,
    ),
]

TREE_KEYS = [
    Binding("up,k", "move(-1)", "Up", show=False, id="tree.up"),
    Binding("down,j", "move(1)", "Down", show=False, id="tree.down"),
    Binding("home,g", "move_to_first", "First", show=False, id="tree.first"),
    Binding("end,G", "move_to_last", "Last", show=False, id="tree.last"),
    Binding("pageup,ctrl+b", "page(-1)", "Page up", show=False, id="tree.page_up"),
    Binding("pagedown,ctrl+f", "page(1)", "Page down", show=False, id="tree.page_down"),
    Binding("enter,l", "open", "Open", tooltip="Open the prefix or the object", id="tree.open"),
    Binding("right", "expand", "Expand", tooltip="Show what is under the prefix", id="tree.expand"),
    Binding("left,h", "collapse", "Collapse", show=False, id="tree.collapse"),
    Binding("space", "mark", "Mark", tooltip="Mark or unmark, and move on", id="tree.mark"),
    Binding("shift+up", "mark_and_move(-1)", "Mark upwards", show=False, id="tree.mark_up"),
    Binding("shift+down", "mark_and_move(1)", "Mark downwards", show=False, id="tree.mark_down"),
    Binding("ctrl+a", "mark_all", "Mark all", show=False, id="tree.mark_all"),
    Binding("a", "invert_marks", "Invert marks", show=False, id="tree.invert_marks"),
]

DETAIL_KEYS = [
    _key("detail.down", "j", "scroll(1)", "down", MOVE, show=False),
    _key("detail.up", "k", "scroll(-1)", "up", MOVE, show=False),
    _key("detail.download", "d", "download", "download", TRANSFER, "Download this object"),
    _key("detail.copy_to", "c", "copy_to", "copy to", TRANSFER, "Copy this object to another place"),
    _key("detail.copy", "y", "copy", "copy", OPEN, "Copy key, URI, ARN, URL or ETag"),
    _key("detail.refresh", "r,f5", "refresh", "refresh", FIND, "Ask again"),
    _key("detail.back", "backspace,escape,h,i", "back", "back", OPEN),
]

SIZES_KEYS = [
    _key("sizes.again", "r,f5", "again", "count again", FIND, "From the first object on"),
    _key("sizes.go_on", "c", "go_on", "continue", FIND, "Go on where the count was stopped"),
    _key("sizes.back", "escape,backspace,h,z", "back", "back", OPEN),
]

QUEUE_KEYS = [
    _key("queue.pause", "space,p", "pause", "pause", TRANSFER, "Pause or resume"),
    _key("queue.cancel", "x", "cancel", "cancel", TRANSFER, "Stop it and leave nothing half done"),
    _key("queue.retry", "r", "retry", "retry", TRANSFER, "Start it again where it can go on"),
    _key("queue.earlier", "K", "move(-1)", "earlier", CHANGE, "Move it up in the queue"),
    _key("queue.later", "J", "move(1)", "later", CHANGE, "Move it down in the queue"),
    _key("queue.limits", "L", "limits", "limits", CHANGE, "How fast, and how much at once"),
    _key("queue.history", "H", "history", "history", OPEN, "What was moved before, also in earlier runs"),
    _key("queue.clear", "C", "clear", "clear done", CHANGE, "Take the finished ones off the list"),
    _key("queue.pause_all", "P", "pause_all", "pause all", TRANSFER, "Pause whatever runs or waits"),
    _key("queue.go_on_all", "R", "go_on_all", "go on all", TRANSFER, "Resume all paused, retry all failed"),
    _key("queue.cancel_all", "X", "cancel_all", "cancel all", TRANSFER, "Asks first", show=False),
    _key("queue.sooner", "plus", "priority(1)", "raise priority", CHANGE, "It starts first", show=False),
    _key("queue.lower", "minus", "priority(-1)", "lower priority", CHANGE, "It starts last", show=False),
    _key("queue.back", "escape,backspace", "back", "back", OPEN),
]

QUEUE_LIST_KEYS = [
    _key(
        "queue.details",
        "enter",
        "choose",
        "details",
        OPEN,
        "All that is known of it: paths, parts, the error",
    ),
]

HISTORY_KEYS = [
    _key("history.retry", "r", "retry", "retry", TRANSFER, "Start it again where it can go on"),
    _key("history.refresh", "f5", "refresh", "refresh", FIND, "Read it again", show=False),
    _key("history.back", "escape,backspace,H,t", "back", "back", OPEN),
]

UPLOADS_KEYS = [
    _key(
        "uploads.adopt",
        "a",
        "resume_from_file",
        "finish from a file",
        TRANSFER,
        "Continue it where it stopped",
    ),
    _key("uploads.abort", "D,delete", "abort", "abort", CHANGE, "Throw its parts away; asks first"),
    _key("uploads.refresh", "r,f5", "refresh", "refresh", FIND, "Look again"),
    _key("uploads.back", "escape,backspace,h,u", "back", "back", OPEN),
]

SNAPSHOT_KEYS = [
    _key("snapshots.take", "n", "take", "take one", CHANGE, "List everything below here, and keep it"),
    _key("snapshots.compare", "equals_sign", "compare", "compare", FIND, "With the marked one, or with now"),
    _key("snapshots.mark", "space", "mark", "mark", SELECT, "Mark it, to compare another one with it"),
    _key("snapshots.inventory", "I", "inventory", "inventory", OPEN, "An S3 Inventory report in a folder"),
    _key("snapshots.delete", "D,delete", "delete", "delete", CHANGE, "Delete the file; asks first"),
    _key("snapshots.refresh", "r,f5", "refresh", "refresh", FIND, "Look again", show=False),
    _key("snapshots.back", "escape,backspace,h,S", "back", "back", OPEN),
]

CONNECTION_KEYS = [
    _key("connections.new", "n", "new", "new", CHANGE, "Enter an endpoint and keys"),
    _key("connections.forget", "D,delete", "forget", "forget", CHANGE, "Remove a saved one and its secret"),
    _key("connections.back", "escape,backspace", "back", "back", OPEN),
]

BROKEN_KEYS = [_key("broken.back", "escape,backspace", "back", "back", OPEN)]

_ALL = (
    APP_KEYS,
    LIST_KEYS,
    BUCKET_KEYS,
    OBJECT_KEYS,
    TREE_KEYS,
    DETAIL_KEYS,
    SIZES_KEYS,
    QUEUE_KEYS,
    QUEUE_LIST_KEYS,
    HISTORY_KEYS,
    UPLOADS_KEYS,
    SNAPSHOT_KEYS,
    CONNECTION_KEYS,
    BROKEN_KEYS,
)


_GROUP_OF = {"tree.open": OPEN, "tree.expand": OPEN, "tree.collapse": OPEN}


def group_of(binding: Binding) -> Binding.Group:
    """Return the help group of a binding; keys of the tree move the cursor, unless they open or mark."""
    if binding.group is not None:
        return binding.group
    id = binding.id or ""
    return SELECT if "mark" in id else _GROUP_OF.get(id, MOVE)


def actions_of(key: str, bindings: Sequence[Binding], changed: Mapping[str, str]) -> Iterator[str]:
    """Yield the names of the actions that a key is bound to, without parameters.

    Args:
        changed: the user's keymap, by the bindings' ids.
    """
    for binding in bindings:
        if key in changed.get(binding.id or "", binding.key).split(","):
            yield binding.action.partition("(")[0]


def all_bindings() -> Iterator[Binding]:
    """Yield every binding that has an id, by screen."""
    for table in _ALL:
        yield from table
