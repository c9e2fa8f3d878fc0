/// <reference path="wire.d.ts" />

// The wire format (docs/protocol.md): frames, ids, and acts as entries of the log.

/**
 * Frames are validated into the form of wire.d.ts, so the rest of the page can rely on it, whatever another version or a
 * proxy sends. Unknown fields and invalid list elements are dropped.
 *
 * @typedef {(value: any) => unknown} Reader undefined: invalid
 * @typedef {Record<string, Reader>} Shape by field; a name that ends in "?" is optional
 */

/** The last time that `Date` can represent. */
const lastTime = 8.64e15;
/** In milliseconds: a timer longer than 24 days would fire at once. */
const longestWait = 3_600_000;
const longestGoodbye = 60_000;

const text = (/** @type {any} */ value) => (typeof value === "string" ? value : undefined);
const words = (/** @type {any} */ value) => text(value) ?? "";
const flag = (/** @type {any} */ value) => value === true;
const id = (/** @type {any} */ value) => (isID(value) ? value : undefined);
const headOf = (/** @type {any} */ value) => id(value) ?? "0-0";
const size = (/** @type {any} */ value) => (Number.isFinite(value) && value >= 0 ? Number(value) : undefined);
const atMost = (/** @type {number} */ most) => (/** @type {any} */ value) =>
  size(value) === undefined ? undefined : Math.min(value, most);
const or = (/** @type {number} */ other) => (/** @type {any} */ value) => size(value) || other;
const list = (/** @type {Reader} */ of) => (/** @type {any} */ value) =>
  Array.isArray(value) ? value.map(of).filter((one) => one !== undefined) : [];

/** @param {Shape} shape */
const object = (shape) => {
  const fields = Object.entries(shape).map(([name, reader]) => ({
    name: name.replace("?", ""),
    needed: !name.endsWith("?"),
    reader,
  }));
  return (/** @type {any} */ value) => {
    if (value === null || typeof value !== "object") return undefined;
    /** @type {Record<string, unknown>} */
    const read = {};
    for (const { name, needed, reader } of fields) {
      const part = reader(value[name]);
      if (part !== undefined) read[name] = part;
      else if (needed) return undefined;
    }
    return read;
  };
};

/**
 * @param {readonly string[]} known
 * @param {string} [other] for anything else
 */
const among = (known, other) => (/** @type {any} */ value) => (known.includes(value) ? value : other);

const roles = ["owner", "moderator", "member", "banned", "none"];
const user = object({ id: text, name: words });
const path = (/** @type {any} */ value) => (isPath(value) ? value : undefined);
const reaction = object({ emoji: text, users: list(text) });
const about = { name: words, type: words, bytes: or(0), "width?": size, "height?": size };
const files = list(object({ id: text, ...about }));
const waitingFiles = list(object({ local: text, ...about, "ticket?": text, "until?": size }));
const entry = object({
  id,
  from: user,
  text: words,
  "key?": text,
  "re?": id,
  "edited?": id,
  "target?": id,
  "emoji?": text,
  on: flag,
  "member?": text,
  "role?": among(roles),
  "until?": size,
  "setting?": text,
});

/**
 * A message, or an act on one. An unknown or incomplete act becomes "unknown": it keeps its place in the log and changes
 * nothing.
 * @param {any} value
 */
function message(value) {
  const read = /** @type {Wire.Message | undefined} */ (entry(value));
  if (!read) return undefined;
  const { ts, act, deleted, reactions, files: attached } = value;
  const valid = Number.isFinite(ts) && Math.abs(ts) <= lastTime;
  read.ts = valid ? ts : Number(read.id.split("-")[0]);
  if (flag(deleted)) read.deleted = true;
  if (Array.isArray(reactions)) read.reactions = /** @type {Wire.Reaction[]} */ (list(reaction)(reactions));
  if (Array.isArray(attached)) read.files = /** @type {Wire.File[]} */ (files(attached));
  if (act !== undefined && act !== null) read.act = actOf(read, act, value);
  if (read.act !== "react") delete read.on;
  return read;
}

/**
 * @param {Wire.Message} read
 * @param {unknown} act
 * @param {{ text?: unknown }} value
 */
