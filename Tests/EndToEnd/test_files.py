"""Pictures and files over the wire: uploaded, sent, fetched, refused, and gone with their message."""

import http.client
import os
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest
from conftest import refused_start, running, wait_until
from localcluster import Cluster, Nginx, Node
from test_rooms import Person

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 800
PAGE = b"<!doctype html><script>document.title = 1</script>"
DAY = 86_400


class Store:
    """Nodes that share a directory, behind nginx, or one that stands alone."""

    def __init__(self, nodes: list[Node], front: Node | Nginx, directory: Path, kind: str) -> None:
        self.nodes = nodes
        self.front = front
        self.directory = directory
        self.kind = kind

    def names(self, room: str) -> set[str]:
        place = self.directory / room
        return {file.name for file in place.iterdir()} if place.is_dir() else set()


@pytest.fixture(scope="module", params=["cluster", "embedded"])
def store(request: pytest.FixtureRequest, binary: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    directory = tmp_path_factory.mktemp("files")
    (directory / "kept").mkdir()
    (directory / "state").mkdir()
    settings = {
        "FILES_DIR": str(directory / "kept"),
        "FILE_BYTES": "300000",
        "FILES_MB_PER_USER": "1",
        "STATE_DIR": str(directory / "state"),
        "MESSAGE_RATE": "0",
        "CONNECTIONS_PER_ADDRESS": "0",
        "DRAIN_GRACE": "0",
        "DRAIN_SECONDS": "5",
    }
    if request.param == "cluster":
        with Cluster(directory, binary, nodes=2, settings=settings) as cluster:
            yield Store(cluster.nodes, cluster.nginx, directory / "kept", "cluster")
    else:
        with running(Node("n1", binary, directory / "logs", settings)) as node:
            yield Store([node, node], node, directory / "kept", "embedded")


def ask(
    node: Node | Nginx, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
) -> tuple[http.client.HTTPResponse, bytes]:
    host = urlsplit(node.url)
    with closing(http.client.HTTPConnection(host.hostname, host.port, timeout=30)) as connection:
        connection.request(method, path, body, dict(headers or {}))
        answer = connection.getresponse()
        return answer, answer.read()


def allow(person: Person, room: str, data: bytes, name: str = "a.png", kind: str = "image/png", **more: object) -> dict:
    return person.ask("upload", type="upload", room=room, name=name, mediaType=kind, bytes=len(data), **more)


def place(upload: dict) -> str:
    """Its URL is relative to that of the page."""
    return f"/{upload['put']['url']}"


def put(node: Node | Nginx, upload: dict, data: bytes) -> int:
    return ask(node, "PUT", place(upload), data, upload["put"]["headers"])[0].status


def share(
    person: Person, node: Node | Nginx, room: str, data: bytes, name: str = "a.png", kind: str = "image/png"
) -> str:
    """Uploads a file to a node; its ticket."""
    upload = allow(person, room, data, name, kind)
    assert upload["type"] == "upload", upload
    assert put(node, upload, data) == 201
    return str(upload["file"])


def send(person: Person, room: str, tickets: object, text: str = "", **more: object) -> dict:
    return person.ask("ack", type="chat", room=room, text=text, files=tickets, **more)


def path_of(room: str, file: dict) -> str:
    return f"/files/{room}/{file['id']}/{quote(file['name'])}"


def test_a_file_is_there_for_everybody_until_its_message_is_deleted(store: Store) -> None:
    ann, bob = Person(store.nodes[0], "Ann"), Person(store.nodes[1], "Bob")
    room = f"pictures-{store.kind}"
    for person in (ann, bob):
        person.join(room)
    # Whichever node gets the bytes.
    picture = allow(ann, room, PNG, "Größe 1.png", width=16, height=9)
    assert put(store.nodes[1], picture, PNG) == 201
    assert put(store.nodes[0], picture, PNG) == 200
    assert put(store.nodes[0], picture, PNG[:-1] + b"\0") == 409
    page = share(ann, store.front, room, PAGE, "a.html", "text/html")
    key = uuid.uuid4().hex
    first = send(ann, room, [picture["file"], page], key=key)
    chat = bob.first("chat")
    assert chat["text"] == ""
    one, two = chat["files"]
    assert one == {
        "id": one["id"], "name": "Größe 1.png", "type": "image/png", "bytes": len(PNG), "width": 16, "height": 9,
    }  # fmt: skip
    assert two == {"id": two["id"], "name": "a.html", "type": "text/html", "bytes": len(PAGE)}
    # A resend is the same message; in another one the files cannot be.
    assert send(ann, room, [picture["file"], page], key=key)["id"] == first["id"]
    assert send(ann, room, [page])["code"] == "forbidden"

    for node in (*store.nodes, store.front):
        answer, body = ask(node, "GET", path_of(room, one))
        assert (answer.status, body) == (200, PNG)
        assert answer.headers["Content-Type"] == "image/png"
        assert answer.headers["Content-Disposition"] == "inline; filename*=UTF-8''Gr%C3%B6%C3%9Fe%201.png"
        answer, body = ask(node, "GET", path_of(room, two))
        assert (answer.status, body) == (200, PAGE)
        assert answer.headers["Content-Type"] == "application/octet-stream"
        assert answer.headers["Content-Disposition"].startswith("attachment;")
        assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "immutable" in answer.headers["Cache-Control"]
    answer, body = ask(node, "GET", path_of(room, one), headers={"Range": "bytes=5-9"})
    assert (answer.status, body) == (206, PNG[5:10])
    answer, body = ask(node, "GET", path_of(room, one), headers={"If-None-Match": answer.headers["ETag"]})
    assert (answer.status, body) == (304, b"")
    answer, body = ask(node, "HEAD", path_of(room, one))
    assert (answer.status, answer.headers["Content-Length"], body) == (200, str(len(PNG)), b"")
    for wrong in (f"/files/lobby/{one['id']}/a", f"/files/{room}/{'a' * 26}/a", f"/files/{room}/../{room}/x"):
        assert ask(node, "GET", wrong)[0].status == 404

    # For one who comes later, too, and after an edit; then it is deleted.
    ann.ask("ack", type="edit", room=room, id=first["id"], text="with a text")
    last = Person(store.nodes[1], "Eve").join(room)["messages"][0]
    assert (last["text"], last["files"]) == ("with a text", [one, two])
    answer, body = ask(node, "GET", f"/messages?room={room}")
    assert one["id"].encode() in body
    ann.ask("ack", type="delete", room=room, id=first["id"])
    assert wait_until(lambda: not store.names(room) & {one["id"], two["id"]})
    assert ask(node, "GET", path_of(room, one))[0].status == 404
    shown = Person(store.nodes[0], "Eve").join(room)["messages"][0]
    assert shown["deleted"]
    assert "files" not in shown
    assert send(ann, room, [page])["code"] == "forbidden"


def test_what_is_not_allowed_is_refused_with_a_reason(store: Store) -> None:
    node = store.nodes[0]
    ann, bob = Person(node, "Ann"), Person(store.nodes[1], "Bob")
    room = ann.create(room=f"club-{store.kind}")
    assert allow(bob, room, PNG)["code"] == "not_joined"
    for person in (ann, bob):
        person.join(room)
    assert allow(ann, room, bytes(300_001))["code"] == "too_long"
    for wrong in (
        {"name": ""}, {"name": "x" * 129}, {"name": "\u200b"}, {"mediaType": "png"}, {"mediaType": "image/png; q=1"},
        {"bytes": 0}, {"bytes": -1}, {"bytes": 1.5}, {"width": 3}, {"width": 0, "height": 1}, {"height": 65_536},
    ):  # fmt: skip
        members = {"name": "a", "mediaType": "image/png", "bytes": 5, **wrong}
        assert ann.ask("upload", type="upload", room=room, **members)["code"] == "bad_request", wrong

    mine, theirs = share(ann, node, room, PNG), share(bob, node, room, PNG)
    elsewhere = share(ann, node, "lobby", PNG) if ann.join("lobby") else ""
    for tickets in (
        [theirs], [elsewhere], [mine, mine], ["x"], [""], [mine[:-1]], [mine] * 5, mine, [1], {"a": 1}, [[mine]],
        ["x" * 5_000],
    ):  # fmt: skip
        assert send(ann, room, tickets)["code"] == "bad_request", tickets
    assert send(ann, room, [])["code"] == "bad_request", "no text either"
    assert send(ann, room, [mine])["type"] == "ack"

    # A ticket is for one place, and for so many bytes of this type.
    upload, other = allow(ann, room, PNG), allow(bob, room, PNG)
    url, headers = place(upload), upload["put"]["headers"]
    assert ask(node, "PUT", place(other), PNG, headers)[0].status == 401
    assert ask(node, "PUT", url, PNG)[0].status == 401
    assert ask(node, "PUT", url.replace(room, "lobby"), PNG, headers)[0].status == 401
    assert ask(node, "PUT", "/files/x/y", PNG, headers)[0].status == 404
    assert ask(node, "PUT", "/elsewhere", PNG, headers)[0].status == 413
    assert ask(node, "PUT", url, PNG + b"x", headers)[0].status == 413
    assert ask(node, "PUT", url, PNG * 3, headers)[0].status == 413
    assert ask(node, "PUT", url, PNG[:-1], headers)[0].status == 400
    assert ask(node, "PUT", url, PNG, {**headers, "Transfer-Encoding": "chunked"})[0].status in (400, 411)
    assert ask(node, "POST", url, PNG, headers)[0].status == 413
    svg = b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>"
    assert put(node, allow(ann, room, svg), svg) == 415
    assert put(node, upload, PNG) == 201

    # Who may not speak, may not upload.
    ann.ask("ack", type="policy", room=room, setting="speak", text="moderators")
    assert wait_until(lambda: allow(bob, room, PNG[:9]).get("code") == "forbidden")
    ann.role(room, bob, "banned")
    bob.first("left", room=room)
    assert allow(bob, room, PNG)["code"] == "not_joined"
    assert send(bob, room, [other["file"]])["code"] == "not_joined"
    den = ann.create(private=True)
    assert allow(bob, den, PNG)["code"] == "not_joined"
    # The allowance of this hour is used up.
    assert wait_until(lambda: allow(ann, room, bytes(300_000), kind="a/b").get("code") == "rate_limited")
    assert allow(ann, room, bytes(300_000), kind="a/b")["retryAfterMs"] > 0


def metric(node: Node, name: str) -> int:
    lines = ask(node, "GET", "/metrics")[1].decode().splitlines()
    return int(next(line for line in lines if line.startswith(f"{name} ")).split()[1])


def uploading(node: Node) -> int:
    return metric(node, "webchat_file_uploads_open")


def test_an_upload_that_breaks_off_leaves_nothing_and_its_place(store: Store) -> None:
    node = store.nodes[0]
    ann = Person(node, "Ann")
    room = f"broken-{store.kind}"
    ann.join(room)
    host = urlsplit(node.url)
    data = PNG[:60_000]
    with ExitStack() as stack:
        uploads = [allow(ann, room, data) for _ in range(9)]
        connections = []
        for upload in uploads[:8]:
            connection = stack.enter_context(closing(http.client.HTTPConnection(host.hostname, host.port, timeout=30)))
            connection.putrequest("PUT", place(upload))
            for name, value in upload["put"]["headers"].items():
                connection.putheader(name, value)
            connection.putheader("Content-Length", str(len(data)))
            connection.endheaders(data[:20_000])
            connections.append(connection)
        assert wait_until(lambda: uploading(node) == 8)
        answer, _ = ask(node, "PUT", place(uploads[8]), data, uploads[8]["put"]["headers"])
        assert (answer.status, answer.headers["Retry-After"]) == (429, "5")
        connections[0].send(data[20_000:])
        assert connections[0].getresponse().status == 201
    # The others are cut off.
    assert wait_until(lambda: uploading(node) == 0)
    assert len(store.names(room)) == 1
    assert wait_until(lambda: put(node, uploads[8], data) in (200, 201))
    assert put(node, uploads[1], data) == 201


def aged(directory: Path, room: str, name: str, seconds: float) -> Path:
    file = directory / room / name
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(b"x")
    then = time.time() - seconds
    os.utime(file, (then, then))
    return file


def test_files_without_a_message_are_swept_and_others_survive_a_restart(binary: Path, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    settings = {
        "FILES_DIR": str(kept), "DRAIN_GRACE": "0", "DRAIN_SECONDS": "5", "FILES_MB": "1", "FILE_BYTES": "300000",
    }  # fmt: skip
    with Cluster(tmp_path, binary, nodes=1, settings=settings) as cluster:
        [node] = cluster.nodes
        ann = Person(node, "Ann")
        ann.join("lobby")
        send(ann, "lobby", [share(ann, node, "lobby", PNG)])
        file = Person(node, "Bob").join("lobby")["messages"][0]["files"][0]
        sent = kept / "lobby" / file["id"]
        os.utime(sent, (0, 0))
        young = aged(kept, "lobby", "b" * 26, 3 * 3_600)
        unused = aged(kept, "lobby", "c" * 26, 5 * 3_600)
        part = aged(kept, "attic", f"{'d' * 26}.abc.part", 2 * 3_600)
        alien = aged(kept, "lobby", "README", 10 * DAY)
        node.stop()
        node.start()
        assert wait_until(lambda: not unused.exists() and not part.parent.exists())
        assert sent.exists()
        assert young.exists()
        assert alien.exists()

        # A Redis that was emptied has no message with these files: they stay until the operator says otherwise.
        mark = kept / ".webchat-log"
        assert cluster.redis.command("GET", "webchat:logid") == mark.read_text().strip()
        unused = aged(kept, "lobby", "c" * 26, 5 * 3_600)
        cluster.redis.command("FLUSHALL")
        node.stop()
        node.start()
        assert wait_until(lambda: metric(node, "webchat_files_foreign") == 1)
        assert wait_until(lambda: metric(node, "webchat_files_bytes") == len(PNG) + 2 * 16_384)
        assert unused.exists()
        mark.write_text(cluster.redis.command("GET", "webchat:logid") + "\n")
        assert wait_until(lambda: not unused.exists() and not sent.exists())
        assert metric(node, "webchat_files_foreign") == 0

        # A full store takes no more, and says so.
        (kept / "attic").mkdir(exist_ok=True)
        (kept / "attic" / ("e" * 26)).write_bytes(bytes(1_000_000))
        node.stop()
        node.start()
        ann = Person(node, "Ann")
        ann.join("lobby")
        assert wait_until(lambda: allow(ann, "lobby", PNG).get("code") == "unavailable")


def test_without_a_directory_no_files_are_taken(binary: Path, tmp_path: Path) -> None:
    assert "FILES_DIR" in refused_start(binary, FILES_DIR=str(tmp_path / "missing"))
    assert "needs FILES_DIR" in refused_start(binary, FILES_MB="5")
    assert "raise FILES_MB_PER_USER" in refused_start(binary, FILES_DIR=str(tmp_path), FILES_MB_PER_USER="5")
    with running(Node("n1", binary, tmp_path / "logs", {"DRAIN_GRACE": "0", "DRAIN_SECONDS": "2"})) as node:
        ann = Person(node, "Ann")
        ann.join("lobby")
        assert allow(ann, "lobby", PNG)["code"] == "bad_request"
        assert send(ann, "lobby", ["x"])["code"] == "bad_request"
        assert ask(node, "PUT", f"/files/lobby/{'a' * 26}", PNG)[0].status == 413
        assert ask(node, "GET", f"/files/lobby/{'a' * 26}/a")[0].status == 404
