"""Every provider's template gives the endpoint that its documentation names."""

from __future__ import annotations

import pytest

from s3tui.connect.presets import PRESETS
from s3tui.s3.address.providers import PROVIDERS

BY_NAME = {preset.name: preset for preset in PRESETS}


@pytest.mark.parametrize(
    ("name", "url", "region"),
    [
        ("Amazon S3", "https://s3.us-east-1.amazonaws.com", "us-east-1"),
        ("MinIO", "http://127.0.0.1:9000", "us-east-1"),
        ("Cloudflare R2", "https://acc.r2.cloudflarestorage.com", "auto"),
        ("Backblaze B2", "https://s3.us-west-004.backblazeb2.com", "us-west-004"),
        ("Ceph RGW", "http://127.0.0.1:7480", "us-east-1"),
        ("Wasabi", "https://s3.us-east-1.wasabisys.com", "us-east-1"),
        ("DigitalOcean Spaces", "https://nyc3.digitaloceanspaces.com", "nyc3"),
        ("Google Cloud Storage", "https://storage.googleapis.com", "auto"),
        ("Scaleway", "https://s3.fr-par.scw.cloud", "fr-par"),
        ("OVHcloud", "https://s3.gra.io.cloud.ovh.net", "gra"),
        ("Hetzner", "https://fsn1.your-objectstorage.com", "fsn1"),
        ("Akamai Linode", "https://us-east-1.linodeobjects.com", "us-east-1"),
        ("Vultr", "https://ewr1.vultrobjects.com", "ewr1"),
        ("Tigris", "https://t3.storage.dev", "auto"),
        ("Garage", "http://127.0.0.1:3900", "garage"),
        ("Storj", "https://gateway.storjshare.io", "us-1"),
        ("SeaweedFS", "http://127.0.0.1:8333", "us-east-1"),
        ("JuiceFS gateway", "http://127.0.0.1:9000", "us-east-1"),
        ("rclone serve s3", "http://127.0.0.1:8080", "us-east-1"),
        ("Oracle Cloud", "https://acc.compat.objectstorage.us-ashburn-1.oraclecloud.com", "us-ashburn-1"),
        ("IBM Cloud", "https://s3.us-south.cloud-object-storage.appdomain.cloud", "us-south"),
        ("Alibaba Cloud OSS", "https://s3.oss-cn-hangzhou.aliyuncs.com", "cn-hangzhou"),
    ],
)
def test_defaults_give_the_documented_endpoint(name: str, url: str, region: str) -> None:
    endpoint = BY_NAME[name].endpoint(account="acc" if BY_NAME[name].needs_account else "")
    assert (endpoint.url, endpoint.region) == (url, region)


def test_a_region_enters_the_host_and_the_signature() -> None:
    endpoint = BY_NAME["Backblaze B2"].endpoint(region="eu-central-003")
    assert (endpoint.host, endpoint.region) == ("s3.eu-central-003.backblazeb2.com", "eu-central-003")
    assert BY_NAME["Amazon S3"].endpoint(region="cn-north-1").host == "s3.cn-north-1.amazonaws.com.cn"


def test_a_typed_url_wins_over_the_template() -> None:
    assert BY_NAME["MinIO"].endpoint(url="https://minio.corp:9443").url == "https://minio.corp:9443"


def test_what_is_missing_is_said() -> None:
    with pytest.raises(ValueError, match="Cloudflare R2 needs your account id"):
        BY_NAME["Cloudflare R2"].endpoint()
    with pytest.raises(ValueError, match="an endpoint URL is needed"):
        BY_NAME["Other"].endpoint()


def test_each_provider_names_the_page_that_it_is_from() -> None:
    assert all(provider.source.startswith("https://") for provider in PROVIDERS)
    assert {preset.provider for preset in PRESETS} - {None} == set(PROVIDERS)


def test_names_are_unique_and_hints_are_there() -> None:
    assert len(BY_NAME) == len(PRESETS)
    assert all(preset.hint for preset in PRESETS)
