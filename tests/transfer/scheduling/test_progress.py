"""Counters become the progress that is shown."""

from __future__ import annotations

from dataclasses import fields

from s3tui.transfer.models import TransferProgress
from s3tui.transfer.scheduling.progress import NOT_VERIFIED, Counters


def test_every_counter_becomes_the_field_of_its_name() -> None:
    counters = Counters(
        bytes_done=30,
        bytes_total=90,
        objects_done=1,
        objects_total=7,
        skipped=2,
        failed_objects=3,
        renamed=4,
        parts_done=5,
        parts_total=6,
        parts=bytearray([2, 0]),
        notice="it started over",
        verified="MD5",
    )
    event = counters.progressed(10.0)
    for field in fields(counters):
        if field.name not in ("unproven", "counts_objects"):
            assert getattr(event, field.name) == getattr(counters, field.name), field.name
    assert (event.rate_bps, event.eta_s) == (10.0, 6.0)
    uncounted = {field.name for field in fields(TransferProgress)} - {
        field.name for field in fields(counters)
    }
    assert uncounted == {"rate_bps", "eta_s"}


def test_the_time_left_is_unknown_while_the_listing_goes_on() -> None:
    assert Counters(bytes_total=90, listing_done=False).progressed(10.0).eta_s is None
    assert Counters(bytes_total=90).progressed(0.0).eta_s is None
    assert Counters().progressed(10.0).eta_s is None


def test_a_change_has_the_time_left_of_its_objects() -> None:
    counters = Counters(bytes_done=5, objects_done=10, objects_total=70, counts_objects=True)
    assert (counters.amount, counters.progressed(20.0).eta_s) == (10, 3.0)


def test_what_nothing_proved_is_noticed_beside_all_else() -> None:
    assert Counters(objects_total=1, unproven=1).progressed(0.0).notice == NOT_VERIFIED
    many = Counters(objects_total=7, unproven=2, notice="it started over").progressed(0.0)
    assert many.notice == f"it started over; 2 of them {NOT_VERIFIED}"
