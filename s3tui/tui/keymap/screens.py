"""Key bindings of the full screens and of the lists on them.

One key means the same wherever buckets and objects are shown (`tests/tui/key_table.py`); the queue has keys
of its own. No lower-case key without a modifier destroys anything.
"""

from __future__ import annotations

from s3tui.tui.keymap.binding import APP, CHANGE, FIND, MOVE, OPEN, SELECT, TRANSFER, key, no_key

APP_KEYS = [
    key("app.go_to", "ctrl+l", "go_to", "go to", FIND, "By URI, URL, ARN or name; bookmarks", show=False),
    key("app.connections", "ctrl+o", "connections", "connections", APP, "Another account, server or profile"),
    key(
        "app.whoami",
        no_key("app.whoami"),
        "whoami",
        "who am I",
        APP,
        "Account, user or role; how long the keys last",
        show=False,
    ),
    key("app.transfers", "t", "transfers", "transfers", APP, "The transfer queue, and back"),
    key(
        "app.requests",
        "ctrl+g",
        "requests",
        "requests",
        APP,
        "Every request that was sent, and back",
        show=False,
    ),
    key(
        "app.doctor",
        no_key("app.doctor"),
        "doctor",
        "doctor",
        APP,
        "What this endpoint can, and what is wrong",
        show=False,
    ),
    key("app.palette", "colon,ctrl+p", "command_palette", "commands", APP, "Find any command", show=False),
    key("app.help", "question_mark,f1", "help", "help", APP, "All keys that work here"),
    key(
        "app.stop",
        "ctrl+z",
        "suspend_process",
        "stop",
        APP,
        "Back to the shell; fg there goes on",
        show=False,
        priority=True,
    ),
    key(
        "app.redraw",
        "ctrl+r",
        "redraw",
        "redraw",
        APP,
        "Paint all again, after others wrote here",
        show=False,
        priority=True,
    ),
    key("app.quit", "q,ctrl+c", "quit", "quit", APP, "Asks while transfers run"),
]

PANE_KEYS = [
    key("app.pane", "w", "app.pane", "pane", APP, "Beside the rows: wide, not there, narrow", show=False),
]

LIST_KEYS = [
    key("list.up", "up,k", "cursor_up", "up", MOVE, show=False),
    key("list.down", "down,j", "cursor_down", "down", MOVE, show=False),
    key("list.top", "home,g", "cursor_top", "first", MOVE, show=False),
    key("list.bottom", "end,G", "cursor_bottom", "last", MOVE, show=False),
    key("list.page_up", "pageup,ctrl+b", "page_up", "page up", MOVE, show=False),
    key("list.page_down", "pagedown,ctrl+f", "page_down", "page down", MOVE, show=False),
    key("list.half_up", no_key("list.half_up"), "half_page(-1)", "half a page up", MOVE, show=False),
    key("list.half_down", no_key("list.half_down"), "half_page(1)", "half a page down", MOVE, show=False),
    key("list.choose", "enter,l,right", "choose", "open", OPEN, "Open what is under the cursor"),
]

BUCKET_KEYS = [
    key("buckets.filter", "slash", "filter", "filter", FIND, "Show only names that hold some text"),
    key("buckets.sort", "o", "sort", "sort", FIND, "By name, age, region, size; or click the header"),
    key("buckets.sizes", "z", "sizes", "size", FIND, "Count all that is in this bucket", show=False),
    key("buckets.go_to", "ctrl+l", "app.go_to", "go to", FIND, "By URI, URL, ARN or name; bookmarks"),
    key(
        "buckets.bookmark", "b", "bookmark", "bookmark", FIND, "Keep this bucket as a bookmark, or no longer"
    ),
    key("buckets.back", "alt+left", "history(-1)", "back", OPEN, "Where you were before", show=False),
    key("buckets.forward", "alt+right", "history(1)", "forward", OPEN, "And forward again", show=False),
    key("buckets.create", "B", "create_bucket", "create", CHANGE, "Create a bucket"),
    key(
        "buckets.delete",
        "D,delete",
        "delete_bucket",
        "delete",
        CHANGE,
        "Delete a bucket, empty or with all that it holds",
    ),
    key(
        "buckets.uploads",
        "u",
        "uploads",
        "unfinished uploads",
        OPEN,
        "Begun, never ended, still paid for",
        show=False,
    ),
    key("buckets.info", "i", "info", "details", OPEN, "Settings, access, policy, rules", show=False),
    key("buckets.snapshots", "S", "snapshots", "snapshots", OPEN, "Listings that were kept", show=False),
    key("buckets.copy", "y", "copy", "copy", OPEN, "Copy name, URI, ARN", show=False),
    key("buckets.copy_uri", no_key("buckets.copy_uri"), "copy_uri", "copy URI", OPEN, show=False),
    key("buckets.refresh", "r,f5", "refresh", "refresh", FIND, "Ask again", show=False),
    key("buckets.escape", "escape", "escape", "clear filter", FIND, show=False),
]

