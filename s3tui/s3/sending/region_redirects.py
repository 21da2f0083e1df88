"""Region redirects: finds the region that serves a bucket in error responses. Pure but for its map.

S3 tells of a wrong region in four ways: 301 PermanentRedirect, 307 TemporaryRedirect,
400 AuthorizationHeaderMalformed and 400 IllegalLocationConstraintException; and it names the right
one in `x-amz-bucket-region`, in the error's `Region`, or only in the host it points to. Other products send
a 301 that names none: then `inquiry` finds it. A host that a response names is read for its region and never
contacted: `Endpoint` decides where requests go.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from s3tui.s3.address.region import region_of_location

REDIRECT_CODES = frozenset(
    (
        "PermanentRedirect",
        "TemporaryRedirect",
        "Redirect",
        "AuthorizationHeaderMalformed",
        "IllegalLocationConstraintException",
    )
)
REDIRECT_STATUS = frozenset((301, 302, 307, 308))
_USUAL_CODE = {301: "PermanentRedirect", 307: "TemporaryRedirect"}
_REGION = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
"""Text that may stand in a host name and in a signature's scope; any other text in a response is ignored."""
_EXPECTED_REGION = re.compile(r"expecting '([a-z0-9-]+)'")
_LOCATION_CONSTRAINT = re.compile(r"The ([a-z]{2,4}(?:-[a-z]+)+-\d+) location constraint is incompatible")


@dataclass(frozen=True, slots=True)
class RegionRouted:
    """A fact: requests for `bucket` go to another region from now on."""

    bucket: str | None
    """`None`: those to the endpoint itself, such as ListBuckets."""
    from_region: str
    to_region: str
    evidence: str
    """The evidence, in words: `301 PermanentRedirect, x-amz-bucket-region: eu-west-1`."""
    at: datetime
    elapsed_s: float | None
    """The time that the request to the wrong region took."""
    host: str = ""
    """The host that was asked."""


@dataclass(frozen=True, slots=True)
class Redirect:
    """A redirect to another region, and its evidence."""

    region: str
    evidence: str


def find_redirect(
    status: int, code: str, headers: Mapping[str, str], details: Mapping[str, str], used: str
) -> Redirect | None:
    """Return the redirect of an error response, or `None` when it is none or names no other region.

    Args:
        headers: of the response, names in lower case.
        details: the children of its `Error` element, by name.
        used: the region that the request was signed for.
    """
    is_redirect = status in REDIRECT_STATUS or code in REDIRECT_CODES
    by_header = headers.get("x-amz-bucket-region", "")
    # Responses to HEAD have no body, and a refusal may come from the wrong region: there the header decides.
    if not is_redirect and not (status in (400, 403) and by_header):
        return None
    what = f"{status} {code or _USUAL_CODE.get(status, '')}".rstrip()
    host = details.get("Endpoint") or headers.get("location", "")
    message = details.get("Message", "")
    candidates = (
        (by_header, "x-amz-bucket-region: {}"),
        (details.get("Region", ""), "Region {}"),
        (_first(_EXPECTED_REGION, message), "expecting '{}'"),
        (_first(_LOCATION_CONSTRAINT, message), "{} location constraint"),
        (region_of_location(host), "the endpoint of {}"),
    )
    return next(
        (
            Redirect(region, f"{what}, {evidence.format(region)}")
            for region, evidence in candidates
            if region != used and _REGION.fullmatch(region)
        ),
        None,
    )


def is_region(text: str) -> bool:
    """Say whether `text` can be a region, in a host name and in a signature's scope."""
    return _REGION.fullmatch(text) is not None


def is_silent(status: int, headers: Mapping[str, str], details: Mapping[str, str]) -> bool:
    """Say whether a response redirects a bucket's requests without naming the region.

    One that sends an object's readers to another host (302, 303; or 307 with nothing but a `Location`) is
    not about the bucket.
    """
    if status in (301, 308):
        return True
    return status == 307 and ("Code" in details or "location" not in headers)


def _first(pattern: re.Pattern[str], text: str) -> str:
    match = pattern.search(text)
    return match.group(1) if match else ""


class RegionMap:
    """The known regions: bucket → region."""

    def __init__(self, observer: Callable[[RegionRouted], None]) -> None:
        self._regions: dict[str | None, str] = {}
        """`None`: of the endpoint itself."""
        self._observer = observer

    def get(self, bucket: str | None) -> str | None:
        return self._regions.get(bucket)

    def known(self) -> dict[str | None, str]:
        return dict(self._regions)

    def learn(self, bucket: str | None, region: str) -> None:
        """Record a region that a response mentioned."""
        self._regions[bucket] = region

    def reroute(self, fact: RegionRouted) -> None:
        """Record a region that S3 redirected to, and tell the observer if that is news."""
        if self._regions.get(fact.bucket) != fact.to_region:
            self._regions[fact.bucket] = fact.to_region
            self._observer(fact)

    def forget(self, bucket: str | None) -> None:
        self._regions.pop(bucket, None)
