import { Backoff } from "../../js/runtime.js";
import { Chat } from "../../js/store/Chat.js";
import { Dispatch } from "../../js/store/Dispatch.js";
import { HistoryRequests } from "../../js/store/History.js";
import { Outbox } from "../../js/store/Outbox.js";
import { Identity, MemoryStorage } from "../../js/store/storage.js";
import { Session } from "../../js/transport/Session.js";
import { Socket } from "../../js/transport/Socket.js";
import { ManualClock } from "./ManualClock.js";

export const self = { id: "me", name: "Mira" };
export const ann = { id: "u1", name: "Ann" };
export const epoch = "00000000000000aa.00000001";

/** A server for tests, and a chat without views that is connected to it. */
export class TestServer {
  clock = new ManualClock();
  /** All links, newest last. */
  links = [];
  closed = [];

  constructor(storage = new MemoryStorage(), locks = undefined, keys = 0) {
    this.storage = storage;
    this.identity = new Identity(storage, locks);
    const backoff = new Backoff(() => 0.5);
    this.socket = new Socket(() => this.#makeLink(), backoff, this.clock);
    const positionOf = (room) => this.chat.room(room).position;
    this.session = new Session(this.socket, this.identity, positionOf, this.clock);
    this.outbox = new Outbox(storage, this.clock.now);
    const dispatch = new Dispatch(this.outbox, this.clock.now);
    this.chat = new Chat(this.session, this.outbox, dispatch, () => `key-${(keys += 1)}`);
    HistoryRequests.of(this.chat);
  }

  #makeLink() {
    const link = {
      sent: [],
      readyState: 0,
      send: (text) => link.sent.push(JSON.parse(text)),
      close: (code) => this.closed.push(code),
    };
    this.links.push(link);
    return link;
  }

  /** The frames that the client has sent on this link, without pings, or of one type. */
  sent(type) {
    const frames = this.links.at(-1).sent;
    return frames.filter((frame) => (type ? frame.type === type : frame.type !== "ping"));
  }

  async accept() {
    this.links.at(-1).readyState = 1;
    this.links.at(-1).onopen();
    await new Promise((resolve) => setImmediate(resolve));
  }

  say(frame) {
    this.links.at(-1).onmessage({ data: JSON.stringify(frame) });
  }

  drop(code = 1006) {
    this.links.at(-1).onclose({ code });
  }

  /** What others say or do in the lobby. */
  hear(message) {
    this.say({ type: "chat", room: "lobby", epoch, ...message });
  }

  /** Acknowledges a message or an act as number `n`. */
  ack(key, n) {
    this.say({ type: "ack", room: "lobby", key, id: `${1000 + n}-${n}` });
  }

  refuse(code, fields) {
    this.say({ type: "error", code, message: "", room: "lobby", ...fields });
  }

  welcome(node = "n1", fields = {}) {
    const limits = { textChars: 4000, frameBytes: 65536, rooms: 32, burst: 20, perSecond: 5 };
    const all = { ...limits, dedupeSeconds: 600 };
    this.say({ type: "welcome", user: self, token: "t1", node, limits: all, heartbeat: 25, ...fields });
  }

  joined(fields = {}) {
    const page = { recovered: true, messages: [], more: false, members: [self], memberCount: 1 };
    const head = fields.messages?.at(-1)?.id ?? "0-0";
    this.say({ type: "joined", room: "lobby", epoch, head, ...page, ...fields });
  }

  /** Connects; the hello is not answered yet. */
  async open() {
    this.socket.connect();
    await this.accept();
    return this;
  }

  async connect() {
    await this.open();
    this.welcome();
    return this;
  }

  /** Connects and joins the lobby; the fields are those of the answer. */
  async inLobby(fields) {
    this.chat.enter("lobby");
    await this.connect();
    this.joined(fields);
    return this;
  }

  /** Connects again after a loss; rejoins the lobby if there is an answer to that. */
  async reconnect(fields) {
    this.socket.wake();
    await this.accept();
    this.welcome();
    if (fields) this.joined(fields);
  }
}

/** Message number `n`. */
export function message(n, fields = {}) {
  return { id: `${1000 + n}-${n}`, from: ann, text: `text ${n}`, ts: 1000 + n, ...fields };
}

/** Messages `from` to `to`. */
export function messages(from, to) {
  return Array.from({ length: to - from + 1 }, (_, index) => message(from + index));
}
