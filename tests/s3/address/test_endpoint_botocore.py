"""Endpoints of requests, against botocore's resolution of AWS's own endpoint rules."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from dataclasses import replace
from importlib import resources
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.config import Config
from botocore.endpoint_provider import EndpointProvider
from botocore.exceptions import BotoCoreError, EndpointProviderError, ParamValidationError
from botocore.handlers import validate_bucket_name
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from s3tui.s3.address.endpoint import Addressing, Endpoint
from s3tui.s3.address.region import REGIONS
from tests.long import share

DATA = resources.files("botocore.data")
RULES = json.loads(gzip.decompress(DATA.joinpath("s3/2006-03-01/endpoint-rule-set-1.json.gz").read_bytes()))
PROVIDER = EndpointProvider(RULES, json.loads(DATA.joinpath("partitions.json").read_text()))

REGION = st.sampled_from([region.code for region in REGIONS]) | st.sampled_from(
    ["eu-north-9", "auto", "us-gov-nowhere", "garage"]
)
LABEL = st.text("abcxyz019-", min_size=1, max_size=12)
BUCKET = st.one_of(
    LABEL,
    st.lists(LABEL, min_size=2, max_size=4).map(".".join),
    st.text("ab1-.", min_size=60, max_size=66),
    st.sampled_from(
        ["192.168.1.1", "999.1.1.1", "1.2.3", "Upper-Case", "under_score", "a..b", "xn--bucket", "my-s3alias"]
    ),
    st.text("aB/_ ?#%é", min_size=0, max_size=6),
    st.sampled_from(["a--use1-az4--x-s3", "a--use1-az4--xa-s3", "a--op-s3", "a--ol-s3"]),
)
ARN = st.builds(
    "arn:{}:{}:{}:{}:{}{}{}".format,
    st.sampled_from(["aws", "aws-cn", "aws", ""]),
    st.sampled_from(["s3", "s3", "s3", "s3-object-lambda", "s3-outposts", "sqs"]),
    REGION | st.just(""),
    st.sampled_from(["123456789012", "", "12.34"]),
    st.sampled_from(["accesspoint", "accesspoint", "bucket", "outpost"]),
    st.sampled_from([":", "/"]),
    LABEL | st.sampled_from(["", "name/extra", "a.b", "op-1/accesspoint/name"]),
) | st.sampled_from(["arn:", "arn:aws:s3", "arn:aws:s3:::bucket"])
HOST = st.sampled_from(["127.0.0.1", "[::1]", "[2001:db8::1]", "localhost", "s3.example.com", "10.0.0.1"])
CUSTOM_URL = st.builds(
    "{}://{}{}{}".format,
    st.sampled_from(["http", "https"]),
    HOST,
    st.sampled_from(["", ":9000", ":8443"]),
    st.sampled_from(["", "/", "/gateway", "/a/b/"]),
)


FIXTURES = Path(__file__).parents[2] / "fixtures/botocore"
CASES = [json.loads(line) for line in (FIXTURES / "s3_endpoints.jsonl").read_text().splitlines()]
OF_ANOTHER_OPERATION = {"UseObjectLambdaEndpoint"}
"""WriteGetObjectResponse, which only a Lambda function can call."""
OPERATIONS = {"UseS3ExpressControlEndpoint": "ListDirectoryBuckets", "DisableAccessPoints": "CreateBucket"}
UNDOCUMENTED = "s3-accelerate.dualstack.us-east-1."
"""A host of the rules that *Using dual-stack endpoints* does not have: the documented one names no region."""


def _endpoint_of(parameters: Mapping[str, Any]) -> Endpoint:
    region, url = parameters.get("Region", ""), parameters.get("Endpoint")
    if parameters.get("UseGlobalEndpoint") and region == "us-east-1":
        region = "aws-global"
    fips, dual_stack, accelerate = (
        bool(parameters.get(name)) for name in ("UseFIPS", "UseDualStack", "Accelerate")
    )
    addressing = Addressing.PATH if parameters.get("ForcePathStyle") else Addressing.VIRTUAL
    if url is None:
        endpoint = Endpoint.aws(
            region, addressing=addressing, dual_stack=dual_stack, fips=fips, accelerate=accelerate
        )
    else:
        if fips or dual_stack or accelerate:
            raise ValueError("custom endpoints have no such option")
        endpoint = Endpoint.custom(url, region=region, addressing=addressing)
    return replace(
        endpoint,
        arn_regions=parameters.get("UseArnRegion", True),
        multi_region=not parameters.get("DisableMultiRegionAccessPoints"),
        sessions=not parameters.get("DisableS3ExpressSessionAuth"),
    )


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['parameters']}")
def test_each_case_of_botocores_own_is_resolved_or_refused(case: Mapping[str, Any]) -> None:
    parameters = case["parameters"]
    if OF_ANOTHER_OPERATION & {name for name, value in parameters.items() if value}:
        return
    operation = next((OPERATIONS[name] for name in OPERATIONS if parameters.get(name)), "")
    if operation == "ListDirectoryBuckets" and "Bucket" in parameters:
        operation = "CreateBucket"
    if "error" in case:
        with pytest.raises(ValueError, match=r".+"):
            _endpoint_of(parameters).target(parameters.get("Bucket"), operation=operation)
        return
    target = _endpoint_of(parameters).target(parameters.get("Bucket"), operation=operation)
    if UNDOCUMENTED in case["url"]:
        assert target.authority == case["url"].removeprefix("https://").replace("us-east-1.", "")
        return
    assert f"{target.scheme}://{target.authority}{target.path}".rstrip("/") == case["url"].rstrip("/")
    assert (target.signed_with.value, target.service, target.region) == (
        case["scheme"],
        case["service"],
        case["region"],
    )


CONTROL = [json.loads(line) for line in (FIXTURES / "s3control_endpoints.jsonl").read_text().splitlines()]


@pytest.mark.parametrize("case", CONTROL, ids=lambda case: f"{case['parameters']}")
def test_settings_of_accounts_are_where_s3_control_is(case: Mapping[str, Any]) -> None:
    parameters = dict(case["parameters"])
    account = parameters.pop("AccountId")
    if "Endpoint" in parameters:
        parameters.pop("UseFIPS", None)  # left aside there
    if "error" in case:
        with pytest.raises(ValueError, match=r".+"):
            _endpoint_of(parameters).target(account=account)
        return
    target = _endpoint_of(parameters).target(account=account, key="v/1")
    assert f"{target.scheme}://{target.authority}{target.path}" == f"{case['url']}/v/1"
    found = target.signed_with.value, target.service, target.region
    assert found == (case["scheme"], case["service"], case["region"])


def _theirs(endpoint: Endpoint, bucket: str, custom_url: str | None) -> tuple[str, str, str, str] | None:
    """Return botocore's URL and how it signs, `None` when it refuses."""
    try:
        validate_bucket_name({"Bucket": bucket})
    except ParamValidationError:
        return None
    path_style = endpoint.addressing is Addressing.PATH or (
        endpoint.addressing is Addressing.AUTO and custom_url is not None and not bucket.startswith("arn:")
    )
    parameters: dict[str, Any] = {
        "Bucket": bucket,
        "Region": endpoint.region,
        "ForcePathStyle": path_style,
        "UseFIPS": endpoint.fips,
        "UseDualStack": endpoint.dual_stack,
        "Accelerate": endpoint.accelerate,
        "UseGlobalEndpoint": endpoint.is_global,
        "UseArnRegion": endpoint.arn_regions,
        "DisableS3ExpressSessionAuth": not endpoint.sessions,
    }
    if custom_url is not None:
        parameters["Endpoint"] = custom_url
    try:
        resolved = PROVIDER.resolve_endpoint(**parameters)
    except EndpointProviderError:
        return None
    scheme: Mapping[str, Any] = resolved.properties["authSchemes"][0]
    region = scheme.get("signingRegion") or scheme["signingRegionSet"][0]
    return resolved.url.rstrip("/"), scheme["name"], scheme["signingName"], region


