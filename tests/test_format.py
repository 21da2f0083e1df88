from __future__ import annotations

import re
import time
import unicodedata
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from s3tui import format
from s3tui.format import Sizes, Times

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


@given(st.text(st.characters(categories=None)))
def test_printable_text_holds_nothing_a_terminal_acts_on(text: str) -> None:
    shown = format.printable(text)
    assert shown.isprintable()
    assert not {unicodedata.category(c) for c in shown} & {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    assert {c for c in shown if unicodedata.category(c) == "Zs"} <= {" "}
    shown.encode()


@given(st.text(st.characters(categories=None)), st.booleans())
def test_runs_join_to_the_printable_text_and_alternate(text: str, mark_spaces: bool) -> None:
    pieces = list(format.runs(text, mark_spaces=mark_spaces))
    assert "".join(piece for piece, _ in pieces) == format.printable(text, mark_spaces=mark_spaces)
    assert all(a != b for (_, a), (_, b) in pairwise(pieces))


@given(st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E)))
def test_plain_ascii_is_shown_as_it_is(text: str) -> None:
    assert format.printable(text) is text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("odd name\x1b[31m.txt", "odd name␛[31m.txt"),
        ("a\r\n\tb\x00\x7f", "a␍␊␉b␀␡"),
        ("\x9b31m", "⟨9B⟩31m"),
        ("gpj.\u202eexe", "gpj.⟨202E⟩exe"),
        ("a\u2066b\u2069", "a⟨2066⟩b⟨2069⟩"),
        ("zero\u200bwidth\ufeff\u2060", "zero⟨200B⟩width⟨FEFF⟩⟨2060⟩"),
        ("look\xa0alike\u3000", "look⟨A0⟩alike⟨3000⟩"),
        ("\udcff\ud800", "⟨DCFF⟩⟨D800⟩"),
        ("\ufffe\U0010ffff", "⟨FFFE⟩⟨10FFFF⟩"),
        ("blank\u3164\u2800\ufe0f", "blank⟨3164⟩⟨2800⟩⟨FE0F⟩"),
        ("tag\U000e0041", "tag⟨E0041⟩"),
        ("Grüße/日本語/🚀.txt", "Grüße/日本語/🚀.txt"),
        ("[red]not markup[/red]", "[red]not markup[/red]"),
    ],
)
def test_odd_characters_become_visible(text: str, shown: str) -> None:
    assert format.printable(text) == shown


def test_spaces_that_would_go_unseen_are_marked_on_request() -> None:
    assert format.printable(" a b  c ", mark_spaces=True) == "␠a b␠␠c␠"
    assert format.printable(" a b  c ") == " a b  c "


def test_odd_runs_are_told_from_plain_ones() -> None:
    assert list(format.runs("a\x1b\x1bb ", mark_spaces=True)) == [
        ("a", False),
        ("␛␛", True),
        ("b", False),
        ("␠", True),
    ]


@pytest.mark.parametrize(
    ("n", "shown"),
    [
        (None, "–"),
        (0, "0  B"),
        (12, "12  B"),
        (999, "999  B"),
        (1000, "1.00 kB"),
        (999_499, "999 kB"),
        (999_500, "1.00 MB"),
        (1_210_000_000, "1.21 GB"),
        (412_000_000_000, "412 GB"),
        (41_200_000_000_000, "41.2 TB"),
    ],
)
def test_a_size_has_three_significant_figures(n: int | None, shown: str) -> None:
    assert format.size(n) == shown


@pytest.fixture
def _units() -> Iterator[None]:
    yield
    format.set_units()


@pytest.mark.usefixtures("_units")
def test_sizes_are_binary_where_that_is_set() -> None:
    format.set_units(sizes=Sizes.BINARY)
    shown = {
        **{0: "0   B", 1023: "1023   B", 1024: "1.00 KiB", 10_235: "10.0 KiB", 102_400: "100 KiB"},
        **{
            1023 * 1024: "1023 KiB",
            1024**2 - 1: "1.00 MiB",
            1_299_414_016: "1.21 GiB",
            3 * 1024**5: "3.00 PiB",
        },
    }
    assert {n: format.size(n) for n in shown} == shown
    assert format.rate(1024) == "1.00 KiB/s"


@pytest.mark.usefixtures("_units")
@given(st.sampled_from(Sizes), st.integers(min_value=0, max_value=10**27))
def test_a_size_fits_its_column(sizes: Sizes, n: int) -> None:
    format.set_units(sizes=sizes)
    assert cell_len(format.size(n)) <= format.size_width()


@pytest.mark.usefixtures("_units")
def test_times_are_universal_where_that_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    when = datetime(2026, 11, 20, 8, 59, 41, tzinfo=UTC)
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    try:
        local = [format.timestamp(when), format.minute(when), format.zoned(datetime(2026, 11, 20, 12))]
        format.set_units(times=Times.UTC)
        universal = [format.timestamp(when), format.minute(when), format.zoned(datetime(2026, 11, 20, 12))]
    finally:
        monkeypatch.undo()
        time.tzset()
    assert local == ["2026-11-20 03:59:41 -05:00", "2026-11-20 03:59", NOW + timedelta(hours=5)]
    assert universal == ["2026-11-20 08:59:41 +00:00", "2026-11-20 08:59", NOW]


