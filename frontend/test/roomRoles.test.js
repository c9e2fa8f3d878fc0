// Who owns and moderates a room, in the list of people.
import assert from "node:assert/strict";
import { test } from "node:test";
import { RoomRoles } from "../js/extras/RoomRoles.js";
import { Signal } from "../js/runtime.js";
import { TestServer, message, self } from "./support/TestServer.js";
import { Seeded, seed } from "./support/seeded.js";

const rules = { title: "", topic: "", speak: "everyone", slow: 0, role: "none" };

test(`roles are asked for once, and then follow the log (SEED=${seed})`, async () => {
  const random = new Seeded(seed);
  const server = await new TestServer().inLobby();
  const conversation = { changed: new Signal(), rolesIn: () => new Map() };
  new RoomRoles({ chat: server.chat, conversation });
  const shown = () => conversation.rolesIn("lobby");
  assert.equal(shown(), shown(), "nothing is drawn again");
  assert.deepEqual(server.sent("roles"), [], "a room without rules has no roles");
  server.joined({ rules });
  const people = ["u1", "u2", "u3", self.id];
  const truth = new Map([["u1", "owner"]]);
  shown();
  shown();
  assert.equal(server.sent("roles").length, 1);
  let n = 0;
  const change = () => {
    const [member, role] = [random.pick(people), random.pick(["owner", "moderator", "member", "banned", "none"])];
    truth.set(member, role);
    n += 1;
    return message(n, { act: "role", target: "0-0", text: "Name", member, role });
  };
  const before = truth.get("u1");
  server.hear(change());
  server.say({ type: "roles", room: "lobby", roles: [{ id: "u1", name: "Ann", role: before }], count: 1 });
  await new Promise(setImmediate);
  for (let step = 0; step < 200; step += 1) {
    assert.deepEqual(new Map([...shown()].sort()), new Map([...truth].sort()));
    if (random.chance(0.8)) server.hear(change());
    else server.joined({ rules, messages: [change(), change()] });
  }
  assert.equal(server.sent("roles").length, 1);
  server.joined({ rules, recovered: false });
  shown();
  assert.equal(server.sent("roles").length, 2, "the log has a gap");
  server.joined({ rules, recovered: false, memberCount: 201 });
  shown();
  assert.equal(server.sent("roles").length, 2, "nor do all people of a large room");
});
