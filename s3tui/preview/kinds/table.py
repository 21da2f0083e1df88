"""The table of kinds: by which names and which first bytes each is known, and what is read of it first."""

from __future__ import annotations

from dataclasses import dataclass

from s3tui.preview.formats.languages import OF_TEXT
from s3tui.preview.ranged_file import First


class Mismatch(Exception):
    """The bytes are of another kind than was thought."""


@dataclass(frozen=True, slots=True)
class Kind:
    name: str
    module: str
    """Its dotted name; imported only when it is needed."""
    suffixes: frozenset[str] = frozenset()
    """Of names, in lower case, without the dot."""
    signatures: tuple[tuple[int, bytes], ...] = ()
    """Offsets and what stands there, of which one is enough."""
    first: First = First.HEAD
    is_text: bool = False
    """Whether it is known by name alone, once its bytes are text."""
    is_isolated: bool = True
    """Whether it runs in a process of its own."""
    needs: str = ""
    """The package that it imports, of the extra `preview`."""


def _suffixes(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _kind(
    name: str,
    module: str,
    suffixes: str = "",
    *signatures: tuple[int, bytes],
    first: First = First.HEAD,
    is_text: bool = False,
    is_isolated: bool = True,
    needs: str = "",
) -> Kind:
    return Kind(
        name,
        f"s3tui.preview.kinds.{module}",
        frozenset(suffixes.split()),
        signatures,
        first=first,
        is_text=is_text,
        is_isolated=is_isolated,
        needs=needs,
    )


TEXT = _kind("text", "text", " ".join(OF_TEXT), is_text=True, is_isolated=False)
LOG = _kind("log", "log", "log out err", first=First.TAIL, is_text=True, is_isolated=False)
JSON = _kind("JSON", "json", "json geojson ipynb webmanifest", is_text=True, is_isolated=False)
JSON_LINES = _kind("JSON Lines", "json_rows", "jsonl ndjson", is_text=True, is_isolated=False)
CSV = _kind("CSV", "delimited", "csv tsv tab psv", is_text=True, is_isolated=False)
XML = _kind(
    "XML",
    "markup",
    "xml xsd xsl xslt svg rss atom kml gpx plist wsdl pom csproj",
    is_text=True,
    is_isolated=False,
)
HEX = _kind("bytes", "hexdump", is_isolated=False)
_STREAMS = "gz tgz bz2 tbz tbz2 xz txz zst tzst"
_ZIPS = "zip jar war ear whl apk ipa docx xlsx pptx odt ods odp epub kmz"

KINDS: tuple[Kind, ...] = (
    TEXT,
    LOG,
    JSON,
    JSON_LINES,
    CSV,
    XML,
    HEX,
    _kind(
        *("compressed", "archives.compressed", _STREAMS),
        *((0, b"\x1f\x8b\x08"), (0, b"BZh"), (0, b"\xfd7zXZ\0"), (0, b"\x28\xb5\x2f\xfd")),
    ),
    _kind("zip", "archives.zip", _ZIPS, (0, b"PK\x03\x04"), (0, b"PK\x05\x06"), first=First.TAIL),
    _kind("tar", "archives.tar", "tar", (257, b"ustar")),
    _kind("npz", "archives.npz", "npz", first=First.TAIL),
    _kind("PyTorch", "archives.torch", "pt pth ckpt", first=First.TAIL),
    _kind(
        *("image", "image", "png apng jpg jpeg jpe gif webp avif heic tif tiff bmp"),
        *((0, b"\x89PNG\r\n\x1a\n"), (0, b"\xff\xd8\xff"), (0, b"GIF8"), (8, b"WEBP")),
        *((8, b"avif"), (8, b"heic"), (8, b"mif1"), (0, b"II*\0"), (0, b"MM\0*")),
    ),
    _kind("Parquet", "data.parquet", "parquet parq pq", (0, b"PAR1"), (0, b"PARE"), first=First.TAIL),
    _kind("safetensors", "data.safetensors", "safetensors"),
    _kind("GGUF", "data.gguf", "gguf", (0, b"GGUF")),
    _kind("npy", "data.npy", "npy", (0, b"\x93NUMPY")),
    _kind("SQLite", "data.sqlite", "sqlite sqlite3 db", (0, b"SQLite format 3\0")),
    _kind(
        *("pickle", "data.pickled", "pkl pickle"),
        *((0, b"\x80\x03"), (0, b"\x80\x04\x95"), (0, b"\x80\x05\x95")),
    ),
    _kind("Avro", "extra.avro", "avro", (0, b"Obj\x01"), needs="fastavro"),
    _kind("Arrow", "extra.arrow", "arrow feather ipc", (0, b"ARROW1"), needs="pyarrow"),
    _kind("ORC", "extra.arrow", "orc", (0, b"ORC"), needs="pyarrow"),
    _kind("PDF", "extra.pdf", "pdf", (0, b"%PDF-"), needs="pypdfium2"),
    _kind("audio", "extra.media", "mp3 flac wav m4a m4b mp4 ogg oga opus wma aiff aifc aac", needs="tinytag"),
)

ROWS = {"Parquet": _kind("Parquet", "extra.parquet_rows", needs="pyarrow")}
"""Kinds that read rows of chosen columns, by the name of the kind that tells of the columns."""

PICTURE = _kind("image", "extra.picture", needs="PIL")
"""Draws what the kind of images tells the size of."""
PICTURES = frozenset({"PNG", "JPEG", "GIF", "WebP", "AVIF", "TIFF", "BMP"})
"""What images are called."""
