"""Keys as local names: always inside the target, never two in one place."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from pathlib import Path

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from s3tui.transfer.download.local_names import LocalName, LocalNames, local_name
from s3tui.transfer.target.numbered_name import MAX_KEY, MAX_SEGMENT, numbered

_SEGMENT = st.one_of(
    st.sampled_from(
        ["", ".", "..", "...", "a", "A", "b", "CON", "con.txt", "nul", "C:", "c:x", "%2F", "%41", "é", "é"]
    ),
    st.text(alphabet="aAb.%2F5 \\\x00\x1b\n:*é\ud800\udc80", max_size=6),
    st.text(max_size=5),
    st.text(alphabet="xé", min_size=100, max_size=400),
)
KEYS = st.lists(_SEGMENT, min_size=1, max_size=4).map("/".join).filter(bool)


@given(KEYS)
def test_a_name_stays_inside_and_is_fit_for_any_disk(key: str) -> None:
    path = local_name(key)
    for segment in path.split("/"):
        assert segment not in ("", ".", "..")
        assert "\\" not in segment
        assert segment[-1] not in ". "
        assert len(segment.encode()) <= MAX_SEGMENT
        assert not any(unicodedata.category(character) == "Cc" for character in segment)
    assert not Path(path).is_absolute()
    assert not re.match("[A-Za-z]:", path)


@given(KEYS, KEYS)
def test_different_keys_have_different_names(one: str, other: str) -> None:
    assert (one == other) == (local_name(one) == local_name(other))


@given(st.lists(KEYS, unique=True, max_size=12), st.booleans())
def test_names_that_share_a_folder_never_meet(keys: list[str], ignore_case: bool) -> None:
    names = LocalNames(ignore_case=ignore_case)

    def as_the_disk_sees_it(path: str) -> str:
        return unicodedata.normalize("NFC", path).casefold() if ignore_case else path

    placed = [names.place(key, size=1) for key in keys]
    files = [as_the_disk_sees_it(name.path) for name in placed]
    assert len(set(files)) == len(files)
    for file in files:
        assert not any(other.startswith(f"{file}/") for other in files), "a file cannot also be a folder"
    for name in placed:
        assert all(segment not in ("", ".", "..") for segment in name.path.split("/"))
        assert all(len(segment.encode()) <= MAX_SEGMENT for segment in name.path.split("/"))


@pytest.mark.parametrize(
    ("key", "path"),
    [
        ("logs/2026/app.log", "logs/2026/app.log"),
        ("100% sure.txt", "100% sure.txt"),
        ("12:30:00.json", "12:30:00.json"),
        ("../../etc/passwd", ".%2E/.%2E/etc/passwd"),
        ("/etc/passwd", "%2F/etc/passwd"),
        ("a//b", "a/%2F/b"),
        ("C:/windows", "C%3A/windows"),
        ("nul.txt", "%6Eul.txt"),
        ("line\nbreak", "line%0Abreak"),
        ("back\\slash", "back%5Cslash"),
        ("a%2Fb", "a%252Fb"),
        ("ends.", "ends%2E"),
    ],
)
def test_what_cannot_stand_in_a_name_is_written_as_its_bytes(key: str, path: str) -> None:
    assert local_name(key) == path


def test_a_long_name_keeps_its_extension() -> None:
    path = local_name("x" * 300 + ".parquet")
    assert len(path) == MAX_SEGMENT
    assert path.endswith(".parquet")


def test_a_file_and_a_folder_of_one_name_are_kept_apart() -> None:
    names = LocalNames()
    assert names.place("a").path == "a"
    below = [names.place("a/b").path, names.place("a/c").path]
    assert below[0].startswith("a~")
    assert [path.split("/")[0] for path in below] == [below[0].split("/")[0]] * 2


def test_the_prefix_is_left_out_up_to_its_last_slash() -> None:
    assert LocalNames("logs/20").place("logs/2026/x").path == "2026/x"
    assert LocalNames("logs/2026/").place("logs/2026/x").path == "x"


def test_markers_are_folders_only_when_they_hold_nothing() -> None:
    names = LocalNames("d/")
    assert names.place("d/", 0).path == ""
    marker = names.place("d/e/", 0)
    assert marker.is_folder
    assert marker.path == "e"
    assert names.place("d/e/", 5).path == "e/%2F"
    assert names.place("d/f/", None).path == "f/%2F"  # of unknown size there may be bytes
    assert names.place("d/", None).path == names.place("d/", 5).path == "%2F"


def renamed(keys: list[str], *, ignore_case: bool = True) -> list[LocalName]:
    names = LocalNames(ignore_case=ignore_case)
    return [name for name in map(names.place, keys) if name.reason is not None]


def test_only_what_gets_another_name_has_a_reason() -> None:
    found = {name.key: name.reason for name in renamed(["README", "fine", "readme", "x//y"])}
    assert set(found) == {"readme", "x//y"}
    assert "another key" in str(found["readme"])


def test_case_counts_where_the_disk_says_so() -> None:
    assert not renamed(["README", "readme"], ignore_case=False)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a.txt", "a (1).txt"),
        ("d.d/a", "d.d/a (1)"),
        ("x.tar.gz", "x (1).tar.gz"),
        (".bashrc", ".bashrc (1)"),
        ("v1. final", "v1. final (1)"),
    ],
)
def test_keeping_both_numbers_the_name(name: str, expected: str) -> None:
    assert numbered(name, 1) == expected


@given(
    st.text("aé.日 ", min_size=1, max_size=400), st.integers(1, 9999), st.sampled_from([MAX_SEGMENT, MAX_KEY])
)
@example("x" * 255, 1, MAX_SEGMENT)
@example("x" * 251 + ".txt", 12, MAX_SEGMENT)
@example("日" * 85, 1, MAX_SEGMENT)
@example("é" * 125 + ".jpeg", 1, MAX_SEGMENT)
@example("x" * 1024, 9999, MAX_KEY)
@example("d/" * 500 + "long-name.csv", 3, MAX_KEY)
@example("x." + "日" * 16, 1, 40)
def test_keeping_both_never_makes_a_name_too_long(name: str, number: int, longest: int) -> None:
    assume(len(name.rpartition("/")[0].encode()) + 12 < longest)
    found = numbered(name, number, longest=longest)
    assert len(found.encode()) <= max(longest, 1)
    assert f" ({number})" in found
    assert found != name
    assert found.rpartition("/")[0] == name.rpartition("/")[0]
    if len(name.encode()) + len(f" ({number})") <= longest:
        assert len(found) == len(name) + len(f" ({number})"), "it is cut only where it must be"


def test_what_is_cut_keeps_its_extension() -> None:
    assert numbered("x" * 251 + ".txt", 1) == "x" * 247 + " (1).txt"
    assert numbered("日" * 84 + ".go", 1) == "日" * 82 + " (1).go"
    assert numbered("d/" * 505 + "abcdefghij.txt", 1, longest=MAX_KEY) == "d/" * 505 + "abcdef (1).txt"


@given(st.lists(KEYS, min_size=1, max_size=8), st.data(), st.booleans())
def test_a_key_that_comes_again_has_the_name_that_it_had(
    keys: list[str], data: st.DataObject, ignore_case: bool
) -> None:
    names = LocalNames(ignore_case=ignore_case)
    first: dict[str, str] = {}
    for key in data.draw(st.lists(st.sampled_from(keys), max_size=80)):
        path = names.place(key, 1).path
        assert first.setdefault(key, path) == path
    assert len(set(first.values())) == len(first)


def test_a_key_that_comes_a_hundred_times_ends() -> None:
    for ignore_case in (True, False):
        names = LocalNames("p/", ignore_case=ignore_case)
        assert {names.place(f"p/{'k' * 250}", 5).path for _ in range(100)} == {"k" * 250}


class Disk:
    """Files as a file system keeps them: where case does not count, in folders as they were spelt first."""

    def __init__(self, ignore_case: bool) -> None:
        self._ignore_case = ignore_case
        self._folders: dict[str, dict[str, tuple[str, bool]]] = {"": {}}

    def _id(self, path: str) -> str:
        return unicodedata.normalize("NFC", path).casefold() if self._ignore_case else path

    def make(self, path: str) -> str:
        """Make a file and the folders that lead to it; return its path as it is spelt then."""
        folder, *rest = "", *path.split("/")
        for depth, name in enumerate(rest, start=1):
            is_folder = depth < len(rest)
            spelt, was_folder = self._folders[self._id(folder)].setdefault(self._id(name), (name, is_folder))
            assert was_folder is is_folder
            folder = f"{folder}/{spelt}" if folder else spelt
            if is_folder:
                self._folders.setdefault(self._id(folder), {})
        return folder

    def there(self, folder: str) -> list[tuple[str, bool]]:
        return list(self._folders.get(self._id(folder), {}).values())


@given(st.lists(KEYS, unique=True, min_size=1, max_size=10), st.booleans(), st.data())
@example(["a", "a/b"], False, None)
@example(["A", "a"], True, None)
def test_a_download_that_goes_on_in_another_order_keeps_its_names(
    keys: list[str], ignore_case: bool, data: st.DataObject | None
) -> None:
    """Those that are on the disk, and those that were on their way; nobody else gets one of them."""
    first = keys if data is None else data.draw(st.permutations(keys))
    known = first[: 1 if data is None else data.draw(st.integers(0, len(keys)))]
    before, disk = LocalNames(ignore_case=ignore_case), Disk(ignore_case)
    again = LocalNames(ignore_case=ignore_case, there=disk.there)
    given: dict[str, str] = {}
    may_change = set()
    for key in known:
        name = before.place(key, 1)
        given[key] = name.path
        if data is not None and data.draw(st.booleans()):
            again.keep(name)
        elif disk.make(name.path) != name.path:
            may_change.add(key)  # its folder is spelt otherwise: it cannot be told from the other one's
    order = list(reversed(first)) if data is None else data.draw(st.permutations(keys))
    after = {key: again.place(key, 1).path for key in order}
    assert {key: after[key] for key in known if key not in may_change} == {
        key: path for key, path in given.items() if key not in may_change
    }
    ids = {
        key: unicodedata.normalize("NFC", path).casefold() if ignore_case else path
        for key, path in after.items()
    }
    assert len(set(ids.values())) == len(keys)
    old = {unicodedata.normalize("NFC", path).casefold() if ignore_case else path for path in given.values()}
    assert not old.intersection(ids[key] for key in keys if key not in given)


@pytest.mark.parametrize(
    ("segment", "expected"),
    [
        ("con", "%63on"), ("CON", "%43ON"), ("Con.txt", "%43on.txt"), ("con .txt", "%63on .txt"),
        ("prn", "%70rn"), ("aux", "%61ux"), ("nul", "%6Eul"), ("conin$", "%63onin$"),
        ("CONOUT$", "%43ONOUT$"), ("com10", "com10"), ("lpt", "lpt"),
        ("com1", "%63om1"), ("com0", "%63om0"), ("lpt9", "%6Cpt9"), ("com¹", "%63om¹"),
        ("lpt³.x", "%6Cpt³.x"),
        ("conx", "conx"), ("com", "com"), ("xcon", "xcon"), ("console", "console"),
        ("a:", "a%3A"), ("Z:x", "Z%3Ax"), ("ab:x", "ab:x"), ("1:x", "1:x"), ("a:b:c", "a%3Ab:c"),
        ("a ", "a%20"), ("a.", "a%2E"), ("a. ", "a.%20"), (" a", " a"), (".a", ".a"), (".", "%2E"),
        ("%41", "%2541"), ("%4g", "%4g"), ("%%41", "%%2541"), ("%2f%2F", "%252f%252F"), ("50%", "50%"),
        ("\x00", "%00"), ("\x1f", "%1F"), ("\x7f", "%7F"), ("\x80", "%C2%80"), ("\x9f", "%C2%9F"),
        ("\xa0x", "\xa0x"), ("\ud800", "%ED%A0%80"), ("\udfff", "%ED%BF%BF"), ("a\\b", "a%5Cb"),
    ],
)  # fmt: skip
def test_what_no_disk_or_not_every_disk_takes_is_written_as_bytes(segment: str, expected: str) -> None:
    """*Naming Files, Paths, and Namespaces* of Windows; control characters and halves of UTF-16 anywhere."""
    assert local_name(segment) == expected
    assert local_name(f"a/{segment}/b") == f"a/{expected}/b"


def digest(text: str) -> str:
    return "~" + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("x" * 255, "x" * 255),
        ("x" * 256, "x" * 238 + digest("x" * 256)),
        ("x" * 255 + ".go", "x" * 235 + digest("x" * 255 + ".go") + ".go"),
        ("é" * 128, "é" * 119 + digest("é" * 128)),
        ("\ud800" * 30, ("%ED%A0%80" * 30)[:238] + digest("\ud800" * 30)),
        ("d/" + "é" * 128 + ".go", "d/" + "é" * 117 + digest("é" * 128 + ".go") + ".go"),
    ],
)
def test_what_is_too_long_is_cut_and_has_a_digest_of_all_of_it(key: str, expected: str) -> None:
    assert local_name(key) == expected
    assert all(len(segment.encode()) <= 255 for segment in expected.split("/"))


def test_who_comes_later_has_a_digest_of_its_key_in_its_name() -> None:
    names = LocalNames("p/q")
    assert [names.place(f"p/{key}").path for key in ("a.txt", "A.txt", "d/A.TXT", "d/a.txt", "a.txt/b")] == [
        "a.txt",
        f"A{digest('A.txt')}.txt",
        "d/A.TXT",
        f"d/a{digest('d/a.txt')}.txt",
        f"a{digest('a.txt/')}.txt/b",
    ]
    assert names.place("p/A.txt").path == f"A{digest('A.txt')}.txt"


def test_a_name_with_a_digest_may_be_taken_too() -> None:
    names = LocalNames()
    for key in ("a", f"A{digest('A')}"):
        assert names.place(key).path == key
    assert names.place("A").path == "A" + digest("A\x001")


@pytest.mark.parametrize(
    ("key", "size", "expected"),
    [
        ("p/k", 1, LocalName("p/k", "k")),
        ("p/", 0, LocalName("p/", "", is_folder=True)),
        ("p/d/", 0, LocalName("p/d/", "d", is_folder=True)),
        ("p/d/", 1, LocalName("p/d/", "d/%2F", reason="not every part of the key can be a local name")),
        ("p/d", 0, LocalName("p/d", "d")),
        ("p/con/", 0, LocalName("p/con/", "%63on", True, "not every part of the key can be a local name")),
        (
            "p/a:b/c",
            1,
            LocalName("p/a:b/c", "a%3Ab/c", False, "not every part of the key can be a local name"),
        ),
    ],
)
def test_a_name_tells_its_key_and_why_it_is_another(key: str, size: int, expected: LocalName) -> None:
    found = LocalNames("p/").place(key, size)
    assert found == expected
    assert not found.collides


def test_a_name_of_another_key_says_so() -> None:
    names = LocalNames()
    names.place("README", 1)
    for key, is_folder in (("readme", False), ("Readme/", True), ("reaDme/x", False)):
        found = names.place(key, 0)
        assert (found.reason, found.collides) == ("another key has that name already", True)
        assert found.is_folder is is_folder


def test_files_that_were_there_before_are_of_the_keys_that_want_their_very_names() -> None:
    disk = {"": [("Logs", True), ("a", False)], "Logs": [("X", False)]}
    asked: list[str] = []

    def there(folder: str) -> list[tuple[str, bool]]:
        asked.append(folder)
        return disk.get(folder.title(), [])

    names = LocalNames(there=there)
    assert names.place("logs/new", 1).path == "logs/new"
    assert names.place("logs/x", 1).path == f"logs/x{digest('logs/x')}", "of the one that wants this spelling"
    assert names.place("Logs/X", 1).path == "Logs/X"
    assert names.place("A", 1).path == f"A{digest('A')}", (
        "what is there is of the key that wants this very name"
    )
    assert names.place("a", 1).path == "a"
    assert names.place("a/b", 1).path == f"a{digest('a/')}/b"
    assert asked == ["", "logs", "Logs", f"a{digest('a/')}"], "each folder is read once"