def _compare(endpoint: Endpoint, bucket: str, custom_url: str | None = None) -> None:
    theirs = _theirs(endpoint, bucket, custom_url)
    ours = _ours(endpoint, bucket)
    if ours is None or theirs is not None:
        assert ours == theirs


def _ours(endpoint: Endpoint, bucket: str) -> tuple[str, str, str, str] | None:
    try:
        target = endpoint.target(bucket)
    except ValueError:
        return None
    url = f"{target.scheme}://{target.authority}{target.path}".rstrip("/")
    return url, target.signed_with.value, target.service, target.region


@settings(max_examples=share(2000, 2000))
@given(REGION, BUCKET | ARN, st.sampled_from(Addressing), st.booleans(), st.booleans(), st.booleans())
def test_amazons_endpoints_are_those_that_botocore_resolves(
    region: str, bucket: str, addressing: Addressing, dual_stack: bool, fips: bool, accelerate: bool
) -> None:
    try:
        endpoint = Endpoint.aws(
            region, addressing=addressing, dual_stack=dual_stack, fips=fips, accelerate=accelerate
        )
    except ValueError:
        refused = Endpoint("https", "", None, region, addressing, "", True, dual_stack, fips, accelerate)
        assert _theirs(refused, "bucket", None) is None
        return
    _compare(endpoint, bucket)


