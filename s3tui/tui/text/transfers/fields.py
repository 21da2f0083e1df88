"""Sections of fields that describe a transfer. Pure."""

from __future__ import annotations

from s3tui.connect.identity import Handle
from s3tui.format import count, exact_size, printable, timestamp
from s3tui.transfer.models import Transfer, TransferState
from s3tui.tui.text.fields import Field, Section
from s3tui.tui.text.sentences import tilde
from s3tui.tui.text.transfers.progress import SIGNS, objects

_REMEDIES = {
    "TargetExists": "r asks what to do with what is there",
    "InvalidObjectState": "It is archived: it has to be restored before it can be read",
    "ENOSPC": "Make room on the disk, then r goes on where it stopped",
    "EFBIG": "Start it again with a place on another disk: r would fail in the same way",
    "SizesDisagree": "List it anew and start from there: r would meet the same answers",
    "SourceChanged": "It was being written to: r starts again with what it is now",
}
"""The remedy for each error code: what a retry needs, or what helps instead."""


def transfer_sections(transfer: Transfer) -> list[Section]:
    sign, tone = SIGNS[transfer.state]
    tried = f" ({transfer.attempts} attempts)" if transfer.attempts > 1 else ""
    again = "" if transfer.next_try_s is None else f", again in {transfer.next_try_s} s"
    fields = [
        Field("State", f"{sign or transfer.direction.value} {transfer.state.value}{again}{tried}", tone),
        *_why(transfer),
        *_places(transfer),
    ]
    if transfer.parts_total:
        fields.append(Field("Parts", f"{count(transfer.parts_done or 0)} of {count(transfer.parts_total)}"))
    notes = [
        (transfer.failed_objects, "failed"),
        (transfer.skipped, "skipped"),
        (transfer.renamed, "renamed: their keys cannot be names of files here"),
    ]
    if text := ", ".join(f"{count(number)} {word}" for number, word in notes if number):
        fields.append(Field("Of these", text, "warn"))
    if transfer.verified:
        fields.append(Field("Verified", f"by {printable(transfer.verified)}", "good"))
    if transfer.priority:
        fields.append(Field("Priority", f"{transfer.priority:+}"))
    if transfer.started_at is not None:
        until = f"  –  {timestamp(transfer.finished_at)}" if transfer.finished_at else ""
        fields.append(Field("When", f"{timestamp(transfer.started_at)}{until}", "dim"))
    fields.append(Field("With", printable(Handle.parse(transfer.connection).words), "dim"))
    if transfer.to_connection:
        fields.append(Field("To it with", printable(Handle.parse(transfer.to_connection).words), "dim"))
    return [Section("", fields)]


def _places(transfer: Transfer) -> list[Field]:
    if not transfer.target:
        return [Field("In", printable(tilde(transfer.source))), Field("Objects", objects(transfer))]
    return [
        Field("From", printable(tilde(transfer.source))),
        Field("To", printable(tilde(transfer.target))),
        Field("Moved", _moved(transfer)),
    ]


def _why(transfer: Transfer) -> list[Field]:
    fields = [Field("Notice", printable(transfer.notice), "warn")] if transfer.notice else []
    if not transfer.error:
        return fields
    fields.append(
        Field("Why", printable(transfer.error), "bad" if transfer.state is TransferState.FAILED else "warn")
    )
    if transfer.error_code:
        fields.append(Field("Code", printable(transfer.error_code), "dim"))
    if transfer.state in (TransferState.FAILED, TransferState.CANCELLED):
        fields.append(Field("To do", _remedy(transfer)))
    elif transfer.state is TransferState.WAITING:
        fields.append(Field("To do", "Nothing: it goes on where it stopped. r tries at once, x gives it up"))
    return fields


def _remedy(transfer: Transfer) -> str:
    said = _REMEDIES.get(transfer.error_code or "")
    if said is not None:
        return said
    has_begun = transfer.bytes_done or (transfer.objects_done and transfer.objects_total != 1)
    return "r goes on where it stopped, x gives it up" if has_begun else "r tries again"


def _moved(transfer: Transfer) -> str:
    text = exact_size(transfer.bytes_done)
    if transfer.bytes_total is not None and transfer.bytes_total != transfer.bytes_done:
        text += f" of {exact_size(transfer.bytes_total)}"
    if transfer.direction.counts_objects:
        return f"objects {objects(transfer)}"
    return text if transfer.objects_total == 1 else f"objects {objects(transfer)}, {text}"
