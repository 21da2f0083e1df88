"""Key bindings of dialogs, of what stands in them, and of lines to type in.

Questions have keys of their own: the letters of their answers.
"""

from __future__ import annotations

from s3tui.tui.keymap.binding import APP, CHANGE, FIND, MOVE, OPEN, SELECT, TRANSFER, key

DIALOG_KEYS = [
    key("dialog.close", "escape", "dismiss_none", "cancel", OPEN, "Close it, and change nothing", show=False),
    key("dialog.help", "f1", "app.help", "help", OPEN, "All keys that work here", show=False),
    key("dialog.previous", "left", "app.focus_previous", "previous", MOVE, show=False),
    key("dialog.next", "right", "app.focus_next", "next", MOVE, show=False),
]

CONFIRM_KEYS = [
    key("confirm.yes", "y", "yes", "yes", CHANGE, "Do what is asked about", show=False),
    key("confirm.no", "n", "no", "no", CHANGE, "Leave it as it is", show=False),
]

QUESTION_KEYS = [
    key("question.plan", "f3", "show_plan", "all of it", OPEN, "Show all that it is about", show=False),
]

PLAN_KEYS = [
    key("plan.leave_out", "space", "leave_out", "leave out", CHANGE, "Leave it out, or take it in again"),
    key("plan.back", "escape,f3,q", "back", "back", OPEN, "Back to the question"),
]

FIELD_KEYS = [
    key("fields.previous", "up", "app.focus_previous", "field above", MOVE, show=False),
    key("fields.next", "down", "app.focus_next", "field below", MOVE, show=False),
]

CHOICE_KEYS = [
    key("choice.before", "left", "step(-1)", "before", SELECT, "The choice before", show=False),
    key("choice.next", "right,space", "step(1)", "next", SELECT, "The next choice", show=False),
    key("choice.submit", "enter", "screen.submit", "go on", OPEN, show=False),
]

SIGN_IN_KEYS = [
    key("sign_in.open", "enter,o", "open", "open", OPEN, "Open the page in a browser", show=False),
    key("sign_in.copy", "y", "copy", "copy", OPEN, "Copy the address of the page", show=False),
    key("sign_in.code", "c", "copy_code", "copy code", OPEN, "Copy the code", show=False),
    key("sign_in.device", "d", "device", "code", OPEN, "Sign in on another device, by a code", show=False),
]

SLOW_PROCESS_KEYS = [key("process.end", "x", "end", "end it", CHANGE, "End the process", show=False)]

COLUMNS_KEYS = [
    key("columns.submit", "enter", "submit", "keep them", OPEN, "Show these, also next time", priority=True)
]

FORM_KEYS = [
    key("form.submit", "ctrl+s", "submit", "go on", CHANGE, "As the fields say", show=False, priority=True),
]

FILTER_LINE_KEYS = [
    key("filter.submit", "enter,down", "submit", "to the rows", FIND),
    key("filter.close", "escape", "screen.escape", "clear", FIND),
]

PATTERN_LINE_KEYS = [
    key("pattern.submit", "enter", "submit", "mark them", SELECT),
    key("pattern.close", "escape", "screen.escape", "back", SELECT),
]

SEARCH_LINE_KEYS = [
    key("search.submit", "enter", "submit", "search", FIND),
    key("search.close", "escape", "screen.escape", "back", FIND),
]

FIND_LINE_KEYS = [
    key("find.submit", "enter", "submit", "find", FIND),
    key("find.close", "escape", "screen.escape", "back", FIND),
]

GO_TO_KEYS = [
    key("go_to.next", "down", "move(1)", "next choice", MOVE, show=False, priority=True),
    key("go_to.previous", "up", "move(-1)", "choice before", MOVE, show=False, priority=True),
    key("go_to.complete", "tab", "complete", "complete", FIND, show=False, priority=True),
]

CLIPBOARD_KEYS = [key("clipboard.close", "y", "dismiss_none", "close", OPEN, show=False)]

PREFIX_KEYS = [key("prefix.close", "enter,backspace,i,q", "dismiss_none", "close", OPEN, show=False)]

FILE_COMPARISON_KEYS = [
    key(
        "comparison.read",
        "b",
        "read",
        "read and compare",
        FIND,
        "Read the object until a byte differs",
        show=False,
    ),
    key("comparison.close", "enter", "dismiss_none", "close", OPEN, show=False),
]

MENU_KEYS = [
    key("menu.close", "escape", "close", "close", OPEN, "Clear what was typed, then close"),
    key("menu.close_again", "f1,ctrl+p", "close_again", "close", OPEN, show=False, priority=True),
    key("menu.choose", "enter", "choose", "run", OPEN, "Run the command under the cursor"),
    key("menu.down", "down", "move(1)", "down", MOVE, priority=True),
    key("menu.up", "up", "move(-1)", "up", MOVE, priority=True),
    key("menu.page_down", "pagedown", "page(1)", "page down", MOVE, priority=True),
    key("menu.page_up", "pageup", "page(-1)", "page up", MOVE, priority=True),
]

