"""List prices of Amazon S3 in us-east-1, to estimate by: dated, without egress and discounts.

Sources: AWS's Price List API as recorded in 2024-07, its FAQ of S3 (2025-04), and guides of 2026 that cite
its price page, which draws its cells by script. Other vendors have other prices: nothing is estimated there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

DATED = "2026-05"
"""Of the latest source."""
_GB = 1024**3
"""As AWS bills it."""


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars of one storage class."""

    storage: float
    """A GB and month, of the first 50 TB."""
    writes: float
    """1,000 requests of tier 1: PUT, COPY, POST, LIST and each of a multipart upload's."""
    reads: float
    """1,000 requests of tier 2: GET, HEAD and all others; DELETE is free."""
    retrieval: float = 0.0
    """A GB that is read; of an archive, by a standard restore."""


PRICES: Mapping[str, Price] = {
    "STANDARD": Price(0.023, 0.005, 0.0004),
    "INTELLIGENT_TIERING": Price(0.023, 0.005, 0.0004),
    "STANDARD_IA": Price(0.0125, 0.01, 0.001, 0.01),
    "ONEZONE_IA": Price(0.01, 0.01, 0.001, 0.01),
    "GLACIER_IR": Price(0.004, 0.02, 0.01, 0.03),
    "GLACIER": Price(0.0036, 0.03, 0.0004, 0.01),
    "DEEP_ARCHIVE": Price(0.00099, 0.05, 0.0004, 0.02),
    "EXPRESS_ONEZONE": Price(0.11, 0.00113, 0.00003, 0.0006),
}
_PARTS_AS_STANDARD = frozenset({"GLACIER", "DEEP_ARCHIVE"})
"""Classes whose parts are billed as STANDARD until the upload is completed."""


_FREE = ("Delete", "AbortMultipartUpload")
_THOUSAND = 1000


def requests_cost(counts: Mapping[tuple[str, str], int], price: Price) -> float:
    """Return what requests cost, without what is read and transferred.

    Args:
        counts: by operation and method. DELETE is free; that of many objects is taken to be, too.
    """
    writes = reads = 0
    for (operation, method), count in counts.items():
        if operation.startswith(_FREE):
            continue
        if operation.startswith("List") or method in ("PUT", "POST"):
            writes += count
        else:
            reads += count
    return (writes * price.writes + reads * price.reads) / _THOUSAND


def parts_cost(size: int, storage_class: str | None) -> float | None:
    """Return what parts of open uploads cost a month; `None` of a class without a price."""
    name = storage_class or "STANDARD"
    price = PRICES.get("STANDARD" if name in _PARTS_AS_STANDARD else name)
    return None if price is None else size / _GB * price.storage


def dollars(amount: float) -> str:
    """Format an estimate: `about 0.12 USD`, `less than 0.01 USD`."""
    return "less than 0.01 USD" if amount < 0.01 else f"about {amount:,.2f} USD"
