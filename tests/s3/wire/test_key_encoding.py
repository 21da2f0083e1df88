"""Percent-encoded keys, as the standard library encodes them, and keys that nobody encoded."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s3tui.s3.wire import key_encoding

KEY = st.text("ab/ü+% 4\t&<😀", min_size=1, max_size=6)
KEYS = st.lists(KEY, max_size=6)
ENCODERS = {
    "blank as plus": lambda key: quote_plus(key, safe="/"),
    "blank as %20": lambda key: quote(key, safe="/"),
    "blank as %20, plus as itself": lambda key: quote(key, safe="/+"),
    "everything": lambda key: "".join(f"%{byte:02x}" for byte in key.encode()),
}
every_encoder = pytest.mark.parametrize("encode", ENCODERS.values(), ids=ENCODERS)
Encode = Callable[[str], str]


@every_encoder
@given(keys=KEYS)
def test_encoded_keys_are_decoded(encode: Encode, keys: list[str]) -> None:
    keys = ["a b", *keys]  # a blank tells what a plus stands for
    encoded = [encode(key) for key in keys]
    decode = key_encoding.decoder("\n".join(encoded), is_said=True)
    assert [decode(key) for key in encoded] == keys
    assert key_encoding.decode_all(encoded) == keys


@every_encoder
@given(keys=KEYS)
def test_keys_that_are_not_said_to_be_encoded_are_as_they_are(encode: Encode, keys: list[str]) -> None:
    encoded = "\n".join(map(encode, keys))
    assert key_encoding.decoder(encoded, is_said=False)(encoded) == encoded


@pytest.mark.parametrize("odd", ["a b", "é", "100%", "%zz", "%4", "a\tb", "\x7f", "%C3%A9 %"])
def test_one_key_that_no_encoder_writes_says_that_none_is_encoded(odd: str) -> None:
    for keys in ([odd, "a%41+"], ["a%41+", odd], [odd]):
        text = "\n".join(keys)
        assert key_encoding.is_plain(text)
        assert not key_encoding.is_decodable(text)
        decode = key_encoding.decoder(text, is_said=True)
        assert [decode(key) for key in keys] == key_encoding.decode_all(keys) == keys


@pytest.mark.parametrize(
    ("text", "is_decodable"), [("a%41", True), ("%ff", True), ("a+b", False), ("a", False), ("~!", False)]
)
def test_what_an_encoder_may_have_written(text: str, is_decodable: bool) -> None:
    assert not key_encoding.is_plain(text)
    assert not key_encoding.is_plain(f"a%41\n{text}")
    assert key_encoding.is_decodable(text) is is_decodable


@given(st.lists(st.text("a%4+ 2 0é\n", max_size=6), max_size=5))
def test_all_at_once_is_each_by_itself(keys: list[str]) -> None:
    decode = key_encoding.decoder("\n".join(keys), is_said=True)
    assert key_encoding.decode_all(keys) == [decode(key) for key in keys]


@pytest.mark.parametrize(
    ("encoded", "key"),
    [("a+b", "a b"), ("a%0Ab", "a\nb"), ("%ff", "\udcff"), ("%C3%BC", "ü"), ("a%2Bb+", "a+b "), ("+", " ")],
)
def test_bytes_that_are_no_utf_8_and_line_breaks_are_kept(encoded: str, key: str) -> None:
    assert key_encoding.decoder(encoded, is_said=True)(encoded) == key
    assert key_encoding.decode_all([encoded]) == [key]
    assert key_encoding.decode_all(["a", encoded]) == ["a", key]


def test_a_plus_is_itself_where_blanks_are_written_otherwise() -> None:
    assert key_encoding.decode_all(["a%20+", "+"]) == ["a +", "+"]
    decode = key_encoding.decoder("a%20+\n+", is_said=True)
    assert (decode("a%20+"), decode("+")) == ("a +", "+")


@every_encoder
@pytest.mark.parametrize("is_said", [True, False])
@given(keys=st.lists(KEY, min_size=1, max_size=5, unique=True).map(sorted))
def test_a_marker_is_told_from_the_keys_beside_it(encode: Encode, is_said: bool, keys: list[str]) -> None:
    last = keys[-1]
    for said in (encode(last), last):
        if said in keys or key_encoding.decoder(said, is_said=True)(said) == last:
            assert key_encoding.marker(said, keys[-1:], keys, is_said=is_said) == last


@pytest.mark.parametrize(
    ("last", "entries", "is_said", "expected"),
    [
        (["a b"], ["a b"], False, "a b"),
        (["a+b"], ["a+b"], True, "a+b"),
        (["z"], ["a b", "z"], False, "a b"),
        (["z"], ["a+b", "z"], True, "a+b"),
        (["a b"], ["a b", "a+b"], False, "a b"),
        (["a+b"], ["a b", "a+b"], True, "a+b"),
        (["z"], ["a b", "a+b", "z"], True, "a b"),
        (["z"], ["a b", "a+b", "z"], False, "a+b"),
        (["z"], ["z"], True, "a b"),
        (["z"], ["z"], False, "a+b"),
    ],
)
def test_of_two_readings_a_marker_has_the_one_that_the_page_knows(
    last: list[str], entries: list[str], is_said: bool, expected: str
) -> None:
    assert key_encoding.marker("a+b", last, entries, is_said=is_said) == expected
