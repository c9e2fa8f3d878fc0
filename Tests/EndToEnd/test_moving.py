"""What the page reports about its nodes: moves, messages that Redis lost, rate limits."""

import re
import subprocess
from pathlib import Path

from chatpage import Open
from conftest import pages, running
from localcluster import Cluster, Node, tool
from playwright.sync_api import Browser, expect


def test_a_move_to_another_node_is_told_with_what_was_resumed(
    enter_cluster: Open, cluster: Cluster, artifacts: Path
) -> None:
    ann = enter_cluster("Ann")
    bob = next(one for one in (enter_cluster(f"Bob {attempt}") for attempt in range(6)) if one.node != ann.node)
    bob.say("before")
    ann.expect_message("before")
    first = ann.node
    next(node for node in cluster.nodes if node.name == first).kill()
    for number in range(4):
        bob.say(f"meanwhile {number}")
    bob.expect_sent("meanwhile 3")
    expect(ann.toast).to_have_text(re.compile(rf"{first} → n\d, \d messages? resumed, 0 lost"), timeout=40_000)
    ann.picture(artifacts, "moved-desktop")
    ann.expect_message("meanwhile 3")
    assert ann.texts == ["before", *(f"meanwhile {number}" for number in range(4))]


def test_a_log_that_redis_lost_is_a_gap_and_the_talk_goes_on(enter_cluster: Open, cluster: Cluster) -> None:
    ann, bob = enter_cluster("Ann"), enter_cluster("Bob")
    ann.say("before the loss")
    bob.expect_message("before the loss")
    subprocess.run([tool("redis-cli"), "-p", str(cluster.redis_port), "flushall"], check=True, timeout=30)
    bob.say("after the loss")
    for chat in (ann, bob):
        expect(chat.log.locator(".separator.gap")).to_be_visible(timeout=30_000)
        chat.expect_message("after the loss")
        assert chat.texts == ["before the loss", "after the loss"]


def test_who_was_away_when_redis_lost_its_log_is_told_and_offered_what_there_is(
    enter_cluster: Open, cluster: Cluster, artifacts: Path
) -> None:
    ann, bob = enter_cluster("Ann"), enter_cluster("Bob")
    ann.say("before the loss")
    bob.expect_message("before the loss")
    ann.context.set_offline(True)
    expect(ann.connection).to_have_text("Reconnecting…")
    subprocess.run([tool("redis-cli"), "-p", str(cluster.redis_port), "flushall"], check=True, timeout=30)
    bob.say_many(1, 56)
    ann.context.set_offline(False)
    gap = ann.log.locator(".separator.gap")
    expect(gap.locator("span")).to_have_text("Messages may be missing here.")
    ann.expect_message("number 56")
    newest = [f"number {number}" for number in range(7, 57)]
    assert ann.texts == ["before the loss", *newest]
    gap.scroll_into_view_if_needed()
    ann.picture(artifacts, "gap-redis-desktop")
    gap.get_by_role("button", name="Load available messages").click()
    ann.expect_message("number 1")
    expect(gap.get_by_role("button")).to_have_count(0)
    assert ann.texts == ["before the loss", *(f"number {number}" for number in range(1, 57))]
    ann.say("and on")
    bob.expect_message("and on")


def test_a_name_that_was_changed_too_often_is_told(browser: Browser, binary: Path, tmp_path: Path) -> None:
    settings = {"MESSAGE_RATE": "1", "MESSAGE_BURST": "3", "DRAIN_GRACE": "0"}
    with running(Node("slow", binary, tmp_path, settings)) as node, pages(browser, node.url) as enter:
        ann = enter("Ann")
        for number in range(6):
            ann.say(f"/nick Ann {number}")
        expect(ann.toast).to_contain_text("You changed your name too often. It is still")
