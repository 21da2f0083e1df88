"""The command `s3tui sync NAME`: runs a saved sync without a screen, for cron. Its exit codes are `Exit`."""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sys
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from s3tui import paths
from s3tui.arguments import Refused
from s3tui.config.options import did_you_mean
from s3tui.config.reader import Config, ConfigError, read_config
from s3tui.connect.by_name import known_names
from s3tui.format import counted, printable, size
from s3tui.s3.errors import S3Error
from s3tui.syncs.run import Exit, SavedRun, SyncRefused
from s3tui.syncs.saved import SavedSync, saved_sync
from s3tui.transfer.changes.models import ItemState
from s3tui.transfer.errors import TransferError
from s3tui.transfer.models import Transfer, TransferState
from s3tui.transfer.sync.models import Action, SyncTotals
from s3tui.transfer.sync.planning import SourceIncomplete

_ABOUT = """\
exit codes:
  0  done, or nothing to do
  1  something went wrong that should not
  2  the command is wrong: no such sync, no such option
  3  done in part: something failed, changed meanwhile, or could not be read
  4  more than half of the target would be deleted: nothing was done; --delete-most allows it
  5  the source is missing or empty, or a side could not be read to its end: nothing was done
  6  refused: another account than at the last run, a connection that only reads, ends that overlap
  7  another run of this sync is under way
"""
_SIGNS = {Action.SEND: "+", Action.REPLACE: "~", Action.DELETE: "−", Action.SKIP: "!"}


def main(argv: Sequence[str]) -> int:
    """Run the command `s3tui sync` and return its exit code.

    Raises: Refused, where the request itself is wrong.
    """
    asked = _parsed(argv)
    config, names = read_config(paths.config_file()), known_names()
    if asked.name is None:
        return _list(config, names)
    if asked.dry_run is asked.yes:
        raise Refused("say --dry-run to see what would be done, or --yes to do it")
    try:
        sync = saved_sync(config, asked.name, names)
    except ConfigError as error:
        raise Refused(str(error)) from error
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # what is under way is left as after ^C
    try:
        return asyncio.run(_sync(sync, asked))
    except KeyboardInterrupt:
        return Exit.PARTLY


def _list(config: Config, names: Collection[str]) -> int:
    """Print the saved syncs, and what is wrong with those that cannot be run."""
    for name in config.syncs:
        try:
            sync = saved_sync(config, name, names)
        except ConfigError as error:
            sys.stderr.write(f"s3tui sync: {printable(str(error))}\n")
        else:
            sys.stdout.write(f"{printable(name)}: {printable(str(sync))}\n")
    if not config.syncs:
        sys.stderr.write("s3tui sync: config.toml has no saved sync: a table [syncs.NAME] is one\n")
    return Exit.DONE


def _parsed(argv: Sequence[str]) -> argparse.Namespace:
    parser = new_parser()
    try:
        namespace, unknown = parser.parse_known_args(argv)
    except argparse.ArgumentError as error:
        raise Refused(
            f"{error.argument_name or 'this'} cannot be understood; s3tui sync --help shows how"
        ) from error
    if unknown:
        options = [option for action in parser._actions for option in action.option_strings]
        hint = did_you_mean(unknown[0], options) or "; s3tui sync --help lists all"
        raise Refused(f"there is no option {unknown[0]}{hint}")
    return namespace


def new_parser() -> argparse.ArgumentParser:
    """Return the parser of the command."""
    parser = argparse.ArgumentParser(
        prog="s3tui sync",
        usage="s3tui sync [NAME --dry-run|--yes] [options]",
        description="Run a sync of config.toml without a screen; without a NAME, list them.",
        epilog=_ABOUT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
        exit_on_error=False,
    )
    parser.add_argument("name", nargs="?", metavar="NAME", help="the table [syncs.NAME] of config.toml")
    parser.add_argument("--dry-run", action="store_true", help="print what would be done, and do nothing")
    parser.add_argument("--yes", action="store_true", help="do it")
    parser.add_argument(
        "--json", action="store_true", help="print JSON: a line for each path, a summary last"
    )
    parser.add_argument("--delete-most", action="store_true", help="even if more than half would be deleted")
    return parser


