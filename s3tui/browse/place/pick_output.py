"""Output of the pick mode: chosen objects and prefixes as URIs or JSON lines, for another program. Pure."""

from __future__ import annotations

import json
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True)
class Picked:
    """An object or a prefix that was chosen for output."""

    bucket: str
    key: str
    """An object's key, or a prefix with its delimiter at the end."""
    size: int | None = None
    """`None` of a prefix."""
    etag: str | None = None
    """`None` of a prefix, and where the server did not tell."""
    modified: datetime | None = None

    @property
    def raw_uri(self) -> str:
        """The URI as it is, with all that a key may hold, line ends too."""
        return f"s3://{self.bucket}/{self.key}"

    @property
    def uri(self) -> str:
        """The URI as one line: as a JSON string, quoted, where a control character would end the line."""
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
    """Return whether `text` has no character that any reader takes for the end of a line or a paragraph."""
    return not any(unicodedata.category(character) in ("Cc", "Zl", "Zp") for character in text)
