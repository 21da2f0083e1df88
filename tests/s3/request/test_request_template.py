"""Request templates: what they make is what the builder makes, byte for byte, over generated requests."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from s3tui.s3.address.endpoint import Addressing, Endpoint
from s3tui.s3.credentials import Credentials
from s3tui.s3.request.options import CustomerKey, Encryption, ObjectOptions, object_headers
from s3tui.s3.request.request_builder import RequestBuilder
from s3tui.s3.request.request_template import OPEN
from s3tui.s3.request.s3_request import S3Request
from tests.long import share
from tests.s3.signing.test_sigv4_botocore import KEY, KEYS, PRINTABLE, REGION, WORD

AT = datetime(2026, 11, 20, 23, 59, 58, 900_000, tzinfo=UTC)
ENDPOINT = st.one_of(
    REGION.map(lambda region: Endpoint.aws("us-east-1" if region == "auto" else region)),
    st.sampled_from(
        [
            Endpoint.custom("http://127.0.0.1:9000"),
            Endpoint.custom("https://[::1]:9000/base/100%25"),
            Endpoint.custom("https://s3.example.com", addressing=Addressing.VIRTUAL),
        ]
    ),
)
OPTIONS = st.fixed_dictionaries(
    {},
    optional={
        "content_type": PRINTABLE,
        "cache_control": PRINTABLE,
        "metadata": st.dictionaries(WORD | st.sampled_from(["100%", "%s"]), KEY | PRINTABLE, max_size=3),
        "tagging": st.dictionaries(KEY, KEY, max_size=2),
        "encryption": st.builds(Encryption.kms, st.none() | WORD, context=st.none() | st.just({"a": "é%"})),
        "customer_key": st.binary(min_size=32, max_size=32).map(CustomerKey),
        "storage_class": st.just("STANDARD_IA"),
    },
)


@settings(max_examples=share(100, 5000), deadline=None)
@given(
    ENDPOINT,
    st.sampled_from(["bucket", "with.dots"]),
    st.none() | KEYS,
    OPTIONS,
    st.lists(st.tuples(KEY.filter(bool), st.binary(max_size=20), st.integers(0, 3)), min_size=1, max_size=3),
    st.none() | WORD,
)
def test_a_template_makes_what_the_builder_makes(
    endpoint: Endpoint,
    bucket: str,
    keys: Credentials | None,
    options: ObjectOptions,
    objects: list[tuple[str, bytes, int]],
    version_id: str | None,
) -> None:
    try:
        about = object_headers(options)
    except ValueError:  # no header can carry it
        return
    builder, region = RequestBuilder(endpoint, {}), endpoint.region
    query = () if version_id is None else (("versionId", version_id),)
    open_headers = {**about, "x-amz-checksum-crc32": OPEN, "x-amz-request-payer": "requester"}
    put = builder.template(S3Request("PutObject", "PUT", bucket, "k", (), open_headers), region, keys)
    get = builder.template(S3Request("GetObject", "GET", bucket, "k", query, about), region, keys)
    assert put is not None
    assert get is not None
    for key, body, seconds in objects:
        at, checksum = AT + timedelta(seconds=seconds), f"{len(body)}abc=="
        headers = {**open_headers, "x-amz-checksum-crc32": checksum}
        values = {"content-length": str(len(body)), "x-amz-checksum-crc32": checksum}
        for template, open_values, request in (
            (put, values, S3Request("PutObject", "PUT", bucket, key, (), headers, body)),
            (get, {}, S3Request("GetObject", "GET", bucket, key, query, about)),
        ):
            sent = request.body if isinstance(request.body, bytes) else b""
            wire = builder.build(request, builder.target(request, region), keys, at)
            head = template.head(key, open_values, hashlib.sha256(sent).hexdigest(), at)
            assert head.target == wire.extensions["target"]
            assert head.fields == b"".join(b"%b: %b\r\n" % pair for pair in wire.headers.raw)
            assert head.headers == wire.extensions["headers"]
            assert template.origin == wire.extensions["origin"]
            assert template.url == wire.url
