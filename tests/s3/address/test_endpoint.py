from __future__ import annotations

from dataclasses import replace

import pytest

from s3tui.s3.address import providers
from s3tui.s3.address.endpoint import Addressing, Endpoint
from s3tui.s3.address.providers import PROVIDERS, StorageProvider
from s3tui.s3.address.region import Region


def url(endpoint: Endpoint, bucket: str | None = None, key: str | None = None) -> str:
    target = endpoint.target(bucket, key)
    return f"{target.scheme}://{target.authority}{target.path}"


@pytest.mark.parametrize("provider", PROVIDERS, ids=lambda provider: provider.name)
def test_every_providers_own_host_tells_the_providers_region(provider: StorageProvider) -> None:
    endpoint = Endpoint.of_provider(
        provider, account="0123abcd", url=None if provider.host else "http://127.0.0.1:9000"
    )
    assert endpoint.region == provider.region
    if provider.host is not None:
        region = Region.of_host(f"bucket.{endpoint.host}")
        assert region is not None
        assert region.code == provider.region


def test_providers_answer_where_they_say() -> None:
    assert url(Endpoint.of_provider(providers.R2, account="0123abcd"), "b", "k") == (
        "https://0123abcd.r2.cloudflarestorage.com/b/k"
    )
    assert url(Endpoint.of_provider(providers.BACKBLAZE, region="eu-central-003"), "b") == (
        "https://s3.eu-central-003.backblazeb2.com/b"
    )
    assert url(Endpoint.of_provider(providers.MINIO, url="http://[::1]:9000"), "b") == "http://[::1]:9000/b"
    assert url(Endpoint.of_provider(providers.TIGRIS), "bucket", "k") == "https://bucket.t3.storage.dev/k"


def test_a_provider_without_what_its_host_needs_says_what_that_is() -> None:
    with pytest.raises(ValueError, match="account id"):
        Endpoint.of_provider(providers.R2)
    with pytest.raises(ValueError, match="URL is needed"):
        Endpoint.of_provider(providers.MINIO)


