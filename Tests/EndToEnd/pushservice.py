"""A push service for tests (RFC 8030), and the browser's side of RFC 8291: what the node sends is read with the keys of
a browser, by another implementation than the node's."""

import base64
import json
import os
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat


def encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def derive(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(SHA256(), length, salt, info).derive(secret)


class Subscription:
    """A browser's: its keys, and where it gets messages."""

    def __init__(self, endpoint: str, key: ec.EllipticCurvePrivateKey | None = None, auth: bytes | None = None) -> None:
        self.endpoint = endpoint
        self.key = key or ec.generate_private_key(ec.SECP256R1())
        self.public = self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        self.auth = auth or os.urandom(16)

    def frame(self, server_key: str, rooms: dict[str, str], key: str = "push-1") -> str:
        return json.dumps(
            {
                "type": "push",
                "key": key,
                "endpoint": self.endpoint,
                "p256dh": encode(self.public),
                "auth": encode(self.auth),
                "serverKey": server_key,
                "rooms": rooms,
            }
        )

    def open(self, body: bytes) -> bytes:
        """RFC 8188 and RFC 8291: one record."""
        salt, size, length = body[:16], int.from_bytes(body[16:20]), body[20]
        server, sealed = body[21 : 21 + length], body[21 + length :]
        assert len(body) <= size == 4_096, "push services take no more"
        shared = self.key.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), server))
        secret = derive(shared, self.auth, b"WebPush: info\0" + self.public + server, 32)
        content_key = derive(secret, salt, b"Content-Encoding: aes128gcm\0", 16)
        nonce = derive(secret, salt, b"Content-Encoding: nonce\0", 12)
        text, end, padding = AESGCM(content_key).decrypt(nonce, sealed, None).rpartition(b"\x02")
        assert end and not padding.strip(b"\0")
        return text


@dataclass(frozen=True)
class Pushed:
    path: str
    headers: dict[str, str]
    body: bytes


class PushService:
    """Records what it gets; answers with what `answers` says for a path, or 201."""

    def __init__(self) -> None:
        self.pushed: list[Pushed] = []
        self.answers: dict[str, tuple[int, dict[str, str]]] = {}
        service = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                service.pushed.append(Pushed(self.path, headers, body))
                status, more = service.answers.get(self.path, (201, {}))
                self.send_response(status)
                for name, value in more.items():
                    self.send_header(name, value)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def subscribe(self, path: str = "/one") -> Subscription:
        return Subscription(self.url + path)

    def told(self, subscription: Subscription) -> list[dict]:
        """What the browser got."""
        mine = [one for one in list(self.pushed) if self.url + one.path == subscription.endpoint]
        return [json.loads(subscription.open(one.body)) for one in mine]

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
