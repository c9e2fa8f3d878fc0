"""Three nodes with Redis behind nginx: users on different nodes, killed and restarted nodes."""

import pytest
from chatpage import ChatPage, Open
from localcluster import Cluster
from playwright.sync_api import expect


@pytest.fixture
def apart(enter_cluster: Open) -> tuple[ChatPage, ChatPage]:
    """Two users on different nodes."""
    ann = enter_cluster("Ann")
    for attempt in range(6):
        other = enter_cluster(f"Bob {attempt}")
        if other.node != ann.node:
            return ann, other
    raise AssertionError(f"nginx brings everybody to {ann.node}")


def test_people_on_different_nodes_talk(apart: tuple[ChatPage, ChatPage]) -> None:
    ann, bob = apart
    assert ann.node.startswith("n") and bob.node.startswith("n")
    for number in range(10):
        apart[number % 2].say(f"line {number}")
        for chat in apart:
            chat.expect_message(f"line {number}")
    assert ann.texts == bob.texts == [f"line {number}" for number in range(10)]
    expect(ann.page.get_by_role("complementary", name="Who is here").get_by_text("Bob").first).to_be_visible()


def test_users_of_a_killed_node_come_back_and_miss_nothing(apart: tuple[ChatPage, ChatPage], cluster: Cluster) -> None:
    ann, bob = apart
    bob.say("before")
    ann.expect_message("before")
    victim = next(node for node in cluster.nodes if node.name == ann.node)
    field = ann.field
    field.press_sequentially("said into ")
    victim.kill()
    ann.page.keyboard.type("the void")
    expect(field).to_have_value("said into the void")
    ann.page.keyboard.press("Enter")
    for number in range(10):
        bob.say(f"meanwhile {number}")
    ann.expect_sent("said into the void")
    assert ann.node not in ("", victim.name)
    for chat in apart:
        chat.expect_message("said into the void")
        chat.expect_message("meanwhile 9")
    assert ann.texts == bob.texts
    meanwhile = [text for text in ann.texts if text.startswith("meanwhile")]
    assert meanwhile == [f"meanwhile {number}" for number in range(10)]
    assert not ann.page.get_by_text("may be missing").is_visible()


def test_a_restart_of_every_node_in_turn_loses_nobody(apart: tuple[ChatPage, ChatPage], cluster: Cluster) -> None:
    ann, bob = apart
    said = []
    for node in cluster.nodes:
        said.append(f"while {node.name} restarts")
        node.terminate()
        ann.say(said[-1])
        node.wait(35)
        node.start()
    for chat in apart:
        chat.expect_message(said[-1])
        assert chat.texts == said
    assert not bob.page.get_by_text("may be missing").is_visible()
