"""AWS's partitions and regions, and their names. Pure.

Truth: the partitions file that AWS publishes with its endpoint rules, and *Regional endpoints* in the
AWS General Reference. A region that is not listed here is not wrong: providers have their own, and AWS
opens new ones.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache

from s3tui.s3.address.providers import PROVIDERS


@dataclass(frozen=True, slots=True)
class Partition:
    """A part of AWS with accounts, keys and host names of its own."""

    id: str
    name: str
    dns_suffix: str
    region_pattern: re.Pattern[str] = field(repr=False)
    has_fips: bool = True
    has_accelerate: bool = True


@dataclass(frozen=True, slots=True)
class Region:
    """A region, its name and its partition."""

    code: str
    """The code that is signed: `eu-west-1`."""
    name: str
    """`Europe (Ireland)`; the code itself where no name is known."""
    partition: Partition | None
    """`None`: not one of AWS's."""

    @classmethod
    def of(cls, code: str) -> Region:
        """Return the region of that code: AWS's by its name, any other by its code."""
        if code in _NAMES:
            return cls(code, _NAMES[code], partition_of(code))
        partition = next((p for p in PARTITIONS if p.region_pattern.fullmatch(code)), None)
        return cls(code, code, partition)

    @classmethod
    def of_host(cls, host: str) -> Region | None:
        """Return the region that a host name tells, AWS's or a provider's; `None` where it tells none."""
        host = host.lower().rstrip(".")
        for partition in _BY_LONGEST_SUFFIX:
            if host.endswith("." + partition.dns_suffix):
                code = _region_in(host.removesuffix("." + partition.dns_suffix), partition)
                return None if code is None else cls.of(code)
        found = next((code for provider in PROVIDERS if (code := provider.region_of_host(host))), None)
        return None if found is None else cls.of(found)

    def __str__(self) -> str:
        return self.code


def _partition(id: str, name: str, dns_suffix: str, start: str, *, full: bool = True) -> Partition:
    return Partition(id, name, dns_suffix, re.compile(rf"{start}-\w+-[1-9]\d*", re.ASCII), full, full)


AWS = _partition("aws", "AWS", "amazonaws.com", "(?:us|eu|ap|sa|ca|me|af|il|mx)")
PARTITIONS = (
    AWS,
    _partition("aws-cn", "AWS China", "amazonaws.com.cn", "cn", full=False),
    _partition("aws-eusc", "AWS European Sovereign Cloud", "amazonaws.eu", "eusc-de"),
    _partition("aws-us-gov", "AWS GovCloud (US)", "amazonaws.com", "us-gov"),
    _partition("aws-iso", "AWS ISO (US)", "c2s.ic.gov", "us-iso"),
    _partition("aws-iso-b", "AWS ISOB (US)", "sc2s.sgov.gov", "us-isob"),
    _partition("aws-iso-e", "AWS ISOE (Europe)", "cloud.adc-e.uk", "eu-isoe"),
    _partition("aws-iso-f", "AWS ISOF", "csp.hci.ic.gov", "us-isof"),
)
_BY_LONGEST_SUFFIX = sorted(PARTITIONS, key=lambda partition: -len(partition.dns_suffix))

