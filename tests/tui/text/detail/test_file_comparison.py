"""The outcome of a comparison says what proved it, or what would."""

from __future__ import annotations

import pytest

from s3tui.transfer.integrity.same_as_file import BYTES, FileComparison
from s3tui.transfer.integrity.verify import SIZE, UNKNOWN, Verdict
from s3tui.tui.text.detail.file_comparison import comparison_sentence


@pytest.mark.parametrize(
    ("comparison", "sentence"),
    [
        (FileComparison(Verdict(True, "SHA256"), 5), "The same: SHA256 matches."),
        (FileComparison(Verdict(True, BYTES), 5), "The same: bytes match."),
        (FileComparison(Verdict(True, SIZE), 0), "The same: both are empty."),
        (
            FileComparison(Verdict(False, BYTES), 5, 1234),
            "Different from byte 1,234 on (counted from 0).",
        ),
        (
            FileComparison(UNKNOWN, 5),
            "Not decidable without reading it: S3 keeps no checksum that these bytes can be held against.",
        ),
        (FileComparison(Verdict(False, SIZE), 6), "Different: the file is 1 byte longer."),
        (FileComparison(Verdict(False, SIZE), 3), "Different: the file is 2 bytes shorter."),
        (FileComparison(Verdict(False, "MD5"), 5), "Different: MD5 does not match."),
    ],
)
def test_an_outcome_is_a_sentence(comparison: FileComparison, sentence: str) -> None:
    assert comparison_sentence(comparison, 5) == sentence
