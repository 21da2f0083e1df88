"""The table of all key bindings, by what they are for, and what config.toml changes of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from textual.binding import Binding

from s3tui.tui.keymap import dialogs, screens

TABLE: Mapping[str, Sequence[Binding]] = {
    "Everywhere": screens.APP_KEYS,
    "Beside the rows": screens.PANE_KEYS,
    "Lists": screens.LIST_KEYS,
    "Buckets": screens.BUCKET_KEYS,
    "Objects": screens.OBJECT_KEYS,
    "The tree of objects": screens.TREE_KEYS,
    "Object": screens.DETAIL_KEYS,
    "Versions of an object": screens.VERSION_LIST_KEYS[-1:],
    "Bucket": screens.BUCKET_DETAIL_KEYS,
    "Preview": screens.PREVIEW_KEYS,
    "Difference of two versions": screens.DIFFERENCE_KEYS,
    "Members of an archive": screens.MEMBERS_KEYS,
    "Text that scrolls": screens.SCROLL_KEYS,
    "Sizes": screens.SIZES_KEYS,
    "Transfers": screens.QUEUE_KEYS,
    "The list of transfers": screens.QUEUE_LIST_KEYS,
    "History": screens.HISTORY_KEYS,
    "Requests": screens.REQUEST_KEYS,
    "A request": screens.EXCHANGE_KEYS,
    "Doctor": screens.DOCTOR_KEYS,
    "Unfinished uploads": screens.UPLOADS_KEYS,
    "Snapshots": screens.SNAPSHOT_KEYS,
    "Sync": screens.SYNC_KEYS,
    "Connections": screens.CONNECTION_KEYS,
    "A screen that failed": screens.BROKEN_KEYS,
    "The line of the filter": dialogs.FILTER_LINE_KEYS,
    "The line of a pattern": dialogs.PATTERN_LINE_KEYS,
    "The line of a search": dialogs.SEARCH_LINE_KEYS,
    "The line of what to find": dialogs.FIND_LINE_KEYS,
    "Dialogs": dialogs.DIALOG_KEYS,
    "Fields of dialogs": dialogs.FIELD_KEYS,
    "Choices in dialogs": dialogs.CHOICE_KEYS,
    "Columns of objects": dialogs.COLUMNS_KEYS,
    "Forms": dialogs.FORM_KEYS,
    "The same as a file?": dialogs.FILE_COMPARISON_KEYS,
    "Help and commands": dialogs.MENU_KEYS,
    "Go to": dialogs.GO_TO_KEYS,
    "Copy menu": dialogs.CLIPBOARD_KEYS,
    "Questions": dialogs.QUESTION_KEYS,
    "Yes or no": dialogs.CONFIRM_KEYS,
    "Plan": dialogs.PLAN_KEYS,
    "Detail of a prefix": dialogs.PREFIX_KEYS,
    "Totals of requests": dialogs.TOTALS_KEYS,
    "Detail of a transfer": dialogs.TRANSFER_KEYS,
    "Connection": dialogs.CONNECTION_FORM_KEYS,
    "Signing in": dialogs.SIGN_IN_KEYS,
    "A process that gives keys": dialogs.SLOW_PROCESS_KEYS,
    "Upload": dialogs.UPLOAD_KEYS,
    "Files of this machine": dialogs.FILE_KEYS,
    "Files of this machine, with lines to type in": dialogs.FILE_LINE_KEYS,
    "A target that is there": dialogs.CONFLICT_KEYS,
    "Leaving the question about it": dialogs.LEAVE_CONFLICT_KEYS,
    "Names that change": dialogs.NAMES_KEYS,
    "The search for names that change": dialogs.NAMES_CHECK_KEYS,
    "Quitting amid transfers": dialogs.QUIT_KEYS,
}
"""Bindings by the title of what they work in; each id is there once."""


def all_bindings() -> Iterator[Binding]:
    for bindings in TABLE.values():
        yield from bindings


def actions_of(key: str, bindings: Sequence[Binding], changed: Mapping[str, str]) -> Iterator[str]:
    """Yield the names of the actions that a key is bound to, without parameters.

    Args:
        changed: the user's keymap, by the bindings' ids.
    """
    for binding in bindings:
        if key in changed.get(binding.id or "", binding.key).split(","):
            yield binding.action.partition("(")[0]
