"""What was picked for another program, and how it is written to it. Pure."""

from __future__ import annotations

import json
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True)
class Picked:
    bucket: str
    key: str
    """Of an object, or a prefix that ends in its delimiter."""
    size: int | None = None
    """`None` of a prefix."""
    etag: str | None = None
    """`None` of a prefix, and where the server did not tell."""
    modified: datetime | None = None

    @property
    def raw_uri(self) -> str:
        """With all that a key may hold, line ends too."""
        return f"s3://{self.bucket}/{self.key}"

    @property
    def uri(self) -> str:
        """As one line: where a control character would end it, a JSON string, which begins with a quote."""
        return self.raw_uri if _is_one_line(self.raw_uri) else json.dumps(self.raw_uri)

    def as_json(self) -> str:
        """Return one line of JSON, in ASCII: whatever a key holds, it ends no line."""
        modified = None if self.modified is None else self.modified.astimezone(UTC).isoformat()
        values = {
            "uri": self.raw_uri,
            "bucket": self.bucket,
            "key": self.key,
            "size": self.size,
            "etag": self.etag,
            "modified": modified,
        }
        return json.dumps(values)


def _is_one_line(text: str) -> bool:
    """Say whether no reader ends a line, or more than that, somewhere in `text`."""
    return not any(unicodedata.category(character) in ("Cc", "Zl", "Zp") for character in text)
