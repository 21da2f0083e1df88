"""Checksums of parts add up to that of the whole, as awscrt and zlib compute it in one go."""

from __future__ import annotations

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from s3tui.s3.checksum import ChecksumAlgorithm, ChecksumType, checksum_of
from s3tui.s3.wire.crc_combine import combine, is_combinable
from s3tui.s3.wire.headers import checksum

CRCS = [algorithm for algorithm in ChecksumAlgorithm if is_combinable(algorithm)]


@given(st.lists(st.binary(max_size=300), min_size=1, max_size=5), st.sampled_from(CRCS))
def test_parts_add_up(parts: list[bytes], algorithm: ChecksumAlgorithm) -> None:
    found = combine([checksum_of(part, algorithm) for part in parts], [len(part) for part in parts])
    assert found == checksum_of(b"".join(parts), algorithm)


@pytest.mark.parametrize("algorithm", [ChecksumAlgorithm.SHA1, ChecksumAlgorithm.SHA256])
def test_hashes_do_not(algorithm: ChecksumAlgorithm) -> None:
    with pytest.raises(ValueError, match="CRCs"):
        combine([checksum_of(b"x", algorithm)], [1])


@pytest.mark.parametrize(
    ("headers", "kind"),
    [
        ({"etag": '"a-2"', "x-amz-checksum-type": "FULL_OBJECT"}, ChecksumType.FULL_OBJECT),
        ({"etag": '"a-2"'}, ChecksumType.COMPOSITE),
        ({"etag": '"a"'}, ChecksumType.FULL_OBJECT),
        ({"etag": '"a"', "x-amz-checksum-type": "COMPOSITE"}, ChecksumType.COMPOSITE),
    ],
)
def test_without_its_type_that_of_an_object_of_parts_is_not_of_all_its_bytes(
    headers: dict[str, str], kind: ChecksumType
) -> None:
    found = checksum(httpx.Headers({"x-amz-checksum-crc32": "AAAAAA==", **headers}))
    assert found is not None
    assert found.type is kind
