"""Kinds of content by the suffix of a key, each with a sign of one cell. Pure: no object is read."""

from __future__ import annotations

import mimetypes
from collections.abc import Mapping
from enum import Enum
from functools import cache


class ContentKind(Enum):
    """The kind of content that a key promises, by its sign in a list."""

    ARCHIVE = "▣"
    IMAGE = "◪"
    """Pictures, sound and video."""
    TABLE = "▦"
    """Rows and columns, or records."""
    TEXT = "≡"
    CODE = "{"
    """What programs read: sources, configuration, documents with a syntax."""
    BINARY = "·"
    """Whatever else."""


_SUFFIXES: Mapping[ContentKind, str] = {
    ContentKind.ARCHIVE: (
        "7z apk ar br bz2 cab deb dmg gz iso jar lz lz4 lzma rar rpm snappy sz tar tbz tbz2 tgz txz tzst "
        "war whl xz z zip zst"
    ),
    ContentKind.IMAGE: (
        "avif bmp dng flac gif heic heif ico jfif jpeg jpg m4a m4v mkv mov mp3 mp4 nef ogg opus png psd "
        "svg tif tiff wav webm webp"
    ),
    ContentKind.TABLE: (
        "arrow avro csv db delta dta duckdb feather h5 hdf5 ipc jsonl mdb nc ndjson npy npz ods orc "
        "parquet rdata sas7bdat sav sqlite sqlite3 tsv xls xlsb xlsx zarr"
    ),
    ContentKind.TEXT: (
        "adoc doc docx eml epub err log markdown md odp odt out pdf po ppt pptx rst rtf srt tex txt vtt"
    ),
    ContentKind.CODE: (
        "bash bat c cc cfg conf cpp cs css cts diff env geojson go graphql h hcl hpp html ini ipynb java "
        "js json json5 jsx kt less lock lua mjs mts patch php pl pom properties proto ps1 py r rb rs sass "
        "scala scss sh sql swift tf tfvars toml ts tsx vue xml xsd xsl yaml yml zsh"
    ),
    ContentKind.BINARY: (
        "bin ckpt class crc dat dll dylib exe ckp gguf idx key model o onnx p12 pb pem pickle pkl pt pth "
        "pyc safetensors so wasm"
    ),
}
_KINDS = {suffix: kind for kind, suffixes in _SUFFIXES.items() for suffix in suffixes.split()}
_COMPRESSIONS = frozenset(["br", "bz2", "gz", "lz4", "snappy", "xz", "zst"])
"""Suffixes behind another one, which says what it is: `.csv.gz` is a table, `.tar.gz` an archive."""
_MAIN_TYPES = {
    "audio": ContentKind.IMAGE,
    "image": ContentKind.IMAGE,
    "text": ContentKind.TEXT,
    "video": ContentKind.IMAGE,
}


def content_kind(key: str) -> ContentKind:
    """Return the kind of content that the last part of `key` promises."""
    stem, dot, suffix = key.rpartition("/")[2].lower().rpartition(".")
    if not (dot and stem):
        return ContentKind.BINARY
    if suffix in _COMPRESSIONS:
        inner = stem.rpartition(".")[2] if "." in stem[1:] else ""
        return _by_suffix(inner) if inner and _is_known(inner) else ContentKind.ARCHIVE
    return _by_suffix(suffix)


def _is_known(suffix: str) -> bool:
    return _by_suffix(suffix) is not ContentKind.BINARY


def _by_suffix(suffix: str) -> ContentKind:
    return _KINDS.get(suffix) or _by_type(suffix)


@cache
def _types() -> mimetypes.MimeTypes:
    return mimetypes.MimeTypes()


def _by_type(suffix: str) -> ContentKind:
    """Return the kind of a suffix that is not ours, from its registered type."""
    registered, _ = _types().guess_type(f"a.{suffix}")
    return _MAIN_TYPES.get((registered or "").partition("/")[0], ContentKind.BINARY)
