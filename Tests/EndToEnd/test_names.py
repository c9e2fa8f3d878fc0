"""A user has one name in all sockets and rooms, on one node or several."""

import json
from contextlib import closing

import pytest
from localcluster import Cluster
from wire import Wire


def enter(url: str, *rooms: str, **hello: str) -> tuple[Wire, str]:
    """A socket that has joined these rooms, and its token."""
    wire = Wire(url)
    # Shorter than the heartbeat, so that a missing frame fails the test.
    wire.socket.settimeout(10)
    wire.say(type="hello", **hello)
    token = str(wire.first("welcome")["token"])
    for room in rooms:
        wire.say(type="join", room=room)
        wire.first("joined", room=room)
    return wire, token


def names_in(url: str, room: str) -> set[str]:
    """As reported to a new member."""
    with closing(enter(url, name="Late")[0]) as wire:
        wire.say(type="join", room=room)
        return {member["name"] for member in wire.first("joined")["members"]}


@pytest.mark.parametrize("other_node", [0, 1])
def test_a_new_name_is_told_in_rooms_that_only_another_socket_is_in(cluster: Cluster, other_node: int) -> None:
    here, there, elsewhere = cluster.nodes[0].url, cluster.nodes[other_node].url, cluster.nodes[2].url
    bystanders = {(room, url): enter(url, room, name="Bob")[0] for room in "xyz" for url in (here, elsewhere)}
    tab, token = enter(here, "x", "y", name="Ann")
    other, _ = enter(there, "y", "z", name="Ann", token=token)
    tab.say(type="rename", name="Anna")
    told = {place: bystander.first("renamed")["user"]["name"] for place, bystander in bystanders.items()}
    assert told == dict.fromkeys(bystanders, "Anna")
    for wire, room in ((tab, "x"), (tab, "y"), (other, "y"), (other, "z")):
        wire.say(type="typing", room=room)
        wire.say(type="chat", room=room, text="hello", key=f"{room} {wire is tab}")
        wire.first("ack")
        assert bystanders[room, here].first("chat")["from"]["name"] == "Anna"
    for room, url in bystanders:
        assert names_in(url, room) >= {"Anna", "Bob"} and "Ann" not in names_in(url, room)


@pytest.mark.parametrize("node", [0, 1])
def test_who_comes_back_under_another_name_is_renamed(cluster: Cluster, node: int) -> None:
    here, there = cluster.nodes[0].url, cluster.nodes[node].url
    bystanders = [enter(url, "x", name="Bob")[0] for url in {here, there}]
    tab, token = enter(here, "x", name="Ann")
    for bystander in bystanders:
        while '"Ann"' not in json.dumps(bystander.first("presence")):
            pass
    other, _ = enter(here, "x", name="Ann", token=token)
    tab.close()
    back, _ = enter(there, "x", name="Anna", token=token)
    for bystander in (*bystanders, other, back):
        assert bystander.first("renamed")["user"]["name"] == "Anna"
    other.say(type="chat", room="x", text="hello", key="k")
    assert other.first("chat")["from"]["name"] == "Anna"
