"""Downloads from a real local server: progress, checksum, limits, a server that dies."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from designer.data.download import fetch
from designer.errors import DataError, Offline

CONTENT = bytes(range(256)) * 4000
MD5 = hashlib.md5(CONTENT, usedforsecurity=False).hexdigest()


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/missing":
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(CONTENT)))
        self.end_headers()
        self.wfile.write(CONTENT[: len(CONTENT) // 2] if self.path == "/dies" else CONTENT)

    def log_message(self, *args: object) -> None:
        """Quiet."""


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()
        thread.join()


def test_whole_with_progress_and_the_second_mirror(server: str, tmp_path: Path) -> None:
    seen: list[float | None] = []
    target = tmp_path / "new" / "file.gz"
    urls = [f"{server}/missing", f"{server}/ok"]
    fetch(urls, target, MD5, 2_000_000, lambda fraction, text: seen.append(fraction))
    assert target.read_bytes() == CONTENT
    assert seen[-1] == 1.0 and len(seen) > 2
    assert [path.name for path in target.parent.iterdir()] == ["file.gz"]


@pytest.mark.parametrize(
    ("path", "md5", "limit", "error", "says"),
    [
        ("/ok", "0" * 32, 2_000_000, DataError, "checksum"),
        ("/ok", MD5, 1000, DataError, "more than 1,000 bytes"),
        ("/missing", MD5, 2_000_000, Offline, "answered 404"),
        ("/dies", MD5, 2_000_000, DataError, "checksum|Incomplete"),
    ],
)
def test_nothing_is_left_of_a_failure(
    server: str, tmp_path: Path, path: str, md5: str, limit: int, error: type[Exception], says: str
) -> None:
    with pytest.raises(error, match=says):
        fetch([server + path], tmp_path / "file", md5, limit, lambda fraction, text: None)
    assert list(tmp_path.iterdir()) == []


def test_a_person_can_stop_it(server: str, tmp_path: Path) -> None:
    def stop(fraction: float | None, text: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch([f"{server}/ok"], tmp_path / "file", MD5, 2_000_000, stop)
    assert list(tmp_path.iterdir()) == []
