"""Users who sign in elsewhere: tokens of another implementation (joserfc), keys from a web server that rotates them."""

import json
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from conftest import refused_start, running
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey
from localcluster import HOST, Nginx, Node, Server
from wire import Closed, Wire

ISSUER = "https://issuer.example"


class Issuer:
    """Serves its public keys, and signs with the newest."""

    def __init__(self) -> None:
        self.keys: list[ECKey] = []
        self.is_away = False
        self.rotate()
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = json.dumps({"keys": [key.as_dict(private=False) for key in issuer.keys]}).encode()
                self.send_response(503 if issuer.is_away else 200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer((HOST, 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://{HOST}:{self.server.server_port}/keys"

    def rotate(self) -> None:
        self.keys = [*self.keys[-1:], ECKey.generate_key("P-256", {"kid": f"key-{time.monotonic_ns()}"})]

    def token(self, subject: str, **claims: object) -> str:
        key = self.keys[-1]
        usual = {"iss": ISSUER, "aud": "chat", "sub": subject, "exp": int(time.time()) + 600}
        return jwt.encode({"alg": "ES256", "kid": key.kid}, usual | claims, key)


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    issuer = Issuer()
    yield issuer
    issuer.server.shutdown()


@contextmanager
def node(binary: Path, directory: Path, issuer: Issuer, mode: str) -> Iterator[Server]:
    settings = {
        **{"AUTH": mode, "JWT_JWKS_URL": issuer.url, "JWT_ISSUER": ISSUER, "JWT_AUDIENCE": "chat"},
        **{"SIGN_IN_URL": "/token", "DRAIN_GRACE": "0", "DRAIN_SECONDS": "2", "MESSAGE_RATE": "0"},
    }
    with running(Node("n1", binary, directory / "logs", settings)) as node:
        yield node


def hello(node: Server, token: str | None = None) -> tuple[Wire, dict[str, object]]:
    wire = Wire(node.url)
    wire.say(type="hello", name="Somebody", **({"token": token} if token else {}))
    return wire, wire.first("welcome", "error")


def close_code(wire: Wire) -> int | None:
    with pytest.raises(Closed) as closed, closing(wire):
        while True:
            wire.next()
    return closed.value.code


def read(url: str, token: str | None = None) -> tuple[int, str]:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers)) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_only_users_come_in_and_talk_under_their_own_names(binary: Path, tmp_path: Path, issuer: Issuer) -> None:
    with node(binary, tmp_path, issuer, "users") as chat:
        ann, welcome = hello(chat, issuer.token("ann@example.org", name="Ann Lee"))
        assert welcome["user"]["name"] == "Ann Lee" and welcome["user"]["kind"] == "user"
        assert "example.org" not in json.dumps(welcome) and "token" not in welcome
        assert 590 < welcome["expiresIn"] <= 600
        again, second = hello(chat, issuer.token("ann@example.org", name="Ann Lee"))
        bob, _ = hello(chat, issuer.token("bob", name="Bob"))
        assert second["user"]["id"] == welcome["user"]["id"]
        for wire in (ann, again, bob):
            wire.say(type="join", room="lobby")
            wire.first("joined")
        ann.say(type="chat", room="lobby", text="hello", key="k")
        for wire in (again, bob):
            assert wire.first("chat")["from"] == {"id": welcome["user"]["id"], "name": "Ann Lee"}
        ann.say(type="renew", token=issuer.token("ann@example.org", exp=int(time.time()) + 3_600))
        assert 3_590 < ann.first("renewed")["expiresIn"] <= 3_600
        for wire in (ann, again, bob):
            wire.close()
        bad = [None, issuer.token("ann", aud="others"), issuer.token("ann", exp=int(time.time()) - 90)]
        for token in [*bad, issuer.token("ann", iss="https://other.example"), "a.b.c"]:
            wire, error = hello(chat, token)
            assert error["code"] == "unauthorized" and error["signIn"] == "/token"
            assert close_code(wire) == 4403
        for path in ("/messages", "/rooms", "/cluster"):
            assert read(chat.url + path)[0] == 401
            assert read(chat.url + path, issuer.token("ann"))[0] == (403 if path == "/cluster" else 200)
            assert read(chat.url + path, issuer.token("root", roles=["operator"]))[0] == 200


def test_keys_rotate_without_a_refusal_and_stay_while_the_issuer_is_away(
    binary: Path, tmp_path: Path, issuer: Issuer
) -> None:
    with node(binary, tmp_path, issuer, "users") as chat:
        old = issuer.token("ann")
        hello(chat, old)[0].close()
        issuer.rotate()
        for token in (issuer.token("ann"), old, issuer.token("bob")):
            wire, welcome = hello(chat, token)
            assert welcome["type"] == "welcome"
            wire.close()
        issuer.is_away = True
        wire, welcome = hello(chat, issuer.token("cid"))
        assert welcome["type"] == "welcome"
        wire.close()
        assert read(chat.url + "/readyz")[0] == 200


def test_guests_stay_while_no_key_is_known(binary: Path, tmp_path: Path, issuer: Issuer) -> None:
    issuer.is_away = True
    with node(binary, tmp_path, issuer, "both") as chat:
        wire, welcome = hello(chat)
        assert welcome["user"]["kind"] == "guest" and welcome["signIn"] == "/token"
        wire.close()
        waiting = Wire(chat.url)
        waiting.say(type="hello", token=issuer.token("ann"))
        assert close_code(waiting) in (1013, 4408)
        status, text = read(chat.url + "/readyz")
        assert status == 200 and "degraded: no keys to verify tokens with" in text


def test_a_secret_shared_with_the_issuer_is_enough(binary: Path, tmp_path: Path) -> None:
    secret = "a secret that a site and its chat share"
    (tmp_path / "secret").write_text(secret + "\n")
    settings = {"AUTH": "users", "JWT_SECRET_FILE": str(tmp_path / "secret"), "DRAIN_GRACE": "0", "DRAIN_SECONDS": "2"}
    with running(Node("n1", binary, tmp_path / "logs", settings)) as chat:
        claims = {"sub": "7", "name": "Ann", "exp": int(time.time()) + 60}
        wire, welcome = hello(chat, jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(secret)))
        assert welcome["user"]["name"] == "Ann"
        wire.close()
        wire, error = hello(chat, jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(secret + "!")))
        assert error["code"] == "unauthorized"
        wire.close()


