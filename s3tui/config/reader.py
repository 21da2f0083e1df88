"""Reads and checks config.toml. What is wrong in it is left out and said, with its line; the rest counts."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from s3tui.config.options import (
    CONNECTION_OPTIONS,
    OPTIONS,
    PRESETS,
    SOURCES,
    SSO_OPTIONS,
    TABLES,
    Option,
    did_you_mean,
    wrong_name,
)
from s3tui.config.sync_options import SYNC_OPTIONS
from s3tui.s3.address.endpoint import Addressing, Endpoint, IpFamily

Where = tuple[str, ...]
"""The way to an option: its tables and its key."""
Names = Mapping[str, Callable[[], Iterable[str]]]
"""The names that there are, of what only others know: by `theme`, `connection` and `keys`."""

_BY_NAME = {option.name: option for option in OPTIONS}
_FAMILIES = {"any": IpFamily.ANY, "4": IpFamily.V4, "6": IpFamily.V6}
_PLACE = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")


class ConfigError(ValueError):
    """A value in config.toml or the environment is not valid; the message is one sentence for the user."""


class Problem(NamedTuple):
    """A mistake in the file."""

    line: int | None
    """From 1; `None` for one of the whole file."""
    sentence: str
    """Without a capital letter and a full stop, like `there is no setting 'thme': did you mean theme?`."""
    where: Where = ()

    def of(self, file: str) -> str:
        """Return it as compilers write it: `config.toml:3: …`."""
        return f"{file}:{self.line}: {self.sentence}" if self.line else f"{file}: {self.sentence}"


@dataclass(frozen=True, slots=True)
class Config:
    """The contents of config.toml, as far as they are right."""

    values: Mapping[str, Any] = field(default_factory=dict)
    """By the options' names; those that are not set are missing."""
    keys: Mapping[str, str] = field(default_factory=dict)
    """Binding id to key or keys."""
    preset: str = "default"
    """The keys that are changed by `keys`."""
    connections: Mapping[str, Mapping[str, Any] | None] = field(default_factory=dict)
    """Name to a value for each option of a connection; `None` where something in it is wrong."""
    syncs: Mapping[str, Mapping[str, Any] | None] = field(default_factory=dict)
    """Name to a value for each option of a saved sync; `None` where something in it is wrong."""
    problems: tuple[Problem, ...] = ()
    text: str = ""

    def __getitem__(self, name: str) -> Any:
        """Return the value of an option, or its default.

        Raises: KeyError, for an option that no table has.
        """
        option = _BY_NAME[name]
        return self.values[name] if name in self.values else option.read(option.default)

    def problem(self, *where: str) -> str | None:
        """Return the first thing that is wrong at or below a place."""
        return next((each.sentence for each in self.problems if each.where[: len(where)] == where), None)


def read_config(file: Path) -> Config:
    """Read config.toml; one that is not there is empty.

    Of a file that cannot be read nothing counts, and it has one problem: see `is_unread`. Then, and where
    `read_only` itself is wrong, it is taken for true.
    """
    try:
        text = file.read_text(encoding="utf-8-sig")
        table = tomllib.loads(text)
    except (FileNotFoundError, NotADirectoryError):
        return Config()
    except (OSError, UnicodeDecodeError) as error:
        return _unread(None, f"it cannot be read: {error}")
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        place = _PLACE.search(said := str(error))
        lines = text.count("\n") + (not text.endswith("\n"))
        line = int(place[1] or lines) if place else None
        return _unread(line, f"it is not valid TOML: {_PLACE.sub('', said)}")
    return _Check(text, table).config()


def is_unread(config: Config) -> bool:
    """Return whether the file is there, but nothing in it can be understood."""
    return any(not problem.where for problem in config.problems)


def check_config(file: Path, names: Names) -> list[Problem]:
    """Return all that is wrong in the file, in its order."""
    config = read_config(file)
    problems = [*config.problems, *_located(config.text, _wrong_names(config, names))]
    return sorted(problems, key=lambda problem: problem.line or 0)