QUIT_KEYS = [
    key("quit.keep", "k", "answer('KEEP')", "keep", APP, "Transfers go on next time"),
    key("quit.wait", "w", "answer('WHEN_DONE')", "wait", APP, "Quit when transfers are done"),
    key("quit.cancel", "x", "answer('CANCEL')", "cancel them", APP, "Cancel transfers, and quit"),
    key("quit.back", "b", "dismiss_none", "back", APP, "Stay"),
    key("quit.keep_at_once", "ctrl+c", "answer('KEEP')", "keep", APP, show=False, priority=True),
]

CONFLICT_KEYS = [
    key("conflict.skip", "s", "choose('SKIP')", "skip", TRANSFER),
    key("conflict.keep_both", "k", "choose('KEEP_BOTH')", "keep both", TRANSFER),
    key("conflict.if_different", "d", "choose('OVERWRITE_IF_DIFFERENT')", "overwrite if different", TRANSFER),
    key("conflict.overwrite", "o", "choose('OVERWRITE')", "overwrite", TRANSFER),
    key("conflict.for_all", "a", "next_scope", "for all", TRANSFER, "For this one, all of its kind, or all"),
    key("conflict.stop", "x", "stop", "stop the transfer", TRANSFER, "What it moved before stays"),
]

LEAVE_CONFLICT_KEYS = [
    key("leave_conflict.pause", "p", "answer('PAUSE')", "pause", TRANSFER, "It asks again when it goes on"),
    key("leave_conflict.stop", "x", "answer('STOP')", "stop", TRANSFER, "What it moved before stays"),
    key("leave_conflict.back", "b", "dismiss_none", "back", TRANSFER, "To the conflict"),
]

NAMES_KEYS = [
    key("names.go_on", "g", "go_on", "go on", TRANSFER, "Download with these names", show=False),
    key("names.down", "j,down", "scroll(1)", "down", MOVE, show=False),
    key("names.up", "k,up", "scroll(-1)", "up", MOVE, show=False),
]

NAMES_CHECK_KEYS = [
    key("names_check.skip", "s,enter", "skip", "start now", TRANSFER, "Look no further", show=False),
]

TOTALS_KEYS = [key("totals.close", "enter,backspace,z,q", "dismiss_none", "close", OPEN, show=False)]

TRANSFER_KEYS = [
    key("transfer.close", "enter,backspace,q", "dismiss_none", "close", OPEN, show=False),
    key("transfer.report", "e", "report", "report", OPEN, "Write a line of JSON for each object", show=False),
    key("transfer.retry", "r", "retry", "retry", TRANSFER, "Start it again where it can go on", show=False),
]

CONNECTION_FORM_KEYS = [
    key(
        "connection.test",
        "ctrl+t",
        "test",
        "test",
        FIND,
        "Ask it, and save nothing",
        show=False,
        priority=True,
    ),
]

UPLOAD_KEYS = [
    key("upload.submit", "ctrl+s", "submit", "upload", TRANSFER, show=False, priority=True),
    key(
        "upload.options",
        "f2",
        "options",
        "options",
        TRANSFER,
        "Class, encryption, metadata, tags; or the files",
        show=False,
        priority=True,
    ),
    key("upload.to_list", "down", "to_list", "to the files", MOVE, show=False),
]

FILE_KEYS = [
    key("files.up", "left,h,backspace", "up", "up", OPEN, "To the folder above"),
    key("files.mark", "space", "mark", "mark", SELECT, "Mark or unmark, and move on"),
    key("files.mark_up", "shift+up", "mark_and_move(-1)", "mark upwards", SELECT, show=False),
    key("files.mark_down", "shift+down", "mark_and_move(1)", "mark downwards", SELECT, show=False),
    key("files.mark_all", "ctrl+a", "mark_all", "mark all", SELECT, "All that is shown; again: none"),
    key("files.invert_marks", "a", "invert_marks", "invert marks", SELECT, show=False),
    key("files.hidden", "full_stop", "toggle_hidden", "hidden files", FIND, "Show or hide hidden files"),
]

FILE_LINE_KEYS = [
    key("files.mark_like", "plus", "mark_like(True)", "mark like", SELECT, "Mark files like *.csv"),
    key("files.unmark_like", "minus", "mark_like(False)", "unmark like", SELECT, "Unmark them"),
    key("files.filter", "slash", "filter", "filter", FIND, "Only names that hold some text"),
]
