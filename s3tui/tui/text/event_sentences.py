"""Sentences for notifications: finished transfers and region redirects. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from s3tui.format import count, counted, printable
from s3tui.s3.sending.region_redirects import RegionRouted
from s3tui.transfer.models import Direction, Transfer, TransferState

_VERBS = {
    Direction.DELETE: "Deleted",
    Direction.MOVE: "Moved",
    Direction.UNDO: "Brought back",
    Direction.SYNC: "Synced",
    Direction.SET: "Changed",
    Direction.RETURN: "Brought back",
    Direction.RESTORE: "Asked for",
}
_NAMES = 60
"""Longest name in a sentence, in characters."""


def routed_sentence(redirect: RegionRouted) -> str:
    """Return the sentence on one region redirect."""
    what = "This endpoint" if redirect.bucket is None else printable(redirect.bucket)
    return (
        f"{what} is in {printable(redirect.to_region)}, not {printable(redirect.from_region)}: "
        "requests go there from now on."
    )


def routed_sentences(redirects: Sequence[RegionRouted]) -> str:
    """Return one sentence on one or several region redirects."""
    if len(redirects) == 1:
        return routed_sentence(redirects[0])
    home = printable(redirects[0].from_region)
    return f"{counted(len(redirects), 'bucket')} are not in {home}: requests go where they are from now on."


def ended_sentence(ended: Sequence[Transfer]) -> str:
    """Return the notification for finished transfers: how many are done or failed, and the last error."""
    failed = [transfer for transfer in ended if transfer.state is TransferState.FAILED]
    if len(ended) == 1:
        transfer = ended[0]
        name = printable(transfer.name)
        name = name if len(name) <= _NAMES else f"{name[: _NAMES - 1]}…"
        if failed:
            return f"✗ {name}: {printable(transfer.error or 'failed')}"
        verb = _VERBS.get(transfer.direction)
        said = f"{transfer.direction.value} {name} is done." if verb is None else f"{verb} {name}."
        notice = f" {printable(transfer.notice)}." if verb is not None and transfer.notice else ""
        return f"✓ {said}{_skipped(transfer)}{notice}"
    done = len(ended) - len(failed)
    lines = [f"✓ {counted(done, 'transfer')} done"] if done else []
    if failed:
        lines.append(f"✗ {count(len(failed))} failed, the last: {printable(failed[-1].error or '')}")
    return "\n".join([*lines, "t shows them."])


def ended_notice(ended: Sequence[Transfer]) -> str:
    """Return the same for a notice outside of the terminal: without signs, and without a key."""
    said = ended_sentence(ended).removesuffix("\nt shows them.")
    return said.replace("✓ ", "").replace("✗ ", "").replace("\n", ", ")


def _skipped(transfer: Transfer) -> str:
    return f" {count(transfer.skipped)} skipped." if transfer.skipped else ""
