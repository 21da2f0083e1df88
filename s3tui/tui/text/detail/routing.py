"""The routing trail of a bucket: asked where, told what, signed for what, and the cost. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from s3tui.connect.region_store import CHOSEN
from s3tui.format import ago, printable, timestamp
from s3tui.s3.sending.region_redirects import RegionRouted
from s3tui.tui.text.fields import Field, Section


def routing_sections(region: str, hops: Sequence[RegionRouted], now: datetime) -> Sequence[Section]:
    """Return the region that a bucket's requests are signed for, and the redirects that led there.

    Args:
        hops: oldest first.
    """
    fields = [Field("Signed for", printable(region), "strong")]
    if not hops:
        fields.append(Field("", "Nothing sent its requests elsewhere.", "dim"))
        return [Section("", fields)]
    fields.append(Field("Learned", ago(hops[-1].at, now)))
    fields.append(Field("", "^p, Forget region asks anew; ^p, Sign for a region takes another one.", "dim"))
    return [Section("", fields), *(_hop(hop) for hop in reversed(hops))]


def _hop(hop: RegionRouted) -> Section:
    title = timestamp(hop.at)
    if hop.evidence == CHOSEN:
        return Section(title, [Field("Chosen", printable(hop.to_region), "accent")])
    cost = "not known" if hop.elapsed_s is None else f"{hop.elapsed_s * 1000:.0f} ms, once"
    asked = f"{printable(hop.host)}, signed for " if hop.host else "signed for "
    return Section(
        title,
        [
            Field("Asked", f"{asked}{printable(hop.from_region)}", "dim"),
            Field("Told", printable(hop.evidence), "warn"),
            Field("Signed for", printable(hop.to_region), "good"),
            Field("Detour", cost),
        ],
    )