OBJECT_KEYS = [
    key("objects.pick", "ctrl+s", "pick", "choose", SELECT, "Print what is marked, or this row, and end"),
    key("objects.download", "d", "download", "download", TRANSFER, "Download what is marked, or this row"),
    key("objects.upload", "u", "upload", "upload", TRANSFER, "Upload a file or folder here"),
    key("objects.copy_to", "c", "copy_to", "copy to", TRANSFER, "Copy what is marked, or this row"),
    key("objects.copy", "y", "copy", "copy", OPEN, "Copy key, URI, ARN, URL, ETag or size"),
    key(
        "objects.edit",
        "e",
        "edit",
        "edit",
        CHANGE,
        "Its content, in $EDITOR",
        show=False,
    ),
    key(
        "objects.attributes",
        "E",
        "attributes",
        "attributes",
        CHANGE,
        "Headers, metadata, tags, class, access, lock",
        show=False,
    ),
    key(
        "objects.restore",
        "A",
        "restore",
        "restore",
        CHANGE,
        "Restore what is archived, for some days",
        show=False,
    ),
    key("objects.new", "n", "new", "new", CHANGE, "A folder marker, an empty object, or text", show=False),
    key("objects.presign", "Y", "presign", "link", OPEN, "A presigned link, to share it", show=False),
    key("objects.copy_uri", no_key("objects.copy_uri"), "copy_uri", "copy URI", OPEN, show=False),
    key("objects.filter", "slash", "filter", "filter", FIND, "Loaded rows that hold some text"),
    key("objects.search", "f", "search", "search", FIND, "Search all below: text, *.csv, >10M"),
    key("objects.delete", "D,delete", "delete", "delete", CHANGE, "Delete; on a delete marker: undelete"),
    key("objects.move", "M", "move", "move", CHANGE, "Move what is marked, or this row", show=False),
    key(
        "objects.rename",
        "R",
        "rename",
        "rename",
        CHANGE,
        "Rename this row; many marked ones by a pattern",
        show=False,
    ),
    key("objects.undo", "U", "undo", "undo", CHANGE, "Undo the last change made here", show=False),
    key("objects.seek", "s", "seek", "seek", FIND, "Jump to a key, read nothing before", show=False),
    key("objects.bookmark", "b", "bookmark", "bookmark", FIND, "Keep this place, or no longer", show=False),
    key("objects.sizes", "z", "sizes", "sizes", FIND, "Count this prefix; again: its sizes", show=False),
    key("objects.sizes_here", "Z", "sizes_here", "all sizes", FIND, "Count all prefixes here", show=False),
    key("objects.up", "backspace", "up", "up", OPEN, "Up; from a search to where the row is"),
    key("objects.info", "i", "info", "details", OPEN, "Everything known of this object", show=False),
    key("objects.preview", "p", "preview", "preview", OPEN, "Look inside of this object"),
    key("objects.flat", "F", "flat", "flat", OPEN, "Every key below here, or by prefix", show=False),
    key("objects.snapshots", "S", "snapshots", "snapshots", OPEN, "Keep this listing; compare", show=False),
    key(
        "objects.inventory", "I", "inventory", "open as S3 Inventory", OPEN, "A report's manifest", show=False
    ),
    key(
        "objects.compare",
        "equals_sign",
        "compare",
        "compare",
        FIND,
        "With a folder or a prefix; sync starts there",
        show=False,
    ),
    key("objects.versions", "v", "versions", "versions", OPEN, "Versions and delete markers", show=False),
    key("objects.as_of", "T", "as_of", "as of", OPEN, "The bucket as it was at some time", show=False),
    key("objects.promote", "P", "promote", "promote", CHANGE, "Make it the current one, as it was"),
    key("objects.sort", "o", "sort", "sort", FIND, "By name, size or age: loaded rows only", show=False),
    key(
        "objects.columns",
        no_key("objects.columns"),
        "columns",
        "columns",
        OPEN,
        "Size, age, time, class: which are shown",
        show=False,
    ),
    key(
        "objects.watch",
        no_key("objects.watch"),
        "watch",
        "watch",
        FIND,
        "List again every few seconds; new rows marked",
        show=False,
    ),
    key(
        "objects.mark_like",
        "plus",
        "mark_like(True)",
        "mark like",
        SELECT,
        "Mark rows like *.csv",
        show=False,
    ),
    key("objects.unmark_like", "minus", "mark_like(False)", "unmark like", SELECT, "Unmark them", show=False),
    key(
        "objects.pay",
        "dollar_sign",
        "pay",
        "requester pays",
        CHANGE,
        "Pay for requests to this bucket, or no longer",
        show=False,
    ),
    key("objects.refresh", "r,f5", "refresh", "refresh", FIND, "List again, keeping the place", show=False),
    key("objects.buckets", "tilde,alt+up", "buckets", "buckets", OPEN, "Back to the bucket list", show=False),
    key("objects.back", "alt+left", "history(-1)", "back", OPEN, "Where you were before", show=False),
    key("objects.forward", "alt+right", "history(1)", "forward", OPEN, "And forward again", show=False),
    key(
        "objects.escape",
        "escape",
        "escape",
        "stop",
        FIND,
        "Stop, clear filter or marks; back",
        show=False,
    ),
]

