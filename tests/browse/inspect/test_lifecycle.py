from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s3tui.browse.inspect.lifecycle import applies, sentence, upcoming
from s3tui.s3.configuration import LifecycleRule, Transition
from s3tui.s3.models import ObjectHead

CREATED = datetime(2014, 1, 15, 10, 30, tzinfo=UTC)


def test_an_age_ends_at_the_next_midnight_in_utc() -> None:
    """The example of the Amazon S3 User Guide, *Lifecycle rules: based on an object's age*."""
    rule = LifecycleRule("tier", True, transitions=(Transition("GLACIER", days=3),))
    (event,) = upcoming([rule], "key", ObjectHead(1, last_modified=CREATED), {})
    assert (event.at, event.what, event.rule) == (
        datetime(2014, 1, 19, tzinfo=UTC),
        "moves to GLACIER",
        "tier",
    )


@given(
    created=st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31), timezones=st.just(UTC)),
    days=st.integers(0, 10**7),
)
def test_what_is_due_is_a_midnight_less_than_a_day_later_or_unknown(created: datetime, days: int) -> None:
    rule = LifecycleRule(None, True, expiration_days=days)
    (event,) = upcoming([rule], "key", ObjectHead(1, last_modified=created), None)
    if event.at is not None:
        assert event.at == event.at.replace(hour=0, minute=0, second=0, microsecond=0)
        assert timedelta(0) <= event.at - (created + timedelta(days=days)) < timedelta(days=1)


def test_the_first_thing_comes_first_and_a_class_that_it_has_is_nothing_new() -> None:
    rule = LifecycleRule(
        "all",
        True,
        expiration_days=365,
        transitions=(Transition("STANDARD_IA", days=30), Transition("GLACIER", days=90)),
    )
    head = ObjectHead(1, last_modified=CREATED, storage_class="STANDARD_IA")
    assert [event.what for event in upcoming([rule], "key", head, {})] == ["moves to GLACIER", "expires"]


@pytest.mark.parametrize(
    ("rule", "is_meant"),
    [
        (LifecycleRule("off", False), False),
        (LifecycleRule("all", True), True),
        (LifecycleRule("prefix", True, prefix="logs/"), True),
        (LifecycleRule("other prefix", True, prefix="data/"), False),
        (LifecycleRule("tag", True, tags={"keep": "no"}), True),
        (LifecycleRule("other tag", True, tags={"keep": "yes"}), False),
        (LifecycleRule("both tags", True, tags={"keep": "no", "b": "c"}), False),
        (LifecycleRule("larger", True, larger_than=99), True),
        (LifecycleRule("not larger", True, larger_than=100), False),
        (LifecycleRule("smaller", True, smaller_than=101), True),
        (LifecycleRule("not smaller", True, smaller_than=100), False),
    ],
    ids=lambda value: value.id if isinstance(value, LifecycleRule) else "",
)
def test_a_filter_decides(rule: LifecycleRule, is_meant: bool) -> None:
    assert applies(rule, "logs/1", 100, {"keep": "no", "a": "b"}) is is_meant


def test_a_rule_by_tag_or_size_is_not_taken_to_match_what_is_unknown() -> None:
    assert not applies(LifecycleRule("t", True, tags={"a": "b"}), "key", 1, None)
    assert not applies(LifecycleRule("s", True, smaller_than=5), "key", None, {})
    assert not applies(LifecycleRule("l", True, larger_than=5), "key", None, {})


def test_a_rule_reads_as_a_sentence() -> None:
    rule = LifecycleRule(
        "r",
        True,
        prefix="logs/",
        expiration_days=1,
        noncurrent_expiration_days=30,
        noncurrent_versions_kept=3,
        abort_uploads_after_days=7,
        transitions=(Transition("GLACIER", date=datetime(2027, 1, 1, tzinfo=UTC)),),
    )
    assert sentence(rule) == (
        "Objects below logs/: on 2027-01-01 they move to GLACIER; after 1 day they expire; "
        "after 30 days of being replaced, versions are deleted, but for the newest 3; "
        "after 7 days, uploads that nobody ended are aborted."
    )
    assert sentence(LifecycleRule(None, True)) == "All objects: does nothing."
