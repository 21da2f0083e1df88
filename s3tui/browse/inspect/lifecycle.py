"""Lifecycle rules in words, and what they will do to one object, and when. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any

from s3tui.format import counted, exact_size, printable
from s3tui.s3.configuration import LifecycleRule
from s3tui.s3.models import ObjectHead


@dataclass(frozen=True, slots=True)
class Upcoming:
    """Something that a rule will do to an object."""

    at: datetime | None
    """In UTC; `None`: the date lies outside of the calendar."""
    what: str
    rule: str
    """The rule's id, or what it is about."""


def upcoming(
    rules: Sequence[LifecycleRule], key: str, head: ObjectHead, tags: Mapping[str, str] | None
) -> list[Upcoming]:
    """Return what the rules will do to the current version of an object, the first thing first.

    A rule that depends on tags is left out where these are not known.
    """
    found = [each for rule in rules if applies(rule, key, head.size, tags) for each in _events(rule, head)]
    return sorted(found, key=lambda each: each.at or datetime.max.replace(tzinfo=UTC))


def applies(rule: LifecycleRule, key: str, size: int | None, tags: Mapping[str, str] | None) -> bool:
    """Tell whether an enabled rule's filter matches (*Lifecycle configuration elements*, Filter)."""
    if not rule.is_enabled or not key.startswith(rule.prefix):
        return False
    if rule.tags and (tags is None or any(tags.get(name) != value for name, value in rule.tags.items())):
        return False
    if rule.larger_than is not None and (size is None or size <= rule.larger_than):
        return False
    return rule.smaller_than is None or (size is not None and size < rule.smaller_than)


def _events(rule: LifecycleRule, head: ObjectHead) -> Iterator[Upcoming]:
    name = rule.id or rule.prefix or "every object"
    for step in rule.transitions:
        if step.storage_class != head.storage_class:
            yield Upcoming(_due(head, step.days, step.date), f"moves to {step.storage_class}", name)
    if rule.expiration_days is not None or rule.expiration_date is not None:
        yield Upcoming(_due(head, rule.expiration_days, rule.expiration_date), "expires", name)


def _due(head: ObjectHead, days: int | None, date: datetime | None) -> datetime | None:
    """Return when a step is due: so many days after the creation, at the next midnight in UTC.

    Source: *Lifecycle rules: based on an object's age*, Amazon S3 User Guide.
    """
    if days is None:
        return date
    if head.last_modified is None:
        return None
    try:
        then = head.last_modified.astimezone(UTC) + timedelta(days=days)
        midnight = datetime.combine(then.date(), time(), UTC)
        return midnight if midnight == then else midnight + timedelta(days=1)
    except OverflowError:
        return None


def sentence(rule: LifecycleRule) -> str:
    """Return what a rule does, as a sentence; printable."""
    steps = [*_steps(rule)]
    said = "; ".join(steps) if steps else "does nothing"
    return f"{_scope(rule)}: {said}."


def _scope(rule: LifecycleRule) -> str:
    filters = []
    if rule.larger_than is not None:
        filters.append(f"larger than {exact_size(rule.larger_than)}")
    if rule.smaller_than is not None:
        filters.append(f"smaller than {exact_size(rule.smaller_than)}")
    filters += [f"tagged {printable(name)}={printable(value)}" for name, value in rule.tags.items()]
    where = f"Objects below {printable(rule.prefix)}" if rule.prefix else "All objects"
    return ", ".join([where, *filters])


def _steps(rule: LifecycleRule) -> Iterator[str]:
    for step in rule.transitions:
        yield f"{_when(step.days, step.date)} they move to {printable(step.storage_class)}"
    if rule.expiration_days is not None or rule.expiration_date is not None:
        yield f"{_when(rule.expiration_days, rule.expiration_date)} they expire"
    for step in rule.noncurrent_transitions:
        yield f"{_after(step.days)} of being replaced, versions move to {printable(step.storage_class)}"
    if rule.noncurrent_expiration_days is not None:
        kept = rule.noncurrent_versions_kept
        but = f", but for the newest {kept}" if kept else ""
        yield f"{_after(rule.noncurrent_expiration_days)} of being replaced, versions are deleted{but}"
    if rule.removes_expired_delete_markers:
        yield "delete markers without versions are removed"
    if rule.abort_uploads_after_days is not None:
        yield f"{_after(rule.abort_uploads_after_days)}, uploads that nobody ended are aborted"


def _when(days: int | None, date: datetime | None) -> str:
    if days is not None:
        return _after(days)
    return "at some time" if date is None else f"on {date.date().isoformat()}"


def _after(days: int | None) -> str:
    if days is None:
        return "after some days"
    return f"after {counted(days, 'day')}"


def erasing_rules(document: Mapping[str, Any]) -> list[str]:
    """Return a sentence for each rule that deletes every object of the bucket, of rules as JSON has them.

    They are what a user typed: a number may be a text.
    """
    found = []
    for number, rule in enumerate(document["Rules"], 1):
        filter_ = rule.get("Filter") or ({"Prefix": rule["Prefix"]} if rule.get("Prefix") else {})
        is_all = not filter_ or filter_ == {"Prefix": ""}
        expiration = rule.get("Expiration")
        if rule.get("Status") != "Enabled" or not is_all or not isinstance(expiration, dict):
            continue
        name, days, date = (
            rule.get("ID") or f"number {number}",
            expiration.get("Days"),
            expiration.get("Date"),
        )
        if str(days).strip().isdecimal():
            after = counted(int(str(days)), "day")
            found.append(f"The rule {name} deletes every object {after} after it was written.")
        elif date is not None:
            found.append(f"The rule {name} deletes every object from {date} on.")
    return found
