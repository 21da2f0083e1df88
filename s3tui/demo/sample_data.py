"""The demo's buckets and objects: those of a small data platform, and cases that are hard for a browser.

Deterministic, but for times and upload ids. `seed_first` puts the objects of the first screens, `seed_rest`
those that take longer; both are given a client whose keys are root's.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product
from random import Random

from s3tui.demo import sample_files as files
from s3tui.demo.admin import enable_versioning
from s3tui.demo.server import PRIVATE_BUCKET
from s3tui.s3.client import S3Client
from s3tui.s3.credentials import Credentials

ANALYTICS = "analytics-raw"
"""5 000 keys in a deep tree."""
BACKUPS = "backups-prod"
"""Archived objects and other storage classes."""
ASSETS = "cdn-assets"
"""Web files with their headers, far away."""
FINANCE = "finance-reports"
"""Versioned; with a delete marker."""
INBOX = "inbox-uploads"
"""Keys that are hard to show, to sign or to save."""
DATASETS = "ml-datasets"
"""A large object, and a multipart upload that was left behind."""
SCRATCH = "scratch"
"""Empty."""

REGIONS: Mapping[str, str] = {
    ANALYTICS: "us-east-1",
    ASSETS: "ap-southeast-2",
    BACKUPS: "eu-west-1",
    DATASETS: "eu-west-1",
    FINANCE: "us-east-1",
    INBOX: "us-east-1",
    PRIVATE_BUCKET: "us-east-1",
    SCRATCH: "us-east-1",
}

LARGE_KEY = "checkpoints/resnet50/epoch-12.safetensors"
LEFT_BEHIND_KEY = "checkpoints/resnet50/epoch-13.safetensors"
ARCHIVED_KEY = "postgres/2024/orders-2024-12-31.sql.gz"
VERSIONED_KEY = "2026/q3/forecast.csv"
DELETED_KEY = "2026/q3/draft-do-not-send.md"
REVIVED_KEY = "2026/q3/notes.md"
"""Deleted, and written again."""
GONE_KEY = "2026/q4/plan.md"
"""All keys that ever were under its prefix."""
ODD_KEYS = (
    "Quarterly report Q3 2026 (final) (2).txt",
    "naïve café/menü.txt",
    "日本語/東京 オフィス.txt",
    "emoji/🚀 launch plan.md",
    "a+b=c & d.txt",
    "50% off.txt",
    "already%20encoded%2Fonce.txt",
    "double//slash//inside.txt",
    "/leading/slash.txt",
    "dots/../and/./dots.txt",
    "folder-marker/",
    "what?is#this;key,anyway'\"<xml>.txt",
    "escape/\x1b[31mred\x1b[0m alert.txt",
    "lines/first\nsecond\tthird.txt",
    "right-to-left/invoice\u202efdp.exe",
    " spaces around ",
    "long/" + "a-name-that-does-not-end-" * 12 + "but-does.txt",
)

_PART_SIZE = 8 * 1024 * 1024
_LARGE_PARTS = 3
_PARALLEL = 4
_KINDS = ("checkout", "page_view", "search", "signup")
_DAYS = [(8, day) for day in range(1, 32)] + [(9, day) for day in range(1, 22)]


@dataclass(frozen=True, slots=True)
class _Sample:
    bucket: str
    key: str
    body: bytes
    content_type: str | None = None
    content_encoding: str | None = None
    cache_control: str | None = None
    content_disposition: str | None = None
    storage_class: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    tagging: Mapping[str, str] = field(default_factory=dict)


async def seed_first(s3: S3Client) -> None:
    """Create the buckets, with a few small objects in each."""
    await _all(s3.create_bucket(bucket, region=region) for bucket, region in REGIONS.items())
    await _all(_put(s3, sample) for sample in _first())


async def seed_rest(s3: S3Client, root: Credentials, put: Callable[[], None]) -> None:
    """Put everything else: odd keys, versions, the large object, the 5 000 keys, in this order.

    `put` is called for each of the 5 000.
    """
    samples, files_of_many_kinds = _second(), []
    while (
        sample := await asyncio.to_thread(next, samples, None)
    ) is not None:  # arithmetic; may be cancelled
        files_of_many_kinds.append(sample)
    await _all(_put(s3, sample) for sample in files_of_many_kinds)
    await asyncio.to_thread(enable_versioning, s3.endpoint, root, FINANCE)
    await _put_versions(s3)
    await _put_large(s3)
    await _all(_put(s3, sample, put) for sample in _events())


async def _all(work: Iterable[Coroutine[None, None, object]]) -> None:
    """Await all of `work` by a few workers; the rest is not begun when one fails."""
    left = iter(work)

    async def worker() -> None:
        for coroutine in left:
            await coroutine

    async with asyncio.TaskGroup() as group:
        for _ in range(_PARALLEL):
            group.create_task(worker())


async def _put(s3: S3Client, sample: _Sample, put: Callable[[], None] = lambda: None) -> None:
    await s3.put_object(
        sample.bucket,
        sample.key,
        sample.body,
        content_type=sample.content_type,
        content_encoding=sample.content_encoding,
        cache_control=sample.cache_control,
        content_disposition=sample.content_disposition,
        storage_class=sample.storage_class,
        metadata=sample.metadata,
        tagging=sample.tagging,
    )
    put()


async def _put_versions(s3: S3Client) -> None:
    random = Random(5)
    for rows in (40, 55, 55, 71):
        await s3.put_object(FINANCE, VERSIONED_KEY, files.csv_table(random, rows), content_type="text/csv")
    for title in ("Draft", "Draft, second thoughts"):
        body = files.markdown(random, title)
        await s3.put_object(FINANCE, DELETED_KEY, body, content_type="text/markdown")
    await s3.delete_object(FINANCE, DELETED_KEY)
    for key in (REVIVED_KEY, GONE_KEY):
        await s3.put_object(FINANCE, key, files.markdown(random, "Notes"), content_type="text/markdown")
        await s3.delete_object(FINANCE, key)
    await s3.put_object(FINANCE, REVIVED_KEY, files.markdown(random, "Notes"), content_type="text/markdown")


async def _put_large(s3: S3Client) -> None:
    random = Random(6)
    upload_id = await s3.create_multipart_upload(
        DATASETS, LARGE_KEY, metadata={"framework": "torch 2.9", "accuracy": "0.761"}
    )
    parts = [
        await s3.upload_part(
            DATASETS, LARGE_KEY, upload_id=upload_id, part_number=number, data=random.randbytes(_PART_SIZE)
        )
        for number in range(1, _LARGE_PARTS + 1)
    ]
    await s3.complete_multipart_upload(DATASETS, LARGE_KEY, upload_id=upload_id, parts=parts)
    upload_id = await s3.create_multipart_upload(DATASETS, LEFT_BEHIND_KEY)
    await s3.upload_part(
        DATASETS, LEFT_BEHIND_KEY, upload_id=upload_id, part_number=1, data=random.randbytes(_PART_SIZE)
    )


def _first() -> Iterator[_Sample]:
    random = Random(1)
    for bucket in (ANALYTICS, BACKUPS, FINANCE, DATASETS):
        yield _Sample(bucket, "README.md", files.markdown(random, bucket), "text/markdown")
    for kind in _KINDS:
        schema = {"title": kind, "type": "object", "required": ["id", "page", "country", "ms"]}
        yield _Sample(
            ANALYTICS, f"schemas/{kind}.schema.json", files.json_document(schema), "application/schema+json"
        )
    yield _Sample(ANALYTICS, "_SUCCESS", b"")
    for month in (8, 9):
        manifest = {"month": f"2026-{month:02}", "kinds": list(_KINDS), "format": "json lines, gzip"}
        yield _Sample(
            ANALYTICS,
            f"manifests/2026-{month:02}.json",
            files.json_document(manifest),
            "application/json",
            tagging={"owner": "data-platform", "retention": "400d"},
        )
    yield _Sample(
        ASSETS,
        "index.html",
        b"<!doctype html>\n<title>Example Shop</title>\n<link rel=stylesheet href=css/site.css>\n",
        "text/html; charset=utf-8",
        cache_control="no-cache",
    )
    yield _Sample(
        ASSETS, "img/logo.svg", files.svg("Example"), "image/svg+xml", cache_control="max-age=86400"
    )
    yield _Sample(INBOX, ODD_KEYS[0], files.prose(random, 3).encode(), "text/plain; charset=utf-8")
    yield _Sample(PRIVATE_BUCKET, "salaries.csv", files.csv_table(random, 12), "text/csv")


def _second() -> Iterator[_Sample]:
    random = Random(2)
    for key in ODD_KEYS[1:]:
        body = b"" if key.endswith("/") else files.prose(random, 1).encode()
        yield _Sample(INBOX, key, body, "text/plain; charset=utf-8", metadata={"uploaded-by": "Zoë"})
    yield from _assets(random)
    yield from _datasets(random)
    yield from _backups(random)
    for quarter in (1, 2):
        yield _Sample(
            FINANCE,
            f"2026/q{quarter}/orders.csv",
            files.csv_table(random, 800 * quarter),
            "text/csv",
            content_disposition=f'attachment; filename="orders-q{quarter}.csv"',
            metadata={"approved-by": "r.osei", "ledger-run": "2026-07-02"},
            tagging={"confidential": "yes", "cost-center": "4410"},
        )


def _assets(random: Random) -> Iterator[_Sample]:
    forever = "public, max-age=31536000, immutable"
    css = b"body { margin: 0; font: 16px/1.5 system-ui }\n.hero { display: grid }\n" * 40
    script = b"export const greet = (name) => `Hello, ${name}`;\n" * 60
    yield _Sample(ASSETS, "css/site.css", files.gzipped(css), "text/css", "gzip", forever)
    yield _Sample(ASSETS, "js/app.3f9c1a.js", files.gzipped(script), "text/javascript", "gzip", forever)
    yield _Sample(ASSETS, "audio/chime.wav", files.wav(1.5), "audio/wav", cache_control=forever)
    for name in ("hero", "team", "office"):
        yield _Sample(
            ASSETS,
            f"img/{name}.png",
            files.png(random, 240, 160),
            "image/png",
            cache_control=forever,
            metadata={"photographer": "J. Müller", "license": "CC-BY-4.0"},
        )


def _datasets(random: Random) -> Iterator[_Sample]:
    yield _Sample(DATASETS, "orders/train.csv", files.csv_table(random, 30_000), "text/csv")
    yield _Sample(DATASETS, "orders/test.csv", files.csv_table(random, 4_000), "text/csv")
    events = files.gzipped(files.json_lines(random, 5_000))
    yield _Sample(DATASETS, "events/sample.jsonl.gz", events, "application/gzip")
    config = b"model: resnet50\nepochs: 12\nlearning_rate: 0.1\naugment: [flip, crop]\n"
    yield _Sample(DATASETS, "checkpoints/resnet50/config.yaml", config, "application/yaml")
    for i in range(24):
        label = random.choice(("cat", "dog", "fox"))
        yield _Sample(DATASETS, f"images/{label}/{i:04}.png", files.png(random, 48, 48), "image/png")


def _backups(random: Random) -> Iterator[_Sample]:
    def dump(rows: int) -> bytes:
        return files.gzipped(b"COPY orders FROM stdin;\n" + files.csv_table(random, rows))

    gz = "application/gzip"
    yield _Sample(BACKUPS, ARCHIVED_KEY, dump(9_000), gz, storage_class="GLACIER")
    yield _Sample(
        BACKUPS, "postgres/2023/orders-2023-12-31.sql.gz", dump(8_000), gz, storage_class="DEEP_ARCHIVE"
    )
    for month in range(1, 10):
        storage_class = "STANDARD_IA" if month < 7 else None
        key = f"postgres/2026/orders-2026-{month:02}-01.sql.gz"
        yield _Sample(BACKUPS, key, dump(3_000 + 700 * month), gz, storage_class=storage_class)
    hosts = {f"web-{i}/etc/hostname": f"web-{i}\n".encode() for i in range(1, 5)}
    yield _Sample(BACKUPS, "hosts/etc-2026-09.zip", files.zipped(hosts), "application/zip")
    yield _Sample(BACKUPS, "logs/backup.log", files.log_lines(random, 2_000), "text/plain")


def _events() -> Iterator[_Sample]:
    """An hour a key: with what `_first` puts there, the bucket holds 5 000."""
    random = Random(3)
    bodies = [files.gzipped(files.json_lines(random, rows)) for rows in (3, 8, 20, 60, 150, 400)]
    for kind, (month, day), hour in product(_KINDS, _DAYS, range(24)):
        yield _Sample(
            ANALYTICS,
            f"events/{kind}/year=2026/month={month:02}/day={day:02}/hour={hour:02}/part-00000.json.gz",
            random.choice(bodies),
            "application/gzip",
        )
