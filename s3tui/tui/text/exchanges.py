"""Exchanges of the request log as rows, fields and totals. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from s3tui.diagnosis.explanations import explanation
from s3tui.diagnosis.signed_text import canonical_request, string_to_sign
from s3tui.format import count, counted, printable, size, timestamp, zoned
from s3tui.prices import DATED, PRICES, Price, dollars, requests_cost
from s3tui.s3.sending.request_log import CAPACITY, Exchange, RequestLog, Totals
from s3tui.s3.wire.redaction import redacted_headers, redacted_url
from s3tui.tui.text.cells import Tone
from s3tui.tui.text.fields import Field, Section


@dataclass(frozen=True, slots=True)
class LoggedRow:
    """One row of the request log."""

    number: int
    """Of all exchanges of this run, from 0 on."""
    connection: str
    exchange: Exchange


class LoggedRows:
    """The rows of a request log that hold all of some words; each exchange is looked at once.

    Args:
        words: in lower or upper case, with blanks between them.
    """

    def __init__(self, log: RequestLog, words: str = "") -> None:
        self._log = log
        self._words = words.lower().split()
        self._rows: deque[LoggedRow] = deque(maxlen=CAPACITY)
        self._seen = 0

    def newest_first(self) -> list[LoggedRow]:
        """Return the rows as of now."""
        if self._log.count < self._seen:  # it was cleared
            self._rows.clear()
            self._seen = 0
        first, entries = self._log.entries(self._seen)
        self._seen = first + len(entries)
        for number, entry in enumerate(entries, first):
            row = LoggedRow(number, *entry)
            text = _text(row) if self._words else ""
            if all(word in text for word in self._words):
                self._rows.append(row)
        return list(reversed(self._rows))


def _text(row: LoggedRow) -> str:
    exchange = row.exchange
    told = (
        f"{exchange.operation}\n{exchange.method}\n{exchange.target.decode('latin-1')}\n{status(exchange)}\n"
        f"{exchange.error}\n{exchange.region}\n{row.connection}\n{exchange.origin}\n"
    )
    marks = "failed " if exchange.is_failure else ""
    marks += "retried " if exchange.attempt > 1 else ""
    marks += "hop " if exchange.is_region_hop else ""
    return f"{told}{marks}{exchange.request_id or ''}".lower()


def url(exchange: Exchange) -> str:
    """Return the whole URL without secrets; not terminal-safe."""
    return redacted_url(exchange.origin + exchange.target.decode("latin-1"))


def target(exchange: Exchange) -> str:
    """Return path and query without secrets; not terminal-safe."""
    return redacted_url(exchange.target.decode("latin-1"))


def clock_time(when: datetime) -> str:
    """Return a time of the day to the millisecond: `08:59:41.120`."""
    return f"{zoned(when):%H:%M:%S}.{when.microsecond // 1000:03}"


def status(exchange: Exchange) -> str:
    return "–" if exchange.status is None else str(exchange.status)


def status_tone(exchange: Exchange) -> Tone:
    """Return the tone of a status: what was refused on purpose, as a condition, is no failure."""
    if exchange.status is None or exchange.status >= 500:
        return "bad"
    if exchange.error is not None:
        return "warn"
    return "good"


def milliseconds(seconds: float | None) -> str:
    return "–" if seconds is None else count(round(seconds * 1000))


def traffic(exchange: Exchange) -> str:
    """Return the bytes of the body that was larger, with the way that it went."""
    if exchange.bytes_sent > exchange.bytes_received:
        return f"↑{size(exchange.bytes_sent)}"
    return f"↓{size(exchange.bytes_received)}"


def tries(exchange: Exchange) -> str:
    """Return the number of the attempt, and an arrow where another region had sent the request here."""
    return f"{exchange.attempt if exchange.attempt > 1 else ''}{'↪' if exchange.is_region_hop else ''}"


def overview(row: LoggedRow) -> Sequence[Section]:
    """Return the fields of one exchange: what was asked, what came, how long it took."""
    exchange = row.exchange
    why = printable(exchange.error or "")
    said = printable(exchange.details.get("Message", ""))
    asked = [
        Field("Operation", exchange.operation),
        Field("Method", exchange.method),
        Field("URL", printable(url(exchange))),
        Field("Connection", printable(row.connection)),
        Field("Signed for", printable(exchange.region)),
        Field("Try", count(exchange.attempt), "warn" if exchange.attempt > 1 else ""),
    ]
    if exchange.is_region_hop:
        asked.append(Field("Region hop", "Another region had sent it here.", "accent"))
    came = [Field("Status", f"{status(exchange)} {why}".rstrip(), status_tone(exchange))]
    if said:
        came.append(Field("Says", said))
    came += [
        Field("Began", f"{timestamp(exchange.started_at)}   {clock_time(exchange.started_at)}"),
        Field("First byte", f"{milliseconds(exchange.head_s)} ms"),
        Field("In all", f"{milliseconds(exchange.elapsed_s)} ms"),
        Field("Sent", counted(exchange.bytes_sent, "byte")),
        Field("Received", counted(exchange.bytes_received, "byte")),
        Field("Request id", printable(exchange.request_id or "–")),
    ]
    sections = [Section("Request", asked), Section("Response", came)]
    if why:
        lines = [Field(label, printable(text)) for label, text in explanation(exchange)]
        sections.append(Section("Explained", lines))
    return sections


def request_fields(exchange: Exchange) -> Sequence[Section]:
    """Return the request's line and headers, redacted."""
    sent = redacted_headers((name.encode(), value.encode()) for name, value in exchange.sent.items())
    return [
        Section("", [Field("", f"{exchange.method} {printable(target(exchange))}", "strong")]),
        Section("Headers", [Field(printable(name), printable(value)) for name, value in sent]),
    ]