_NAMES = {
    "af-south-1": "Africa (Cape Town)",
    "ap-east-1": "Asia Pacific (Hong Kong)",
    "ap-east-2": "Asia Pacific (Taipei)",
    "ap-northeast-1": "Asia Pacific (Tokyo)",
    "ap-northeast-2": "Asia Pacific (Seoul)",
    "ap-northeast-3": "Asia Pacific (Osaka)",
    "ap-south-1": "Asia Pacific (Mumbai)",
    "ap-south-2": "Asia Pacific (Hyderabad)",
    "ap-southeast-1": "Asia Pacific (Singapore)",
    "ap-southeast-2": "Asia Pacific (Sydney)",
    "ap-southeast-3": "Asia Pacific (Jakarta)",
    "ap-southeast-4": "Asia Pacific (Melbourne)",
    "ap-southeast-5": "Asia Pacific (Malaysia)",
    "ap-southeast-6": "Asia Pacific (New Zealand)",
    "ap-southeast-7": "Asia Pacific (Thailand)",
    "ca-central-1": "Canada (Central)",
    "ca-west-1": "Canada West (Calgary)",
    "eu-central-1": "Europe (Frankfurt)",
    "eu-central-2": "Europe (Zurich)",
    "eu-north-1": "Europe (Stockholm)",
    "eu-south-1": "Europe (Milan)",
    "eu-south-2": "Europe (Spain)",
    "eu-west-1": "Europe (Ireland)",
    "eu-west-2": "Europe (London)",
    "eu-west-3": "Europe (Paris)",
    "il-central-1": "Israel (Tel Aviv)",
    "me-central-1": "Middle East (UAE)",
    "me-south-1": "Middle East (Bahrain)",
    "mx-central-1": "Mexico (Central)",
    "sa-east-1": "South America (Sao Paulo)",
    "us-east-1": "US East (N. Virginia)",
    "us-east-2": "US East (Ohio)",
    "us-west-1": "US West (N. California)",
    "us-west-2": "US West (Oregon)",
    "cn-north-1": "China (Beijing)",
    "cn-northwest-1": "China (Ningxia)",
    "eusc-de-east-1": "AWS European Sovereign Cloud (Germany)",
    "us-gov-east-1": "AWS GovCloud (US-East)",
    "us-gov-west-1": "AWS GovCloud (US-West)",
    "us-iso-east-1": "US ISO East",
    "us-iso-west-1": "US ISO WEST",
    "us-isob-east-1": "US ISOB East (Ohio)",
    "us-isob-west-1": "US ISOB West",
    "eu-isoe-west-1": "EU ISOE West",
    "us-isof-east-1": "US ISOF EAST",
    "us-isof-south-1": "US ISOF SOUTH",
}


@lru_cache(maxsize=256)
def partition_of(region: str) -> Partition:
    """Return the partition that a region is in; the public one where its name tells nothing."""
    return next((p for p in PARTITIONS if p.region_pattern.fullmatch(region)), AWS)


def partition_called(id: str) -> Partition | None:
    """Return the partition of that id, as ARNs have it: `aws-cn`."""
    return next((partition for partition in PARTITIONS if partition.id == id), None)


REGIONS = tuple(Region(code, name, partition_of(code)) for code, name in _NAMES.items())
"""Every region that AWS has named."""

_ABBREVIATED = {"gov": "g", "iso": "i", "isob": "ib", "isoe": "ie", "isof": "if"}
_COMPASS = re.compile(r"north|south|east|west|central")


def _zone_prefix(code: str) -> str:
    start, *words, number = code.split("-")
    return start + "".join(_ABBREVIATED.get(w) or _COMPASS.sub(lambda m: m[0][0], w) for w in words) + number


_BY_ZONE_PREFIX = {_zone_prefix(code): code for code in _NAMES}


def region_of_zone(zone: str) -> str | None:
    """Return the region of a zone by its id, `usw2-az1` or `usw2-lax1-az1`; `None` where it is unknown.

    Truth: *AWS Availability Zones*, zone ids.
    """
    return _BY_ZONE_PREFIX.get(zone.partition("-")[0])


# A whole label, or the end of an old one: `s3-eu-west-1`, `s3-website-eu-west-1`, `s3-fips-us-gov-west-1`.
_REGION_AT_END = re.compile(r"(?:^|\.|s3-|website-|fips-)((?!fips-)[a-z]{2,4}(?:-[a-z]+)+-\d+)(?:\.vpce)?$")


def _region_in(labels: str, partition: Partition) -> str | None:
    match = _REGION_AT_END.search(labels)
    if match is not None:
        return match.group(1)
    # The first endpoint of all names no region.
    return "us-east-1" if partition is AWS and labels.rpartition(".")[2] == "s3" else None


_REGION_IN_LOCATION = re.compile(
    r"(?:^|[./])s3[.-](?:fips[.-])?(?:dualstack\.)?([a-z]{2,4}(?:-[a-z]+)+-\d+)\.[a-z0-9.-]*(?:amazonaws|aws|gov|cloud)"
)


def region_of_location(location: str) -> str:
    """Return the region that a host of Amazon's, or a URL to it, spells out; empty where it spells none."""
    match = _REGION_IN_LOCATION.search(location)
    return "" if match is None else match.group(1)
