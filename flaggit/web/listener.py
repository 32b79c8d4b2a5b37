"""The door on loopback: which requests are let in, and how answers leave; only GET of a known path is answered.

A browser lends its user's reach to every page that it shows, so a request counts only where it names
this very server: DNS rebinding shows in ``Host``, another site's script in ``Origin`` and
``Sec-Fetch-Site``. The standard library's server does for a few readers on one machine; see
docs/architecture.md. One thread watches the clone for all who read, and says when something changed.
"""

from __future__ import annotations

import contextlib
import os
import select
import socket
import socketserver
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from flaggit.clone.events import derive_events
from flaggit.clone.observing import Observer
from flaggit.clone.snapshot import EMPTY
from flaggit.clone.waiting import WATCHED_SHARE, Ticker
from flaggit.core.errors import REFUSALS, UnavailableError
from flaggit.core.record import record
from flaggit.core.text import counted, visible
from flaggit.web.pages import Answer, Site

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from email.message import Message
    from typing import Any

    from flaggit.clone.events import Event
    from flaggit.git.repo import Repo

_AGAIN = 2.0  # seconds until the next try where the clone could not be looked at
LOOPBACK = "127.0.0.1"
_NAMES = (LOOPBACK, "localhost", "[::1]")
_AT_ONCE = 64  # requests, those that wait for changes among them
_PATIENCE = 30.0  # seconds that a request may take to arrive, or an answer to be taken
_HEARTBEAT = 15.0  # seconds after which a reader who waits is told that nothing happened
_POLL = 1.0  # seconds until it is seen again whether such a reader is still there
_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; form-action 'self';"
    " base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = (
    ("Content-Security-Policy", _POLICY),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Referrer-Policy", "no-referrer"),
    ("X-Content-Type-Options", "nosniff"),
    ("Cache-Control", "no-store"),
    ("Connection", "close"),
)
_BUSY = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


@record
class News:
    """What changed last: ``mark`` names the state after it, ``words`` says it in one line."""

    mark: str
    words: str = ""


class Watcher:
    """Looks at a clone until it is stopped.

    Args:
        repo: The repository.
        turn: Held during each look, so that nobody else looks at the same time.
        refresh: Called now and then; it may bring news from a remote.
    """

    def __init__(self, repo: Repo, turn: threading.Lock, refresh: Callable[[], object] | None = None) -> None:
        self._repo = repo
        self._turn = turn
        self._refresh = refresh
        self._start = os.urandom(4).hex()  # a mark of an earlier run is never taken for one of this run
        self._count = 0
        self._is_failing = False
        self._changed = threading.Condition()
        self._stopped = threading.Event()
        self._news = News(self._mark())

    @property
    def is_stopped(self) -> bool:
        """Return whether it was told to stop."""
        return self._stopped.is_set()

    @property
    def news(self) -> News:
        """Return what changed last."""
        return self._news

    def start(self) -> None:
        """Begin to look."""
        threading.Thread(target=self._run, name="watcher", daemon=True).start()

    def stop(self) -> None:
        """Stop looking, and let everybody go who waits."""
        self._stopped.set()
        with self._changed:
            self._changed.notify_all()

    def wait(self, mark: str, seconds: float) -> News | None:
        """Return what changed since a mark, at once or as soon as something does; None: nothing for so long."""
        with self._changed:
            self._changed.wait_for(lambda: self._news.mark != mark or self.is_stopped, timeout=seconds)
            return self._news if self._news.mark != mark else None

    def _run(self) -> None:
        while not self.is_stopped:
            try:
                self._watch()
            except REFUSALS:  # settings that cannot be read, say: pages tell it, and it may be mended
                if not self._is_failing:
                    self._publish(())
                self._is_failing = True
                self._stopped.wait(_AGAIN)

    def _watch(self) -> None:
        observer = Observer(self._repo)
        ticker = Ticker(observer.repo, refresh=self._refresh, pause=self._stopped.wait, share=WATCHED_SHARE)
        before = None
        for _ in ticker:
            with self._turn:
                now = observer.observe(before or EMPTY)
                events = derive_events(observer.session, before, now) if before is not None and now != before else ()
            if events or self._is_failing:
                self._publish(events)
            before, self._is_failing = now, False
            ticker.due = observer.due

    def _publish(self, events: Sequence[Event]) -> None:
        with self._changed:
            self._count += 1
            self._news = News(self._mark(), _words(events))
            self._changed.notify_all()

    def _mark(self) -> str:
        return f"{self._start}-{self._count}"


def _words(events: Sequence[Event]) -> str:
    """Return events in one line."""
    if not events:
        return ""
    last = events[-1]
    by = last.facts.get("by")
    words = visible(f"{last.flag_id} {last.kind.replace('_', ' ')}" + (f" by {by}" if by else ""))
    return words if len(events) == 1 else f"{counted(len(events), 'change')}, the last one: {words}"