@pytest.mark.parametrize(
    ("given", "authority"),
    [
        ("http://127.0.0.1:80", "127.0.0.1"),
        ("https://s3.example.com:443/", "s3.example.com"),
        ("https://S3.Example.com:8443", "s3.example.com:8443"),
        ("http://[2001:db8::1]:9000", "[2001:db8::1]:9000"),
        ("https://müller.example", "xn--mller-kva.example"),
    ],
)
def test_the_authority_is_what_the_host_header_says(given: str, authority: str) -> None:
    assert Endpoint.custom(given).authority == authority


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("s3.example.com", "needs http:// or https://"),
        ("ftp://s3.example.com", "needs http:// or https://"),
        ("https://", "a host"),
        ("https://u:p@s3.example.com", "user name or password"),
        ("https://s3.example.com/?x=1", "before any"),
        ("https://s3.example.com/#x", "before any"),
        ("https://s3.example.com:99999", "cannot be read"),
        ("https://s3 .example.com", "white space"),
        ("https://[::1", "cannot be read"),
    ],
)
def test_a_wrong_endpoint_url_is_refused_with_the_reason(given: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Endpoint.custom(given)


@pytest.mark.parametrize(
    "given", ["ftp://u:s3cret@h", "https://u:s3 cret@h", "https://u:s3/cret@h", "https://u:s3#cret@h"]
)
def test_a_wrong_endpoint_url_is_not_told_with_its_password(given: str) -> None:
    with pytest.raises(ValueError, match="endpoint URL") as refused:
        Endpoint.custom(given)
    assert "s3" not in str(refused.value).replace("https://s3.example.com", "")


@pytest.mark.parametrize("region", ["", "eu west", "eu-west-1.evil.org", "-a", "a/b", "x" * 64])
def test_a_region_that_could_change_the_host_is_refused(region: str) -> None:
    with pytest.raises(ValueError, match="is not a region"):
        Endpoint.aws(region)
    with pytest.raises(ValueError, match="is not a region"):
        Endpoint.aws("us-east-1").in_region(region)


@pytest.mark.parametrize("bucket", ["", ".", "..", "a/b"])
def test_a_bucket_that_could_change_the_path_is_refused(bucket: str) -> None:
    with pytest.raises(ValueError, match="cannot be a bucket's name"):
        Endpoint.custom("http://127.0.0.1:9000").target(bucket, "key")


@pytest.mark.parametrize(
    ("bucket", "said"),
    [
        ("logs--nozone--x-s3", "expected name--zone-id--x-s3"),
        ("arn:aws:s3express:us-east-1:123456789012:accesspoint/name", "does not name an access point"),
        ("arn:aws-cn:s3::123456789012:accesspoint/name.mrap", "lies in AWS China"),
        ("arn:aws-x:s3::123456789012:accesspoint/name.mrap", "lies in aws-x"),
        ("arn:aws:s3:cn-north-1:123456789012:accesspoint/name", "lies in AWS China"),
    ],
)
def test_what_cannot_be_asked_says_why(bucket: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Endpoint.aws().target(bucket)


@pytest.mark.parametrize(
    ("bucket", "options", "said"),
    [
        ("logs--use1-az4--x-s3", {"accelerate": True}, "directory buckets have no Transfer Acceleration"),
        ("arn:aws:s3::123456789012:accesspoint/a.mrap", {"fips": True}, "have no FIPS hosts"),
        ("arn:aws:s3::123456789012:accesspoint/a.mrap", {"dual_stack": True}, "have no dual-stack hosts"),
    ],
)
def test_what_a_kind_of_bucket_has_no_host_for_is_said(
    bucket: str, options: dict[str, bool], said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        Endpoint.aws(**options).target(bucket)  # type: ignore[arg-type]  # all of them are bools


def test_access_points_are_asked_elsewhere_only_where_the_settings_allow_it() -> None:
    arn = "arn:aws:s3:eu-west-1:123456789012:accesspoint/finance"
    at_home = replace(Endpoint.aws("us-east-1"), arn_regions=False)
    with pytest.raises(ValueError, match="use_arn_region is off"):
        at_home.target(arn, region=at_home.region_of(arn))
    assert replace(Endpoint.aws("eu-west-1"), arn_regions=False).target(arn).region == "eu-west-1"


def test_an_access_point_is_signed_for_the_region_that_its_arn_names() -> None:
    arn = "arn:aws:s3:eu-west-1:123456789012:accesspoint/finance"
    endpoint = Endpoint.aws("us-east-1")
    assert url(endpoint, arn, "a/b") == (
        "https://finance-123456789012.s3-accesspoint.eu-west-1.amazonaws.com/a/b"
    )
    assert endpoint.region_of(arn) == "eu-west-1"
    assert endpoint.region_of("bucket") == "us-east-1"


def test_another_region_keeps_the_kind_of_endpoint() -> None:
    endpoint = Endpoint.aws("us-east-1", dual_stack=True, fips=True).in_region("us-west-2")
    assert endpoint.host == "s3-fips.dualstack.us-west-2.amazonaws.com"
    custom = Endpoint.custom("http://127.0.0.1:9000", addressing=Addressing.PATH).in_region("eu-west-1")
    assert (custom.host, custom.region) == ("127.0.0.1", "eu-west-1")


def test_amazons_endpoints_have_any_scheme_and_port() -> None:
    tunnel = Endpoint.aws("eu-west-1", scheme="http", port=8080)
    assert url(tunnel, "bucket", "k") == "http://bucket.s3.eu-west-1.amazonaws.com:8080/k"
    assert url(tunnel, "a.b", "k") == "http://s3.eu-west-1.amazonaws.com:8080/a.b/k"
    assert url(tunnel.in_region("eu-west-2"), "bucket") == "http://bucket.s3.eu-west-2.amazonaws.com:8080/"
    arn = "arn:aws:s3:eu-west-1:123456789012:accesspoint/finance"
    assert url(tunnel, arn) == "http://finance-123456789012.s3-accesspoint.eu-west-1.amazonaws.com:8080/"
    multi = "arn:aws:s3::123456789012:accesspoint/a.mrap"
    assert url(tunnel, multi) == "http://a.mrap.accesspoint.s3-global.amazonaws.com:8080/"
    fast = Endpoint.aws("eu-west-1", accelerate=True, port=8443)
    assert url(fast, "bucket") == "https://bucket.s3-accelerate.amazonaws.com:8443/"
    assert Endpoint.aws(port=443) == Endpoint.aws()
    for scheme, port in (("ftp", None), ("https", 0), ("http", 65536)):
        with pytest.raises(ValueError, match="expected https or http"):
            Endpoint.aws(scheme=scheme, port=port)
