"""Who is let in: this machine's own pages, by GET, under the server's own name; everything else is refused."""

from __future__ import annotations

import json
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from repositories import Work
from watchers import eventually
from web_readers import Changes, Site

pytestmark = pytest.mark.server


@pytest.fixture(scope="module")
def site(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    path = tmp_path_factory.mktemp("served") / "shop"
    shutil.copytree(template, path, symlinks=True)  # with no remote that locks would be taken at
    with Site(Work(path)) as site:
        yield site


def request(site: Site, line: str, *headers: str) -> str:
    return site.send("\r\n".join([line, *headers, "", ""]).format(port=site.port).encode("latin-1"))


def status_of(answer: str) -> int:
    return int(answer.split(" ", 2)[1]) if answer.startswith("HTTP/1.1 ") else 0


OWN = "Host: 127.0.0.1:{port}"


@pytest.mark.parametrize("host", ["127.0.0.1:{port}", "localhost:{port}", "LOCALHOST:{port}", "[::1]:{port}"])
def test_its_own_names_are_let_in(site: Site, host: str) -> None:
    assert status_of(request(site, "GET / HTTP/1.1", f"Host: {host}")) == 200


@pytest.mark.parametrize(
    "headers",
    [
        (),
        ("Host: evil.example",),
        ("Host: evil.example:{port}",),
        ("Host: 127.0.0.1",),
        ("Host: 127.0.0.1:1",),
        ("Host: 127.0.0.1.evil.example:{port}",),
        ("Host: evil@127.0.0.1:{port}",),
        ("Host: 0.0.0.0:{port}",),
        ("Host: 127.1:{port}",),
        (OWN, "Host: evil.example"),
        (OWN, OWN),
        ("Host : 127.0.0.1:{port}",),
        ("X: y\r\n Host: 127.0.0.1:{port}",),
    ],
)
def test_other_hosts_get_nothing(site: Site, headers: tuple[str, ...]) -> None:
    answer = request(site, "GET / HTTP/1.1", *headers)
    assert status_of(answer) in (400, 421)
    assert "<main" not in answer and "evil" not in answer


@pytest.mark.parametrize(
    "headers",
    [
        ("Origin: https://evil.example",),
        ("Origin: null",),
        ("Origin: http://127.0.0.1:1",),
        ("Origin: https://127.0.0.1:{port}",),
        ("Origin: http://127.0.0.1:{port}", "Origin: null"),
        ("Sec-Fetch-Site: cross-site",),
        ("Sec-Fetch-Site: same-site", "Sec-Fetch-Mode: cors"),
        ("Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: iframe"),
        ("Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: no-cors", "Sec-Fetch-Dest: script"),
    ],
)
@pytest.mark.parametrize("path", ["/", "/changes", "/live.js"])
def test_pages_of_other_origins_get_nothing(site: Site, path: str, headers: tuple[str, ...]) -> None:
    answer = request(site, f"GET {path} HTTP/1.1", OWN, *headers)
    assert status_of(answer) == 403 and "<main" not in answer


@pytest.mark.parametrize(
    "headers",
    [
        ("Origin: http://localhost:{port}",),
        ("Sec-Fetch-Site: same-origin", "Sec-Fetch-Mode: cors"),
        ("Sec-Fetch-Site: none", "Sec-Fetch-Mode: navigate"),
        ("Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: document"),  # a link to it
    ],
)
def test_its_own_pages_and_visitors_are_let_in(site: Site, headers: tuple[str, ...]) -> None:
    assert status_of(request(site, "GET / HTTP/1.1", OWN, *headers)) == 200


@pytest.mark.parametrize(
    "target",
    [
        "/../../../etc/passwd",
        "/..%2f..%2fetc/passwd",
        "/%2e%2e/.git/config",
        "/.git/config",
        "/.flags/catalog.yaml",
        "/style.css/../flags",
        "/style%2ecss",
        "/flags/",
        "/flags/../flags",
        "/flags/a000001/..",
        "/flags/%61000001",
        "/flags/a000001%00",
        "/flags/<script>alert(1)</script>",
        "//evil.example/",
        "/\\evil.example",
        "http://evil.example/",
        "http://127.0.0.1/",
        "*",
        "file:///etc/passwd",
        "/caf\xe9",
        "/\x01",
    ],
)
def test_paths_lead_nowhere_else(site: Site, target: str) -> None:
    answer = request(site, f"GET {target} HTTP/1.1", OWN)
    assert status_of(answer) in (400, 404)
    assert "root:" not in answer and "schema:" not in answer and "evil" not in answer and "<script>alert" not in answer


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "FLAG", "get"])
def test_it_is_read_only(site: Site, method: str) -> None:
    answer = request(site, f"{method} / HTTP/1.1", OWN, "Content-Length: 3") + "x=1"
    assert status_of(answer) == 405 and "Allow: GET, HEAD" in answer and "Access-Control" not in answer


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\r\n",
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 200 + b"\r\n",
        b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: " + b"a" * 70_000 + b"\r\n\r\n",
        b"\x00" * 1000,
    ],
)
def test_nonsense_is_refused_and_the_server_lives(site: Site, data: bytes) -> None:
    answer = site.send(data)
    assert status_of(answer) in (0, 400, 414, 421, 431, 505) and "<main" not in answer and "Traceback" not in answer
    assert site.get().status == 200