def find_refusal(headers: Message, target: str, port: int) -> tuple[int, str] | None:
    """Return status and words for a request that is not for this server, or not from its own pages; None: let it in.

    Args:
        headers: The request's.
        target: What its first line asks for.
        port: The server's.
    """
    own = {f"{name}:{port}" for name in _NAMES} | (set(_NAMES) if port == 80 else set())
    hosts = headers.get_all("Host", [])
    if len(hosts) != 1 or hosts[0].strip().lower() not in own:
        return 421, "This server answers for loopback only, under its own name and port."
    origins = {origin.strip().lower() for origin in headers.get_all("Origin", [])}
    if not origins <= {f"http://{name}" for name in own}:
        return 403, "Pages of other origins get nothing here."
    is_visit = headers.get("Sec-Fetch-Mode") == "navigate" and headers.get("Sec-Fetch-Dest") == "document"
    if headers.get("Sec-Fetch-Site", "none") not in ("none", "same-origin") and not is_visit:
        return 403, "Pages of other origins get nothing here."
    if not target.startswith("/") or target.startswith("//") or not (target.isascii() and target.isprintable()):
        return 400, "The request asks for no path of this server."
    return None


class Listener(ThreadingHTTPServer):
    """Listens on loopback and answers in a thread a request; bound once it is made.

    Args:
        repo: The repository, as seen from the worktree that it is served from.
        port: The port; 0: any that is free.
        refresh: Called now and then; it may bring news from a remote.

    Raises:
        UnavailableError: ``no_port``.
    """

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, repo: Repo, port: int, refresh: Callable[[], object] | None = None) -> None:
        turn = threading.Lock()
        self.watcher = Watcher(repo, turn, refresh)
        self.site = Site(repo, turn, lambda: self.watcher.news.mark)
        self._room = threading.BoundedSemaphore(_AT_ONCE)
        try:
            super().__init__((LOOPBACK, port), _Handler)
        except OSError as error:
            raise UnavailableError(
                "no_port",
                f"Port {port} of {LOOPBACK} cannot be used: {error.strerror or error}.",
                hint="`flaggit serve --port 0` takes one that is free; another `flaggit serve` may have this one.",
            ) from None

    @property
    def address(self) -> str:
        """Return where the first page is."""
        return f"http://{LOOPBACK}:{self.server_port}/"

    def run(self) -> None:
        """Answer until Ctrl-C."""
        self.watcher.start()
        try:
            self.serve_forever(poll_interval=0.2)
        except KeyboardInterrupt:
            pass
        finally:
            self.watcher.stop()
            self.server_close()

    def server_bind(self) -> None:
        """Bind without asking any name server what this machine is called."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = LOOPBACK, self.server_address[1]

    def process_request(self, request: Any, client_address: Any) -> None:
        """Answer in a thread of its own, where there is room for one more."""
        if self._room.acquire(blocking=False):
            super().process_request(request, client_address)
            return
        with contextlib.suppress(OSError):
            request.sendall(_BUSY)
        self.shutdown_request(request)

    def process_request_thread(self, request: socket.socket | tuple[bytes, socket.socket], client_address: Any) -> None:
        """Answer, and give the room back."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._room.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of readers who went away; the terminal belongs to who started the server."""
        if os.environ.get("FLAGGIT_DEBUG"):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "flaggit", ""
    timeout = _PATIENCE
    server: Listener

    def do_GET(self) -> None:
        """Answer a request for a page, or for the stream of changes."""
        refusal = find_refusal(self.headers, self.path, self.server.server_port)
        path, _, query = self.path.partition("?")
        if refusal is not None:
            self._refuse(*refusal)
        elif path == "/changes":
            self._send_changes(query)
        else:
            self._send(self.server.site.answer(path, query))

    def do_HEAD(self) -> None:
        """Answer the same without a body."""
        self.do_GET()

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:  # noqa: ARG002
        """Refuse what the standard library's parser refuses; a method other than the two above comes here too."""
        if code == 501:
            self._refuse(405, "This server is read-only.")
        else:
            self._refuse(code, "The request cannot be read.")

    def _refuse(self, status: int, words: str) -> None:
        self._send(Answer(words + "\n", "text/plain", status))

    def log_message(self, format: str, *args: Any) -> None:
        """Write nothing: a request's text is a stranger's, and a terminal obeys what it is shown."""

    def _send(self, answer: Answer) -> None:
        self.close_connection = True
        body = answer.body.encode("utf-8", "replace")
        self._begin(answer.status, answer.kind, len(body))
        if self.command != "HEAD":
            self.wfile.write(body)

    def _begin(self, status: int, kind: str, length: int | None = None) -> None:
        self.send_response(status)
        for name, value in _HEADERS:
            self.send_header(name, value)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        if length is not None:
            self.send_header("Content-Length", str(length))
        if status == 405:
            self.send_header("Allow", "GET, HEAD")
        self.end_headers()

    def _send_changes(self, query: str) -> None:
        """Tell of each change by server-sent events, from the state on that the reader has seen, until either ends."""
        seen = self.headers.get("Last-Event-ID") or query.removeprefix("seen=")
        self.close_connection = True
        self._begin(200, "text/event-stream")
        if self.command == "HEAD":
            return
        watcher = self.server.watcher
        self.wfile.write(b"retry: 2000\n\n")
        silent = 0
        while not watcher.is_stopped and not self._is_gone():
            news = watcher.wait(seen, _POLL)
            if news is not None:
                seen = news.mark
                self.wfile.write(f"id: {seen}\nevent: change\ndata: {news.words}\n\n".encode())
            silent = 0 if news is not None else silent + 1
            if silent * _POLL >= _HEARTBEAT:
                silent = 0
                self.wfile.write(b":\n\n")

    def _is_gone(self) -> bool:
        """Return whether the reader has closed the connection, which nothing else would show until much is written."""
        readable, _, _ = select.select([self.connection], [], [], 0)
        return bool(readable) and not self.connection.recv(1, socket.MSG_PEEK)