class Site(BaseHTTPRequestHandler):
    """Knows who has which cookie, as a single sign-on does for nginx' auth_request."""

    def do_GET(self) -> None:
        user = {"session=a": "ann@example.org", "session=b": "bob@example.org"}.get(self.headers.get("Cookie", ""))
        self.send_response(200 if user else 401)
        if user:
            self.send_header("X-Auth-Request-User", user)
            self.send_header("X-Auth-Request-Preferred-Username", user.partition("@")[0].title())
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


SINGLE_SIGN_ON = """
        auth_request /auth;
        auth_request_set $user $upstream_http_x_auth_request_user;
        auth_request_set $name $upstream_http_x_auth_request_preferred_username;
        location = /auth {
            auth_request off;
            internal;
            proxy_pass http://%s:%d;
        }
"""


class SingleSignOn(Nginx):
    """`deploy/nginx.conf` with the changes of docs/identity.md."""

    def __init__(self, directory: Path, node: Node, site: ThreadingHTTPServer) -> None:
        super().__init__(directory / "nginx", directory / "logs", [node])
        self.site = site

    def render(self, *parts: object) -> Path:  # type: ignore[override]
        conf = Nginx.render(*parts)  # type: ignore[arg-type]
        text = conf.read_text()
        for header, variable in (("User", "$user"), ("Preferred-Username", "$name")):
            cleared = f'X-Auth-Request-{header} "";'
            assert cleared in text
            text = text.replace(cleared, f"X-Auth-Request-{header} {variable};")
        conf.write_text(
            text.replace("    server {\n", f"    server {{\n{SINGLE_SIGN_ON % (HOST, self.site.server_port)}", 1)
        )
        return conf


def test_single_sign_on_names_the_user_in_a_header(binary: Path, tmp_path: Path) -> None:
    site = ThreadingHTTPServer((HOST, 0), Site)
    threading.Thread(target=site.serve_forever, daemon=True).start()
    settings = {
        **{"AUTH": "users", "AUTH_HEADER": "X-Auth-Request-User", "TRUSTED_PROXIES": f"{HOST}/32"},
        **{"AUTH_NAME_HEADER": "X-Auth-Request-Preferred-Username", "MESSAGE_RATE": "0", "DRAIN_SECONDS": "2"},
        "DRAIN_GRACE": "0",
    }
    with running(Node("n1", binary, tmp_path / "logs", settings)) as chat:
        with running(SingleSignOn(tmp_path, chat, site)) as nginx:
            users = []
            for cookie, name in (("session=a", "Ann"), ("session=b", "Bob"), ("session=a", "Ann")):
                wire = Wire(nginx.url, f"Cookie: {cookie}", "X-Auth-Request-User: root")
                wire.say(type="hello", name="Somebody else")
                user = wire.first("welcome")["user"]
                assert user["name"] == name and user["kind"] == "user" and "@" not in user["id"]
                users.append(user["id"])
                wire.close()
            assert users[0] == users[2] != users[1]
            for cookie in ("", "session=c"):
                with pytest.raises(AssertionError, match="401"):
                    Wire(nginx.url, f"Cookie: {cookie}", "X-Auth-Request-User: ann@example.org")
                assert read(f"{nginx.url}/messages")[0] == 401
        # The file as it is lets nobody name a user.
        with running(Nginx(tmp_path / "nginx", tmp_path / "logs", [chat])) as nginx:
            wire = Wire(nginx.url, "X-Auth-Request-User: ann@example.org")
            wire.say(type="hello")
            assert wire.first("error")["code"] == "unauthorized"
            wire.close()
    site.shutdown()