SYNC_KEYS = [
    key("sync.start", "ctrl+s", "start", "sync", TRANSFER, "Make the plan a job; asks first"),
    key("sync.toggle", "space", "leave_out", "leave out", SELECT, "Leave this line out, or take it in again"),
    key("sync.back", "escape,backspace", "back", "back", OPEN),
]

TREE_KEYS = [
    key("tree.up", "up,k", "move(-1)", "up", MOVE, show=False),
    key("tree.down", "down,j", "move(1)", "down", MOVE, show=False),
    key("tree.first", "home,g", "move_to_first", "first", MOVE, show=False),
    key("tree.last", "end,G", "move_to_last", "last", MOVE, show=False),
    key("tree.page_up", "pageup,ctrl+b", "page(-1)", "page up", MOVE, show=False),
    key("tree.page_down", "pagedown,ctrl+f", "page(1)", "page down", MOVE, show=False),
    key("tree.half_up", no_key("tree.half_up"), "half_page(-1)", "half a page up", MOVE, show=False),
    key("tree.half_down", no_key("tree.half_down"), "half_page(1)", "half a page down", MOVE, show=False),
    key("tree.open", "enter,l", "open", "open", OPEN, "Open the prefix or the object"),
    key("tree.expand", "right", "expand", "expand", OPEN, "Show what is under the prefix"),
    key(
        "tree.collapse",
        "left,h",
        "collapse",
        "collapse",
        OPEN,
        "Close it; else to its parent, or up",
        show=False,
    ),
    key("tree.mark", "space", "mark", "mark", SELECT, "Mark or unmark, and move on"),
    key("tree.mark_up", "shift+up", "mark_and_move(-1)", "mark upwards", SELECT, show=False),
    key("tree.mark_down", "shift+down", "mark_and_move(1)", "mark downwards", SELECT, show=False),
    key("tree.mark_all", "ctrl+a", "mark_all", "mark all", SELECT, show=False),
    key("tree.invert_marks", "a", "invert_marks", "invert marks", SELECT, show=False),
]

