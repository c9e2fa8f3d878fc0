"""Checks that wsload, which judges the benchmark, detects every fault that a faulty server injects."""

import asyncio
import json
import re
import subprocess
import sys
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="wsload is Linux only: epoll, /proc")

BENCH = Path(__file__).resolve().parent.parent
ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="  # for the fixed key that wsload sends
HEAD = (
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {}\r\n\r\n"
)
SENDERS, ROOMS, CONNECTIONS = 4, 2, 8


class RoomServer:
    """Sends a text frame to every member of its room. A faulty server takes each sender's message number modulo 20:
    it sends 5 twice, skips the first member for 10, delays 15 until after the next, and sends 18 to another room
    as well."""

    def __init__(self, faulty: bool) -> None:
        self.faulty = faulty
        self.rooms: dict[str, list[asyncio.StreamWriter]] = defaultdict(list)
        self.held: dict[str, bytes] = {}
        self.heads: list[str] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        self.heads.append(head)
        room = re.search(r"room=(\w+)", head)[1]
        writer.write(HEAD.format(ACCEPT).encode())
        self.rooms[room].append(writer)
        try:
            while (message := await self.read(reader)) is not None:
                self.broadcast(room, message)
        except asyncio.IncompleteReadError:
            pass
        finally:
            self.rooms[room].remove(writer)
            writer.close()

    @staticmethod
    async def read(reader: asyncio.StreamReader) -> bytes | None:
        first, second = await reader.readexactly(2)
        length = second & 127
        if length == 126:
            length = int.from_bytes(await reader.readexactly(2), "big")
        mask = await reader.readexactly(4)
        data = await reader.readexactly(length)
        return None if first & 15 == 8 else bytes(byte ^ mask[i % 4] for i, byte in enumerate(data))

    def send(self, room: str, message: bytes, members: slice = slice(None)) -> None:
        for member in self.rooms[room][members]:
            member.write(b"\x81\x7e" + len(message).to_bytes(2, "big") + message)

    def broadcast(self, room: str, message: bytes) -> None:
        number, sender = re.search(rb"S(\d+)C(\d+);", message).groups()
        turn = int(number) % 20 if self.faulty else 0
        if turn == 15:
            self.held[sender] = message
            return
        self.send(room, message, slice(1, None) if turn == 10 else slice(None))
        if turn == 5:
            self.send(room, message)
        if sender in self.held:
            self.send(room, self.held.pop(sender))
        if turn == 18:
            self.send(next(other for other in self.rooms if other != room), message, slice(1))


@pytest.fixture(scope="module")
def wsload(tmp_path_factory: pytest.TempPathFactory) -> Path:
    binary = tmp_path_factory.mktemp("wsload") / "wsload"
    subprocess.run(["gcc", "-O2", "-Wall", "-Wextra", "-Werror", "-o", binary, BENCH / "wsload.c"], check=True)
    return binary


def run(wsload: Path, server: RoomServer, *arguments: str) -> dict:
    """Sends 20 messages per sender in the measured second."""

    async def measure() -> bytes:
        listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
        async with listening:
            port = listening.sockets[0].getsockname()[1]
            load = f"--conns {CONNECTIONS} --senders {SENDERS} --rooms {ROOMS} --rate {20 * SENDERS}".split()
            times = ["--settle", "0.2", "--warmup", "0", "--duration", "1", "--drain", "0.5"]
            url = f"127.0.0.1:{port}/ws?room={{room}}"
            process = await asyncio.create_subprocess_exec(
                wsload, "--url", url, *load, *times, *arguments, stdout=asyncio.subprocess.PIPE
            )
            output, _ = await asyncio.wait_for(process.communicate(), 30)
            assert process.returncode == 0
            return output

    # In its own thread: after a browser test this thread already has an event loop.
    with ThreadPoolExecutor(1) as thread:
        return json.loads(thread.submit(lambda: asyncio.run(measure())).result())


def test_a_server_without_faults_is_found_without_faults(wsload: Path) -> None:
    result = run(wsload, RoomServer(faulty=False))
    assert result["sent"] == 20 * SENDERS
    assert result["received"] == result["expected"] == result["sent"] * CONNECTIONS // ROOMS
    assert [result[key] for key in ("lost", "duplicated", "out_of_order", "misrouted")] == [0, 0, 0, 0]


def test_each_planned_fault_is_counted(wsload: Path) -> None:
    result = run(wsload, RoomServer(faulty=True))
    members = CONNECTIONS // ROOMS
    assert result["lost"] == SENDERS
    assert result["duplicated"] == SENDERS * members
    assert result["out_of_order"] == SENDERS * members
    assert result["misrouted"] == SENDERS


def test_the_subprotocol_is_offered_only_when_asked_for(wsload: Path) -> None:
    plain, v1 = RoomServer(faulty=False), RoomServer(faulty=False)
    run(wsload, plain)
    run(wsload, v1, "--subprotocol", "webchat.v1")
    assert not any("Sec-WebSocket-Protocol" in head for head in plain.heads)
    assert all("\r\nSec-WebSocket-Protocol: webchat.v1\r\n" in head for head in v1.heads)


def test_a_connection_is_live_once_it_has_its_answer(wsload: Path) -> None:
    result = run(wsload, RoomServer(faulty=False), "--answer", "S20C")
    assert result["live"] == CONNECTIONS
    assert 1 < result["live_s"] < 5
    nobody = run(wsload, RoomServer(faulty=False), "--answer", "S21C")
    assert nobody["live"] == 0
