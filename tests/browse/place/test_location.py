from __future__ import annotations

import pytest

from s3tui.browse.place.location import Location


def test_the_top_of_a_bucket_has_no_parent() -> None:
    assert Location("b").parent is None


@pytest.mark.parametrize(
    ("prefix", "parent"),
    [("a/", ""), ("a/b/", "a/"), ("a//", "a/"), ("/", ""), ("//", "/"), ("part", ""), ("a/part", "a/")],
)
def test_the_parent_is_one_segment_up(prefix: str, parent: str) -> None:
    assert Location("b", prefix).parent == Location("b", parent)


def test_crumbs_lead_from_the_bucket_to_here_and_keep_empty_segments() -> None:
    assert Location("b", "a//c/").crumbs == (
        ("b", Location("b")),
        ("a", Location("b", "a/")),
        ("", Location("b", "a//")),
        ("c", Location("b", "a//c/")),
    )


def test_a_location_reads_as_its_uri() -> None:
    assert str(Location("b", "a/b/")) == "s3://b/a/b/"
