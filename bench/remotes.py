"""Bare repositories behind ``git http-backend`` or ssh on loopback for tests and harness, made to misbehave at will."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit


def has_http_backend() -> bool:
    """Tell whether git's CGI program is installed."""
    folder = subprocess.run(["git", "--exec-path"], capture_output=True, text=True, check=True).stdout.strip()
    return os.access(Path(folder) / "git-http-backend", os.X_OK)


class HttpRemote:
    """Serves the repositories of a folder with ``git http-backend``.

    ``fault`` makes pushes go wrong: ``forbid`` (403), ``unauthorized`` (401), ``before`` (the
    connection ends before git sees the push), ``during`` (git is killed ``patience`` seconds into
    it, with all that it started), ``after`` (the connection ends after git has carried it out),
    ``hang`` (no answer at all, not even to reads), ``hang-push``, ``late`` (the client is cut
    off, and git carries it out when ``land`` is called). ``requests`` counts what was asked.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.fault = ""
        self._late: list[threading.Thread] = []
        self._landing = threading.Event()
        self.patience = 0.02
        self.requests: list[str] = []
        self._released = threading.Event()
        remote = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                remote.answer(self)

            def do_POST(self) -> None:
                remote.answer(self)

            def log_message(self, *arguments: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def url(self, name: str) -> str:
        """Return the URL of a repository in the folder."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/{name}"

    def close(self) -> None:
        """End the server."""
        self._released.set()
        self.land()
        self._server.shutdown()
        self._server.server_close()

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        """Answer one request, or misbehave as ``fault`` says."""
        parts = urlsplit(handler.path)
        is_push = "receive-pack" in handler.path
        body = self._read_body(handler)
        self.requests.append(f"{handler.command} {handler.path}")
        if self.fault == "hang" or (self.fault == "hang-push" and is_push):
            self._released.wait()
            handler.close_connection = True
            return
        if self.fault == "forbid" and is_push:
            handler.send_error(403)
            return
        if self.fault == "unauthorized" and is_push:
            handler.send_response(401)
            handler.send_header("WWW-Authenticate", 'Basic realm="pushes"')
            handler.send_header("Content-Length", "0")
            handler.end_headers()
            return
        if self.fault in ("before", "during", "after", "late") and is_push and handler.command == "POST":
            if self.fault == "late":
                late = threading.Thread(target=self._run_late, args=(handler, parts.path, parts.query, body))
                late.start()
                self._late.append(late)
            elif self.fault == "after":
                self._run(handler, parts.path, parts.query, body)
            elif self.fault == "during":
                self._run(handler, parts.path, parts.query, body, patience=self.patience)
            handler.close_connection = True
            return
        header, _, content = self._run(handler, parts.path, parts.query, body).partition(b"\r\n\r\n")
        fields = [line.split(": ", 1) for line in header.decode("latin-1").split("\r\n") if ": " in line]
        status = next((value for name, value in fields if name == "Status"), "200 OK")
        handler.send_response(int(status[:3]))
        for name, value in fields:
            if name != "Status":
                handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content)

    def land(self) -> None:
        """Let git carry out the pushes that were cut off, and wait until it has."""
        self._landing.set()
        for late in self._late:
            late.join()
        self._late.clear()
        self._landing.clear()

    def _run_late(self, handler: BaseHTTPRequestHandler, path: str, query: str, body: bytes) -> None:
        self._landing.wait()
        self._run(handler, path, query, body)

    def _run(
        self, handler: BaseHTTPRequestHandler, path: str, query: str, body: bytes, patience: float | None = None
    ) -> bytes:
        env = {
            **os.environ,
            "GIT_PROJECT_ROOT": str(self.folder),
            "GIT_HTTP_EXPORT_ALL": "1",
            "REQUEST_METHOD": handler.command,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "CONTENT_TYPE": handler.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_CONTENT_ENCODING": handler.headers.get("Content-Encoding", ""),
            "GIT_PROTOCOL": handler.headers.get("Git-Protocol", ""),
            "REMOTE_USER": "tester",
        }
        with tempfile.TemporaryFile() as stdin:  # the program spins where a pipe ends early, as by a kill
            stdin.write(body)
            stdin.seek(0)
            process = subprocess.Popen(
                ["git", "http-backend"],
                env=env,
                stdin=stdin,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        try:
            return process.communicate(timeout=patience)[0]
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            return process.communicate()[0]

    def _read_body(self, handler: BaseHTTPRequestHandler) -> bytes:
        if handler.headers.get("Transfer-Encoding", "") != "chunked":
            return handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        body = b""
        while size := int(handler.rfile.readline().strip() or b"0", 16):
            body += handler.rfile.read(size)
            handler.rfile.readline()
        handler.rfile.readline()
        return body


class SshRemote:
    """An ssh server on loopback with keys of its own, where one is installed; only git may be run through it."""

    def __init__(self, folder: Path, state: Path) -> None:
        self.folder = folder
        state.mkdir()
        if os.geteuid() == 0:  # where sshd wants to lock itself in; packages leave it to the init system
            os.makedirs("/run/sshd", exist_ok=True)
        sshd = shutil.which("sshd") or "/usr/sbin/sshd"
        for name in ("host", "user"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(state / name)], check=True)
        self._state = state
        self._shell = f"{shutil.which('git')} shell"  # the git of who asks, whichever sshd's PATH begins with
        self._allow(f'{self._shell} -c \\"$SSH_ORIGINAL_COMMAND\\"')
        self.port = _free_port()
        (state / "config").write_text(
            f"Port {self.port}\nListenAddress 127.0.0.1\nHostKey {state}/host\nAuthorizedKeysFile {state}/authorized\n"
            f"PidFile {state}/pid\nMaxStartups 200\nUseDNS no\nStrictModes no\nUsePAM no\nPasswordAuthentication no\n"
        )
        self._process = subprocess.Popen([sshd, "-D", "-f", str(state / "config")], stderr=subprocess.DEVNULL)
        self.command = f"ssh -p {self.port} -i {state}/user -oStrictHostKeyChecking=no -oUserKnownHostsFile=/dev/null"
        try:
            _wait_for_port(self.port)
        except RuntimeError:
            self.close()
            raise

    def url(self, name: str) -> str:
        """Return the URL of a repository in the folder."""
        return f"ssh://127.0.0.1{self.folder}/{name}"

    def forbid_pushes(self, words: str) -> None:
        """Let the key only read from now on, as forges do it for deploy keys: by these words instead of a push."""
        script = self._state / "read-only"
        script.write_text(
            f'#!/bin/sh\ncase $SSH_ORIGINAL_COMMAND in git-receive-pack*) echo "{words}" >&2; exit 1;; esac\n'
            f'exec {self._shell} -c "$SSH_ORIGINAL_COMMAND"\n'
        )
        script.chmod(0o755)
        self._allow(str(script))

    def _allow(self, command: str) -> None:
        key = (self._state / "user.pub").read_text()
        (self._state / "authorized").write_text(f'command="{command}",restrict {key}')

    def close(self) -> None:
        """End the server."""
        self._process.terminate()
        self._process.wait(10)


def has_sshd() -> bool:
    """Tell whether an ssh server is installed."""
    return bool(shutil.which("sshd") or os.access("/usr/sbin/sshd", os.X_OK))


def _free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for_port(port: int) -> None:
    import socket

    for _ in range(100):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError("the ssh server does not listen")


def main() -> None:
    """Serve ``hub.git`` of a folder in every way that is installed, until standard input ends; print the URLs."""
    folder = Path(sys.argv[1])
    http = HttpRemote(folder) if has_http_backend() else None
    ssh = SshRemote(folder, folder / "ssh") if has_sshd() else None
    ways = {"http": http.url("hub.git")} if http else {}
    if ssh is not None:
        ways |= {"ssh": ssh.url("hub.git"), "command": ssh.command}
    print(json.dumps(ways), flush=True)
    sys.stdin.read()
    for server in (http, ssh):
        if server is not None:
            server.close()


if __name__ == "__main__":
    main()