def test_verify_signs_its_clients_in(binary: Path, tmp_path: Path) -> None:
    secret = "a secret that a site and its chat share"
    (tmp_path / "secret").write_text(secret)
    tokens = tmp_path / "tokens"
    tokens.mkdir()
    for client in range(1, 4):
        claims = {"sub": str(client), "exp": int(time.time()) + 600}
        (tokens / str(client)).write_text(jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(secret)))
    settings = {"AUTH": "users", "JWT_SECRET_FILE": str(tmp_path / "secret"), "MESSAGE_RATE": "0"}
    with running(Node("n1", binary, tmp_path / "logs", settings)) as chat:
        command = [binary, "verify", "--url", chat.url, "--clients", "3", "--rooms", "1", "--seconds", "2"]
        for moderate in [], ["--moderate"]:
            ended = subprocess.run(
                [*command, *moderate, "--token-command", f"cat {tokens}/$WEBCHAT_CLIENT"],
                capture_output=True,
                text=True,
                timeout=60,
            )
            assert ended.returncode == 0 and "All guarantees held" in ended.stdout, ended.stdout + ended.stderr
        ended = subprocess.run([*command, "--token-command", "exit 3"], capture_output=True, text=True, timeout=60)
        assert ended.returncode == 2 and "status 3" in ended.stderr


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"AUTH": "everybody"}, "one of guests, both, users"),
        ({"AUTH": "users"}, "needs one of JWT_JWKS_URL, JWT_JWKS_FILE and JWT_SECRET_FILE"),
        ({"JWT_ISSUER": "x"}, "needs AUTH=both or AUTH=users"),
        ({"AUTH": "both", "JWT_JWKS_URL": "https://a.example/keys"}, "needs JWT_ISSUER and JWT_AUDIENCE"),
        (
            {"AUTH": "both", "JWT_JWKS_URL": "http://a.example/keys", "JWT_ISSUER": "i", "JWT_AUDIENCE": "a"},
            "must begin with https://",
        ),
        ({"AUTH": "both", "JWT_SECRET_FILE": "/nonexistent"}, "it must name a readable text file"),
        (
            {"AUTH": "both", "JWT_SECRET_FILE": "/etc/hostname", "JWT_ALGORITHMS": "none"},
            "a comma-separated list of ES256",
        ),
        (
            {"AUTH": "both", "JWT_SECRET_FILE": "/etc/hostname", "SIGN_IN_URL": "https://elsewhere.example"},
            "a path such as /token",
        ),
    ],
)
def test_settings_that_do_not_fit_stop_the_start(binary: Path, settings: dict[str, str], reason: str) -> None:
    assert reason in refused_start(binary, **settings)


def test_an_operator_has_the_rights_of_an_owner_in_open_rooms_while_their_token_says_so(
    binary: Path, tmp_path: Path, issuer: Issuer
) -> None:
    with node(binary, tmp_path, issuer, "both") as chat:
        ann, _ = hello(chat, issuer.token("ann", name="Ann"))
        root, welcome = hello(chat, issuer.token("root", name="Root", roles=["operator"]))
        guest, told = hello(chat)
        root_id, guest_id = welcome["user"]["id"], told["user"]["id"]

        def role(wire: Wire, room: str, member: str, role: str) -> str:
            key = f"{role} {time.time()}"
            wire.say(type="role", room=room, member=member, name="X", role=role, key=key)
            return str(wire.first("ack", "error", key=key).get("code", "ack"))

        # Whoever says the first words in an open room owns it, if they have signed in.
        for wire in (ann, root, guest):
            wire.say(type="join", room="club")
            wire.first("joined")
        guest.say(type="join", room="pub")
        guest.first("joined")
        ann.say(type="chat", room="club", text="first", key="k")
        entry = root.first("chat", act="role")
        assert (entry["role"], entry["text"], entry["from"]["name"]) == ("owner", "Ann", "Ann")
        assert root.first("chat")["text"] == "first"
        guest.say(type="chat", room="pub", text="mine?", key="k2")
        guest.first("ack")
        assert role(guest, "pub", guest_id, "owner") == "forbidden"

        assert role(ann, "club", root_id, "banned") == "ack"
        assert role(root, "club", guest_id, "banned") == "ack", "operators cannot be banned"
        assert guest.first("left")["reason"] == "banned"
        root.say(type="renew", token=issuer.token("root", name="Root"))
        root.first("renewed")
        assert role(root, "club", guest_id, "none") == "forbidden", "the new token has no such role"
        for wire in (ann, root, guest):
            wire.close()