SCROLL_KEYS = [
    key("scroll.up", "up,k", "scroll(-1)", "up", MOVE, show=False),
    key("scroll.down", "down,j", "scroll(1)", "down", MOVE, show=False),
    key("scroll.first", "home,g", "first", "first", MOVE, show=False),
    key("scroll.last", "end,G", "last", "last", MOVE, show=False),
    key("scroll.page_up", "pageup,ctrl+b", "page(-1)", "page up", MOVE, show=False),
    key("scroll.page_down", "pagedown,ctrl+f", "page(1)", "page down", MOVE, show=False),
    key("scroll.half_up", no_key("scroll.half_up"), "half_page(-1)", "half a page up", MOVE, show=False),
    key("scroll.half_down", no_key("scroll.half_down"), "half_page(1)", "half a page down", MOVE, show=False),
]

DETAIL_KEYS = [
    key("detail.next", "right,l", "tab(1)", "next tab", MOVE, "Overview, metadata, tags, versions, …"),
    key("detail.previous", "left,h", "tab(-1)", "tab before", MOVE, show=False),
    key("detail.preview", "p", "preview", "preview", OPEN, "Look inside of this object"),
    key("detail.download", "d", "download", "download", TRANSFER, "Download this object"),
    key("detail.copy_to", "c", "copy_to", "copy to", TRANSFER, "Copy this object to another place"),
    key("detail.copy", "y", "copy", "copy", OPEN, "Copy key, URI, ARN, URL or ETag"),
    key("detail.edit", "e", "edit", "edit", CHANGE, "Its content, in $EDITOR"),
    key(
        "detail.attributes", "E", "attributes", "attributes", CHANGE, "Headers, metadata, tags, access, lock"
    ),
    key("detail.restore", "A", "restore", "restore", CHANGE, "Restore it from the archive", show=False),
    key("detail.presign", "Y", "presign", "link", OPEN, "A presigned link, to share it"),
    key("detail.copy_uri", no_key("detail.copy_uri"), "copy_uri", "copy URI", OPEN, show=False),
    key("detail.compare", "equals_sign", "compare", "compare", FIND, "With a local file, or another version"),
    key("detail.delete", "D,delete", "delete", "delete", CHANGE, "Delete this version for good"),
    key("detail.promote", "P", "promote", "promote", CHANGE, "Make this version the current one"),
    key("detail.refresh", "r,f5", "refresh", "refresh", FIND, "Ask again"),
    key("detail.back", "backspace,escape,i", "back", "back", OPEN),
    key(
        "detail.buckets",
        "tilde,alt+up",
        "app.buckets",
        "buckets",
        OPEN,
        "Back to the bucket list",
        show=False,
    ),
]

VERSION_LIST_KEYS = [
    *[each for each in LIST_KEYS if each.id != "list.choose"],
    key("version_list.choose", "enter", "choose", "open", OPEN, "Everything known of this version"),
]

BUCKET_DETAIL_KEYS = [
    key("bucket.next", "right,l", "tab(1)", "next tab", MOVE, "Settings, access, policy, rules"),
    key("bucket.previous", "left,h", "tab(-1)", "tab before", MOVE, show=False),
    key("bucket.edit", "e", "edit", "change", CHANGE, "Versioning, tags, access, policy, CORS, lifecycle"),
    key(
        "bucket.forget_region",
        no_key("bucket.forget_region"),
        "forget_region",
        "forget region",
        CHANGE,
        "Ask anew where it is",
        show=False,
    ),
    key(
        "bucket.choose_region",
        no_key("bucket.choose_region"),
        "choose_region",
        "sign for a region",
        CHANGE,
        "Another than was learned",
        show=False,
    ),
    key("bucket.copy", "y", "copy", "copy", OPEN, "Copy name, URI, ARN, or all of this tab"),
    key("bucket.refresh", "r,f5", "refresh", "refresh", FIND, "Ask again"),
    key("bucket.back", "backspace,escape,i", "back", "back", OPEN),
]