def response_fields(exchange: Exchange) -> Sequence[Section]:
    """Return the response's status, its headers, and the children of its `Error` document."""
    headers = redacted_headers(exchange.response_headers)
    first = "No response came." if exchange.status is None else f"HTTP/1.1 {exchange.status}"
    sections = [Section("", [Field("", first, "strong")])]
    if headers:
        sections.append(
            Section("Headers", [Field(printable(name), printable(value)) for name, value in headers])
        )
    told = {name: value for name, value in exchange.details.items() if "\n" not in value}
    if told:
        sections.append(
            Section("Error", [Field(printable(name), printable(value)) for name, value in told.items()])
        )
    return sections


def signature_fields(exchange: Exchange) -> Sequence[Section]:
    """Return what was signed, and what the server says that it expected; lines that differ are marked."""
    ours, to_sign = canonical_request(exchange), string_to_sign(exchange)
    if ours is None:
        return [Section("", [Field("", "This request was not signed.", "dim")])]
    theirs = exchange.details.get("CanonicalRequest")
    sections = [Section("Canonical request", _lines(ours, theirs))]
    if theirs is not None:
        sections.append(Section("The server expected", _lines(theirs, ours)))
    sign = to_sign or "It covers a session token or a customer's key that is not kept."
    sections.append(Section("String to sign", _lines(sign, exchange.details.get("StringToSign"))))
    if (expected := exchange.details.get("StringToSign")) is not None:
        sections.append(Section("The server signed", _lines(expected, to_sign)))
    return sections


def _lines(text: str, other: str | None) -> list[Field]:
    others = None if other is None else other.split("\n")
    return [
        Field("", printable(line) or "⟨empty⟩", "warn" if others is not None and line not in others else "")
        for line in text.split("\n")
    ]


@dataclass(frozen=True, slots=True)
class RequestPrices:
    """Prices of requests, and where they are from."""

    price: Price
    source: str


def list_prices(writes: float | None, reads: float | None, dated: str) -> RequestPrices:
    """Return the prices of config.toml, as far as they are there, else Amazon's list prices."""
    standard = PRICES["STANDARD"]
    if writes is None and reads is None:
        return RequestPrices(standard, f"us-east-1 list prices of {DATED}")
    price = Price(
        0, standard.writes if writes is None else writes, standard.reads if reads is None else reads
    )
    return RequestPrices(price, f"your prices{f' of {dated}' if dated else ''}")


def totals_line(log: RequestLog, prices: RequestPrices | None) -> str:
    """Return one line on all exchanges of this run."""
    totals = log.by_request_class.values()
    failed, retried = sum(each.failures for each in totals), sum(each.retries for each in totals)
    words = [counted(sum(each.exchanges for each in totals), "request")]
    words += [f"{count(failed)} failed"] if failed else []
    words += [f"{count(retried)} retried"] if retried else []
    words.append(f"↓ {_plain(sum(each.bytes_received for each in totals))}")
    words.append(f"↑ {_plain(sum(each.bytes_sent for each in totals))}")
    words += [dollars(cost(log, prices))] if prices is not None else []
    return " · ".join(words)


def _plain(n: int) -> str:
    return " ".join(size(n).split())


def cost(log: RequestLog, prices: RequestPrices) -> float:
    """Return the estimate for all requests of this run, in US dollars."""
    return requests_cost({kind: each.exchanges for kind, each in log.totals.items()}, prices.price)


def totals_sections(log: RequestLog, prices: RequestPrices | None) -> Sequence[Section]:
    """Return the totals by class and by operation, and the estimate of their cost."""
    sections = [
        Section(title, [_total(name, each) for name, each in sorted(totals.items())])
        for title, totals in (("By class", log.by_request_class), ("By operation", log.by_operation))
    ]
    if prices is None:
        said = "No prices are known of this endpoint: [prices] in config.toml gives them."
        return [*sections, Section("Cost", [Field("", said, "dim")])]
    source = f"Estimate by {prices.source}. Requests only: no transfer, retrieval or storage."
    return [
        *sections,
        Section("Cost", [Field("Requests", dollars(cost(log, prices))), Field("", source, "dim")]),
    ]


def _total(name: str, totals: Totals) -> Field:
    words = [
        f"{count(totals.exchanges):>7}",
        f"↓ {size(totals.bytes_received):>7}",
        f"↑ {size(totals.bytes_sent):>7}",
    ]
    words += [f"{count(totals.failures)} failed"] if totals.failures else []
    words += [f"{count(totals.retries)} retried"] if totals.retries else []
    return Field(name, "  ".join(words))
