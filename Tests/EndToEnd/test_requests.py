"""Random requests to a node and through nginx: every response is well-formed."""

import gzip
import random
import socket
from collections.abc import Iterator
from dataclasses import dataclass

from localcluster import HOST, Cluster

REQUESTS = 600
METHODS = ["GET"] * 8 + ["HEAD"] * 5 + ["POST", "PUT", "DELETE", "OPTIONS", "PATCH", "PROPFIND", "BREW", "get"]
FILES = ["/", "/index.html", "/static/base.css", "/static/js/main.js", "/static/icon.svg"]
PATHS = [
    *FILES * 3,
    "/healthz", "/readyz", "/rooms", "/messages", "/messages?minutes=1&room=lobby", "/messages?minutes=-1",
    "/messages?room=%00", "/ws", "/ws?room=den", "/ws/", "/cluster", "/cluster/", "//cluster", "/%63luster",
    "/dev/faults", "/metrics", "/nothing", "/static/", "/static", "/static/js", "/static/js/main.js/",
    "/static/js%2fmain.js", "/static/js/main.js%2F", "/static//js/main.js", "/static/../secret", "/static/%2e%2e/x",
    "/static/%00", "/static/%ff", "/static/%zz", "/static/%", "/?", "/?a=b#c", "/%", "/..", "//", "/\\", "*", "x",
    "/\u00e9",
    "http://elsewhere.example/healthz", "/static/" + "x" * 300, "/" + "y" * 6000, "/static/js/" + "../" * 9,
]  # fmt: skip
NUMBERS = ["", "0", "1", "5", "9", "500", "99999999", "9223372036854775807", "9223372036854775808", "1" * 40, "-1", "x"]
TAGS = ["*", '"x"', 'W/"x"', '"a", W/"b"', "", '"', ",,", "W/", '"' + "z" * 900 + '"']
ENCODINGS = [
    "gzip", "gzip;q=0", "gzip;q=0.5, identity", "*", "*;q=0", "br, gzip;q=1.0", "identity", "gzip;q=x", "", ",",
]  # fmt: skip
ODD_HEADERS = [
    "Host:", "Host: a b", "Connection: close", "Connection: keep-alive", "Connection: upgrade", "Connection: ,",
    "Upgrade: websocket", "Upgrade: h2c", "Sec-WebSocket-Key: x", "Origin: null", "Accept: text/html",
    "Accept: */*;q=2",
    "X-Forwarded-For: 1.2.3.4", "Cookie: " + "c" * 3000, "TE: trailers", "Expect: 100-continue",
    "If-Modified-Since: Thu, 01 Jan 1970 00:00:00 GMT", "If-Modified-Since: soon", "If-Unmodified-Since: x",
]  # fmt: skip


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes
    ends: bool


class BadAnswer(AssertionError):
    pass


