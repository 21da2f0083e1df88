"""The one table of keys: a meaning a key, wherever buckets and objects are shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Meaning(NamedTuple):
    keys: str
    """As Textual names them, with spaces between."""
    ids: str
    """Of the bindings that may have them."""


TABLE: Mapping[str, Meaning] = {
    "up": Meaning("up k", "list.up tree.up scroll.up"),
    "down": Meaning("down j", "list.down tree.down scroll.down"),
    "first": Meaning("home g", "list.top tree.first scroll.first"),
    "last": Meaning("end G", "list.bottom tree.last scroll.last"),
    "a page up": Meaning("pageup ctrl+b", "list.page_up tree.page_up scroll.page_up"),
    "a page down": Meaning("pagedown ctrl+f", "list.page_down tree.page_down scroll.page_down"),
    "open": Meaning("enter l", "list.choose tree.open queue.details sizes.go_on version_list.choose"),
    "open in place": Meaning("right", "list.choose tree.expand"),
    "close, or up": Meaning("left h", "tree.collapse sizes.back uploads.back snapshots.back"),
    "up to the parent": Meaning(
        "backspace",
        "objects.up detail.back bucket.back sizes.back uploads.back snapshots.back queue.back history.back "
        "connections.back broken.back preview.back members.back difference.back requests.back exchange.back "
        "doctor.back sync.back",
    ),
    "buckets": Meaning("tilde alt+up", "objects.buckets detail.buckets"),
    "back": Meaning("alt+left", "objects.back buckets.back"),
    "forward": Meaning("alt+right", "objects.forward buckets.forward"),
    "one step back": Meaning(
        "escape",
        "objects.escape buckets.escape detail.back bucket.back sizes.back uploads.back snapshots.back "
        "queue.back history.back connections.back broken.back preview.escape members.back difference.back "
        "requests.back exchange.back doctor.back sync.back",
    ),
    "mark": Meaning("space", "tree.mark snapshots.mark sync.toggle"),
    "mark all": Meaning("ctrl+a", "tree.mark_all"),
    "invert marks": Meaning("a", "tree.invert_marks"),
    "mark like": Meaning("plus", "objects.mark_like"),
    "unmark like": Meaning("minus", "objects.unmark_like"),
    "mark upwards": Meaning("shift+up", "tree.mark_up"),
    "mark downwards": Meaning("shift+down", "tree.mark_down"),
    "download": Meaning(
        "d", "objects.download detail.download preview.download members.download requests.save"
    ),
    "upload": Meaning("u", "objects.upload"),
    "copy to": Meaning("c", "objects.copy_to detail.copy_to"),
    "delete": Meaning(
        "D delete",
        "objects.delete buckets.delete detail.delete uploads.abort snapshots.delete connections.forget",
    ),
    "move": Meaning("M", "objects.move"),
    "rename": Meaning("R", "objects.rename"),
    "undo": Meaning("U", "objects.undo"),
    "new bucket": Meaning("B", "buckets.create"),
    "detail": Meaning("i", "objects.info buckets.info detail.back bucket.back"),
    "copy menu": Meaning(
        "y", "objects.copy buckets.copy detail.copy bucket.copy requests.copy exchange.copy doctor.copy"
    ),
    "edit what describes": Meaning("E", "objects.attributes detail.attributes"),
    "restore": Meaning("A", "objects.restore detail.restore"),
    "new": Meaning("n", "objects.new connections.new snapshots.take"),
    "edit": Meaning("e", "objects.edit detail.edit bucket.edit connections.edit"),
    "presign": Meaning("Y", "objects.presign detail.presign"),
    "preview": Meaning("p", "objects.preview detail.preview preview.back members.preview"),
    "versions": Meaning("v", "objects.versions"),
    "as of": Meaning("T", "objects.as_of"),
    "flat": Meaning("F", "objects.flat"),
    "promote": Meaning("P", "objects.promote detail.promote"),
    "search": Meaning("f", "objects.search"),
    "filter": Meaning("slash", "objects.filter buckets.filter requests.filter"),
    "seek": Meaning("s", "objects.seek"),
    "go to": Meaning("ctrl+l", "app.go_to buckets.go_to"),
    "sizes": Meaning("z", "objects.sizes buckets.sizes sizes.back requests.totals"),
    "sizes of all": Meaning("Z", "objects.sizes_here"),
    "sort": Meaning("o", "objects.sort buckets.sort"),
    "snapshots": Meaning("S", "objects.snapshots buckets.snapshots snapshots.back"),
    "compare": Meaning("equals_sign", "objects.compare snapshots.compare detail.compare difference.back"),
    "inventory": Meaning("I", "objects.inventory snapshots.inventory"),
    "bookmark": Meaning("b", "objects.bookmark buckets.bookmark"),
    "pane": Meaning("w", "app.pane"),
    "requester pays": Meaning("dollar_sign", "objects.pay"),
    "transfers": Meaning("t", "app.transfers"),
    "request log": Meaning("ctrl+g", "app.requests requests.back"),
    "connections": Meaning("ctrl+o", "app.connections"),
    "list again": Meaning(
        "r f5",
        "objects.refresh buckets.refresh detail.refresh bucket.refresh sizes.again uploads.refresh "
        "snapshots.refresh preview.refresh doctor.again",
    ),
    "redraw": Meaning("ctrl+r", "app.redraw"),
    "palette": Meaning("colon ctrl+p", "app.palette"),
    "help": Meaning("question_mark f1", "app.help"),
    "quit": Meaning("q ctrl+c", "app.quit"),
    "to the shell": Meaning("ctrl+z", "app.stop"),
    "choose and end, or sync": Meaning("ctrl+s", "objects.pick sync.start"),
}

EXCEPTIONS: Mapping[str, Meaning] = {
    "pause": Meaning("space", "queue.pause"),
    "pause all": Meaning("P", "queue.pause_all"),
    "all go on": Meaning("R", "queue.go_on_all"),
    "priority": Meaning("plus", "queue.sooner"),
    "less priority": Meaning("minus", "queue.lower"),
    "cancel": Meaning("x", "queue.cancel"),
    "cancel all": Meaning("X", "queue.cancel_all"),
    "retry": Meaning("r", "queue.retry history.retry"),
    "read the history again": Meaning("f5", "history.refresh"),
    "earlier": Meaning("K", "queue.earlier"),
    "later": Meaning("J", "queue.later"),
    "limits": Meaning("L", "queue.limits"),
    "history": Meaning("H", "queue.history history.back"),
    "back to the queue": Meaning("t", "history.back"),
    "try writes": Meaning("W", "doctor.write"),
    "clear": Meaning("C", "queue.clear requests.clear"),
    "the next tab": Meaning("right l", "detail.next bucket.next exchange.next"),
    "the tab before": Meaning("left h", "detail.previous bucket.previous exchange.previous"),
    "unfinished uploads": Meaning("u", "buckets.uploads uploads.back"),
    "adopt": Meaning("a", "uploads.adopt"),
    "a connection like this": Meaning("N", "connections.duplicate"),
    "find inside": Meaning("slash", "preview.find"),
    "the next one found": Meaning("n", "preview.next"),
    "the one before": Meaning("N", "preview.previous"),
    "a place inside": Meaning("ctrl+l", "preview.place"),
    "to the left": Meaning("left h", "preview.left difference.left"),
    "to the right": Meaning("right l", "preview.right difference.right"),
    "wrap": Meaning("w", "preview.wrap difference.wrap"),
    "fold": Meaning("minus", "preview.fold"),
    "unfold": Meaning("plus", "preview.unfold"),
    "rows of columns": Meaning("m", "preview.rows"),
    "bytes": Meaning("x", "preview.bytes"),
    "encoding": Meaning("C", "preview.encoding"),
    "follow": Meaning("F", "preview.follow"),
    "open with": Meaning("o", "preview.open_with"),
}
"""Keys that mean another thing on the screen of their id: the queue, the history, what is not of objects."""

RESERVED = frozenset("123456789")
"""Keys of what is to come: nothing else has them."""

QUESTIONS = frozenset(
    {
        "choice", "clipboard", "columns", "comparison", "confirm", "conflict", "connection",
        "deletion", "dialog", "fields", "files", "filter", "find", "form", "go_to", "leave_conflict", "menu",
        "names", "names_check", "pattern", "plan", "prefix", "process", "question", "quit", "search",
        "sign_in", "totals", "transfer", "upload",
    }
)  # fmt: skip
"""What the ids of bindings of dialogs and of lines begin with: they have keys of their own."""

_HALVES = "tree.half_{0} list.half_{0} scroll.half_{0}"
_DELETE = TABLE["delete"].ids
PRESETS: Mapping[str, Mapping[str, Meaning]] = {
    "default": {},
    "vim": {
        "first": Meaning("gg", "tree.first list.top scroll.first"),
        "half a page up": Meaning("ctrl+u", _HALVES.format("up")),
        "half a page down": Meaning("ctrl+d", _HALVES.format("down")),
        "delete": Meaning("dd", _DELETE),
        "copy the URI": Meaning("yy", "objects.copy_uri buckets.copy_uri detail.copy_uri"),
        "not first": Meaning("g", ""),
    },
    "mc": {
        "view": Meaning("f3", "objects.info buckets.info"),
        "edit, new: to come": Meaning("f4 f7", ""),
        "move": Meaning("f6", "objects.move"),
        "copy": Meaning("f5", "objects.copy_to detail.copy_to"),
        "delete": Meaning("f8", _DELETE),
        "mark": Meaning("insert", "tree.mark snapshots.mark"),
        "pane": Meaning("tab", "app.pane"),
    },
}
"""Keys that mean what the preset says, in place of what the table says of them."""
