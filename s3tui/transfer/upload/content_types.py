"""Content types of files, by their names. Pure: the same on every machine."""

from __future__ import annotations

from mimetypes import MimeTypes

_BY_EXTENSION = {
    ".7z": "application/x-7z-compressed",
    ".avro": "application/vnd.apache.avro",
    ".cbor": "application/cbor",
    ".csv": "text/csv",
    ".feather": "application/vnd.apache.arrow.file",
    ".geojson": "application/geo+json",
    ".ipynb": "application/x-ipynb+json",
    ".jsonl": "application/jsonl",
    ".lz4": "application/x-lz4",
    ".log": "text/plain",
    ".md": "text/markdown",
    ".ndjson": "application/x-ndjson",
    ".orc": "application/vnd.apache.orc",
    ".parquet": "application/vnd.apache.parquet",
    ".rst": "text/x-rst",
    ".sql": "application/sql",
    ".sqlite": "application/vnd.sqlite3",
    ".toml": "application/toml",
    ".ts": "text/typescript",
    ".wasm": "application/wasm",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
    ".yaml": "application/yaml",
    ".yml": "application/yaml",
    ".zst": "application/zstd",
}
_COMPRESSED = {
    "gzip": "application/gzip",
    "bzip2": "application/x-bzip2",
    "xz": "application/x-xz",
    "compress": "application/x-compress",
    "br": "application/x-brotli",
}

DEFAULT = "application/octet-stream"

_TYPES = MimeTypes()
for _extension, _type in _BY_EXTENSION.items():
    _TYPES.add_type(_type, _extension)


def guess_content_type(name: str) -> str:
    """Return the media type for a file of that name.

    A compressed file is what it is, `application/gzip`: with a Content-Encoding browsers would unpack it.
    """
    guessed, encoding = _TYPES.guess_type(name.rpartition("/")[2])
    if encoding is not None:
        return _COMPRESSED.get(encoding, DEFAULT)
    return guessed or DEFAULT
