"""Generates small real files of many kinds. Pure: random generators of one seed give the same bytes."""

from __future__ import annotations

import gzip
import io
import json
import math
import struct
import wave
import zipfile
import zlib
from random import Random

_COUNTRIES = ("DE", "FR", "IN", "JP", "BR", "US", "KE", "AU", "CA", "PL")
_PAGES = ("/", "/search", "/product/1207", "/cart", "/checkout", "/help/returns", "/account/orders")
_WORDS = (
    *("bucket", "region", "object", "version", "prefix", "key", "listing", "upload", "replica", "archive"),
    *("restore", "policy", "access", "latency", "throughput", "checksum", "catalog", "partition", "schema"),
    *("retention", "budget", "owner", "rollout", "incident"),
)


def prose(random: Random, paragraphs: int) -> str:
    sentences = (
        " ".join(random.choices(_WORDS, k=random.randint(6, 14))).capitalize() + "." for _ in range(1000)
    )
    return "\n\n".join(" ".join(next(sentences) for _ in range(4)) for _ in range(paragraphs)) + "\n"


def markdown(random: Random, title: str) -> bytes:
    items = "\n".join(f"- **{word}**: {prose(random, 1).split('.')[0]}." for word in random.sample(_WORDS, 5))
    return f"# {title}\n\n{prose(random, 2)}\n## Contents\n\n{items}\n".encode()


def log_lines(random: Random, count: int) -> bytes:
    lines = [
        f"2026-09-{random.randint(1, 30):02}T{i % 24:02}:{random.randint(0, 59):02}:00Z"
        f" {random.choice(('INFO', 'INFO', 'INFO', 'WARN', 'ERROR'))}"
        f" worker-{random.randint(1, 8)} {random.choice(_WORDS)} {random.choice(_WORDS)}"
        f" took {random.randint(3, 900)} ms"
        for i in range(count)
    ]
    return ("\n".join(lines) + "\n").encode()


def csv_table(random: Random, rows: int) -> bytes:
    lines = ["order_id,placed_at,country,items,total_eur"]
    lines += [
        f"{100_000 + i},2026-{random.randint(1, 9):02}-{random.randint(1, 28):02},"
        f"{random.choice(_COUNTRIES)},{random.randint(1, 9)},{random.uniform(5, 400):.2f}"
        for i in range(rows)
    ]
    return ("\n".join(lines) + "\n").encode()


def json_lines(random: Random, rows: int) -> bytes:
    events = (
        {
            "id": f"{random.getrandbits(64):016x}",
            "page": random.choice(_PAGES),
            "country": random.choice(_COUNTRIES),
            "ms": random.randint(12, 2400),
        }
        for _ in range(rows)
    )
    return "".join(json.dumps(event) + "\n" for event in events).encode()


def json_document(value: object) -> bytes:
    return (json.dumps(value, indent=2) + "\n").encode()


def gzipped(data: bytes) -> bytes:
    return gzip.compress(data, mtime=0)


def png(random: Random, width: int, height: int) -> bytes:
    """Return a PNG of three colour waves over each other."""
    phases = [(random.uniform(0.5, 3), random.uniform(0.5, 3), random.uniform(0, 6.3)) for _ in range(3)]
    rows = bytearray()
    for y in range(height):
        rows.append(0)  # this row is not filtered
        for x in range(width):
            rows += bytes(
                int(127.5 + 127.5 * math.sin(across * x * 6 / width + down * y * 6 / height + phase))
                for across, down, phase in phases
            )
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(bytes(rows), 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )


def svg(title: str) -> bytes:
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 120 40">'
        f'<rect width="120" height="40" rx="8" fill="#0f766e"/><text x="12" y="26" fill="#fff">{title}</text>'
        "</svg>\n"
    ).encode()


def wav(seconds: float) -> bytes:
    """Return a WAV of a falling tone, 8 kHz, 16 bit, mono."""
    rate = 8000
    samples = (
        int(12_000 * math.sin(2 * math.pi * (660 - 200 * i / rate) * i / rate))
        for i in range(int(rate * seconds))
    )
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(b"".join(struct.pack("<h", sample) for sample in samples))
    return buffer.getvalue()


def zipped(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name, (2026, 9, 1, 0, 0, 0)), data)
    return buffer.getvalue()
