from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from s3tui.s3.wire import conversions

_ANY_TEXT = st.text() | st.from_regex(r"\A[ :0-9TZ.+,GMTUCadeJn-]{0,40}\Z")
_OFFSETS = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
_TIMES = st.datetimes(timezones=_OFFSETS)


@given(_ANY_TEXT)
@example("9999-12-31T23:59:59-14:00")
@example("0001-01-01T00:00:00+14:00")
@example("9" * 20)
@example("Fri, 31 Dec 9999 23:59:59 -1400")
@example("2018-02-30T00:00:00Z")
def test_no_text_makes_a_conversion_raise(text: str) -> None:
    for found in (conversions.time(text), conversions.http_time(text)):
        assert found is None or found.utcoffset() == timedelta()
    number = conversions.whole_number(text)
    assert number is None or 0 <= number < 2**63
    assert conversions.is_true(text) in (True, False)


@given(st.integers(0, 2**63 - 1), st.sampled_from(["{}", " {} ", "\n{}\t", "000{}"]))
def test_a_number_is_read_however_it_is_padded(number: int, form: str) -> None:
    assert conversions.whole_number(form.format(number)) == number


@pytest.mark.parametrize("text", [None, "", " ", "-1", "1.5", "12.0", "²", "null", "0x10", "1 2", "9" * 5000])
def test_what_is_no_number_is_unknown(text: str | None) -> None:
    assert conversions.whole_number(text) is None


@given(st.integers(2**63, 2**80))
def test_a_number_that_no_database_takes_is_unknown(number: int) -> None:
    assert conversions.whole_number(str(number)) is None


@given(_TIMES)
def test_a_time_is_read_in_utc_or_is_outside_the_calendar(when: datetime) -> None:
    try:
        expected = when.astimezone(UTC)
    except OverflowError:
        expected = None
    assert conversions.time(when.isoformat()) == expected


@given(_TIMES)
def test_a_go_server_prints_the_same_time(when: datetime) -> None:
    try:
        expected = when.astimezone(UTC)
    except OverflowError:
        expected = None
    offset = when.strftime("%z")[:5]
    said = f"{when.replace(tzinfo=None).isoformat(' ', 'microseconds')}789 {offset} {offset} m=+0.0001"
    assert conversions.time(said) == expected


@given(st.datetimes(datetime(1000, 1, 1), timezones=st.just(UTC)))
def test_a_time_of_a_header_is_the_same_in_every_place(when: datetime) -> None:
    when = when.replace(microsecond=0)
    said = format_datetime(when, usegmt=True)
    assert conversions.http_time(said) == conversions.time(said) == when


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Sun, 06 Nov 1994 08:49:37 GMT", datetime(1994, 11, 6, 8, 49, 37, tzinfo=UTC)),
        ("Sunday, 06-Nov-94 08:49:37 GMT", datetime(1994, 11, 6, 8, 49, 37, tzinfo=UTC)),
        ("Sun Nov  6 08:49:37 1994", datetime(1994, 11, 6, 8, 49, 37, tzinfo=UTC)),
        ("Mon, 01 Jan 0001 00:00:00 GMT", datetime(1, 1, 1, tzinfo=UTC)),
        ("Mon, 01 Jan 0001 00:00:00 +1400", None),
        ("Fri, 31 Dec 9999 23:59:59 -1400", None),
        ("Tue, 13 Mar 2018 17:25:60 GMT", datetime(2018, 3, 13, 17, 26, tzinfo=UTC)),
        ("Monday, 01-Jan-68 00:00:00 GMT", datetime(2068, 1, 1, tzinfo=UTC)),
        ("Tuesday, 31-Dec-69 00:00:00 GMT", datetime(1969, 12, 31, tzinfo=UTC)),
        ("Thursday, 01-Jan-00 00:00:00 GMT", datetime(2000, 1, 1, tzinfo=UTC)),
        ("  Sun, 06 Nov 1994 08:49:37 GMT\r\n", datetime(1994, 11, 6, 8, 49, 37, tzinfo=UTC)),
        ("Sun, 06 Foo 1994 08:49:37 GMT", None),
        ("", None),
        (None, None),
    ],
)
def test_the_forms_of_rfc_9110(text: str | None, expected: datetime | None) -> None:
    assert conversions.http_time(text) == expected


