// Roles that are given for a time, in the list of people. A file of its own: the page makes its requests once.
import assert from "node:assert/strict";
import { test } from "node:test";
import { RoomRoles } from "../js/extras/RoomRoles.js";
import { Signal } from "../js/runtime.js";
import { ManualClock } from "./support/ManualClock.js";
import { TestServer, message } from "./support/TestServer.js";
import { Seeded, seed } from "./support/seeded.js";

const rules = { title: "", topic: "", speak: "everyone", slow: 0, role: "none" };

test(`a role ends when its time is over, also one that the list told (SEED=${seed})`, async () => {
  const random = new Seeded(seed);
  const server = await new TestServer().inLobby();
  const conversation = { changed: new Signal(), rolesIn: () => new Map() };
  const clock = new ManualClock();
  new RoomRoles({ chat: server.chat, conversation }, clock);
  let drawn = 0;
  conversation.changed.listen(() => (drawn += 1));
  server.joined({ rules });
  conversation.rolesIn("lobby");
  const truth = new Map();
  const change = () => {
    const [id, role] = [random.pick(["u1", "u2", "u3"]), random.pick(["owner", "moderator", "banned"])];
    const until = random.chance(0.6) ? clock.time + 1 + random.below(100_000_000) : undefined;
    truth.set(id, { role, until });
    return { id, role, ...(until && { until }) };
  };
  const roles = [{ ...change(), name: "Ann" }];
  server.say({ type: "roles", room: "lobby", roles, count: 1 });
  await new Promise(setImmediate);
  for (let n = 1; n < 300; n += 1) {
    if (random.chance(0.3)) {
      const { id: member, ...rest } = change();
      server.hear(message(n, { act: "role", target: "0-0", text: "Name", member, ...rest }));
    }
    const before = drawn;
    clock.advance(random.below(20_000_000));
    const over = [...truth].filter(([, { until }]) => until <= clock.time);
    for (const [id] of over) truth.delete(id);
    if (over.length > 0) assert.ok(drawn > before);
    const shown = [...conversation.rolesIn("lobby")].sort();
    assert.deepEqual(shown, [...truth].map(([id, { role }]) => [id, role]).sort());
  }
});