function actOf({ target, emoji, member, role, setting }, act, value) {
  if (target === undefined) return "unknown";
  if (act === "role" && member && role) return act;
  if (act === "policy" && setting) return act;
  if (act === "delete") return act;
  if (act === "edit" && text(value.text) !== undefined) return act;
  return act === "react" && emoji ? act : "unknown";
}

const missing = object({ from: id, to: id });
const page = { room: text, epoch: text, messages: list(message), more: flag };
const footing = { ...page, head: id, recovered: flag, "missing?": missing };
const times = { "heard?": size, "within?": size, "fanOut?": size, "sockets?": size };
const rules = object({
  title: words,
  topic: words,
  speak: among(["members", "moderators"], "everyone"),
  slow: or(0),
  role: among(roles, "none"),
  "with?": user,
});
const limits = object({
  textChars: or(4_000),
  frameBytes: or(16_384),
  rooms: or(32),
  dedupeSeconds: or(600),
});

/** @type {Record<string, Shape>} */
const shapes = {
  welcome: {
    user: object({ id: text, name: words, "kind?": text }),
    "token?": text,
    "expiresIn?": size,
    "signIn?": path,
    node: words,
    limits: (value) => limits(value ?? {}),
    features: list(text),
    "files?": object({ bytes: size, perMessage: or(4), types: list(text) }),
    "push?": object({ key: text }),
  },
  joined: { ...footing, members: list(user), "memberCount?": size, "rules?": rules },
  reset: footing,
  rules: { room: text, head: id, "rules?": rules },
  resume: page,
  history: { ...page, head: headOf },
  found: { ...page, head: headOf, query: words, "key?": text, "before?": id },
  ack: { room: text, key: text, id },
  presence: {
    room: text,
    joined: list(user),
    left: list(user),
    members: list(user),
    reset: flag,
    "memberCount?": size,
  },
  typing: { room: text, user },
  left: { room: text, reason: words, "until?": size },
  deleted: { room: text },
  renamed: { user },
  renewed: { expiresIn: size },
  error: {
    code: text,
    message: words,
    "room?": text,
    "key?": text,
    "retryAfterMs?": atMost(longestWait),
    "until?": size,
    "signIn?": path,
  },
  traced: {
    room: text,
    key: text,
    id,
    "origin?": object({ node: text, waited: size, confirmed: size }),
    nodes: list(object({ node: text, ...times })),
    expected: or(0),
  },
  created: { key: text, room: text },
  roles: {
    room: text,
    roles: list(object({ id: text, name: words, role: among(roles), "until?": size })),
    count: or(0),
  },
  invitation: { key: text, room: text, title: words, from: user, expiresIn: or(0), "token?": text },
  rooms: { rooms: list(text) },
  added: { room: text, from: user },
  read: { room: text, epoch: text, id },
  link: { key: text, "user?": user, "token?": text, expiresIn: or(0) },
  linked: { "key?": text, "user?": user, "token?": text },
  push: { key: text, on: flag },
  goodbye: { reason: words, "reconnectAfterMs?": atMost(longestGoodbye) },
  pong: {},
  // Anything but a clear no counts as writable.
  status: { writable: (value) => value !== false },
};
const readers = new Map(Object.entries(shapes).map(([type, shape]) => [type, object(shape)]));
const said = object({ room: text, epoch: text });

/**
 * Reads one text frame. Frames of unknown types are passed on as they are: a newer server may send them.
 * @param {unknown} data
 * @returns {Wire.Frame | null} null: not an object with a `type`, or incomplete
 */
export function parseFrame(data) {
  if (typeof data !== "string") return null;
  let frame;
  try {
    frame = JSON.parse(data);
  } catch {
    return null;
  }
  if (typeof frame?.type !== "string") return null;
  const { type } = frame;
  const read = type === "chat" ? chat(frame) : (readers.get(type) ?? ((same) => same))(frame);
  if (!read) console.warn("Invalid frame from the server:", type);
  return read ? { ...read, type } : null;
}

/** @param {any} frame */
function chat(frame) {
  const entry = message(frame);
  const where = said(frame);
  return entry && where ? { ...entry, ...where } : undefined;
}

/**
 * The files of an unsent message, as they were stored.
 * @param {unknown} stored
 * @returns {Wire.File[] | undefined} undefined: it has none
 */
