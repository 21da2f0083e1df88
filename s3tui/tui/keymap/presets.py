"""Presets: the keys of vim and of Midnight Commander, as changes of the default ones."""

from __future__ import annotations

from collections.abc import Mapping

from s3tui.tui.keymap.binding import no_key

_VIM = {
    **dict.fromkeys(("tree.first", "list.top", "scroll.first"), "home,gg"),
    **dict.fromkeys(("tree.half_up", "list.half_up", "scroll.half_up"), "ctrl+u"),
    **dict.fromkeys(("tree.half_down", "list.half_down", "scroll.half_down"), "ctrl+d"),
    **dict.fromkeys(("objects.copy_uri", "buckets.copy_uri", "detail.copy_uri"), "yy"),
    **dict.fromkeys(
        (
            "objects.delete",
            "buckets.delete",
            "detail.delete",
            "uploads.abort",
            "snapshots.delete",
            "connections.forget",
        ),
        "D,delete,dd",
    ),
}
_MC = {
    **dict.fromkeys(("objects.info", "buckets.info"), "i,f3"),
    **dict.fromkeys(("objects.copy_to", "detail.copy_to"), "c,f5"),
    "objects.move": "M,f6",
    **dict.fromkeys(
        (
            "objects.refresh",
            "buckets.refresh",
            "detail.refresh",
            "preview.refresh",
            "bucket.refresh",
            "sizes.again",
            "uploads.refresh",
            "snapshots.refresh",
            "doctor.again",
        ),
        "r",
    ),
    "history.refresh": "none",
    **dict.fromkeys(
        (
            "objects.delete",
            "buckets.delete",
            "detail.delete",
            "uploads.abort",
            "snapshots.delete",
            "connections.forget",
        ),
        "D,delete,f8",
    ),
    **dict.fromkeys(("tree.mark", "snapshots.mark"), "space,insert"),
    "app.pane": "w,tab",
}
PRESETS: Mapping[str, Mapping[str, str]] = {"default": {}, "vim": _VIM, "mc": _MC}
"""Binding id to keys, by the preset's name; what is not there is as by default."""


def keymap_of(preset: str, own: Mapping[str, str]) -> dict[str, str]:
    """Return the keys that are not the default ones: the preset's, and the user's own in their place.

    Args:
        own: binding id to keys; `none` takes them away.
    """
    changed = {**PRESETS[preset], **own}
    return {id: no_key(id) if keys == "none" else keys for id, keys in changed.items()}
