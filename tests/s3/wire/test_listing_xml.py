"""The fast parser of listings agrees with the XML parser on any document."""

from __future__ import annotations

from urllib.parse import quote_plus
from xml.sax.saxutils import escape

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from s3tui.s3.errors import ProtocolError
from s3tui.s3.models import ListObjectsPage
from s3tui.s3.wire import listing_xml, xml

_NAMESPACE = ' xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'
_ENTRY = (
    "<Contents><Key>{key}</Key><LastModified>2026-11-21T02:19:39.000Z</LastModified>"
    "<ETag>&quot;d41d8cd98f00b204e9800998ecf8427e&quot;</ETag><Size>{size}</Size>"
    "<StorageClass>STANDARD</StorageClass></Contents>"
)


def _document(
    entries: str, *, before: str = "<EncodingType>url</EncodingType>", namespace: str = _NAMESPACE
) -> bytes:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult{namespace}><Name>b</Name>{before}'
        f"<IsTruncated>false</IsTruncated>{entries}<CommonPrefixes><Prefix>x%2F</Prefix></CommonPrefixes>"
        "</ListBucketResult>"
    ).encode()


def _outcome(read: object, body: bytes) -> ListObjectsPage | type[ProtocolError]:
    assert callable(read)
    try:
        page: ListObjectsPage = read(body)
    except ProtocolError:
        return ProtocolError
    return page


_texts = st.text(alphabet=st.sampled_from("ab/%+&<>\"'\n\r\t \x01\x7fé猫\U0001f600"), max_size=8)
_escaped = _texts.map(escape)
_children = {
    "Key": _escaped | st.text(max_size=12).map(quote_plus),
    "LastModified": st.sampled_from(
        ["2026-11-21T02:19:39.000Z", "2026-11-21T02:19:39Z", "2026-11-21T02:19:39+01:00", "yesterdayZ", ""]
    ),
    "ETag": st.sampled_from(["&quot;0af&quot;", '"0af"', "0af", '"', "&quot;&quot;", "", "&#34;0af&#34;"]),
    "ChecksumAlgorithm": st.sampled_from(["CRC32", ""]),
    "Size": st.sampled_from(["0", "17", "", "-1", "1_000", "٣"]),
    "StorageClass": st.sampled_from(["STANDARD", "GLACIER", ""]),
    "Owner": st.sampled_from(["<ID>a</ID>", ""]),
    "RestoreStatus": st.sampled_from(
        [
            "<IsRestoreInProgress>true</IsRestoreInProgress>",
            "<IsRestoreInProgress>false</IsRestoreInProgress>"
            "<RestoreExpiryDate>2026-12-01T00:00:00.000Z</RestoreExpiryDate>",
            "",
        ]
    ),
}


@st.composite
def _entries(draw: st.DrawFn) -> str:
    """Entries as servers send them, and as they should never be."""
    names = list(_children)
    for rare in ("Owner", "RestoreStatus"):
        if draw(st.booleans()):
            names.remove(rare)
    if draw(st.integers(0, 3)) == 0:
        names = draw(st.lists(st.sampled_from(names), max_size=7))
    between = draw(st.sampled_from(["", "", "", "\n  ", "<Other/>", "<!-- <Contents> -->"]))
    made = []
    for _ in range(draw(st.integers(0, 4))):
        cells = "".join(f"<{name}>{draw(_children[name])}</{name}>" for name in names)
        made.append(f"<Contents>{cells}</Contents>")
    return between.join(made)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(
    entries=_entries(),
    before=st.sampled_from(["", "<EncodingType>url</EncodingType>", "<Prefix>&lt;Contents&gt;</Prefix>"]),
    namespace=st.sampled_from(["", _NAMESPACE]),
    wrapper=st.sampled_from(["", "", "", "Wrapper"]),
)
def test_both_readers_say_the_same(entries: str, before: str, namespace: str, wrapper: str) -> None:
    if wrapper:
        entries = f"<{wrapper}>{entries}</{wrapper}>"
    body = _document(entries, before=before, namespace=namespace)
    assert _outcome(listing_xml.list_objects, body) == _outcome(xml.list_objects, body)


@given(keys=st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20), max_size=30))
def test_any_key_survives_percent_encoding(keys: list[str]) -> None:
    entries = "".join(_ENTRY.format(key=quote_plus(key, safe="/"), size=7) for key in keys)
    page = listing_xml.list_objects(_document(entries))
    assert [summary.key for summary in page.objects] == keys


def test_the_flat_shape_needs_no_xml_parser_for_its_entries(monkeypatch: pytest.MonkeyPatch) -> None:
    body = _document("".join(_ENTRY.format(key=f"k{i}", size=i) for i in range(100)))
    expected = xml.list_objects(body)
    monkeypatch.delattr(xml, "list_objects")
    assert listing_xml.list_objects(body) == expected
    assert expected.common_prefixes == ("x/",)


def test_entries_apart_from_each_other_are_all_read() -> None:
    one, two = _ENTRY.format(key="a", size=1), _ENTRY.format(key="b", size=2)
    body = _document(f"{one}<CommonPrefixes><Prefix>a%2F</Prefix></CommonPrefixes>{two}")
    page = listing_xml.list_objects(body)
    assert [summary.key for summary in page.objects] == ["a", "b"]
    assert page.common_prefixes == ("a/", "x/")


@pytest.mark.parametrize(
    "entries", ["<!--{entry}-->", "<Nested>{entry}</Nested>"], ids=["in a comment", "one level deeper"]
)
def test_entries_that_are_not_the_documents_own_do_not_count(entries: str) -> None:
    body = _document(entries.format(entry=_ENTRY.format(key="a", size=1)))
    assert listing_xml.list_objects(body).objects == ()


@pytest.mark.parametrize("space", ["", " "], ids=["flat", "left to the XML parser"])
@pytest.mark.parametrize(
    ("prefix", "keys", "prefixes"),
    [
        ("", ["a", "b/1", "c"], ["x/"]),
        ("b/", ["b/1"], []),
        ("c", ["c"], []),
        ("x", [], ["x/"]),
        ("x/", [], []),
    ],
)
def test_what_is_not_under_the_prefix_is_left_out(
    space: str, prefix: str, keys: list[str], prefixes: list[str]
) -> None:
    entries = space.join(_ENTRY.format(key=key, size=1) for key in ("a", "b/1", "c"))
    page = listing_xml.list_objects(_document(f"{space}{entries}"), prefix)
    assert [summary.key for summary in page.objects] == keys
    assert list(page.common_prefixes) == prefixes
