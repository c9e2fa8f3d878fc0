"""The page behind TLS, as deploy/nginx.conf serves it with its lines for HTTPS."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from chatpage import ChatPage
from localcluster import HOST, Cluster, free_port
from playwright.sync_api import Browser, expect


@pytest.fixture
def secure_url(binary: Path, tmp_path: Path) -> Iterator[str]:
    settings = {"DRAIN_GRACE": "0", "DRAIN_SECONDS": "5"}
    cluster = Cluster(tmp_path, binary, nodes=1, settings=settings)
    cluster.nginx.https_port = free_port()
    with cluster:
        yield f"https://{HOST}:{cluster.nginx.https_port}"


def test_two_people_talk_behind_tls(browser: Browser, secure_url: str) -> None:
    ann = ChatPage(browser, secure_url, "Ann", ignore_https_errors=True)
    bob = ChatPage(browser, secure_url, "Bob", ignore_https_errors=True, expect_online=False)
    with bob.page.expect_websocket() as line:
        bob.page.reload()
    bob.expect_online()
    assert line.value.url == f"{secure_url.replace('https', 'wss')}/ws"
    assert ann.page.evaluate("isSecureContext")
    for number in range(4):
        (ann, bob)[number % 2].say(f"line {number}")
        for chat in (ann, bob):
            chat.expect_message(f"line {number}")
    ann.context.set_offline(True)
    ann.say("said in the tunnel")
    expect(ann.page.locator("#connection")).to_have_text("Reconnecting…")
    ann.context.set_offline(False)
    ann.expect_sent("said in the tunnel")
    bob.expect_message("said in the tunnel")
    for chat in (ann, bob):
        chat.expect_no_problems()
        chat.close()
