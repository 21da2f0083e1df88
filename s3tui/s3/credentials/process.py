"""Keys from another process: `credential_process`, and the AWS CLI for what only it can do.

Source: AWS SDKs and Tools Reference Guide, *Process credential provider*.
"""

from __future__ import annotations

import asyncio
import os
import shlex
import shutil
import signal
from collections.abc import Mapping, Sequence
from contextlib import suppress

from s3tui.s3.credentials.interaction import ProcessPrompt, SlowProcess
from s3tui.s3.credentials.web import json_object, keys_from_json
from s3tui.s3.errors import CredentialsError
from s3tui.s3.signing.credentials import Credentials

_TIMEOUT_S = 120.0  # it may open a browser and wait for a person
_SHOWN_AFTER_S = 3.0
_MOST_SAID = 16 * 1024


async def from_process(
    command: str, profile: str, environ: Mapping[str, str], *, show: ProcessPrompt | None = None
) -> Credentials:
    """Run `command` without a shell or a terminal, and read the keys that it prints.

    Args:
        show: shows a process that takes its time, with what it says, so that the user can end it.

    Raises: CredentialsError.
    """
    who = f"the credential_process of profile {profile!r}"
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise CredentialsError(f"{who} cannot be read as a command: {error}") from None
    if not words:
        raise CredentialsError(f"{who} is empty")
    return await _run(words, who, environ, show)


async def from_aws_cli(profile: str, environ: Mapping[str, str]) -> Credentials:
    """Run the AWS CLI to get the keys of `profile`.

    Raises: CredentialsError, also when it is not installed.
    """
    executable = shutil.which("aws", path=environ.get("PATH"))
    if executable is None:
        raise CredentialsError(
            f"profile {profile!r} signs in in a way that only the AWS CLI can, and it is not installed: "
            "install version 2 of it, or use a profile with keys"
        )
    command = [executable, "configure", "export-credentials", "--profile", profile, "--format", "process"]
    # Asked for this profile, it must not answer with the keys of the machine.
    return await _run(
        command,
        f"aws configure export-credentials, profile {profile}",
        {**environ, "AWS_EC2_METADATA_DISABLED": "true"},
    )


async def _run(
    command: Sequence[str], who: str, environ: Mapping[str, str], show: ProcessPrompt | None = None
) -> Credentials:
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            env=dict(environ),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,  # it has no terminal: what it asked there would be painted over
        )
    except OSError as error:
        raise CredentialsError(f"{who} cannot be started: {command[0]}: {error.strerror}") from error
    said = bytearray()
    try:
        async with asyncio.timeout(_TIMEOUT_S):
            printed = await _output(process, said, who, show)
    except TimeoutError:
        raise CredentialsError(f"{who} did not end within {_TIMEOUT_S:g} seconds") from None
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
    complaint = bytes(said)
    if b"aws: error:" in complaint and b"Invalid choice" in complaint:
        raise CredentialsError(f"{who} needs version 2 of the AWS CLI, and an older one is installed")
    if process.returncode != 0:
        lines = complaint.decode("utf-8", "replace").split("\n")
        last = next((line.strip()[:300] for line in reversed(lines) if line.strip()), "it said nothing")
        raise CredentialsError(f"{who} failed with {process.returncode}: {last}")
    said_json = json_object(printed, who)
    if said_json.get("Version") != 1:
        raise CredentialsError(f"{who} answered in another version of the format than 1")
    return keys_from_json(said_json, who)


async def _output(
    process: asyncio.subprocess.Process, said: bytearray, who: str, show: ProcessPrompt | None
) -> bytes:
    """Return what the process printed, and fill `said` with its standard error.

    Raises: CredentialsError, when the user ends it.
    """
    working = asyncio.ensure_future(_read(process, said))
    try:
        done, _ = await asyncio.wait((working,), timeout=None if show is None else _SHOWN_AFTER_S)
        if done or show is None:
            return working.result()
        shown = asyncio.ensure_future(show(SlowProcess(who, lambda: said.decode("utf-8", "replace"))))
        try:
            await asyncio.wait((working, shown), return_when=asyncio.FIRST_COMPLETED)
        finally:
            shown.cancel()
            await asyncio.gather(shown, return_exceptions=True)
        if working.done():
            return working.result()
        raise CredentialsError(f"{who} was ended")
    finally:
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)


async def _read(process: asyncio.subprocess.Process, said: bytearray) -> bytes:
    assert process.stdout is not None
    assert process.stderr is not None
    complaints = process.stderr

    async def listen() -> None:
        while chunk := await complaints.read(4096):
            said.extend(chunk)
            del said[:-_MOST_SAID]

    printed, _ = await asyncio.gather(process.stdout.read(), listen())
    await process.wait()
    return printed