class Reader:
    """Reads responses strictly: no byte may be missing or left over."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self.bytes = b""

    def more(self) -> bool:
        piece = self.connection.recv(65536)
        self.bytes += piece
        return bool(piece)

    def until(self, length: int) -> bytes:
        while len(self.bytes) < length:
            if not self.more():
                raise BadAnswer(f"ended after {len(self.bytes)} of {length} bytes")
        taken, self.bytes = self.bytes[:length], self.bytes[length:]
        return taken

    def line(self, end: bytes = b"\r\n") -> bytes:
        while end not in self.bytes:
            if not self.more():
                raise BadAnswer(f"ended within {self.bytes[:200]!r}")
        return self.until(self.bytes.index(end) + len(end))[: -len(end)]

    def answer(self, method: str) -> Answer:
        first, *lines = self.line(b"\r\n\r\n").decode("latin-1").split("\r\n")
        version, code, _ = first.split(" ", 2)
        if version not in ("HTTP/1.1", "HTTP/1.0") or not code.isdigit():
            raise BadAnswer(first)
        if code.startswith("1") and code != "101":
            return self.answer(method)
        headers: dict[str, str] = {}
        for line in lines:
            name, value = line.split(":", 1)
            if name.lower() in headers and name.lower() in ("content-length", "content-type", "etag", "vary"):
                raise BadAnswer(f"{name} twice")
            headers[name.lower()] = value.strip()
        length = headers.get("content-length")
        if length is not None and not length.isdigit():
            raise BadAnswer(f"Content-Length: {length}")
        if method == "HEAD" or code in ("204", "304"):
            body = b""
        elif headers.get("transfer-encoding") == "chunked":
            body = b"".join(self.chunks())
        elif length is not None:
            body = self.until(int(length))
        else:
            while self.more():
                pass
            body, self.bytes = self.bytes, b""
        ends = headers.get("connection", "").lower() == "close" or version == "HTTP/1.0"
        if ends:
            while self.more():
                pass
        # A server may not know that a malformed request was a HEAD; it then closes the connection.
        unread = method == "HEAD" and code in ("400", "408", "431") and ends
        if unread and self.bytes and length is not None:
            self.until(int(length))
        if self.bytes:
            raise BadAnswer(f"left over: {self.bytes[:200]!r}")
        return Answer(int(code), headers, body, ends)

    def chunks(self) -> Iterator[bytes]:
        while size := int(self.line(), 16):
            yield self.until(size)
            assert self.line() == b""
        assert self.line() == b""


def request(random: random.Random, known_tags: list[str]) -> tuple[str, str, bytes]:
    """Method, path and the whole request."""
    method, path = random.choice(METHODS), random.choice(PATHS)
    version = random.choice(["1.1"] * 9 + ["1.0"])
    lines = [f"{method} {path} HTTP/{version}"]
    if random.random() < 0.97:
        lines.append("Host: localhost")
    if random.random() < 0.4:
        first, last = random.choice(NUMBERS), random.choice(NUMBERS)
        lines.append(
            "Range: "
            + random.choice([f"bytes={first}-{last}"] * 6 + [f"bytes=0-1,{first}-{last}", "lines=1-2", "bytes", ""])
        )
    for name in ("If-None-Match", "If-Match", "If-Range"):
        if random.random() < 0.15:
            lines.append(f"{name}: {random.choice(TAGS + known_tags)}")
    if random.random() < 0.5:
        lines.append(f"Accept-Encoding: {random.choice(ENCODINGS)}")
    lines += random.sample(ODD_HEADERS, random.choice([0, 0, 0, 1, 2]))
    body = b""
    match random.choice(["none"] * 6 + ["length", "chunked", "false", "both"]):
        case "length":
            body = b"b" * random.choice([0, 1, 1000, 60_000])
            lines.append(f"Content-Length: {len(body)}")
        case "chunked":
            lines.append("Transfer-Encoding: chunked")
            body = b"3\r\nabc\r\n0\r\n\r\n"
        case "false":
            lines.append(f"Content-Length: {random.choice(['-1', '1e3', '5, 6', 'x'])}")
        case "both":
            lines += ["Content-Length: 3", "Transfer-Encoding: chunked"]
            body = b"0\r\n\r\n"
    return method, path, "\r\n".join([*lines, "", ""]).encode() + body


def exchange(port: int, seed: int) -> None:
    """Sends many requests and keeps the connection as long as allowed."""
    chance = random.Random(seed)
    tags: list[str] = []
    reader: Reader | None = None
    for number in range(REQUESTS):
        method, path, text = request(chance, tags)
        if reader is None:
            reader = Reader(socket.create_connection((HOST, port), timeout=20))
        try:
            reader.connection.sendall(text)
            answer = reader.answer(method)
            assert answer.status < 500, answer
            check_body(method, path, answer)
            if tag := answer.headers.get("etag"):
                tags = [*tags[-5:], tag]
        except (AssertionError, ValueError, OSError) as error:
            raise AssertionError(f"seed {seed}, request {number}: {text[:1000]!r}: {error!r}") from error
        ending = (b"Connection: close", b"Content-Length", b"Transfer-Encoding")
        if answer.ends or any(field in text for field in ending):
            reader.connection.close()
            reader = None


def check_body(method: str, path: str, answer: Answer) -> None:
    if answer.headers.get("content-encoding") == "gzip":
        assert "Accept-Encoding" in answer.headers["vary"]
        if answer.body:
            gzip.decompress(answer.body)
    if answer.status == 206:
        unit, _, rest = answer.headers["content-range"].partition(" ")
        first, last = (int(text) for text in rest.partition("/")[0].split("-"))
        assert (unit, last - first + 1) == ("bytes", len(answer.body))
    if path in FILES and method in ("GET", "HEAD"):
        assert answer.status in (200, 206, 304, 400, 412, 413, 416, 431), answer.status


def test_whatever_a_stranger_asks_for_the_answer_is_well_formed_and_no_node_is_left_alone(cluster: Cluster) -> None:
    seed = random.randrange(1 << 32)
    for number, port in enumerate((cluster.nodes[0].port, cluster.nginx.port)):
        exchange(port, seed + number)
    log = cluster.nginx.log.read_text()
    assert "upstream server temporarily disabled" not in log, f"seed {seed}: {log}"
    assert "upstream" not in "".join(line for line in log.splitlines() if "[error]" in line), f"seed {seed}: {log}"
