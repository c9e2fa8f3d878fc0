"""Generated frames against a real node: legal ones come back unchanged, others close sockets only as documented."""

import json
import os
import socket
import ssl
import unicodedata
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from conftest import node_alone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from localcluster import HOST, Server, accepts, free_port
from proxies import make_certificate
from wire import Closed, Frames, Wire, handshake

DOCUMENTED_CLOSES = {1008}
ERRORS = {
    *("bad_json", "unknown_type", "bad_request", "not_joined", "bad_room", "bad_name", "too_long", "too_many_rooms"),
    *("rate_limited", "unavailable", "not_found", "forbidden", "too_many_reactions"),
}
ROOM = "words"
# A failure prints how to repeat it; no database, so that runs leave nothing behind.
PROFILE = settings(
    max_examples=150, deadline=None, database=None, print_blob=True, suppress_health_check=list(HealthCheck)
)
numbers = count(1)

scalars = st.one_of(
    st.characters(exclude_categories=("Cs",)),
    st.characters(max_codepoint=0xFF),
    st.sampled_from('\u200b\u3164\u2800\ufe0f\u00ad\u115f\uffa0\u200d\u202e\u2066\U000e0041\u0301\ufeff😀👍\\"/'),
)
# Invisible on their own.
UNSEEN = (
    " \u00a0\u00ad\u0301\u115f\u1160\u200b\u200c\u200d\u2028\u2060\u2800\u3164\ufe0f\ufeff\uffa0\U000e0041\U000e0100"
)
texts = st.one_of(st.text(scalars, max_size=80), st.text(UNSEEN, min_size=1, max_size=8))


def escaped(text: str) -> str:
    """As JSON with every UTF-16 unit escaped: the longest legal form."""
    units = text.encode("utf-16-be", "surrogatepass")
    return '"' + "".join(f"\\u{units[i] << 8 | units[i + 1]:04x}" for i in range(0, len(units), 2)) + '"'


FORMS = [json.dumps, lambda text: json.dumps(text, ensure_ascii=False), escaped]