@settings(max_examples=share(2000, 2000))
@given(CUSTOM_URL, REGION, BUCKET | ARN, st.sampled_from(Addressing))
def test_custom_endpoints_are_addressed_as_botocore_addresses_them(
    url: str, region: str, bucket: str, addressing: Addressing
) -> None:
    endpoint = Endpoint.custom(url, region=region, addressing=addressing)
    is_ip = endpoint.host not in ("localhost", "s3.example.com")
    if is_ip and (bucket.startswith("arn:") or ("." in bucket and addressing is Addressing.VIRTUAL)):
        return  # botocore makes http://a.b.127.0.0.1 of it, which no resolver knows
    if bucket.endswith(("--x-s3", "--xa-s3")) and (addressing is Addressing.PATH or is_ip):
        return  # who asks for path style has no other host; and the rules put a gateway's path last
    if ":s3-outposts:" in bucket:
        return  # the rules say https even where the endpoint does not: see the cases
    _compare(endpoint, bucket, url)


class _Sent(Exception):
    pass


def _client(url: str | None, region: str, **s3: object) -> Any:
    session = botocore.session.Session()
    session.set_credentials("AKIAIOSFODNN7EXAMPLE", "secret")
    config = Config(s3={"us_east_1_regional_endpoint": "regional", **s3}, retries={"total_max_attempts": 1})
    return session.create_client("s3", region, endpoint_url=url, config=config)


CLIENTS = {
    "aws": (_client(None, "eu-west-1"), Endpoint.aws("eu-west-1")),
    "aws path": (
        _client(None, "us-east-1", addressing_style="path"),
        Endpoint.aws("us-east-1", addressing=Addressing.PATH),
    ),
    "accelerate": (
        _client(None, "us-west-2", use_accelerate_endpoint=True),
        Endpoint.aws("us-west-2", accelerate=True),
    ),
    "dual-stack": (
        _client(None, "cn-north-1", use_dualstack_endpoint=True),
        Endpoint.aws("cn-north-1", dual_stack=True),
    ),
    "custom": (
        _client("http://[::1]:9000/gateway", "auto"),
        Endpoint.custom("http://[::1]:9000/gateway", region="auto"),
    ),
    "custom virtual": (
        _client("http://localhost:9000", "us-east-1", addressing_style="virtual"),
        Endpoint.custom("http://localhost:9000", addressing=Addressing.VIRTUAL),
    ),
}
KEY = st.text(
    st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=20
) | st.sampled_from(["/", "//", "./a", "../a", "a/..", "a//b/", "+ %~'()*!", "%2F", "?x=1#y"])


@settings(max_examples=share(300, 300), suppress_health_check=[HealthCheck.too_slow])
@pytest.mark.parametrize("kind", CLIENTS)
@given(bucket=st.sampled_from(["bucket", "dotted.name"]), key=KEY)
def test_requests_have_the_url_that_botocores_client_prepares(kind: str, bucket: str, key: str) -> None:
    client, endpoint = CLIENTS[kind]
    sent: list[str] = []

    def stop(request: AWSPreparedRequest, **_: object) -> AWSResponse:
        sent.append(request.url)
        raise _Sent

    client.meta.events.register("before-send.s3", stop, unique_id="stop")
    try:
        client.get_object(Bucket=bucket, Key=key)
    except _Sent:
        pass
    except BotoCoreError:
        with pytest.raises(ValueError, match=r".+"):
            endpoint.target(bucket, key)
        return
    finally:
        client.meta.events.unregister("before-send.s3", stop, unique_id="stop")
    target = endpoint.target(bucket, key)
    assert sent == [f"{target.scheme}://{target.authority}{target.path}"]
