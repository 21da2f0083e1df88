"""The servers behave as the other tests assume."""

from __future__ import annotations

import httpx
import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from tests.servers import OTHER_REGION, S3Server


@pytest.fixture(params=["ministack", "ministack_tls", "moto_server", "rclone_server"])
def server(request: pytest.FixtureRequest) -> S3Server:
    found: S3Server = request.getfixturevalue(request.param)
    return found


def test_an_object_comes_back_as_it_went(server: S3Server) -> None:
    s3, bucket = server.boto3(), server.make_bucket()
    s3.put_object(Bucket=bucket, Key="key", Body=b"body")
    assert s3.get_object(Bucket=bucket, Key="key")["Body"].read() == b"body"


@pytest.mark.server
@pytest.mark.parametrize("name", ["ministack", "ministack_tls", "rclone_server"])
def test_a_wrong_secret_is_refused(name: str, request: pytest.FixtureRequest) -> None:
    server: S3Server = request.getfixturevalue(name)
    with pytest.raises(ClientError, match="SignatureDoesNotMatch"):
        server.boto3(credentials=server.wrong_secret).list_buckets()


def test_the_reader_may_list_but_not_write(ministack: S3Server) -> None:
    bucket = ministack.make_bucket()
    s3 = ministack.boto3(credentials=ministack.readonly)
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0
    with pytest.raises(ClientError, match="AccessDenied"):
        s3.put_object(Bucket=bucket, Key="key", Body=b"body")


def test_a_bucket_of_another_region_redirects(ministack: S3Server) -> None:
    bucket = ministack.make_bucket(region=OTHER_REGION)
    request = AWSRequest("GET", f"{ministack.endpoint_url}/{bucket}/key")
    keys = Credentials(ministack.credentials.access_key, ministack.credentials.secret_key.reveal())
    S3SigV4Auth(keys, "s3", ministack.region).add_auth(request)
    answer = httpx.get(request.url, headers=dict(request.headers))
    assert answer.status_code == 301
    assert answer.headers["x-amz-bucket-region"] == OTHER_REGION
