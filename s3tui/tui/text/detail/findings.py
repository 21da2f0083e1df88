"""Findings of the doctor as fields. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from s3tui.diagnosis.doctor.findings import Finding, Outcome
from s3tui.format import count, printable
from s3tui.tui.text.cells import Tone
from s3tui.tui.text.fields import Field, Section

_TONES: dict[Outcome, Tone] = {
    Outcome.PASSED: "good",
    Outcome.FAILED: "bad",
    Outcome.UNSUPPORTED: "warn",
    Outcome.UNKNOWN: "dim",
}
SIGNS = {Outcome.PASSED: "✓", Outcome.FAILED: "✗", Outcome.UNSUPPORTED: "–", Outcome.UNKNOWN: "?"}


def finding_sections(findings: Sequence[Finding]) -> Sequence[Section]:
    """Return the findings, each with its remedy below it."""
    fields: list[Field] = []
    for each in findings:
        label = f"{SIGNS[each.outcome]} {each.check}"
        fields.append(
            Field(
                label,
                printable(each.sentence),
                "" if each.outcome is Outcome.PASSED else _TONES[each.outcome],
            )
        )
        if each.remedy:
            fields.append(Field("", f"→ {printable(each.remedy)}", "accent"))
    return [Section("", fields)]


def summary(findings: Sequence[Finding], *, is_over: bool) -> str:
    """Return how many checks passed, failed, and so on."""
    words = [
        f"{count(number)} {outcome.value}"
        for outcome in Outcome
        if (number := sum(each.outcome is outcome for each in findings))
    ]
    return " · ".join(words if is_over else [*words, "more to come"])
