"""The journey of a message: requested by tool or key, reported by every node that has it."""

import json
import re
import signal
from pathlib import Path

import pytest
from chatpage import SENT, ChatPage, Open, until
from localcluster import Cluster, Node
from playwright.sync_api import Locator, WebSocketRoute, expect
from test_access import LOOKS, look_at
from test_acts import act_on, tools

TIME = re.compile(r"^(< )?[\d.,]+( ± [\d.,]+)? ms$")


def card(chat: ChatPage) -> Locator:
    return chat.page.get_by_role("dialog", name="Delivery details")


def test_a_message_is_followed_over_all_nodes_and_a_silent_one_is_told(
    enter_cluster: Open, cluster: Cluster, artifacts: Path
) -> None:
    chats = [enter_cluster(name, debug=True) for name in ("Ann", "Bob", "Cho")]
    ann = chats[0]
    ann.send("which way did it go?")
    for chat in chats:
        chat.expect_message("which way did it go?")
    used = {chat.node for chat in chats}
    nodes = f"{len(used)} node" + ("s" if len(used) > 1 else "")

    tools(ann.message("which way did it go?"), "Delivery details").click()
    told = f"Delivered on {len(used)} of {nodes}, to 3 sockets."
    expect(card(ann).get_by_role("status")).to_have_text(told)
    rows = card(ann).get_by_role("row")
    expect(rows).to_have_count(3 + 2 * len(used))
    expect(rows.first.get_by_role("rowheader")).to_have_text(f"From your browser to {ann.node} and back")
    for row in rows.all():
        expect(row.get_by_role("cell")).to_have_text(TIME)
    ann.picture(artifacts, "journey-cluster")
    ann.page.keyboard.press("Escape")

    others = [node for node in cluster.nodes if node.name in used - {ann.node}]
    if not others:
        return
    try:
        for node in others:
            stop(node, ann)
        tools(ann.message("which way did it go?"), "Delivery details").click()
        expect(card(ann).get_by_role("status")).to_contain_text(f"Delivered on 1 of {nodes}")
        expect(card(ann)).to_contain_text("did not answer within a second.")
        ann.picture(artifacts, "journey-silent")
    finally:
        for node in others:
            node.signal(signal.SIGCONT)
    ann.page.keyboard.press("Escape")


def stop(node: Node, chat: ChatPage) -> None:
    """Returns once all threads have stopped, which takes a moment after the signal."""
    node.signal(signal.SIGSTOP)
    tasks = Path(f"/proc/{node.pid}/task")
    until(
        lambda: all((task / "stat").read_text().rsplit(")")[-1].split()[0] == "T" for task in tasks.iterdir()),
        chat.page,
    )


@pytest.mark.parametrize("look", ["desktop-dark", "phone-light", "forced-colors", "zoom-400"])
def test_axe_finds_nothing_on_the_way_of_a_message(enter: Open, artifacts: Path, look: str) -> None:
    ann = enter("Ann", debug=True, **LOOKS[look])
    ann.send("Is it there?")
    act_on(ann, ann.message("Is it there?"), "Delivery details")
    expect(card(ann).get_by_role("status")).to_have_text("Delivered on 1 of 1 node, to 1 socket.")
    expect(card(ann).get_by_role("row")).to_have_count(5)
    look_at(ann, artifacts, "journey", look)
    assert ann.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_it_is_asked_for_by_a_key_of_ones_own_messages_and_told_in_german(enter: Open, artifacts: Path) -> None:
    bob, ann = enter("Bob"), enter("Ann")
    bob.send("mine")
    expect(tools(ann.message("mine"), "Delivery details")).to_be_hidden()
    keys = bob.page.keyboard
    keys.press("Shift+Tab")
    expect(bob.message("mine")).to_be_focused()
    keys.press("i")
    expect(card(bob).get_by_role("status")).to_contain_text("to 2 sockets.")
    # The times are for operators.
    expect(card(bob).get_by_role("row")).to_have_count(0)
    keys.press("Escape")
    expect(card(bob)).to_have_count(0)
    expect(bob.message("mine")).to_be_focused()

    eva = enter("Eva", locale="de-DE", expect_online=False)
    expect(eva.connection).to_have_text("Verbunden")
    field = eva.page.get_by_label("Nachricht", exact=True)
    field.fill("kam sie an?")
    field.press("Enter")
    row = eva.message("kam sie an?")
    expect(row).to_have_class(SENT)
    row.hover()
    row.get_by_role("button", name="Details zur Zustellung", exact=True).click()
    dialog = eva.page.get_by_role("dialog", name="Details zur Zustellung")
    expect(dialog.get_by_role("status")).to_have_text("Zugestellt auf 1 von 1 Knoten, an 3 Sockets.")
    eva.picture(artifacts, "journey-german")


def test_what_no_node_remembers_is_said_so(enter: Open) -> None:
    ann = enter("Ann")
    ann.send("long ago")
    ann.say_many(1, 70)
    ann.expect_message("number 70")
    ann.field.focus()
    tools(ann.message("long ago"), "Delivery details").click()
    expect(card(ann).get_by_role("status")).to_contain_text("kept for the last 64 messages of a room")


def test_nodes_that_do_not_answer_are_not_waited_for_for_ever(enter: Open) -> None:
    ann = enter("Ann")
    ann.send("hello")
    ann.page.route_web_socket("**/ws", swallow_questions)
    ann.page.reload()
    ann.expect_sent("hello")
    tools(ann.message("hello"), "Delivery details").click()
    expect(card(ann).get_by_role("status")).to_have_text("The nodes did not answer. Try again in a moment.")


def swallow_questions(socket: WebSocketRoute) -> None:
    server = socket.connect_to_server()
    socket.on_message(lambda text: None if json.loads(text)["type"] == "trace" else server.send(text))
