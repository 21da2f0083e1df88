"""A server that does not bound the client: nginx on loopback, from memory into memory.

It answers what the peers ask for: GET, HEAD and PUT of objects, uploads by parts (each part is written, none
is joined), and one listing of each bucket: what was there at the start. It checks no signature.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from xml.sax.saxutils import escape

from tests.servers import free_port, make_certificates

BUCKET, UPLOADS = "bench", "uploads"
_CHUNK = 16 * 1024 * 1024

_CONFIG = """
daemon off; worker_processes {workers}; pid {home}/pid; error_log {home}/error.log crit; {user}
events {{ worker_connections 1024; }}
http {{
  access_log off; sendfile on; tcp_nodelay on; keepalive_requests 10000000; ssl_session_cache shared:tls:1m;
  client_max_body_size 0; client_body_buffer_size 1m; client_body_temp_path {home}/body;
  proxy_temp_path {home}/p; fastcgi_temp_path {home}/f; uwsgi_temp_path {home}/u; scgi_temp_path {home}/s;
  default_type application/octet-stream;
  server {{
    listen 127.0.0.1:{http}; listen 127.0.0.1:{https} ssl;
    ssl_certificate {certificate}; ssl_certificate_key {key};
    root {home}/objects;
    location = /{bucket} {{ alias {home}/listing.xml; default_type application/xml; }}
    location = /{bucket}/ {{ alias {home}/listing.xml; default_type application/xml; }}
    location = /{uploads} {{ alias {home}/nothing.xml; default_type application/xml; }}
    location = /{uploads}/ {{ alias {home}/nothing.xml; default_type application/xml; }}
    location /{uploads}/ {{
      if ($args ~ ^uploads) {{ return 200 '{begun}'; }}
      if ($request_method = POST) {{ return 200 '{completed}'; }}
      dav_methods PUT; add_header ETag '"unhashed"' always;
    }}
  }}
}}
"""

_BEGUN = (
    f"<InitiateMultipartUploadResult><Bucket>{UPLOADS}</Bucket><Key>k</Key><UploadId>u</UploadId>"
    "</InitiateMultipartUploadResult>"
)
_COMPLETED = (
    f"<CompleteMultipartUploadResult><Bucket>{UPLOADS}</Bucket><Key>k</Key>"
    "<ETag>&quot;unhashed-1&quot;</ETag></CompleteMultipartUploadResult>"
)


@dataclass(frozen=True, slots=True)
class Server:
    http_url: str
    https_url: str
    ca_file: Path
    keys: tuple[str, ...]


@contextmanager
def nginx(home: Path, *, count: int, size: int, workers: int = 1) -> Iterator[Server]:
    """Serve `count` objects of `size` bytes from `home`, which should be in memory (/dev/shm)."""
    objects, uploads = home / "objects" / BUCKET, home / "objects" / UPLOADS
    objects.mkdir(parents=True)
    uploads.mkdir()
    keys = tuple(f"k{number:05d}" for number in range(count))
    for key in keys:
        _fill(objects / key, size)
    (home / "listing.xml").write_text(_listing(objects, keys))
    (home / "nothing.xml").write_text(_listing(uploads, ()))
    ca_file, certificate, key_file = make_certificates(home)
    http, https = free_port(), free_port()
    config = home / "nginx.conf"
    config.write_text(
        _CONFIG.format(
            home=home,
            user="user root;" if os.geteuid() == 0 else "",
            http=http,
            https=https,
            certificate=certificate,
            key=key_file,
            bucket=BUCKET,
            uploads=UPLOADS,
            workers=workers,
            begun=_BEGUN,
            completed=_COMPLETED,
        )
    )
    executable = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin") or "nginx"
    process = subprocess.Popen([executable, "-p", home, "-c", config], stderr=subprocess.DEVNULL)
    try:
        _wait_for(https)
        yield Server(f"http://127.0.0.1:{http}", f"https://127.0.0.1:{https}", ca_file, keys)
    finally:
        process.terminate()
        process.wait()


def _fill(file: Path, size: int) -> None:
    with file.open("wb") as sink:
        for start in range(0, size, _CHUNK):
            sink.write(os.urandom(min(_CHUNK, size - start)))


def _listing(folder: Path, keys: tuple[str, ...]) -> str:
    entries = "".join(_entry(folder / key) for key in keys)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
        f"<Name>{folder.name}</Name><Prefix></Prefix><KeyCount>{len(keys)}</KeyCount><MaxKeys>{len(keys)}</MaxKeys>"
        f"<IsTruncated>false</IsTruncated>{entries}</ListBucketResult>"
    )


def _entry(file: Path) -> str:
    info = file.stat()
    modified = datetime.fromtimestamp(int(info.st_mtime), UTC)
    return (
        f"<Contents><Key>{escape(file.name)}</Key><LastModified>{modified:%Y-%m-%dT%H:%M:%S.000Z}</LastModified>"
        f"<ETag>&quot;{int(info.st_mtime):x}-{info.st_size:x}&quot;</ETag><Size>{info.st_size}</Size>"
        "<StorageClass>STANDARD</StorageClass></Contents>"
    )


def _wait_for(port: int) -> None:
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise TimeoutError("nginx does not answer")
