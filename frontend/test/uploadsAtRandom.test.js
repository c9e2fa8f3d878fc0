// Uploads against a server that answers late, wrongly or not at all.
import assert from "node:assert/strict";
import { test } from "node:test";
import { MemoryStorage } from "../js/store/storage.js";
import { FakeStorage } from "./support/FakeStorage.js";
import { Tab, files, settled } from "./support/Tab.js";
import { forSeeds } from "./support/seeded.js";
import { self } from "./support/TestServer.js";

test("whatever is lost or late, each message arrives once, complete and in order", () =>
  forSeeds(300, async (random) => {
    const log = [];
    const granted = new Map();
    const said = [];
    const takenBack = new Set();
    const disturbed = new Set();
    const browser = { storage: new MemoryStorage(new FakeStorage()), kept: new Map(), time: 1_000_000 };
    let calm = false;
    let count = 0;
    let tickets = 0;
    let tab;
    let link;
    let read;

    /** Reads what the page has sent, and answers. */
    const serve = () => {
      const { server } = tab;
      if (!server.session.online || server.links.at(-1) !== link) return;
      const frames = link.sent.slice(read);
      read = link.sent.length;
      for (const frame of frames) {
        if (!server.session.online) return;
        if (frame.type === "upload") serveUpload(frame);
        if (frame.type === "chat") serveChat(frame);
      }
    };
    const serveUpload = ({ key, bytes }) => {
      const luck = calm ? 0 : random.below(10);
      if (luck === 7) return;
      if (luck === 8) return tab.server.refuse("unavailable", { key });
      if (luck === 9) return tab.server.refuse("rate_limited", { key, retryAfterMs: 1_000 });
      const ticket = `ticket-${(tickets += 1)}`;
      const expiresIn = random.pick([20, 86_400]);
      const end = tab.server.clock.time + expiresIn * 1_000;
      granted.set(ticket, { local: key, whole: false, message: null, end });
      const put = { url: `/files/lobby/${ticket}`, headers: {} };
      tab.server.say({ type: "upload", room: "lobby", key, file: ticket, put, expiresIn });
      assert.equal(bytes, 10);
    };
    const serveChat = ({ key, text, files: given = [] }) => {
      const luck = calm ? 0 : random.below(10);
      if (luck === 7) return void disturbed.add(key);
      if (luck === 8) return tab.server.refuse("unavailable", { key });
      const known = log.find((one) => one.key === key);
      const late = given.some((ticket) => granted.get(ticket).end < tab.server.clock.time);
      if (!known && late) return void (disturbed.add(key), tab.server.refuse("bad_request", { key }));
      if (!known) {
        for (const ticket of given) {
          const file = granted.get(ticket);
          assert.ok(file?.whole && !file.message, "only uploaded files, each in one message");
          file.message = key;
        }
        const n = log.length + 1;
        log.push({ n, key, text, locals: given.map((ticket) => granted.get(ticket).local), given });
      }
      const { n, given: attached } = log.find((one) => one.key === key);
      const shown = attached.map((ticket) => ({ id: ticket, name: "x", type: "image/png", bytes: 10 }));
      const hear = () =>
        tab.server.hear({
          id: `${1000 + n}-${n}`,
          from: self,
          text,
          ts: n,
          key,
          ...(shown.length && { files: shown }),
        });
      const ack = () => tab.server.ack(key, n);
      if (luck === 9) return tab.server.drop();
      for (const tell of random.chance(0.5) ? [ack, hear] : [hear, ack]) tell();
    };
    const connect = async () => {
      const { server } = tab;
      if (server.session.online) return;
      server.socket.wake();
      if (server.links.length === 0) server.socket.connect();
      await server.accept();
      link = server.links.at(-1);
      read = 0;
      server.welcome("n1", { files });
      const messages = log.map(({ n, key, text }) => ({ id: `${1000 + n}-${n}`, from: self, text, ts: n, key }));
      server.joined({ recovered: true, messages });
    };
    const open = async () => {
      tab = new Tab(browser, count);
      tab.server.chat.enter("lobby");
      tab.server.socket.connect();
      await connect();
    };
    const steps = {
      text: () => say([]),
      files: () => say(Array.from({ length: 1 + random.below(3) }, (_, place) => `${count} ${place}`)),
      takeBack: () => {
        const { key } = random.pick(tab.server.outbox.itemsIn("lobby")) ?? {};
        if (key && tab.server.chat.takeBack(key) !== null) takenBack.add(key);
      },
      put: () => {
        const one = random.pick(tab.puts);
        if (!one) return;
        const status = calm ? 201 : random.pick([201, 201, 200, 0, 401, 409, 503]);
        if (status === 200 || status === 201) granted.get(one.address.slice("files/lobby/".length)).whole = true;
        // The answer may be lost.
        one.answer(calm || random.chance(0.9) ? status : 0);
      },
      serve,
      lose: () => tab.server.session.online && tab.server.drop(),
      connect,
      wait: () => tab.tick(random.pick([500, 2_000, 6_000])),
      reload: async () => {
        browser.time = tab.server.clock.time;
        if (tab.server.session.online) tab.server.drop();
        tab.puts = [];
        await open();
      },
    };
    const say = async (names) => {
      const key = `key-${(count += 1)}`;
      said.push({ key, locals: names });
      await tab.say(`text ${count}`, ...names);
      assert.ok(tab.server.outbox.item(key), "the page uses this key");
    };
    await open();
    const often = ["put", "put", "serve", "serve", "serve", "connect", "wait", "wait"];
    for (let step = 0; step < 60; step += 1) {
      const name = random.pick([...often, "text", "files", "takeBack", "lose", "reload"]);
      if ((name === "text" || name === "files") && count >= 12) continue;
      await steps[name]();
      await settled();
      for (const { key, state } of tab.server.outbox.itemsIn("lobby")) if (state !== "pending") disturbed.add(key);
    }
    calm = true;
    await connect();
    for (let round = 0; round < 400 && tab.server.outbox.itemsIn("lobby").length > 0; round += 1) {
      for (const { key, state } of tab.server.outbox.itemsIn("lobby")) {
        assert.notEqual(state, "unsure");
        if (state === "failed") disturbed.add(key);
        if (state === "failed") tab.server.chat.retry(key);
      }
      serve();
      await settled();
      await steps.put();
      await settled();
      await tab.tick(500);
    }
    assert.deepEqual(tab.states, []);
    assert.deepEqual(
      log.map(({ key }) => key).sort(),
      said
        .map(({ key }) => key)
        .filter((key) => !takenBack.has(key))
        .sort(),
    );
    for (const { key, locals } of log) assert.deepEqual(locals, said.find((one) => one.key === key).locals);
    const inOrder = log.map(({ key }) => key).filter((key) => !disturbed.has(key));
    assert.deepEqual(
      inOrder,
      said.map(({ key }) => key).filter((key) => inOrder.includes(key)),
    );
  }));