def test_one_request_a_connection(site: Site) -> None:
    """What follows a request, as in smuggling, is never read as another one."""
    twice = f"GET /nothing HTTP/1.1\r\nHost: 127.0.0.1:{site.port}\r\n\r\n" * 2
    assert site.send(twice.encode()).count("HTTP/1.1 ") == 1


@pytest.mark.parametrize("path", ["/", "/flags", "/flags/a000001", "/style.css", "/live.js", "/icon.svg", "/none"])
def test_every_answer_has_the_strict_headers(site: Site, path: str) -> None:
    answer = site.get(path)
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none';") and "unsafe" not in policy and "frame-ancestors 'none'" in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "Python" not in answer.headers["Server"]
    body = answer.body.lower()
    assert " style=" not in body and "<style" not in body and " onclick" not in body
    assert site.get(path, "HEAD").body == ""


def test_readers_beyond_the_most_are_refused_until_others_go(site: Site) -> None:
    waiting: list[Changes] = []
    while not waiting or waiting[-1].answer.status == 200:
        assert len(waiting) < 100
        waiting.append(site.changes("none"))
    assert waiting[-1].answer.status == 503 and len(waiting) > 20
    for reader in waiting:
        reader.close()
    eventually(lambda: site.get().status == 200)


def test_another_server_wants_another_port(site: Site, work: Work) -> None:
    answer = work.flaggit("serve", "--port", str(site.port), "--json", status=5)
    assert answer.json["code"] == "no_port" and "--port 0" in answer.json["hint"]
    with Site(work) as second:
        assert second.port != site.port and second.get().status == 200 and site.get().status == 200


def test_a_port_that_is_none(work: Work) -> None:
    for port in ("-1", "65536", "x"):
        assert work.flaggit("serve", "--port", port, "--json", status=2).json["code"] == "usage"


def test_it_listens_on_loopback_alone(site: Site) -> None:
    own = {info[4][0] for info in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)}
    for address in own - {"127.0.0.1"}:
        if not address.startswith("127."):
            with pytest.raises(OSError):
                socket.create_connection((address, site.port), timeout=5).close()
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.2", site.port), timeout=5).close()


def test_ctrl_c_ends_it_quietly(work: Work) -> None:
    with Site(work) as site:
        reader = site.changes(site.seen())
        status, out, err = site.interrupt()
        assert (status, out, err) == (0, "", "")
        assert reader.answer.read() is not None  # the stream has ended, too
        assert set(site.said) == {"url", "port", "repository"} and json.dumps(site.said)
