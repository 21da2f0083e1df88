"""The ranges of one download, with the progress of each; also as facts of the journal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from s3tui.s3.models import ObjectHead
from s3tui.transfer.integrity.part_plan import PartPlan
from s3tui.transfer.journal.journal import Facts

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


@dataclass(slots=True)
class Span:
    first: int
    size: int
    written: int = 0

    @property
    def is_done(self) -> bool:
        return self.written == self.size


def split(plan: PartPlan) -> list[Span]:
    return [Span(offset, length) for offset, length in plan]


def contiguous_end(spans: list[Span]) -> int:
    """Return the offset up to which every byte is there."""
    for span in spans:
        if not span.is_done:
            return span.first + span.written
    return spans[-1].first + spans[-1].size if spans else 0


def facts_of(head: ObjectHead, part_size: int) -> Facts:
    """Return the facts that do not change while an object is fetched."""
    return {"etag": head.etag, "size": head.size, "part_size": part_size, "boot": boot_id()}


def progress_of(spans: list[Span]) -> Callable[[], Facts]:
    """Return a function that tells the facts of which bytes are in the part file; any thread may call it.

    A byte is in the file before it is counted in its span, so it never tells too much.
    """

    def progress() -> Facts:
        done = bytearray(-(-len(spans) // 8))
        partly: dict[str, int] = {}
        for index, span in enumerate(spans):
            written = span.written
            if written == span.size:
                done[index // 8] |= 1 << index % 8
            elif written:
                partly[str(index)] = written
        return {"done": done.hex(), "partly": partly}

    return progress


def spans_of(facts: Facts) -> list[Span]:
    """Return the spans as the journal has them."""
    spans = split(PartPlan(facts["size"], facts["part_size"]))
    done = bytes.fromhex(facts.get("done", ""))
    for index, span in enumerate(spans):
        if index // 8 < len(done) and done[index // 8] >> index % 8 & 1:
            span.written = span.size
    for index, written in facts.get("partly", {}).items():
        spans[int(index)].written = written
    return spans


def is_same_boot(facts: Facts) -> bool:
    """Say whether the machine did not restart since; where nothing tells, it may have."""
    return boot_id() is not None and facts["boot"] == boot_id()


@cache
def boot_id() -> str | None:
    """Return an id that is another after each start of the machine, `None` where there is none.

    What a process wrote survives the process, but not always the machine.
    """
    try:
        return _BOOT_ID.read_text().strip()
    except OSError:
        return None