PREVIEW_KEYS = [
    key("preview.find", "slash", "find", "find", FIND, "Find text or bytes; small letters find large ones"),
    key("preview.next", "n", "find_next(1)", "next", FIND, "Find the next one"),
    key("preview.previous", "N", "find_next(-1)", "previous", FIND, "Find the one before", show=False),
    key("preview.place", "ctrl+l", "go_to_place", "go to", FIND, "A line, an offset, a share like 50%"),
    key("preview.left", "left,h", "sideways(-1)", "left", MOVE, show=False),
    key("preview.right", "right,l", "sideways(1)", "right", MOVE, show=False),
    key("preview.wrap", "w", "wrap", "wrap", OPEN, "Break long lines, or cut them"),
    key("preview.fold", "minus", "fold(-1)", "fold", OPEN, "Leave out lines that are deeper, level by level"),
    key("preview.unfold", "plus", "fold(1)", "unfold", OPEN, "Show lines of one level more", show=False),
    key("preview.rows", "m", "rows", "rows", OPEN, "Rows of a table; once more: of other columns"),
    key("preview.bytes", "x", "bytes", "bytes", OPEN, "As hexadecimal numbers, or by its kind"),
    key("preview.encoding", "C", "encoding", "encoding", OPEN, "Read the text in the next encoding"),
    key("preview.follow", "F", "follow", "follow", OPEN, "Follow the end of an object that grows"),
    key("preview.open_with", "o", "open_with", "open with", OPEN, "A copy of it, in another program"),
    key("preview.download", "d", "download", "download", TRANSFER, "Download this object"),
    key("preview.refresh", "r,f5", "refresh", "refresh", FIND, "Read it again", show=False),
    key("preview.escape", "escape", "escape", "back", OPEN, "Stop looking; back", show=False),
    key("preview.back", "backspace,p", "back", "back", OPEN),
]

MEMBER_KEYS = [each for each in PREVIEW_KEYS if each.action not in ("follow", "open_with")]
"""Of the preview of a member of an archive, which nobody replaces, and no program opens."""

DIFFERENCE_KEYS = [
    key("difference.left", "left,h", "sideways(-1)", "left", MOVE, show=False),
    key("difference.right", "right,l", "sideways(1)", "right", MOVE, show=False),
    key("difference.wrap", "w", "wrap", "wrap", OPEN, "Break long lines, or cut them"),
    key("difference.back", "backspace,escape,equals_sign", "back", "back", OPEN),
]

MEMBERS_KEYS = [
    key("members.preview", "p", "preview", "preview", OPEN, "Look inside of this member"),
    key("members.download", "d", "download", "download", TRANSFER, "Download this member alone"),
    key("members.back", "backspace,escape", "back", "back", OPEN),
]

SIZES_KEYS = [
    key("sizes.again", "r,f5", "again", "count again", FIND, "From the first object on"),
    key("sizes.go_on", "enter", "go_on", "continue", FIND, "Go on where the count was stopped"),
    key("sizes.back", "escape,backspace,left,h,z", "back", "back", OPEN),
]

QUEUE_KEYS = [
    key("queue.pause", "space", "pause", "pause", TRANSFER, "Pause or resume"),
    key("queue.cancel", "x", "cancel", "cancel", TRANSFER, "Stop it and leave nothing half done"),
    key("queue.retry", "r", "retry", "retry", TRANSFER, "Start it again where it can go on"),
    key("queue.earlier", "K", "move(-1)", "earlier", CHANGE, "Move it up in the queue"),
    key("queue.later", "J", "move(1)", "later", CHANGE, "Move it down in the queue"),
    key("queue.limits", "L", "limits", "limits", CHANGE, "How fast, and how much at once"),
    key("queue.history", "H", "history", "history", OPEN, "What was moved before, also in earlier runs"),
    key("queue.clear", "C", "clear", "clear done", CHANGE, "Take the finished ones off the list"),
    key("queue.pause_all", "P", "pause_all", "pause all", TRANSFER, "Pause whatever runs or waits"),
    key("queue.go_on_all", "R", "go_on_all", "go on all", TRANSFER, "Resume all paused, retry all failed"),
    key("queue.cancel_all", "X", "cancel_all", "cancel all", TRANSFER, "Asks first", show=False),
    key("queue.sooner", "plus", "priority(1)", "raise priority", CHANGE, "It starts first", show=False),
    key("queue.lower", "minus", "priority(-1)", "lower priority", CHANGE, "It starts last", show=False),
    key("queue.back", "escape,backspace", "back", "back", OPEN),
]

QUEUE_LIST_KEYS = [
    key(
        "queue.details",
        "enter",
        "choose",
        "details",
        OPEN,
        "All that is known of it: paths, parts, the error",
    ),
]

