"""Where a listing goes on, however the document says so or leaves it out."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from s3tui.s3.errors import ProtocolError
from s3tui.s3.models import UploadMarker, VersionMarker
from s3tui.s3.wire import listing_xml, xml
from s3tui.s3.wire.paging import key_of_token

URL = "<EncodingType>url</EncodingType>"
MORE = "<IsTruncated>true</IsTruncated>"


def objects(fields: str, *names: str) -> bytes:
    return f"<ListBucketResult>{fields}{_rows('Contents', names)}</ListBucketResult>".encode()


def versions(fields: str, *names: str) -> bytes:
    return f"<ListVersionsResult>{fields}{_rows('Version', names)}</ListVersionsResult>".encode()


def uploads(fields: str, *names: str) -> bytes:
    return (
        f"<ListMultipartUploadsResult>{fields}{_rows('Upload', names)}</ListMultipartUploadsResult>".encode()
    )


def _rows(element: str, names: tuple[str, ...]) -> str:
    """Rows of these names, each with its place for an id; a name that ends in a slash is a common prefix."""
    return "".join(
        f"<CommonPrefixes><Prefix>{name}</Prefix></CommonPrefixes>"
        if name.endswith("/")
        else f"<{element}><Key>{name}</Key><VersionId>{n}</VersionId><UploadId>{n}</UploadId></{element}>"
        for n, name in enumerate(names)
    )


@pytest.mark.parametrize("reader", [xml.list_objects, listing_xml.list_objects])
@pytest.mark.parametrize(
    ("fields", "goes_on"),
    [
        ("", False),
        ("<NextContinuationToken>t</NextContinuationToken>", True),
        ("<IsTruncated/><NextContinuationToken>t</NextContinuationToken>", True),
        ("<IsTruncated>false</IsTruncated><NextContinuationToken>t</NextContinuationToken>", False),
        ("<IsTruncated> 0 </IsTruncated><NextContinuationToken>t</NextContinuationToken>", False),
        ("<IsTruncated>TRUE</IsTruncated><NextContinuationToken>t</NextContinuationToken>", True),
        ("<IsTruncated> 1 </IsTruncated><NextContinuationToken>t</NextContinuationToken>", True),
        ("<NextContinuationToken/><NextMarker/>", False),
    ],
)
def test_a_page_is_the_last_one_where_it_says_so_or_names_no_next(
    reader: Callable[[bytes], object], fields: str, goes_on: bool
) -> None:
    page = xml.list_objects(objects(fields, "a", "b"))
    assert reader(objects(fields, "a", "b")) == page
    assert page.next_continuation_token == ("t" if goes_on else None)


@pytest.mark.parametrize(
    ("fields", "names", "behind"),
    [
        (MORE, ["a", "b"], "b"),
        (MORE, ["a", "b", "c/"], "c/"),
        (MORE, ["c", "b/"], "c"),
        (MORE, ["b/"], "b/"),
        ("<IsTruncated>yes</IsTruncated>", ["a"], "a"),
        ("<NextMarker>b</NextMarker>", ["a", "b"], "b"),
        (f"{MORE}<NextMarker>b</NextMarker>", [], "b"),
        (f"{MORE}<NextMarker>b</NextMarker>", ["z", "a"], "b"),
        (f"{URL}{MORE}<NextMarker>a%20b</NextMarker>", ["a%20b"], "a b"),
        (f"{URL}{MORE}<NextMarker>a+b</NextMarker>", ["a%2Bb"], "a+b"),
        (f"{URL}{MORE}<NextMarker>a+b/</NextMarker>", ["z", "a%2Bb/"], "a+b/"),
        (f"{URL}{MORE}<NextMarker>q+b</NextMarker>", ["z"], "q b"),
        (f"{MORE}<NextMarker>q+b</NextMarker>", ["z"], "q+b"),
    ],
)
def test_without_a_token_objects_go_on_behind_the_marker_or_the_last_name(
    fields: str, names: list[str], behind: str
) -> None:
    token = xml.list_objects(objects(fields, *names)).next_continuation_token
    assert key_of_token(token) == behind


@pytest.mark.parametrize("names", [[], ["b", "a"], ["b/", "a/"], ["a", "a"]])
def test_objects_in_no_order_do_not_tell_where_they_go_on(names: list[str]) -> None:
    with pytest.raises(ProtocolError, match=r"but not where \(NextContinuationToken\)$"):
        xml.list_objects(objects(MORE, *names))


@pytest.mark.parametrize(
    ("fields", "names", "following"),
    [
        ("", ["a"], None),
        ("<IsTruncated>false</IsTruncated><NextKeyMarker>a</NextKeyMarker>", ["a"], None),
        ("<NextKeyMarker>a</NextKeyMarker><NextID>7</NextID>", ["a"], ("a", "7")),
        (f"{MORE}<NextKeyMarker>b</NextKeyMarker>", ["a", "b", "b"], ("b", "2")),
        (f"{MORE}<NextKeyMarker>p/</NextKeyMarker>", ["a", "p/"], ("p/", None)),
        (f"{URL}{MORE}<NextKeyMarker>a+b</NextKeyMarker>", ["a%2Bb"], ("a+b", "0")),
        (f"{URL}{MORE}<NextKeyMarker>a+b/</NextKeyMarker>", ["z", "a%2Bb/"], ("a+b/", None)),
        (f"{URL}{MORE}<NextKeyMarker>q+b</NextKeyMarker>", ["z"], ("q b", None)),
        (MORE, ["a", "b", "b"], ("b", "2")),
        (MORE, ["a", "p/"], ("p/", None)),
        (MORE, ["q", "p/"], ("q", "0")),
        (MORE, ["p/"], ("p/", None)),
    ],
)
def test_versions_and_uploads_go_on_behind_a_key_and_an_id(
    fields: str, names: list[str], following: tuple[str, str | None] | None
) -> None:
    of_versions = fields.replace("NextID", "NextVersionIdMarker")
    found = xml.list_object_versions(versions(of_versions, *names)).next
    assert found == (None if following is None else VersionMarker(*following))
    of_uploads = fields.replace("NextID", "NextUploadIdMarker")
    under_way = xml.list_multipart_uploads(uploads(of_uploads, *names)).next
    assert under_way == (None if following is None else UploadMarker(*following))


@pytest.mark.parametrize("names", [[], ["b", "a"]])
def test_versions_in_no_order_do_not_tell_where_they_go_on(names: list[str]) -> None:
    for reader, body in (
        (xml.list_object_versions, versions(MORE, *names)),
        (xml.list_multipart_uploads, uploads(MORE, *names)),
    ):
        with pytest.raises(ProtocolError, match=r"but not where \(NextKeyMarker\)$"):
            reader(body)


@pytest.mark.parametrize(
    ("fields", "numbers", "following"),
    [
        ("", [1], None),
        ("<IsTruncated>false</IsTruncated><NextPartNumberMarker>1</NextPartNumberMarker>", [1], None),
        ("<NextPartNumberMarker>0</NextPartNumberMarker>", [1], None),
        ("<NextPartNumberMarker> 007 </NextPartNumberMarker>", [1], "7"),
        (f"{MORE}<NextPartNumberMarker>3</NextPartNumberMarker>", [], "3"),
        (f"{MORE}<NextPartNumberMarker>0</NextPartNumberMarker>", [2, 12, 5], "12"),
        (MORE, [2, 12, 5], "12"),
    ],
)
def test_parts_go_on_behind_a_number(fields: str, numbers: list[int], following: str | None) -> None:
    parts = "".join(f"<Part><PartNumber>{number}</PartNumber><ETag>e</ETag></Part>" for number in numbers)
    assert xml.list_parts(f"<ListPartsResult>{fields}{parts}</ListPartsResult>".encode())[1] == following


def test_parts_that_are_none_do_not_tell_where_they_go_on() -> None:
    with pytest.raises(ProtocolError, match=r"but not where \(NextPartNumberMarker\)$"):
        xml.list_parts(f"<ListPartsResult>{MORE}</ListPartsResult>".encode())


@pytest.mark.parametrize("said", ["url", " URL\n"])
def test_all_names_of_an_encoded_page_are_decoded(said: str) -> None:
    body = objects(f"<EncodingType>{said}</EncodingType>", "a%2Fb", "c+d", "p%2B/")
    for reader in (xml.list_objects, listing_xml.list_objects):
        page = reader(body)
        assert [one.key for one in page.objects] == ["a/b", "c d"]
        assert page.common_prefixes == ("p+/",)
    as_they_are = xml.list_objects(objects("<EncodingType>none</EncodingType>", "a%2Fb", "p%2B/"))
    assert ([one.key for one in as_they_are.objects], as_they_are.common_prefixes) == (["a%2Fb"], ("p%2B/",))


@pytest.mark.parametrize(("is_encoded", "key"), [(True, "a/b"), (False, "a%2Fb"), (None, "a%2Fb")])
def test_uploads_may_be_encoded_unsaid(is_encoded: bool | None, key: str) -> None:
    body = uploads("", "a%2Fb")
    assert [one.key for one in xml.list_multipart_uploads(body, is_encoded=is_encoded).uploads] == [key]
    assert xml.may_be_encoded_unsaid(body)
    assert not xml.may_be_encoded_unsaid(uploads(URL, "a%2Fb"))
    assert not xml.may_be_encoded_unsaid(uploads("", "a%2Fb", "c d"))
    assert not xml.may_be_encoded_unsaid(uploads("", "a", "b"))
