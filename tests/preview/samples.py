"""A file of each kind, as benchmarks look at it and damaged ones are made of."""

from __future__ import annotations

import json
import pickle
import sqlite3
from pathlib import Path

from tests.preview.test_folding import XML
from tests.preview.test_isolation import CSV, FILES, png
from tests.preview.test_models import gguf
from tests.preview.test_parquet import written

LOG = b"".join(
    b"2026-11-29T08:%02d:%02dZ INFO request %d took 12 ms\n" % (n // 60 % 60, n % 60, n)
    for n in range(90_000)
)
COLUMNS = ", ".join(f"i * {n + 1} AS column_{n}" for n in range(100))


def samples(folder: Path) -> dict[str, bytes]:
    """Return files by their names; most are a few hundred kilobytes."""
    database = folder / "sample.db"
    with sqlite3.connect(database) as connection:
        for number in range(60):
            connection.execute(f"CREATE TABLE table_{number} (id INTEGER PRIMARY KEY, name TEXT)")
    connection.close()
    tensors = {
        f"w{n}": {"dtype": "F32", "shape": [9], "data_offsets": [n * 36, n * 36 + 36]} for n in range(99)
    }
    header = json.dumps(tensors).encode()
    return FILES | {
        "a.txt": LOG,
        "a.log": LOG,
        "a.csv": CSV,
        "a.json": json.dumps([{"id": n, "who": f"somebody {n}"} for n in range(20_000)]).encode(),
        "a.jsonl": b"".join(b'{"id": %d, "who": "somebody"}\n' % n for n in range(20_000)),
        "a.yaml": b"a: 1\nb:\n  - c\n" * 20_000,
        "a.xml": XML * 2_000,
        "a.bin": bytes(range(256)) * 2_000,
        "a.png": png(640, 480),
        "a.db": database.read_bytes(),
        "a.parquet": written(folder, COLUMNS, 5_000, "ROW_GROUP_SIZE 2048").read_bytes(),
        "a.safetensors": len(header).to_bytes(8, "little") + header + bytes(36 * 99),
        "large.gguf": gguf(30_000),
        "large.pkl": pickle.dumps([Path(str(n)) for n in range(20_000)]),
    }