def endpoint_of(table: Mapping[str, Any]) -> Endpoint:
    """Return the endpoint of a connection, by its options.

    Raises: ValueError.
    """
    addressing, region = Addressing(table["path_style"]), table["region"]
    family = _FAMILIES[table["ip"]]
    kinds = {kind: table[kind] for kind in ("dual_stack", "fips", "accelerate")}
    if not table["endpoint_url"]:
        return Endpoint.aws(region, addressing=addressing, family=family, **kinds)
    for kind, is_wanted in kinds.items():
        if is_wanted:
            raise ValueError(f"{kind} is for Amazon's own endpoint, and another one is given")
    return Endpoint.custom(table["endpoint_url"], region=region, addressing=addressing, family=family)


class _Check:
    """Goes through a parsed file, and takes what is right."""

    def __init__(self, text: str, table: Mapping[str, Any]) -> None:
        self._text, self._table = text, table
        self._wrong: list[tuple[Where, str]] = []

    def config(self) -> Config:
        known = [option.key for option in OPTIONS if "." not in option.name]
        values = self._options((), self._table, known)
        preset, keys = self._preset()
        connections = self._sub_table("connections")
        for name in ("transfer", "prices"):
            known = [option.key for option in OPTIONS if option.name.startswith(f"{name}.")]
            values |= self._options((name,), self._sub_table(name), known)
        return Config(
            values,
            dict(self._keys(keys)),
            preset,
            {name: self._connection(name, table) for name, table in connections.items()},
            {name: self._sync(name, table) for name, table in self._sub_table("syncs").items()},
            tuple(_located(self._text, self._wrong)),
            self._text,
        )

    def _sub_table(self, name: str) -> Mapping[str, Any]:
        table = self._table.get(name, {})
        if isinstance(table, dict):
            return table
        self._wrong.append(((name,), f"{name} must be {TABLES[name]}, not {table!r}"))
        return {}

    def _options(self, above: Where, table: Mapping[str, Any], known: Iterable[str]) -> dict[str, Any]:
        """Return the values of a table's options by their names."""
        values: dict[str, Any] = {}
        for key, value in table.items():
            option = _BY_NAME.get(name := ".".join((*above, key)))
            if key not in known or option is None:
                if above or key not in TABLES:
                    self._wrong.append(((*above, key), _no_setting(above, key, known)))
                continue
            try:
                values[name] = option.read(value)
            except ValueError as error:
                self._wrong.append(((*above, key), f"{name} {error}"))
                if option.if_wrong is not None:
                    values[name] = option.if_wrong
        return values

    def _preset(self) -> tuple[str, Mapping[str, Any]]:
        """Return the preset of the keys, and the table of those that are changed.

        `keys` is the preset's name, or the table; in that, it is `preset`.
        """
        where: Where = ("keys",)
        named = self._table.get("keys")
        table = {} if isinstance(named, str) else dict(self._sub_table("keys"))
        if not isinstance(named, str):
            named, where = table.pop("preset", "default"), ("keys", "preset")
        if named in PRESETS:
            return named, table
        said = f"{'.'.join(where)} must be default, vim or mc, not {named!r}"
        self._wrong.append((where, said))
        return "default", table

    def _keys(self, table: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        for id, value in table.items():
            if isinstance(value, str):
                yield id, value
            else:
                said = f'keys.{id} must be text like "ctrl+q" or "d,delete", not {value!r}'
                self._wrong.append((("keys", id), said))

    def _connection(self, name: str, table: object) -> Mapping[str, Any] | None:
        if isinstance(table, dict) and (said := wrong_name(name)) is not None:
            self._wrong.append((("connections", name), said))
            return None
        return self._named("connections", name, table, CONNECTION_OPTIONS, _contradiction)

    def _sync(self, name: str, table: object) -> Mapping[str, Any] | None:
        return self._named("syncs", name, table, SYNC_OPTIONS, _missing_end)

    def _named(
        self,
        above: str,
        name: str,
        table: object,
        options: Iterable[Option],
        contradiction: Callable[[Mapping[str, Any]], str],
    ) -> Mapping[str, Any] | None:
        """Return a value for each option of a named table; `None` where something in it is wrong."""
        where, title = (above, name), f"{above}.{name}"
        if not isinstance(table, dict):
            self._wrong.append((where, f"{title} must be a table, like [{title}]"))
            return None
        by_key = {option.key: option for option in options}
        values = {key: option.read(option.default) for key, option in by_key.items()}
        before = len(self._wrong)
        for key, value in table.items():
            if (option := by_key.get(key)) is None:
                said = f"{title} has no setting {key!r}{did_you_mean(key, by_key)}"
                self._wrong.append(((*where, key), said))
                continue
            try:
                values[key] = option.read(value)
            except ValueError as error:
                self._wrong.append(((*where, key), f"{title}.{key} {error}"))
        if len(self._wrong) == before and (said := contradiction(values)):
            self._wrong.append((where, f"{title}{said}"))
        return values if len(self._wrong) == before else None


def _missing_end(values: Mapping[str, Any]) -> str:
    """Return the rest of the sentence on a sync that does not say from where or where to; or nothing."""
    return "" if values["source"] and values["target"] else " needs a source and a target"


def _contradiction(values: Mapping[str, Any]) -> str:
    """Return the rest of the sentence on options of a connection that do not go together; or nothing."""
    if sum(bool(values[source]) for source in SOURCES) != 1:
        return f" needs exactly one of {', '.join(SOURCES)}: whose keys are used"
    said = [bool(values[name]) for name in SSO_OPTIONS]
    if any(said) and not all(said):
        return f" needs all of {', '.join(SSO_OPTIONS)}, or none"
    try:
        endpoint_of(values)
    except ValueError as error:
        return f": {error}"
    return ""


def _no_setting(above: Where, key: str, known: Iterable[str]) -> str:
    name = ".".join((*above, key)) if above else repr(key)
    elsewhere = [option.name for option in OPTIONS if option.key == key]
    if elsewhere:
        table = elsewhere[0].rpartition(".")[0]
        hint = f": it stands below [{table}]" if table else f": {key} stands above all tables"
    else:
        hint = did_you_mean(key, known if above else [*known, *TABLES])
    return f"there is no setting {name}{hint}"


def _wrong_names(config: Config, names: Names) -> Iterator[tuple[Where, str]]:
    """Yield the names in the file that nothing has."""
    for key in ("theme", "connection"):
        value = config.values.get(key)
        if value and key in names and value not in (known := list(names[key]())):
            hint = did_you_mean(value, known) or f"; there are {', '.join(sorted(known)) or 'none'}"
            yield (key,), f"there is no {key} {value!r}{hint}"
    if config.keys and "keys" in names:
        known = list(names["keys"]())
        for id in config.keys:
            if id not in known:
                hint = did_you_mean(id, known) or "; s3tui --keys prints them"
                yield ("keys", id), f"there is no key {id!r}{hint}"


def _unread(line: int | None, sentence: str) -> Config:
    safe = {option.name: option.if_wrong for option in OPTIONS if option.if_wrong is not None}
    consequence = "nothing of it counts and s3tui is read-only until that is mended"
    return Config(safe, problems=(Problem(line, f"{sentence}; {consequence}"),))


def _located(text: str, wrong: Iterable[tuple[Where, str]]) -> Iterator[Problem]:
    lines: Mapping[Where, int] | None = None
    for where, sentence in wrong:
        lines = lines_of(text) if lines is None else lines
        at = next((where[:n] for n in range(len(where), 0, -1) if where[:n] in lines), None)
        yield Problem(None if at is None else lines[at], sentence, where)


def lines_of(text: str) -> dict[Where, int]:
    """Return the line, from 1, on which each table and each key of a valid TOML document is first named."""
    lines: dict[Where, int] = {}
    above: Where = ()
    statement, begins = "", 1
    for number, line in enumerate(text.split("\n"), 1):
        statement, begins = (f"{statement}\n{line}", begins) if statement else (line, number)
        try:
            table = tomllib.loads(statement)  # a header or an assignment is a document of its own
        except tomllib.TOMLDecodeError:
            continue  # its value goes on in the next line
        is_header, statement = statement.lstrip().startswith("["), ""
        for where in _ways(table):
            lines.setdefault(where if is_header else (*above, *where), begins)
            above = where if is_header else above
    return lines


def _ways(table: Mapping[str, Any], above: Where = ()) -> Iterator[Where]:
    """Yield the way to each table and each key, those above before those below."""
    for key, value in table.items():
        yield (where := (*above, key))
        if isinstance(value, dict):
            yield from _ways(value, where)
