"""A listing server with the oddities that servers were seen to have, each behind a switch.

It answers ListObjects of either version, ListObjectVersions and ListMultipartUploads over keys in byte order.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import parse_qsl, quote, quote_plus, urlsplit
from xml.sax.saxutils import escape

from tests.s3.scripted import Reply, Seen, error_reply


@dataclass(slots=True)
class OddListings:
    keys: list[str]
    page: int = 2
    encodes: bool = True
    """Whether keys are percent-encoded where that was asked for."""
    encodes_markers: bool = True
    says: bool = True
    """Whether it says that they are encoded."""
    blanks: str = "%20"
    """The encoding of a blank."""
    true: str = "true"
    false: str | None = "false"
    """`None`: left out."""
    names_markers: bool = True
    first_version: bool = False
    """Whether it knows ListObjectsV2 not at all, and takes it for the first version."""
    refuses: str = ""
    """A parameter that it does not know."""
    refusal: Reply = field(default_factory=lambda: error_reply(501, "NotImplemented"))
    """The response to that."""
    repeats_token: bool = False
    """Whether each page names the token that led to it."""
    inclusive: bool = False
    """Whether a page begins with what its marker names."""

    def __call__(self, seen: Seen) -> Reply:
        asked = dict(parse_qsl(urlsplit(seen.target.decode()).query, keep_blank_values=True))
        if self.refuses and self.refuses in asked:
            return self.refusal
        if "versions" in asked:
            return self._reply(asked, "ListVersionsResult", "Version", "VersionId", "version-id-marker")
        if "uploads" in asked:
            return self._reply(asked, "ListMultipartUploadsResult", "Upload", "UploadId", "upload-id-marker")
        return self._objects(asked)

    def _objects(self, asked: dict[str, str]) -> Reply:
        is_first = self.first_version or "list-type" not in asked
        if is_first:
            after = asked.get("marker", "")
        elif token := asked.get("continuation-token"):
            after = bytes.fromhex(token.split("-")[0]).decode()
        else:
            after = asked.get("start-after", "")
        found, is_last = self._page(asked, after)
        rows = "".join(
            f"<Contents><Key>{self._key(asked, key)}</Key><Size>1</Size></Contents>" for key in found
        )
        fields = self._fields(asked, is_last)
        if not is_first:
            fields += f"<KeyCount>{len(found)}</KeyCount>"
        if not is_last and self.names_markers:
            marker = self._marker(asked, found[-1])
            token = asked.get("continuation-token") if self.repeats_token else None
            own = token or found[-1].encode().hex()
            fields += (
                f"<NextMarker>{marker}</NextMarker>"
                if is_first
                else f"<NextContinuationToken>{own}</NextContinuationToken>"
            )
        if is_first:
            fields += "<Marker/>"
        return Reply(body=f"<ListBucketResult>{fields}{rows}</ListBucketResult>".encode())

    def _reply(self, asked: dict[str, str], root: str, row: str, id_name: str, id_marker: str) -> Reply:
        found, is_last = self._page(asked, asked.get("key-marker", ""))
        rows = "".join(
            f"<{row}><Key>{self._key(asked, key)}</Key><{id_name}>{self.keys.index(key)}</{id_name}></{row}>"
            for key in found
        )
        fields = self._fields(asked, is_last)
        if not is_last and self.names_markers:
            fields += f"<NextKeyMarker>{self._marker(asked, found[-1])}</NextKeyMarker>"
            fields += f"<Next{id_name}Marker>{self.keys.index(found[-1])}</Next{id_name}Marker>"
        return Reply(body=f"<{root}>{fields}{rows}</{root}>".encode())

    def _page(self, asked: dict[str, str], after: str) -> tuple[list[str], bool]:
        prefix = asked.get("prefix", "")
        left = [
            key
            for key in sorted(self.keys, key=str.encode)
            if key.startswith(prefix) and (key > after or (self.inclusive and key == after))
        ]
        return left[: self.page], len(left) <= self.page

    def _fields(self, asked: dict[str, str], is_last: bool) -> str:
        word = self.false if is_last else self.true
        fields = "" if word is None else f"<IsTruncated>{word}</IsTruncated>"
        return fields + ("<EncodingType>url</EncodingType>" if self.says and "encoding-type" in asked else "")

    def _key(self, asked: dict[str, str], key: str) -> str:
        return self._encoded(key) if self.encodes and "encoding-type" in asked else escape(key)

    def _marker(self, asked: dict[str, str], key: str) -> str:
        return self._encoded(key) if self.encodes_markers and "encoding-type" in asked else escape(key)

    def _encoded(self, key: str) -> str:
        return quote(key, safe="/") if self.blanks == "%20" else quote_plus(key, safe="/")
