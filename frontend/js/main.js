// Puts the parts together: transport/ talks to the server, store/ knows what was said, views/ show it. Only views/ and
// this file touch the DOM. Start reading at store/Chat.js.

import { Chat } from "./store/Chat.js";
import { Dispatch } from "./store/Dispatch.js";
import { Identity } from "./store/Identity.js";
import { makeKey } from "./store/ids.js";
import { Outbox } from "./store/Outbox.js";
import { openStorage } from "./store/storage.js";
import { MyRooms } from "./store/MyRooms.js";
import { RoomNotes } from "./store/RoomNotes.js";
import { Backoff } from "./transport/Backoff.js";
import { Session } from "./transport/Session.js";
import { Socket } from "./transport/Socket.js";
import { writeWords } from "./views/dom.js";
import { Page } from "./views/Page.js";
import { say } from "./words/say.js";

writeWords(say);

const now = () => Date.now();
const clock = {
  // Whoever sets the computer's clock changes nothing about how long something takes.
  now: () => performance.now(),
  after: (/** @type {number} */ ms, /** @type {() => void} */ run) => setTimeout(run, ms),
  cancel: (/** @type {number} */ timer) => clearTimeout(timer),
};

const address = new URL("/ws", location.href);
address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
address.hash = "";

const storage = openStorage();
const identity = new Identity(storage, navigator.locks);
const socket = new Socket(() => new WebSocket(address, "webchat.v1"), new Backoff(), clock);
/** @type {Session} */
const session = new Session(socket, identity, (room) => chat.room(room).position, clock);
const outbox = new Outbox(storage, now);
/** @type {Chat} */
const chat = new Chat(session, outbox, new Dispatch(outbox, now), makeKey);
const rooms = new MyRooms(storage);
const notes = new RoomNotes(storage);
const page = new Page(chat, identity, rooms, notes);

/** Looks once for a cluster page, when everything that a chat needs is there. */
function linkToCluster() {
  let asked = false;
  session.changed.listen(() => {
    if (asked || !session.online) return;
    asked = true;
    setTimeout(async () => {
      asked = session.online;
      if (!asked) return;
      const link = await import("./extras/ClusterLink.js").catch(() => null);
      await link?.linkToCluster();
    }, 2_000);
  });
}

page.begin(() => {
  linkToCluster();
  socket.connect();
  setInterval(() => chat.flush(), 500);
  addEventListener("online", () => socket.wake());
  addEventListener("offline", () => socket.probe());
  addEventListener("pageshow", (event) => event.persisted && socket.wake());
  document.addEventListener(
    "visibilitychange",
    () => document.visibilityState === "visible" && socket.wake(),
  );
  addEventListener("storage", ({ key }) => {
    if (!key) return;
    outbox.changedElsewhere(key);
    rooms.changedElsewhere(key);
    notes.changedElsewhere(key);
  });
});
