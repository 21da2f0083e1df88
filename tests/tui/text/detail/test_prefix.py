"""What was counted below a prefix, as sections."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from s3tui.browse.sizes.count import Count
from s3tui.s3.models import ListObjectsPage, ObjectSummary
from s3tui.tui.text.detail.prefix import counted_sections

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)


def test_newest_largest_classes_and_ages_are_shown() -> None:
    count = Count("logs/", NOW)
    count.add(
        ListObjectsPage(
            (
                ObjectSummary("logs/a", 1_000, NOW - timedelta(days=400), storage_class="GLACIER"),
                ObjectSummary("logs/b/c", 5_000, NOW - timedelta(hours=2)),
                ObjectSummary("logs/d", None, NOW - timedelta(days=3)),
            )
        )
    )
    sections = {section.title: section.fields for section in counted_sections(count.sizes(), NOW)}
    shown = {title: [(field.label, field.value) for field in fields] for title, fields in sections.items()}
    assert shown["Newest"][0] == ("Name", "b/c")
    assert shown["Newest"][1][1].endswith("2 h ago")
    assert shown["Largest"] == [("5.00 kB", "b/c"), ("1.00 kB", "a")]
    assert shown["By class"] == [
        ("STANDARD", "at least 5.00 kB   2 objects"),
        ("GLACIER", "1.00 kB   1 object"),
    ]
    assert [label for label, _ in shown["By age"]] == ["up to a day", "up to a week", "older"]
    assert shown[""] == [("Counted", "in part: z goes on   counted just now")]