export function filesOf(stored) {
  const read = /** @type {Wire.File[]} */ (waitingFiles(stored));
  return read.length > 0 ? read : undefined;
}

/**
 * Orders message ids, `<ms>-<seq>`, as the log does.
 * @param {string} left
 * @param {string} right
 * @returns {number} negative, 0 or positive
 */
export function compareIDs(left, right) {
  const [leftTime, leftNumber] = left.split("-").map(Number);
  const [rightTime, rightNumber] = right.split("-").map(Number);
  return leftTime - rightTime || leftNumber - rightNumber;
}

/**
 * @param {unknown} value
 * @returns {value is string}
 */
export function isID(value) {
  return typeof value === "string" && /^\d{1,15}-\d{1,15}$/.test(value);
}

/**
 * Whether it is a path on this host. Two slashes begin another host, and browsers read `\` as `/`.
 * @param {unknown} value
 * @returns {value is string}
 */
export function isPath(value) {
  return typeof value === "string" && /^\/(?![/\\])[\x21-\x7e]*$/.test(value);
}

/**
 * The number of a message within its epoch: 1, 2, 3, …
 * @param {string} id
 */
export function numberOf(id) {
  return Number(id.slice(id.indexOf("-") + 1));
}

/**
 * How many messages are lost.
 * @param {Wire.Missing | undefined} missing
 * @returns {number | null} null: unknown
 */
export function lostIn(missing) {
  return missing ? numberOf(missing.to) - numberOf(missing.from) + 1 : null;
}

/** The key of a message: 128 random bits in hex. Plain http has no `randomUUID`. */
export function makeKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * An edit, a deletion or a reaction (docs/protocol.md, section 10).
 *
 * @typedef {{ kind: Wire.ActKind, target: string, emoji?: string, on?: boolean }} Act
 * @typedef {import("../store/Outbox.js").Item} Item
 */

/**
 * A message after an act. Idempotent.
 * @param {Wire.Message} message
 * @param {Wire.Message} act without an id: our own, not yet in the log
 * @returns {Wire.Message}
 */
export function applied(message, act) {
  if (message.deleted) return message;
  const { id, from, ts, key, edited } = message;
  if (act.act === "delete") return { id, from, text: "", ts, key, deleted: true };
  if (act.act === "react") return { ...message, reactions: reacted(message.reactions ?? [], act) };
  if (act.act !== "edit") return message;
  // An edit without text was superseded: a later edit or the deletion follows.
  const newer = act.text !== "" && (!act.id || !edited || compareIDs(act.id, edited) > 0);
  return newer ? { ...message, text: act.text, edited: act.id || edited } : message;
}

/**
 * @param {Wire.Reaction[]} reactions
 * @param {Wire.Message} act
 */
function reacted(reactions, { emoji = "", on, from }) {
  const known = reactions.find((one) => one.emoji === emoji);
  if (on && !known) return [...reactions, { emoji, users: [from.id] }];
  if (on && known?.users.includes(from.id)) return reactions;
  return reactions
    .map((one) => {
      if (one !== known) return one;
      const others = one.users.filter((id) => id !== from.id);
      return { emoji, users: on ? [...others, from.id] : others };
    })
    .filter(({ users }) => users.length > 0);
}

/**
 * An item of the outbox as an entry of the log.
 * @param {Item} item
 * @param {Wire.User} from
 * @param {string} [id] once it is in the log
 * @returns {Wire.Message}
 */
export function entryOf({ key, text, createdAt, act, re, files: attached }, from, id = "") {
  const ts = id ? Number(id.split("-")[0]) : createdAt;
  const { kind, ...rest } = act ?? {};
  const parts = { ...(re && { re }), ...(attached && { files: attached }) };
  return { id, key, ts, text, from, ...parts, ...(kind && { act: kind, ...rest }) };
}

/**
 * An item of the outbox as a frame to send.
 * @param {Item} item
 */
export function frameOf({ key, room, text, act, re, files: attached }) {
  const parts = { ...(re && { re }), ...(attached && { files: attached.map(({ ticket }) => ticket) }) };
  if (!act) return { type: "chat", room, text, key, ...parts };
  const { kind, target, emoji, on } = act;
  const what = kind === "edit" ? { text } : kind === "react" ? { emoji, on } : {};
  return { type: kind, room, id: target, key, ...what };
}
