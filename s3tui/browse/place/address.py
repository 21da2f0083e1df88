"""Parses what people have as the address of an object: URIs, URLs, ARNs, and bare `bucket/key`. Pure.

Truth for Amazon's host names: *Virtual hosting of buckets*, *Website endpoints*, *Transfer Acceleration*
and *Access points* in the S3 User Guide. A URL's query is read for a prefix and nothing else: a
signature in it is neither used nor kept.
"""

from __future__ import annotations

import re
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from s3tui.s3.address.endpoint import Endpoint
from s3tui.s3.address.region import PARTITIONS, Partition
from s3tui.s3.address.uri import S3Uri

_NAMED = re.compile(r"[a-z][a-z0-9+.-]*://|arn:", re.IGNORECASE)
_HADOOP = re.compile(r"s3[an]://", re.IGNORECASE)
_LAME = re.compile(r"s3[an]?:/?(?!/)", re.IGNORECASE)
_REGION = r"(?P<region>[a-z]{2,4}(?:-[a-z]+)+-\d+)"
_SERVICE = re.compile(
    rf"(?:(?P<bucket>.+)\.)?(?P<service>s3(?:express)?(?:-[a-z0-9-]+)?)(?:\.dualstack)?(?:\.{_REGION})?"
)
_ACCESS_POINT = re.compile(r"(?P<name>.+)-(?P<account>\d{12})(?:\.(?P<outpost>op-[a-z0-9]+))?")
_WITH_POINTS = {
    "s3-accesspoint": "s3",
    "s3-object-lambda": "s3-object-lambda",
    "s3-outposts": "s3-outposts",
}
"""The services whose hosts name an access point, and what its ARN calls them."""
_CONSOLE = re.compile(r"(?:^|\.)console\.(?:aws\.amazon\.com|amazonaws\.cn|amazonaws-us-gov\.com)$")
_CONSOLE_PATH = re.compile(r"/s3/(?:buckets|object|upload)/(?P<bucket>[^/]+)(?:/(?P<key>.*))?")


def parse_address(text: str, endpoint: Endpoint) -> S3Uri:
    """Parse the address of a bucket, a prefix or an object, for a connection to `endpoint`.

    Takes `s3://bucket/key` (also `s3a:`, `s3n:`), an ARN, `bucket` and `bucket/key`, and the URLs of the
    endpoint, of Amazon's S3, and of its console. In a URL the key is percent-decoded; elsewhere it is taken
    as it stands.

    Raises: ValueError, with a sentence that says what is wrong or what to do.
    """
    text = text.strip()
    if (lame := _LAME.match(text)) is not None:
        raise ValueError(f"{text} is no S3 URI: did you mean s3://{text[lame.end() :]}?")
    if re.match(r"https?://", text, re.IGNORECASE):
        uri = _from_url(text, endpoint)
    else:
        text = _HADOOP.sub("s3://", text, count=1)
        uri = S3Uri.parse(text if _NAMED.match(text) else f"s3://{text}")
    endpoint.target(uri.bucket)  # says what cannot be asked
    return uri


def _from_url(text: str, endpoint: Endpoint) -> S3Uri:
    try:
        parts = urlsplit(text)
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError as error:
        raise ValueError(f"this URL cannot be read: {error}") from error
    path = unquote(parts.path, errors="surrogateescape")
    if port in (None, 80, 443) and _CONSOLE.search(host):
        bucket, key = _in_console(path)
    elif (own := _on_endpoint(host, port or _usual_port(parts), path, endpoint)) is not None:
        bucket, key = own
    elif (partition := _partition_of(host)) is not None:
        if not endpoint.is_aws:
            raise ValueError(f"{host} is Amazon's; this connection asks {endpoint.authority}: choose another")
        bucket, key = _on_amazon(host, path, partition)
    else:
        raise ValueError(f"{host} is not where this connection asks ({endpoint.authority}): choose another")
    if not bucket:
        raise ValueError("this URL names no bucket")
    return (
        S3Uri.parse(f"s3://{bucket}/{key or _prefix_in(parts)}") if ":" not in bucket else S3Uri(bucket, key)
    )


def _on_endpoint(host: str, port: int, path: str, endpoint: Endpoint) -> tuple[str, str] | None:
    """Split a URL of the connection's own endpoint into bucket and key; `None` where it is another's."""
    if endpoint.is_aws or port != (endpoint.port or {"http": 80, "https": 443}[endpoint.scheme]):
        return None
    path = path.removeprefix(unquote(endpoint.base_path))
    if host == endpoint.host:
        return _split(path)
    bucket = host.removesuffix("." + endpoint.host)
    return None if bucket == host else (bucket, path[1:])


def _on_amazon(host: str, path: str, partition: Partition) -> tuple[str, str]:
    match = _SERVICE.fullmatch(host.removesuffix("." + partition.dns_suffix))
    if match is None:
        raise ValueError(f"{host} is not a host of S3")
    bucket, service, region = match["bucket"], match["service"], match["region"]
    service = service.replace("-fips", "")
    if service == "s3-outposts" and bucket is not None and bucket.partition(".")[0].endswith("--op-s3"):
        return bucket.partition(".")[0], path[1:]
    if service not in _WITH_POINTS:
        return (bucket, path[1:]) if bucket else _split(path)
    point = _ACCESS_POINT.fullmatch(bucket or "")
    if point is None or region is None or (service == "s3-outposts") != bool(point["outpost"]):
        raise ValueError(f"{host} is not the host of an access point")
    outpost = f"outpost/{point['outpost']}/" if point["outpost"] else ""
    name = f"{outpost}accesspoint/{point['name']}"
    return f"arn:{partition.id}:{_WITH_POINTS[service]}:{region}:{point['account']}:{name}", path[1:]


def _in_console(path: str) -> tuple[str, str]:
    match = _CONSOLE_PATH.match(path)
    if match is None:
        raise ValueError("this page of the console shows no bucket")
    return match["bucket"], match["key"] or ""


def _partition_of(host: str) -> Partition | None:
    by_length = sorted(PARTITIONS, key=lambda partition: -len(partition.dns_suffix))
    return next((p for p in by_length if host.endswith("." + p.dns_suffix)), None)


def _split(path: str) -> tuple[str, str]:
    bucket, _, key = path[1:].partition("/")
    return bucket, key


def _prefix_in(parts: SplitResult) -> str:
    """Return the prefix that the console, and a listing's own URL, have in their query."""
    return parse_qs(parts.query, errors="surrogateescape").get("prefix", [""])[0]


def _usual_port(parts: SplitResult) -> int:
    return {"http": 80, "https": 443}[parts.scheme.lower()]