async def _sync(sync: SavedSync, asked: argparse.Namespace) -> int:
    report = _Report(sync, is_json=asked.json, is_dry=asked.dry_run)
    try:
        async with SavedRun(sync) as run:
            try:
                await run.plan()
                run.judge(delete_most=asked.delete_most)
            except SyncRefused as refused:
                await _print_lines(run, report)
                await run.forget()
                return report.ended(run.totals, refused.code, str(refused))
            if asked.dry_run:
                await _print_lines(run, report)
                await run.forget()
                code = Exit.PARTLY if run.totals.unreadable else Exit.DONE
                return report.ended(run.totals, code)
            ended = await run.run()
            await _print_lines(run, report)
            return report.ended(run.totals, *_judged(run.totals, ended))
    except SyncRefused as refused:
        return report.ended(SyncTotals(), refused.code, str(refused))
    except (SourceIncomplete, S3Error) as error:
        return report.ended(SyncTotals(), Exit.INCOMPLETE, str(error))
    except TransferError as error:
        return report.ended(SyncTotals(), Exit.REFUSED, str(error))


def _judged(totals: SyncTotals, ended: Transfer | None) -> tuple[Exit, str]:
    """Return the exit code of a run, and a sentence where something is left."""
    if ended is not None and ended.state is not TransferState.DONE:
        code = Exit.BUSY if ended.error_code == "Locked" else Exit.PARTLY
        return code, ended.error or "it was stopped"
    if totals.unreadable:
        return Exit.PARTLY, f"{counted(totals.unreadable, 'path')} could not be read"
    if ended is not None and ended.skipped > totals[Action.SKIP]:
        changed = counted(ended.skipped - totals[Action.SKIP], "path")
        return Exit.PARTLY, f"{changed} changed since the plan was made: run it again"
    return Exit.DONE, ""


async def _print_lines(run: SavedRun, report: _Report) -> None:
    if run.change is None:
        return
    async for item in run.items():
        action = Action(item.facts["action"])
        report.line(action, item.facts["path"], item.state, item.facts, item.outcome.get("why"))


class _Report:
    """What is printed: for people, or as JSON, an object a line."""

    def __init__(self, sync: SavedSync, *, is_json: bool, is_dry: bool) -> None:
        self._sync, self._is_json, self._is_dry = sync, is_json, is_dry

    def line(
        self, action: Action, path: str, state: ItemState, facts: Mapping[str, Any], why: str | None
    ) -> None:
        if self._is_json:
            told = {"path": path, "action": action.value, "state": state.value, "size": facts.get("size")}
            told["why"] = why or facts.get("why")
            self._print(json.dumps({name: value for name, value in told.items() if value is not None}))
            return
        because = f"  ({why})" if why else ""
        sign = _SIGNS[Action.SKIP if state in (ItemState.SKIPPED, ItemState.FAILED) else action]
        self._print(printable(f"{sign} {path}{because}"))

    def ended(self, totals: SyncTotals, code: Exit, why: str = "") -> int:
        """Print the summary, and return the exit code."""
        counts = {action.value: totals[action] for action in Action}
        if self._is_json:
            told = {
                "sync": self._sync.name,
                "source": str(self._sync.source),
                "target": str(self._sync.target),
                "dry_run": self._is_dry,
                "planned": counts,
                "bytes": totals.bytes,
                "excluded": totals.excluded,
                "only_at_target": totals.kept,
                "exit_code": int(code),
                "why": why,
            }
            self._print(json.dumps(told))
        else:
            verb = "would be " if self._is_dry else ""
            words = ", ".join(
                f"{counts[action.value]:,} {verb}{said}"
                for action, said in (
                    (Action.SEND, "sent"),
                    (Action.REPLACE, "replaced"),
                    (Action.DELETE, "deleted"),
                    (Action.SKIP, "skipped"),
                )
                if counts[action.value]
            )
            if words or not why:
                weight = f"; {size(totals.bytes).replace('  ', ' ')}" if totals.bytes else ""
                self._print(f"{words or 'nothing to do'}; {totals[Action.SAME]:,} unchanged{weight}")
            if why:
                sys.stderr.write(f"s3tui sync: {printable(why)}\n")
        sys.stdout.flush()
        return int(code)

    def _print(self, line: str) -> None:
        sys.stdout.write(f"{line}\n")
