"""A WebSocket client of a few lines that owes nothing to our own code: what it sees is what stands on the wire."""

from __future__ import annotations

import base64
import json
import os
import select
import socket
import struct
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

SECONDS = 10.0


class RawSocket:
    """`with RawSocket(node.url + "/ws?room=lobby") as socket:`"""

    def __init__(self, url: str, subprotocol: str | None = None) -> None:
        parts = urlsplit(url)
        self.socket = socket.create_connection((parts.hostname, parts.port), timeout=SECONDS)
        key = base64.b64encode(os.urandom(16)).decode()
        lines = [
            f"GET {parts.path}?{parts.query} HTTP/1.1",
            f"Host: {parts.netloc}",
            "Upgrade: websocket",
            "Connection: Upgrade",
            "Sec-WebSocket-Version: 13",
            f"Sec-WebSocket-Key: {key}",
        ]
        if subprotocol:
            lines.append(f"Sec-WebSocket-Protocol: {subprotocol}")
        self.socket.sendall("\r\n".join([*lines, "", ""]).encode())
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += self._read(1)
        assert head.startswith(b"HTTP/1.1 101 "), head.decode()

    def __enter__(self) -> RawSocket:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def _read(self, count: int) -> bytes:
        data = b""
        while len(data) < count:
            part = self.socket.recv(count - len(data))
            assert part, f"the server hung up after {data!r}"
            data += part
        return data

    def send_text(self, text: str) -> None:
        self._send(1, text.encode())

    def send(self, frame: dict[str, Any]) -> None:
        self.send_text(json.dumps(frame))

    def _send(self, opcode: int, data: bytes) -> None:
        assert len(data) < 65_536
        length = bytes([0x80 | len(data)]) if len(data) < 126 else b"\xfe" + struct.pack(">H", len(data))
        mask = os.urandom(4)
        masked = bytes(byte ^ mask[i % 4] for i, byte in enumerate(data))
        self.socket.sendall(bytes([0x80 | opcode]) + length + mask + masked)

    def receive(self) -> dict[str, Any]:
        """The next text frame. Pings are answered; a close frame is an error."""
        while True:
            first, length = self._read(2)
            if length == 126:
                (length,) = struct.unpack(">H", self._read(2))
            elif length == 127:
                (length,) = struct.unpack(">Q", self._read(8))
            data = self._read(length)
            opcode = first & 15
            if opcode == 1:
                return json.loads(data)
            if opcode == 9:
                self._send(10, data)
            assert opcode != 8, f"the server closed the socket: {data!r}"

    def poll(self, seconds: float) -> dict[str, Any] | None:
        """The next text frame, if anything comes by then."""
        readable, _, _ = select.select([self.socket], [], [], seconds)
        return self.receive() if readable else None

    def until(self, wanted: str | Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The next frame of that type, or that fits; what comes before it is dropped."""
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            frame = self.receive()
            if frame["type"] == wanted if isinstance(wanted, str) else wanted(frame):
                return frame
        raise AssertionError(f"no such frame within {SECONDS:.0f} s: {wanted}")


def join(url: str, room: str, name: str) -> tuple[RawSocket, dict[str, Any]]:
    """A `webchat.v1` client in a room, and the `joined` frame."""
    client = RawSocket(f"{url}/ws", "webchat.v1")
    client.send({"type": "hello", "name": name})
    client.until("welcome")
    client.send({"type": "join", "room": room})
    return client, client.until("joined")
