"""The command `s3tui doctor`: examines an endpoint without a screen, and prints what it finds."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import sys
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from s3tui import paths
from s3tui.arguments import Refused, flags_of, parse_arguments
from s3tui.format import printable

if TYPE_CHECKING:
    from s3tui.connect.connection import Connection
    from s3tui.diagnosis.doctor.findings import Finding
    from s3tui.s3.client import S3Client
    from s3tui.s3.sending.capabilities import CapabilityObserved
    from s3tui.s3.sending.sender import Fact
    from s3tui.settings import Flags, Settings

USAGE = """\
usage: s3tui doctor [NAME] [s3://bucket/prefix/] [--write] [--json] [options]

Ask an endpoint what it can: names, connection, TLS, clock, signature, rights, region, listings, and with
--write checksums, conditions, uploads in parts and speed. NAME is a connection; options are those of s3tui.

  --write   write below s3://bucket/prefix/, and take it away again; never on a connection that is
            read-only or production, or where lock, replication or notifications would act on it
  --json    print JSON

It ends with 1 where a check failed. A bucket of the name doctor is s3://doctor.
"""
SIGNS = {"passed": "✓", "failed": "✗", "not supported": "–", "unknown": "?"}


@dataclass(frozen=True, slots=True)
class DoctorArguments:
    """The words of the command."""

    flags: Flags
    writes: bool
    json: bool
    helps: bool = False


def parse_doctor(words: Sequence[str]) -> DoctorArguments:
    """Parse the words behind `doctor`.

    Raises: Refused.
    """
    own, rest, names = {"--write", "--json", "-h", "--help"}, [], []
    takes_value = False
    for word in words:
        if word in own:
            continue
        if not word.startswith("-") and not takes_value and "://" not in word:
            names.append(word)
            continue
        takes_value = word.startswith("-") and "=" not in word and word not in _BARE
        rest.append(word)
    if len(names) > 1:
        raise Refused(f"{names[1]!r} is one argument too many: doctor takes one connection")
    asked = parse_arguments([*rest, *(["--connection", names[0]] if names else [])])
    flags = flags_of(asked)
    writes = "--write" in words
    if writes and flags.uri is None:
        raise Refused("--write needs a prefix to write below: s3tui doctor NAME s3://bucket/prefix/ --write")
    if flags.demo or flags.snapshot is not None or flags.inventory is not None or flags.pick:
        raise Refused("doctor examines a connection: leave --demo, --snapshot, --inventory and --pick out")
    return DoctorArguments(flags, writes, "--json" in words, bool({"-h", "--help"}.intersection(words)))


_BARE = frozenset({"--no-sign-request", "--no-verify-ssl", "--read-only", "--debug", "--demo", "--pick"})
"""Options of s3tui without a value."""


def run_doctor(asked: DoctorArguments, settings: Settings, connection: Connection | None) -> int:
    """Examine the connection, print what is found, and return the exit code: 1 where a check failed."""
    if connection is None:
        raise Refused("no connection is known here: name one, or --endpoint-url and keys")
    if connection.obstacle is not None:
        raise Refused(f"{connection.name} cannot be opened: {connection.obstacle}")
    from s3tui.s3.errors import CredentialsError

    findings: list[Finding] = []

    async def collect() -> None:
        async with aclosing(_examine(asked, settings, connection)) as examined:
            async for finding in examined:
                findings.append(finding)
                if not asked.json:
                    sys.stdout.write(finding_text(finding))
                    sys.stdout.flush()

    if not asked.json:
        sys.stdout.write(printable(f"{connection.name}  {connection.endpoint.url}") + "\n\n")
    try:
        asyncio.run(collect())
    except CredentialsError as error:
        raise Refused(str(error)) from error
    if asked.json:
        sys.stdout.write(json.dumps(report(connection, findings), indent=2) + "\n")
    return int(any(each.outcome.value == "failed" for each in findings))


def finding_text(finding: Finding) -> str:
    """Return a finding as lines for people."""
    text = f"{SIGNS[finding.outcome.value]} {finding.check:<21} {printable(finding.sentence)}\n"
    return text + (f"  {'':<21} → {printable(finding.remedy)}\n" if finding.remedy else "")


def report(connection: Connection, findings: Sequence[Finding]) -> dict[str, object]:
    """Return findings as a document for programs."""
    return {
        "connection": connection.name,
        "endpoint": connection.endpoint.url,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "findings": [
            {
                "check": each.check,
                "outcome": each.outcome.value,
                "sentence": each.sentence,
                "remedy": each.remedy,
            }
            for each in findings
        ],
    }


async def _examine(
    asked: DoctorArguments, settings: Settings, connection: Connection
) -> AsyncGenerator[Finding, None]:
    from s3tui.connect.client import as_set, open_client
    from s3tui.connect.whoami import who_am_i
    from s3tui.diagnosis.doctor.examine import examine
    from s3tui.diagnosis.log_file import LogFile
    from s3tui.s3.sending.capabilities import CapabilityObserved
    from s3tui.s3.sending.request_log import Exchange

    file = None if settings.log_file is None else LogFile(settings.log_file, details=settings.debug)
    observed: list[CapabilityObserved] = []

    def heard(fact: Fact) -> None:
        if isinstance(fact, CapabilityObserved):
            observed.append(fact)
        elif isinstance(fact, Exchange) and file is not None:
            file.write(connection.name, fact)

    async def who(client: S3Client) -> str:
        return (await who_am_i(client, connection)).words

    wanted, uri = as_set(connection, settings), settings.uri
    client = open_client(connection, settings, heard)
    found = examine(
        client,
        bucket=None if uri is None else uri.bucket,
        prefix=None if uri is None else uri.key,
        who=who,
        may_write=asked.writes and not wanted.read_only and not wanted.production,
    )
    try:
        async with aclosing(found) as findings:  # who reads no further still has the probes taken away
            async for finding in findings:
                yield finding
    finally:
        await client.aclose()
        if file is not None:
            file.close()
        _keep(connection, observed)


def _keep(connection: Connection, observed: Sequence[CapabilityObserved]) -> None:
    """Write what was observed into the endpoint's record, which the app reads."""
    from s3tui.browse.place.bookmarks import SCHEMA
    from s3tui.connect import capability_store
    from s3tui.connect.identity import identity_of
    from s3tui.state import StateError, open_database

    try:
        database = open_database(paths.state_dir() / "state.sqlite", SCHEMA, on_damage=lambda sentence: None)
        for each in observed:
            capability_store.keep(database, str(identity_of(connection)), each)
        database.close()
    except (StateError, sqlite3.Error) as error:
        sys.stderr.write(printable(f"s3tui: what was found is not kept: {error}") + "\n")