def test_nothing_on_screen_has_a_zone_or_units_of_its_own() -> None:
    package = Path(format.__file__).parent
    own = re.compile(r"\.astimezone\(\)|strftime|\bhumanize\b")
    files = [file for folder in ("tui", "browse", "preview") for file in (package / folder).rglob("*.py")]
    assert files
    assert [file for file in files if own.search(file.read_text())] == []


@pytest.mark.parametrize(
    ("ago", "shown"),
    [
        (timedelta(days=-1), "now"),
        (timedelta(seconds=59), "now"),
        (timedelta(seconds=60), "1 min"),
        (timedelta(minutes=59, seconds=59), "59 min"),
        (timedelta(hours=3), "3 h"),
        (timedelta(days=5), "5 d"),
        (timedelta(days=30), "30 d"),
        (timedelta(days=31), "1 mo"),
        (timedelta(days=250), "8 mo"),
        (timedelta(days=365), "11 mo"),
        (timedelta(days=366), "1 y"),
        (timedelta(days=800), "2 y"),
    ],
)
def test_an_age_is_said_in_its_largest_unit(ago: timedelta, shown: str) -> None:
    assert format.age(NOW - ago, NOW) == shown


@given(st.timedeltas(timedelta(0), timedelta(days=30_000)))
def test_numbers_and_units_of_ages_stand_below_each_other(ago: timedelta) -> None:
    column = format.age_column(NOW - ago, NOW)
    assert column.split() == format.age(NOW - ago, NOW).split()
    assert len(column) == 6
    assert column == "   now" or column[2] == " "


def test_what_is_absent_is_a_dash() -> None:
    assert (
        format.age(None, NOW) == format.timestamp(None) == format.rate(None) == format.duration(None) == "–"
    )


def test_a_timestamp_carries_our_offset() -> None:
    when = datetime(2026, 11, 20, 8, 59, 41, tzinfo=timezone(timedelta(hours=1)))
    assert datetime.strptime(format.timestamp(when), "%Y-%m-%d %H:%M:%S %z") == when


@pytest.fixture(params=["UTC", "Pacific/Kiritimati", "Etc/GMT+12", "America/New_York"])
def place(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield request.param
    monkeypatch.undo()
    time.tzset()


_ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(when=st.datetimes(timezones=_ZONES))
@example(when=datetime.min.replace(tzinfo=UTC))
@example(when=datetime.max.replace(tzinfo=UTC))
@example(when=datetime.min.replace(tzinfo=timezone(timedelta(hours=14))))
@example(when=datetime.max.replace(tzinfo=timezone(timedelta(hours=-14))))
def test_any_time_is_said_wherever_we_are(place: str, when: datetime) -> None:
    said = format.timestamp(when)
    assert datetime.fromisoformat(said) - when <= timedelta(seconds=1)
    assert format.age(when, NOW)
    assert format.ago(when, NOW)


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0.4, "0s"), (42, "42s"), (72, "1m 12s"), (3599.7, "1h 00m"), (11_100, "3h 05m"), (187_200, "2d 04h")],
)
def test_a_duration_is_said_in_its_two_largest_units(seconds: float, shown: str) -> None:
    assert format.duration(seconds) == shown


def test_numbers_in_full() -> None:
    assert format.exact_size(1_299_414_016) == "1,299,414,016 bytes"
    assert format.exact_size(1) == "1 byte"
    assert format.count(12_408) == "12,408"
    assert format.rate(84_100_000.2) == "84.1 MB/s"


@pytest.mark.parametrize(
    ("text", "bps"),
    [
        ("off", None),
        ("", None),
        ("20 MB/s", 20_000_000),
        ("20.0 MB/s", 20_000_000),
        ("1,5MiB/s", 1_572_864),
        ("500k", 500_000),
        ("300 B/s", 300),
        ("2g", 2_000_000_000),
    ],
)
def test_a_speed_is_read_as_people_write_it(text: str, bps: int | None) -> None:
    assert format.parse_rate(text) == bps


@pytest.mark.parametrize("text", ["20", "fast", "-1 MB/s", "0 kB/s", "MB/s", "1 PB/s"])
def test_what_is_no_speed_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="speed"):
        format.parse_rate(text)


def test_ago_is_a_sentence_also_for_now() -> None:
    now = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
    assert format.ago(now - timedelta(seconds=3), now) == "just now"
    assert format.ago(now - timedelta(days=3), now) == "3 d ago"


@pytest.mark.parametrize("tone", ["\U0001f3fb", "\U0001f3fc", "\U0001f3fd", "\U0001f3fe", "\U0001f3ff"])
@pytest.mark.parametrize("base", ["\U0001f44d", "\U0001f44b", "\u270c", "\U0001f468", "a"])
def test_beside_a_skin_tone_all_terminals_count_the_same_cells(base: str, tone: str) -> None:
    shown = format.printable(f"{base}{tone}.txt")
    assert shown == f"{base}⟨{ord(tone):X}⟩.txt"
    # One that joins the two, and one that counts each by itself.
    assert cell_len(shown) == sum(map(cell_len, shown))
