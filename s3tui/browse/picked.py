"""What was picked for another program, and how it is written to it. Pure."""

from __future__ import annotations

import json
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
    def uri(self) -> str:
        return f"s3://{self.bucket}/{self.key}"

    def as_json(self) -> str:
        """Return one line of JSON, in ASCII: whatever a key holds, it ends no line."""
        modified = None if self.modified is None else self.modified.astimezone(UTC).isoformat()
        values = {
            "uri": self.uri,
            "bucket": self.bucket,
            "key": self.key,
            "size": self.size,
            "etag": self.etag,
            "modified": modified,
        }
        return json.dumps(values)
