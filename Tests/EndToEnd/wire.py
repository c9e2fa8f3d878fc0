"""A minimal WebSocket client (RFC 6455) that sends any bytes, legal or not."""

from __future__ import annotations

import base64
import json
import os
import socket
import struct
from urllib.parse import urlsplit

TEXT, CLOSE, PING, PONG = 0x1, 0x8, 0x9, 0xA


class Closed(Exception):
    """The peer closed the socket, with the code of its close frame if it sent one."""

    def __init__(self, code: int | None) -> None:
        super().__init__(f"closed with {code}")
        self.code = code


class Wire:
    """One socket. Speaks `webchat.v1` after `hello`, or plain mode."""

    def __init__(self, url: str, query: str = "", subprotocol: str | None = "webchat.v1") -> None:
        host, port = urlsplit(url).hostname, urlsplit(url).port
        self.socket = socket.create_connection((host, port), timeout=30)
        self.buffer = b""
        key = base64.b64encode(os.urandom(16)).decode()
        offered = f"Sec-WebSocket-Protocol: {subprotocol}\r\n" if subprotocol else ""
        self.socket.sendall(
            f"GET /ws{query} HTTP/1.1\r\nHost: {host}:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n{offered}\r\n".encode()
        )
        while b"\r\n\r\n" not in self.buffer:
            self._fill()
        head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        assert head.startswith(b"HTTP/1.1 101"), head

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
        self.socket.sendall(head + bytes(4) + payload)

    def say(self, **members: object) -> None:
        self.send(json.dumps(members).encode())

    def next(self) -> dict[str, object]:
        """The next frame. Answers pings."""
        while True:
            first, second = self._take(2)
            length = second & 0x7F
            if length == 126:
                (length,) = struct.unpack("!H", self._take(2))
            elif length == 127:
                (length,) = struct.unpack("!Q", self._take(8))
            payload = self._take(length)
            match first & 0xF:
                case 0x1:
                    return json.loads(payload)
                case 0x8:
                    raise Closed(struct.unpack("!H", payload[:2])[0] if payload else None)
                case 0x9:
                    self.send(payload, PONG)

    def first(self, *types: str, **members: object) -> dict[str, object]:
        """The next frame of one of these types with these members. Skips others."""
        while True:
            frame = self.next()
            if frame["type"] in types and all(frame.get(name) == value for name, value in members.items()):
                return frame

    def enter(self, room: str, name: str | None = None) -> dict[str, object]:
        self.say(type="hello", **({"name": name} if name else {}))
        self.first("welcome")
        self.say(type="join", room=room)
        return self.first("joined")

    def _take(self, count: int) -> bytes:
        while len(self.buffer) < count:
            self._fill()
        taken, self.buffer = self.buffer[:count], self.buffer[count:]
        return taken

    def _fill(self) -> None:
        data = self.socket.recv(65_536)
        if not data:
            raise Closed(None)
        self.buffer += data
