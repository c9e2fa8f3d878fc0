"""This version and the previous one in the same cluster: `make test-versions`.

Not run with the other tests, since it needs a second build.
BEFORE names the directory in which that one is built.
"""

import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import chatpage
import pytest
from chatpage import ChatPage
from conftest import pages
from localcluster import ROOT, Cluster, Node
from playwright.sync_api import Browser, expect
from test_acts import chip, react

BEFORE = Path(os.environ["BEFORE"])
# The page of the version before does not say which messages are the user's own.
chatpage.SENT = re.compile(r"\bsent\b")


def install(node: Node, version: Path) -> None:
    node.binary = version / ".build/debug/webchat"
    node.settings = {**node.settings, "STATIC_DIR": str(version / "frontend")}


@pytest.fixture
def mixed(binary: Path, tmp_path: Path) -> Iterator[Cluster]:
    """n1 and n2 are of the version before."""
    cluster = Cluster(tmp_path, binary, settings={"DRAIN_GRACE": "0", "DRAIN_SECONDS": "5"})
    for node in cluster.nodes[:2]:
        install(node, BEFORE)
    with cluster:
        yield cluster


@pytest.mark.parametrize("judge", [BEFORE, ROOT], ids=["before", "now"])
def test_clients_of_either_version_find_every_promise_kept(mixed: Cluster, judge: Path) -> None:
    urls = [part for node in mixed.nodes for part in ("--url", node.url)]
    command = [judge / ".build/debug/webchat", "verify", *urls, "--seconds", "20", "--acts", "40", "--chaos", "--json"]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert json.loads(ended.stdout)["sent"] > 100


def test_pages_of_both_versions_show_the_same_while_each_node_is_upgraded(browser: Browser, mixed: Cluster) -> None:
    old, new = mixed.nodes[0], mixed.nodes[2]
    with (
        pages(browser, old.url) as open_old,
        pages(browser, new.url) as open_new,
        pages(browser, mixed.url) as any_node,
    ):
        ann, bob, cho = open_old("Ann"), open_new("Bob"), any_node("Cho")
        everybody: list[ChatPage] = [ann, bob, cho]
        said: list[str] = []

        def talk(round_: str) -> None:
            for chat in everybody:
                said.append(f"{round_}: line {len(said)}")
                chat.send(said[-1])
            for chat in everybody:
                chat.expect_message(said[-1])
                assert chat.texts == said

        talk("mixed")
        react(bob, bob.message(said[0]), "👍")
        for chat in everybody:
            expect(chip(chat.message(said[0]), "👍")).to_be_visible()
        for node in mixed.nodes[:2]:
            node.terminate()
            node.wait(35)
            install(node, ROOT)
            node.start()
            talk(f"{node.name} is new")
        for chat in everybody:
            chat.reload()
            chat.expect_message(said[-1])
            assert chat.texts == said
            assert not chat.page.get_by_text("may be missing").is_visible()
            expect(chip(chat.message(said[0]), "👍")).to_be_visible()
