"""Languages of text, by names: what a view highlights and folds by. Pure."""

from __future__ import annotations

from collections.abc import Mapping

_SUFFIXES: Mapping[str, str] = {
    "yaml": "yaml yml",
    "toml": "toml ini cfg conf properties editorconfig",
    "xml": "xml xsd xsl xslt svg rss atom kml gpx plist html htm xhtml wsdl pom csproj",
    "log": "log out err",
    "json": "json jsonl ndjson geojson ipynb webmanifest",
    "markdown": "md markdown rst",
    "hash": "py pyi rb sh bash zsh fish pl r tf hcl dockerfile makefile mk ps1 awk nix cmake env ex exs jl",
    "slash": "js mjs cjs ts tsx jsx java c h cc cpp hpp cs go rs kt kts swift scala php css scss less dart "
    "groovy gradle proto zig",
    "dash": "sql lua hs elm ada vhdl",
}
_LANGUAGES = {suffix: language for language, suffixes in _SUFFIXES.items() for suffix in suffixes.split()}
OF_TEXT = frozenset(
    suffix for suffix, language in _LANGUAGES.items() if language not in ("json", "log", "xml")
) | {"html", "htm"}
"""Suffixes of names that promise a text, to be shown as it is."""
_NAMES: Mapping[str, str] = {"yaml": "YAML", "toml": "TOML", "xml": "XML", "markdown": "Markdown"}
_WHOLE_NAMES = frozenset({"dockerfile", "makefile"})


def language_of(name: str) -> str:
    """Return the language that a name promises; empty without one."""
    stem, _, suffix = name.lower().rpartition(".")
    return _LANGUAGES.get(suffix, "") if stem or suffix in _WHOLE_NAMES or name.startswith(".") else ""


def kind_name(name: str) -> str:
    """Return what a text of this name is called: `YAML`, `TOML`, else `text`."""
    suffix = name.lower().rpartition(".")[2]
    language = language_of(name)
    if suffix in ("html", "htm", "svg"):
        return suffix.upper().replace("HTM", "HTML").replace("HTMLL", "HTML")
    if language == "toml" and suffix != "toml":
        return "text"
    return _NAMES.get(language, "text")