HISTORY_KEYS = [
    key("history.retry", "r", "retry", "retry", TRANSFER, "Start it again where it can go on"),
    key("history.refresh", "f5", "refresh", "refresh", FIND, "Read it again", show=False),
    key("history.back", "escape,backspace,H,t", "back", "back", OPEN),
]

REQUEST_KEYS = [
    key(
        "requests.filter", "slash", "filter", "filter", FIND, "Words of it: 403, failed, retried, listobjects"
    ),
    key("requests.copy", "y", "copy", "copy", OPEN, "As curl, URL, request id, canonical request"),
    key("requests.save", "d", "save", "save", TRANSFER, "Write what is shown to a HAR file"),
    key("requests.totals", "z", "totals", "totals", FIND, "By class and operation, with what they cost"),
    key("requests.clear", "C", "clear", "clear", CHANGE, "Forget what was sent so far"),
    key("requests.back", "escape,backspace,ctrl+g", "back", "back", OPEN),
]

DOCTOR_KEYS = [
    key("doctor.again", "r,f5", "again", "again", FIND, "Ask again"),
    key("doctor.write", "W", "write", "write", CHANGE, "Try writes, below a prefix that you give"),
    key("doctor.copy", "y", "copy", "copy", OPEN, "Copy all that was found"),
    key("doctor.back", "escape,backspace", "back", "back", OPEN),
]

EXCHANGE_KEYS = [
    key("exchange.next", "right,l", "tab(1)", "next tab", MOVE, "Overview, request, response, signature"),
    key("exchange.previous", "left,h", "tab(-1)", "tab before", MOVE, show=False),
    key("exchange.copy", "y", "copy", "copy", OPEN, "As curl, URL, request id, or all of this tab"),
    key("exchange.back", "backspace,escape", "back", "back", OPEN),
]

UPLOADS_KEYS = [
    key(
        "uploads.adopt",
        "a",
        "resume_from_file",
        "finish from a file",
        TRANSFER,
        "Continue it where it stopped",
    ),
    key("uploads.abort", "D,delete", "abort", "abort", CHANGE, "Throw its parts away; asks first"),
    key("uploads.refresh", "r,f5", "refresh", "refresh", FIND, "Look again"),
    key("uploads.back", "escape,backspace,left,h,u", "back", "back", OPEN),
]

SNAPSHOT_KEYS = [
    key("snapshots.take", "n", "take", "take one", CHANGE, "List everything below here, and keep it"),
    key("snapshots.compare", "equals_sign", "compare", "compare", FIND, "With the marked one, or with now"),
    key("snapshots.mark", "space", "mark", "mark", SELECT, "Mark it, to compare another one with it"),
    key("snapshots.inventory", "I", "inventory", "inventory", OPEN, "An S3 Inventory report in a folder"),
    key("snapshots.delete", "D,delete", "delete", "delete", CHANGE, "Delete the file; asks first"),
    key("snapshots.refresh", "r,f5", "refresh", "refresh", FIND, "Look again", show=False),
    key("snapshots.back", "escape,backspace,left,h,S", "back", "back", OPEN),
]

CONNECTION_KEYS = [
    key("connections.new", "n", "new", "new", CHANGE, "Enter an endpoint and keys"),
    key("connections.edit", "e", "edit", "edit", CHANGE, "Change its name, endpoint or keys; test it"),
    key("connections.duplicate", "N", "duplicate", "duplicate", CHANGE, "A new one that begins like this"),
    key("connections.forget", "D,delete", "forget", "forget", CHANGE, "Remove a saved one and its secret"),
    key(
        "connections.default",
        no_key("connections.default"),
        "set_default",
        "open first",
        CHANGE,
        "Where nothing else is said; once more: no more",
        show=False,
    ),
    key(
        "connections.up",
        no_key("connections.up"),
        "move(-1)",
        "move up",
        CHANGE,
        "A saved connection, in this list",
        show=False,
    ),
    key(
        "connections.down",
        no_key("connections.down"),
        "move(1)",
        "move down",
        CHANGE,
        "A saved connection, in this list",
        show=False,
    ),
    key("connections.back", "escape,backspace", "back", "back", OPEN),
]

BROKEN_KEYS = [key("broken.back", "escape,backspace", "back", "back", OPEN)]
