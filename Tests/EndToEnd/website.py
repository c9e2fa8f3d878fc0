"""A site that knows its users by a cookie and hands out tokens for the chat, and nginx in front of both."""

import threading
import urllib.parse
from collections.abc import Callable
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from localcluster import HOST, Nginx, Node


class Site:
    """`GET /token`: a token, or 401. With `?return=…`: logs the visitor in at once and sends them back."""

    def __init__(self, token: Callable[[str], str]) -> None:
        self.asked: list[str] = []
        # Instead of tokens.
        self.status: int | None = None
        # Who the next visitor to log in is; nobody: they come back as they were.
        self.visitor: str | None = "ann"
        self.as_json = True
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                asked = urllib.parse.urlsplit(self.path)
                site.asked.append(self.path)
                back = urllib.parse.parse_qs(asked.query).get("return")
                user = SimpleCookie(self.headers.get("Cookie", "")).get("site")
                if back:
                    self.send_response(302)
                    self.send_header("Location", back[0])
                    if site.visitor:
                        self.send_header("Set-Cookie", f"site={site.visitor}; Path=/; HttpOnly; SameSite=Lax")
                    body = b""
                else:
                    status = site.status or (200 if user else 401)
                    made = token(user.value) if user and status == 200 else ""
                    body = (f'{{"token": "{made}"}}' if site.as_json else f"{made}\n").encode()
                    self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer((HOST, 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def tokens(self) -> int:
        """How often a token was asked for."""
        return self.asked.count("/token")

    def stop(self) -> None:
        self.server.shutdown()


class FrontDoor(Nginx):
    """`deploy/nginx.conf` with one more path, that of the site, and with more headers to the node."""

    def __init__(self, directory: Path, node: Node, site: Site) -> None:
        super().__init__(directory / "nginx", directory / "logs", [node])
        self.site = site
        self.headers: dict[str, str] = {}

    def render(self, *parts: object) -> Path:  # type: ignore[override]
        conf = Nginx.render(*parts)  # type: ignore[arg-type]
        place = "location = /token { proxy_pass http://%s:%d; proxy_intercept_errors off; }"
        text = conf.read_text()
        before, line, after = text.partition("        location / {")
        assert line
        host = "    proxy_set_header Host $http_host;\n"
        assert host in before
        headers = "".join(f'    proxy_set_header {name} "{value}";\n' for name, value in self.headers.items())
        before = before.replace(host, host + headers)
        conf.write_text(f"{before}        {place % (HOST, self.site.server.server_port)}\n{line}{after}")
        return conf