@pytest.mark.parametrize("year", [1, 49, 50, 68, 69, 99, 100, 1970, 2026, 9999])
def test_a_date_of_http_is_of_the_year_that_it_says(year: int) -> None:
    when = conversions.http_time(f"Mon, 02 Jan {year:04} 03:04:05 GMT")
    assert when is not None
    assert (when.year, when.month, when.day, when.hour) == (year, 1, 2, 3)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-07-22T08:31:60.000Z", datetime(2026, 7, 22, 8, 32, tzinfo=UTC)),
        ("2016-12-31T23:59:60Z", datetime(2017, 1, 1, tzinfo=UTC)),
        ("2018-03-13T24:00:00Z", datetime(2018, 3, 14, tzinfo=UTC)),
        ("2018-03-13T17:25:04+0000", datetime(2018, 3, 13, 17, 25, 4, tzinfo=UTC)),
        ("  2018-03-13T17:25:04.000Z\n", datetime(2018, 3, 13, 17, 25, 4, tzinfo=UTC)),
        ("2018-03-13T17:25:04.123456789Z", datetime(2018, 3, 13, 17, 25, 4, 123456, UTC)),
        ("2018-03-13 17:25:04 +0000 UTC", datetime(2018, 3, 13, 17, 25, 4, tzinfo=UTC)),
        ("2018-03-13 19:25:04 +0200 CEST", datetime(2018, 3, 13, 17, 25, 4, tzinfo=UTC)),
        ("2026-01-01", datetime(2026, 1, 1, tzinfo=UTC)),
        ("0000-00-00T00:00:00.000Z", None),
        ("9999-12-31T24:00:00Z", None),
        ("Tue Mar 13 2018", None),
        ("2018", None),
        ("2018-03-13T23:59:61Z", None),
        ("2018-03-13T24:60:00Z", None),
        ("2018-03-13T25:00:00Z", None),
        ("2018-03-13T24:59:60Z", datetime(2018, 3, 14, 1, 0, tzinfo=UTC)),
        ("2018-03-13T24:00:00+01:30", datetime(2018, 3, 13, 22, 30, tzinfo=UTC)),
        ("2018-03-13T24:00:00-0130", datetime(2018, 3, 14, 1, 30, tzinfo=UTC)),
        ("2018-03-13T23:59:60.5Z", datetime(2018, 3, 14, 0, 0, 0, 500_000, UTC)),
        ("2018-03-13 17:25:04 +0000 UTC" + " " * 51, datetime(2018, 3, 13, 17, 25, 4, tzinfo=UTC)),
        ("2018-03-13 17:25:04 +0000 " + "x" * 54, datetime(2018, 3, 13, 17, 25, 4, tzinfo=UTC)),
        ("2018-03-13 17:25:04 +0000 " + "x" * 55, None),
        ("Mon, 01 Jan 2018 24:00:00 GMT", datetime(2018, 1, 2, tzinfo=UTC)),
        (None, None),
    ],
)
def test_the_forms_that_servers_were_seen_to_write(text: str | None, expected: datetime | None) -> None:
    assert conversions.time(text) == expected


@pytest.mark.parametrize("unit", [1, 1000, 1_000_000, 1_000_000_000])
@given(seconds=st.integers(100_000_000, 9_999_999_999))
def test_a_time_since_1970_is_told_by_its_length(unit: int, seconds: int) -> None:
    assert conversions.time(str(seconds * unit)) == datetime.fromtimestamp(seconds, UTC)


@pytest.mark.parametrize("text", ["true", "True", "TRUE", " true ", "1", "\ntrue"])
def test_a_flag_is_true_in_any_writing(text: str) -> None:
    assert conversions.is_true(text)


@pytest.mark.parametrize("text", [None, "", "false", "False", "0", "no", "truetrue"])
def test_anything_else_is_false(text: str | None) -> None:
    assert not conversions.is_true(text)


@pytest.mark.parametrize("month", range(1, 13))
def test_months_are_named_as_the_standard_library_names_them(month: int) -> None:
    when = datetime(2026, month, 17, 1, 2, 3, tzinfo=UTC)
    assert conversions.http_time(format_datetime(when, usegmt=True)) == when


@pytest.mark.parametrize(
    ("text", "expected"),
    [("true", True), ("1", True), (" FALSE\n", False), ("0", False), ("", None), ("yes", None), (None, None)],
)
def test_a_flag_that_is_not_said_is_unknown(text: str | None, expected: bool | None) -> None:
    assert conversions.flag(text) is expected


@pytest.mark.parametrize(("text", "most", "expected"), [("7", 7, 7), ("8", 7, None), ("0", 0, 0)])
def test_a_number_beyond_its_bound_is_unknown(text: str, most: int, expected: int | None) -> None:
    assert conversions.whole_number(text, most) == expected


@pytest.mark.parametrize("seconds", [0.0, 1.5, -1.0, 1_790_000_000.25])
def test_a_time_of_a_file_is_in_utc(seconds: float) -> None:
    expected = datetime.fromtimestamp(seconds, UTC)
    assert conversions.time_of_file(seconds) == expected


@pytest.mark.parametrize("seconds", [1e18, -1e18, float("nan"), float("inf")])
def test_a_time_of_a_file_beyond_the_calendar_is_unknown(seconds: float) -> None:
    assert conversions.time_of_file(seconds) is None