def cleaned(text: str) -> str:
    return "".join(
        one
        for one in text
        if one in "\n\t"
        or not (unicodedata.category(one) == "Cc" or one in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
    )


@pytest.fixture(scope="module")
def url(binary: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with node_alone(binary, tmp_path_factory.mktemp("wire")) as node:
        yield node.url


@pytest.fixture(scope="module")
def ann(url: str) -> Iterator[Wire]:
    with closing(Wire(url)) as wire:
        wire.enter(ROOM, "Ann")
        yield wire


@pytest.fixture(scope="module")
def reader(url: str) -> Iterator[Wire]:
    """Another user, who reads the history."""
    with closing(Wire(url)) as wire:
        wire.enter(ROOM, "Reader")
        yield wire


@PROFILE
@given(text=texts, form=st.sampled_from(FORMS))
def test_a_text_comes_back_as_it_was_said(url: str, ann: Wire, reader: Wire, text: str, form: object) -> None:
    key = f"key {next(numbers)}"
    ann.send(f'{{"type": "chat", "room": "{ROOM}", "key": "{key}", "text": {form(text)}}}'.encode())
    answer = ann.first("ack", "error", key=key)
    if answer["type"] == "error":
        # Only invisible texts: no letter, digit or punctuation mark.
        assert answer["code"] == "bad_request" and "visible" in answer["message"]
        assert not any(unicodedata.category(one)[0] in "LNP" and not blank(one) for one in text)
        return
    said = ann.first("chat", key=key)["text"]
    assert set(said) - set(UNSEEN), "nothing of it can be seen"
    assert said == cleaned(text)
    reader.say(type="history", room=ROOM, limit=1)
    (message,) = reader.first("history")["messages"]
    assert message["id"] == answer["id"] and message["text"] == said
    with urllib.request.urlopen(f"{url}/messages?room={ROOM}", timeout=10) as response:
        assert any(one["text"] == said for one in json.load(response)["messages"])


def blank(one: str) -> bool:
    return one in "\u115f\u1160\u3164\uffa0" or ord(one) >= 0xE0000


@PROFILE
@given(name=texts, form=st.sampled_from(FORMS))
def test_a_name_is_taken_or_refused_with_a_reason(url: str, ann: Wire, name: str, form: object) -> None:
    ann.send(f'{{"type": "rename", "name": {form(name)}}}'.encode())
    answer = ann.first("renamed", "error")
    if answer["type"] == "error":
        assert answer["code"] == "bad_name" and answer["message"]
        return
    taken = answer["user"]["name"]
    assert set(taken) - set(UNSEEN), "nothing of it can be seen"
    assert not any(unicodedata.category(one) == "Cc" for one in taken)
    ann.say(type="rename", name=taken)
    assert ann.first("renamed", "error")["user"]["name"] == taken


@pytest.mark.parametrize("emoji", "👍🎉😂🚀⌚⭐🙏🔥")
def test_an_emoji_is_one_reaction_with_and_without_a_selector(ann: Wire, reader: Wire, emoji: str) -> None:
    ann.say(type="chat", room=ROOM, key=emoji, text="what do you say?")
    message = ann.first("ack", key=emoji)["id"]
    for wire, form in ((ann, emoji), (reader, f"{emoji}\ufe0f")):
        key = f"key {next(numbers)}"
        wire.say(type="react", room=ROOM, id=message, emoji=form, on=True, key=key)
        assert wire.first("ack", "error", key=key)["type"] == "ack"
    reader.say(type="history", room=ROOM, limit=3)
    (known,) = (one for one in reader.first("history")["messages"] if one["id"] == message)
    (reaction,) = known["reactions"]
    assert len(reaction["users"]) == 2


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("letter", ["a", '"', "\n", "é", "次", "😀", "\U0010ffff"])
def test_the_longest_text_fits_the_frame_in_every_form(ann: Wire, letter: str, form: object) -> None:
    text = "x" + letter * 3_999
    key = "🔑" * 61 + f"{next(numbers):03}"
    ann.send(f'{{"type": "chat", "room": "{ROOM}", "key": {form(key)}, "text": {form(text)}}}'.encode())
    ann.first("ack", key=key)
    assert ann.first("chat", key=key)["text"] == text


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
ids = st.builds("{}-{}".format, st.integers(0, 2**65), st.integers(0, 2**65)) | texts
FIELDS = {
    "room": st.just(ROOM) | texts,
    **{name: ids for name in ("id", "since", "before", "after")},
    "text": texts,
    "name": texts,
    "key": texts,
    "query": texts,
    "emoji": texts | st.sampled_from(["👍", "👍\ufe0f", "❤️", "1\ufe0f\u20e3"]),
    "on": st.booleans(),
    "limit": st.integers(-5, 300),
    "at": st.floats() | st.integers(),
    "epoch": texts,
}
# Without `leave`, `join` and `hello`, which would change what follows.
TYPES = ["chat", "edit", "delete", "react", "typing", "rename", "history", "search", "trace", "ping"]
frames = st.fixed_dictionaries(
    {"type": st.sampled_from(TYPES)}, optional={name: value | values for name, value in FIELDS.items()}
)


@PROFILE
@given(frames=st.lists(frames | values, min_size=1, max_size=2), raw=st.binary(max_size=60))
def test_no_frame_closes_the_socket_with_anything_undocumented(url: str, frames: list[object], raw: bytes) -> None:
    wire = Wire(url)
    try:
        wire.enter(ROOM)
        for frame in frames:
            wire.send(json.dumps(frame).encode())
        wire.send(raw.decode("utf-8", "replace").encode())
        marker = next(numbers)
        wire.say(type="ping", at=marker)
        while (frame := wire.next()) != {"type": "pong", "at": marker}:
            assert frame["type"] != "error" or frame["code"] in ERRORS
    except Closed as closed:
        assert closed.code in DOCUMENTED_CLOSES, frames
    finally:
        wire.close()


def dial(url: str) -> tuple[str, Frames]:
    host = urlsplit(url).netloc
    connection = socket.create_connection((urlsplit(url).hostname, urlsplit(url).port), timeout=20)
    if url.startswith("https"):
        connection = ssl._create_unverified_context().wrap_socket(connection)
    return host, Frames(connection)


@pytest.fixture(scope="module", params=["http", "https"])
def any_url(
    request: pytest.FixtureRequest, url: str, binary: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    if request.param == "http":
        yield url
        return
    directory = tmp_path_factory.mktemp("tls")
    make_certificate(directory)
    port = free_port()
    settings = {"TLS_CERT": str(directory / "webchat.crt"), "TLS_KEY": str(directory / "webchat.key")}
    node = Server("tls", port, directory / "tls.log")
    try:
        node.launch(
            [binary, "serve"], lambda: accepts(port), env=os.environ | settings | {"PORT": str(port), "HOST": HOST}
        )
        yield f"https://{HOST}:{port}"
    finally:
        node.kill()


@pytest.mark.parametrize("before", [b"", b"GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n"])
def test_frames_may_come_with_the_handshake(any_url: str, before: bytes) -> None:
    host, client = dial(any_url)
    with closing(client):
        client.hold(before + handshake(host))
        for frame in ({"type": "hello"}, {"type": "join", "room": "early"}):
            client.send(json.dumps(frame).encode())
        client.send(json.dumps({"type": "chat", "room": "early", "key": "k", "text": "early"}).encode())
        client.release()
        if before:
            assert b" 200 " in client.take_until(b"\r\n\r\n")
        assert b" 101 " in client.take_until(b"\r\n\r\n")
        types: set[str] = set()
        while not {"welcome", "joined", "ack"} <= types:
            types.add(json.loads(client.frame()[1])["type"])


SPACES = st.text(" \t", max_size=2)
TOKENS = st.sampled_from(["Upgrade", "upgrade", "UPGRADE", "keep-alive", "close", "upgrade-insecure", "te", ""])
LISTS = st.lists(st.tuples(SPACES, TOKENS, SPACES).map("".join), min_size=1, max_size=4).map(",".join)
BEHIND = [
    b"",
    b"GET / HTTP/1.1\r\nHost: h\r\n\r\n",
    b"GET /ws HTTP/1.1\r\nHost: h\r\n",
    b"\x81\x80\0\0\0\0",
    b"\0" * 99,
]


@settings(PROFILE, max_examples=300)
@given(LISTS, LISTS.map(lambda text: text.replace("Upgrade", "websocket")), st.sampled_from(BEHIND), st.booleans())
def test_no_handshake_stops_the_node(url: str, connection: str, upgrade: str, behind: bytes, twice: bool) -> None:
    host, client = dial(url)
    field = f"Connection: {connection}" + (f"\r\nConnection:{connection}" if twice else "")
    with closing(client):
        client.hold(handshake(host, field, f"Upgrade: {upgrade}") + behind)
        client.release()
        client.socket.shutdown(socket.SHUT_WR)
        while client.socket.recv(65_536):
            pass
    with urllib.request.urlopen(f"{url}/healthz", timeout=20) as answer:
        assert answer.status == 200
