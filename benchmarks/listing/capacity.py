"""`python -m benchmarks.listing.capacity`: how many pages a second the synthetic server gives away.

Nobody reads what is on them: far above what any client takes, else the server were what is measured.
"""

from __future__ import annotations

import http.client
import time
from concurrent.futures import ThreadPoolExecutor

from benchmarks.listing.__main__ import server

_CONNECTIONS, _PAGES = 4, 500


def main() -> None:
    with server() as url:
        _read(url, 1)  # the server renders the keys when it is first asked
        started = time.perf_counter()
        with ThreadPoolExecutor(_CONNECTIONS) as pool:
            sizes = list(pool.map(lambda _: _read(url, _PAGES), range(_CONNECTIONS)))
        seconds = time.perf_counter() - started
    pages = _CONNECTIONS * _PAGES
    print(f"{pages / seconds:,.0f} pages of 1,000 keys a second, {sum(sizes) / seconds / 1e6:,.0f} MB/s")


def _read(url: str, pages: int) -> int:
    connection = http.client.HTTPConnection(url.removeprefix("http://"))
    size = 0
    for i in range(pages):
        token = i * 1000 % 199_000
        connection.request("GET", f"/flat-200000-0ms?list-type=2&continuation-token={token}")
        size += len(connection.getresponse().read())
    connection.close()
    return size


if __name__ == "__main__":
    main()
