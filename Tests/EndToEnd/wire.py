"""A minimal WebSocket client (RFC 6455) that sends any bytes, legal or not."""

import base64
import json
import os
import socket
import struct
import time
from collections.abc import Sequence
from urllib.parse import urlsplit

TEXT, CLOSE, PING, PONG = 0x1, 0x8, 0x9, 0xA


class Closed(Exception):
    """The peer closed the socket, with the code of its close frame if it sent one."""

    def __init__(self, code: int | None) -> None:
        super().__init__(f"closed with {code}")
        self.code = code


class Frames:
    """Frames over a connection."""

    def __init__(self, connection: socket.socket) -> None:
        self.socket = connection
        self.buffer = b""
        self.held: list[bytes] | None = None

    def hold(self, data: bytes = b"") -> None:
        """Keeps what is sent from now on, beginning with this, until `release` sends it at once."""
        self.held = [data]

    def release(self) -> None:
        data, self.held = b"".join(self.held or []), None
        self.socket.sendall(data)

    def close(self) -> None:
        self.socket.close()

    def send(self, payload: bytes, opcode: int = TEXT) -> None:
        length = len(payload)
        head = bytes([0x80 | opcode])
        if length <= 125:
            head += bytes([0x80 | length])
        elif length <= 0xFFFF:
            head += struct.pack("!BH", 0x80 | 126, length)
        else:
            head += struct.pack("!BQ", 0x80 | 127, length)
        # Zeros are a valid mask.
        frame = head + bytes(4) + payload
        if self.held is None:
            self.socket.sendall(frame)
        else:
            self.held.append(frame)

    def frame(self) -> tuple[int, bytes]:
        """The opcode and the payload of the next frame."""
        first, second = self.take(2)
        length = second & 0x7F
        if length == 126:
            (length,) = struct.unpack("!H", self.take(2))
        elif length == 127:
            (length,) = struct.unpack("!Q", self.take(8))
        return first & 0xF, self.take(length)

    def take(self, count: int) -> bytes:
        while len(self.buffer) < count:
            self._fill()
        taken, self.buffer = self.buffer[:count], self.buffer[count:]
        return taken

    def take_until(self, end: bytes) -> bytes:
        while end not in self.buffer:
            self._fill()
        taken, self.buffer = self.buffer.split(end, 1)
        return taken

    def _fill(self) -> None:
        data = self.socket.recv(65_536)
        if not data:
            raise Closed(None)
        self.buffer += data


def handshake(
    host: str, connection: str = "Connection: Upgrade", upgrade: str = "Upgrade: websocket", headers: Sequence[str] = ()
) -> bytes:
    key = base64.b64encode(os.urandom(16)).decode()
    lines = ["GET /ws HTTP/1.1", f"Host: {host}", upgrade, connection, "Sec-WebSocket-Version: 13"]
    lines += [f"Sec-WebSocket-Key: {key}", "Sec-WebSocket-Protocol: webchat.v1", *headers]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


class Wire(Frames):
    """One socket that speaks `webchat.v1`."""

    def __init__(self, url: str, *headers: str) -> None:
        host, port = urlsplit(url).hostname, urlsplit(url).port
        super().__init__(socket.create_connection((host, port), timeout=30))
        self.socket.sendall(handshake(f"{host}:{port}", headers=headers))
        head = self.take_until(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 101"), head

    def say(self, **members: object) -> None:
        self.send(json.dumps(members).encode())

    def next(self) -> dict[str, object]:
        """The next frame. Answers pings."""
        while True:
            opcode, payload = self.frame()
            if opcode == TEXT:
                return json.loads(payload)
            if opcode == CLOSE:
                raise Closed(struct.unpack("!H", payload[:2])[0] if payload else None)
            if opcode == PING:
                self.send(payload, PONG)

    def first(self, *types: str, **members: object) -> dict[str, object]:
        """The next frame of one of these types with these members. Skips others, which may come without end."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            frame = self.next()
            if frame["type"] in types and all(frame.get(name) == value for name, value in members.items()):
                return frame
        raise TimeoutError(f"no {' or '.join(types)} with {members} within a minute")

    def enter(self, room: str, name: str | None = None) -> None:
        self.say(type="hello", **({"name": name} if name else {}))
        self.first("welcome")
        self.say(type="join", room=room)
        self.first("joined")
