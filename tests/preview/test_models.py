"""Files of arrays and models by their headers: nothing of them is loaded."""

from __future__ import annotations

import collections
import io
import pickle
import struct
import zipfile

import pytest

from tests.preview.served import Made, preview_of


def string(text: str) -> bytes:
    return struct.pack("<Q", len(text)) + text.encode()


def gguf(tokens: int, tensors: int = 50, words: int = 20_000) -> bytes:
    """As docs/gguf.md of ggml has it."""
    entries = [
        string("general.architecture") + struct.pack("<I", 8) + string("llama"),
        string("general.name") + struct.pack("<I", 8) + string("Tiny"),
        string("tokenizer.chat_template") + struct.pack("<I", 8) + string("{{ x }}" * words),
        string("llama.context_length") + struct.pack("<II", 4, 4096),
        string("tokenizer.tokens")
        + struct.pack("<IIQ", 9, 8, tokens)
        + b"".join(string(f"token {n}") for n in range(tokens)),
        string("tokenizer.scores") + struct.pack("<IIQ", 9, 6, tokens) + bytes(4 * tokens),
    ]
    infos = [string(f"blk.{n}.weight") + struct.pack("<I2QIQ", 2, 4096, 512, 12, 0) for n in range(tensors)]
    head = b"GGUF" + struct.pack("<IQQ", 3, tensors, len(entries))
    return head + b"".join(entries) + b"".join(infos) + bytes(1_000)


def test_metadata_and_tensors_of_gguf() -> None:
    found = preview_of(gguf(9), "a.gguf")
    assert found.facts == ("Tiny", "llama", "50 tensors", "0.10 billion weights", "Q4_K", "version 3")
    assert found.table is not None
    assert found.table.rows[49] == ("blk.49.weight", "Q4_K", "4,096 × 512")
    assert found.lines[3] == "llama.context_length  4096"
    assert found.lines[4].startswith("tokenizer.tokens  ['token 0', 'token 1'")
    assert found.lines[4].endswith("… 1 more]")


def test_a_gguf_with_many_words_says_what_its_tensors_take() -> None:
    made = Made.of(gguf(120_000))
    found = preview_of(made, "a.gguf")
    assert found.facts[:3] == ("Tiny", "llama", "50 tensors")
    assert found.more is not None
    assert sum(end - first for first, end in made.spans) <= 256 * 1024


@pytest.mark.parametrize(
    "head",
    [
        b"GGUF" + struct.pack("<IQQ", 3, 2**60, 1),
        b"GGUF" + struct.pack("<IQQ", 3, 1, 1) + struct.pack("<Q", 2**63) + b"x",
        b"GGUF" + struct.pack("<IQQ", 3, 1, 1) + string("k") + struct.pack("<IIQ", 9, 9, 2**40),
        b"GGUF" + struct.pack("<IQQ", 3, 1, 0) + string("t") + struct.pack("<I", 2**31),
    ],
)
def test_lengths_that_lie_are_not_believed(head: bytes) -> None:
    assert preview_of(head + bytes(500), "a.gguf").kind == "bytes"


def npy(shape: str, data: bytes) -> bytes:
    header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}".ljust(117) + "\n"
    return b"\x93NUMPY\x01\0" + struct.pack("<H", len(header)) + header.encode() + data


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_arrays_of_npz(compression: int) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as archive:
        archive.writestr("weights.npy", npy("(1000, 25)", bytes(100_000)))
        archive.writestr("bias.npy", npy("()", bytes(4)))
    made = Made.of(out.getvalue())
    found = preview_of(made, "a.npz")
    assert (found.kind, found.facts) == ("npz", ("2 arrays",))
    assert found.table is not None
    assert [row[:3] for row in found.table.rows] == [
        ("weights", "<f4", "1,000 × 25"),
        ("bias", "<f4", "scalar"),
    ]
    assert len(made.spans) <= 3


def test_a_pytorch_file_is_its_names_and_storages() -> None:
    state = pickle.dumps(collections.OrderedDict(weight=1.5), protocol=2)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("model/data.pkl", state)
        for number in range(3):
            archive.writestr(f"model/data/{number}", bytes(1_000))
    found = preview_of(out.getvalue(), "model.pt")
    assert (found.kind, found.facts) == ("PyTorch", ("3 storages", "3.00 kB", "protocol 2"))
    assert [line.split() for line in found.lines] == [["1", "collections.OrderedDict"]]
    assert "not loaded" in found.sentence


def test_a_name_of_pytorch_proves_nothing() -> None:
    assert preview_of(b"hello\n", "a.pt").kind == "text"
    assert preview_of(pickle.dumps([1, 2], protocol=2), "a.pt").kind in ("pickle", "bytes")
