"""Sentences on syncs: what a plan comes to, and what is asked before it is done. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from s3tui.format import count, counted, printable
from s3tui.tui.text.cells import Tone
from s3tui.tui.text.sentences import short_size, tilde

if TYPE_CHECKING:
    from s3tui.syncs.saved import SavedSync
    from s3tui.transfer.sync.models import SyncTotals

SIGNS: Mapping[str, tuple[str, Tone]] = {
    "send": ("+", "good"),
    "replace": ("~", "warn"),
    "delete": ("−", "bad"),
    "skipped": ("!", "dim"),
}
"""The sign and the tone of a line, by its action."""
NO_IF_MATCH = (
    "This server does not obey If-Match. Each object is looked at before it is replaced, but what somebody "
    "else writes in that moment is overwritten."
)


def ends(sync: SavedSync) -> str:
    """Return where from and where to: `~/site → s3://bucket/www/`."""
    return " → ".join(printable(tilde(str(end))) for end in (sync.source, sync.target))


def counts_caption(actions: Mapping[str, int], totals: SyncTotals) -> str:
    """Return the caption of a plan: `+12 ~3 −1 · 400 same · 3 MB`."""
    signs = " ".join(
        f"{SIGNS[name][0]}{count(actions.get(name, 0))}" for name in ("send", "replace", "delete")
    )
    said = [signs, f"{count(_same(totals))} same"]
    if skipped := actions.get("skipped", 0):
        said.append(f"!{count(skipped)} left alone")
    if totals.kept:
        said.append(f"{count(totals.kept)} only at the target")
    if totals.bytes:
        said.append(short_size(totals.bytes))
    return " · ".join(said)


def question(actions: Mapping[str, int], source: str, target: str, fate: str) -> str:
    """Return what a question says before a sync is begun."""
    words = [
        f"{counted(number, noun)} {verb}"
        for name, noun, verb in (
            ("send", "new object", "sent"),
            ("replace", "object", "replaced"),
            ("delete", "object", "deleted"),
        )
        if (number := actions.get(name, 0))
    ]
    what = f"{', '.join(words)}. What changes meanwhile, on either side, is left alone."
    return f"{printable(source)}\n→ {printable(target)}\n{what}\n{fate}"


def _same(totals: SyncTotals) -> int:
    from s3tui.transfer.sync.models import Action

    return totals[Action.SAME]
