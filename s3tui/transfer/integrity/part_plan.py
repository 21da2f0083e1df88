"""Part plans: how an object is split into parts or ranges. Pure.

Limits: *Amazon S3 multipart upload limits* in the S3 User Guide.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

MIB = 1024 * 1024
GIB = 1024 * MIB
MIN_PART = 5 * MIB
MAX_PART = 5 * GIB
MAX_PARTS = 10_000
MAX_OBJECT = 5 * 1024 * GIB

SMALL = 256 * 1024
"""Objects of up to this size cost more for being objects than for their bytes: they are held in memory and
moved in one request, and worker processes may help to move them."""
PREFERRED_PART = 8 * MIB
MANY = 32
"""More parts or ranges of an object keep no more connections busy, and each costs a request ..."""
LARGE = 64 * MIB
"""... but what is shorter than this shows better how far one is, and is lost by fewer bytes."""
IN_PARTS_FROM = 16 * MIB
"""Objects of at least this size are moved as several parts at once."""
IN_THREADS_FROM = 8 * MIB
"""Parts of at least this size are moved between the file and the socket by threads."""
MAX_COPY = 5 * GIB
"""CopyObject takes no larger source."""
COPY_IN_PARTS_FROM = 64 * MIB
"""Objects of at least this size are copied inside S3 as several parts at once."""
COPY_PART = 32 * MIB


@dataclass(frozen=True, slots=True)
class PartPlan:
    """`size` bytes in parts of `part_size`; only the last one may be shorter. No bytes are one empty part."""

    size: int
    part_size: int

    @property
    def is_acceptable(self) -> bool:
        """True when S3 takes an upload that is split like this."""
        return len(self) <= MAX_PARTS and (len(self) == 1 or MIN_PART <= self.part_size <= MAX_PART)

    def __len__(self) -> int:
        return max(1, -(-self.size // self.part_size))

    def __iter__(self) -> Iterator[tuple[int, int]]:
        """Yield the offset and the length of each part, in order."""
        for index in range(len(self)):
            offset = index * self.part_size
            yield offset, min(self.part_size, self.size - offset)


def plan_parts(size: int, *, preferred: int = PREFERRED_PART) -> PartPlan:
    """Split `size` bytes into parts near `preferred` that S3 accepts.

    Raises: ValueError, when S3 has no room for an object of that size.
    """
    if not 0 <= size <= MAX_OBJECT:
        raise ValueError(f"S3 holds objects of up to {MAX_OBJECT} bytes, not {size}")
    needed = -(-size // MAX_PARTS)
    part_size = max(preferred, MIN_PART, -(-needed // MIB) * MIB)
    return PartPlan(size, min(part_size, MAX_PART))


def plan_upload(size: int, *, is_steady: bool = True) -> PartPlan:
    """Split a file that is uploaded: parts grow with it, but on a slow or broken line are the smallest.

    Args:
        is_steady: what is under way will likely arrive; else each part is as little to send again as may be.

    Raises: ValueError, as `plan_parts`.
    """
    return plan_parts(size, preferred=_of_many(size) if is_steady else MIN_PART)


def plan_copy(size: int) -> PartPlan:
    """Split an object that S3 copies by itself: larger parts cost less, and hold no memory here.

    Raises: ValueError, as `plan_parts`.
    """
    return plan_parts(size, preferred=COPY_PART)


def plan_ranges(size: int, *, at_once: bool = True) -> PartPlan:
    """Split an object into the ranges of its download; a single one, unless several come `at_once`."""
    if not at_once or size < IN_PARTS_FROM:
        return PartPlan(size, max(size, 1))
    return PartPlan(size, max(_of_many(size), -(-size // MAX_PARTS)))


def _of_many(size: int) -> int:
    """Return the size of parts that are many enough to keep connections busy, and no more than that."""
    return max(PREFERRED_PART, -(-min(-(-size // MANY), LARGE) // MIB) * MIB)
