// Rooms that belong to somebody (docs/protocol.md, section 13): requests, and what a role allows.

import { MyRooms } from "../store/storage.js";
import { makeKey } from "../transport/frames.js";
import { leaving } from "../views/DeadEnds.js";
import { isolated, listed, personName, reasonOf, say } from "../words/say.js";

const patience = 10_000;

/**
 * Requests about rooms, which are neither stored nor repeated: they are of use only at once.
 *
 * @typedef {Wire.Ack | Wire.Created | Wire.Invitation | Wire.Roles | Wire.Link | Wire.Linked} Answering
 * @typedef {{ answer?: Answering, refusal?: string }} Answer a `refusal` is an error code; `silence`: no answer
 */
export class RoomRequests {
  /** @type {RoomRequests | undefined} */
  static #only;
  #session;
  /** By the key of the request, or the room for its roles. */
  #waiting = /** @type {Map<string, (answer: Answer) => void>} */ (new Map());

  /** @param {import("../store/Chat.js").Chat} chat */
  static of(chat) {
    RoomRequests.#only ??= new RoomRequests(chat);
    return RoomRequests.#only;
  }

  /** @param {Pick<import("../store/Chat.js").Chat, "session">} chat */
  constructor({ session }) {
    this.#session = session;
    session.frames.listen((frame) => {
      if (frame.type === "roles") this.#answer(`roles ${frame.room}`, { answer: frame });
      if (frame.type === "ack" || frame.type === "created" || frame.type === "invitation" || frame.type === "link")
        this.#answer(frame.key, { answer: frame });
      if (frame.type === "linked" && frame.key) this.#answer(frame.key, { answer: frame });
      if (frame.type !== "error") return;
      const refused = frame.key ?? (frame.room && `roles ${frame.room}`);
      if (refused) this.#answer(refused, { refusal: frame.code });
    });
    session.lost.listen(() => {
      for (const key of this.#waiting.keys()) this.#answer(key, { refusal: "silence" });
    });
  }

  /**
   * @param {{ type: string, [field: string]: unknown }} frame
   * @returns {Promise<Answer>}
   */
  ask(frame) {
    const key = makeKey();
    return this.#send(key, { ...frame, key });
  }

  /**
   * Who has which role.
   * @param {string} room
   * @returns {Promise<Partial<Wire.Roles> & { refusal?: string }>}
   */
  async roles(room) {
    const { answer, refusal } = await this.#send(`roles ${room}`, { type: "roles", room });
    return answer?.type === "roles" ? answer : { refusal };
  }

  /**
   * @param {string} key
   * @param {object} frame
   * @returns {Promise<Answer>}
   */
  #send(key, frame) {
    return new Promise((resolve) => {
      const before = this.#waiting.get(key);
      const wait = this.#session.online ? patience : 0;
      const timer = setTimeout(() => this.#answer(key, { refusal: "silence" }), wait);
      this.#waiting.set(key, (answer) => {
        clearTimeout(timer);
        before?.(answer);
        resolve(answer);
      });
      this.#session.send(frame);
    });
  }

  /**
   * @param {string} key
   * @param {Answer} answer
   */
  #answer(key, answer) {
    const waiting = this.#waiting.get(key);
    this.#waiting.delete(key);
    waiting?.(answer);
  }
}

/**
 * Why a request was refused.
 * @param {string} refusal
 * @param {import("../words/say.js").Word} [forbidden] what `forbidden` and `not_found` mean here
 */
export function refusalText(refusal, forbidden) {
  if (refusal === "silence") return say("notConfirmed");
  if (forbidden && (refusal === "forbidden" || refusal === "not_found")) return say(forbidden);
  return reasonOf(refusal === "not_found" ? "not_found_room" : refusal);
}

/**
 * Makes a room and goes there.
 * @param {import("../main.js").Page} page
 * @param {{ room: string } | { private: true, title: string } | { with: string, name: string }} what
 * @returns {Promise<string>} why not, or ""
 */
export async function makeRoom(page, what) {
  const { answer, refusal = "" } = await RoomRequests.of(page.chat).ask({ type: "create", ...what });
  if (answer?.type === "created") page.navigation.go(answer.room);
  return refusal && refusalText(refusal, "room" in what ? "roomTaken" : undefined);
}

/**
 * Changes a user's role in the room.
 * @param {import("../store/Chat.js").Chat} chat
 * @param {string} room
 * @param {Wire.User} user
 * @param {{ role: Wire.Role, seconds?: number }} change
 * @returns {Promise<string>} why not, or ""
 */
export async function giveRole(chat, room, { id, name }, { role, seconds }) {
  const until = seconds === undefined ? {} : { seconds };
  // `left` may come before the answer.
  if (endsStay(chat, room, id, role)) leaving.add(room);
  const { refusal } = await RoomRequests.of(chat).ask({ type: "role", room, member: id, name, role, ...until });
  if (refusal) leaving.delete(room);
  return refusal ? refusalText(refusal) : "";
}

/**
 * Whether the user leaves a private room with this role.
 * @param {import("../store/Chat.js").Chat} chat
 * @param {string} room
 * @param {string} user
 * @param {Wire.Role} role
 */
export function endsStay({ session }, room, user, role) {
  return role === "none" && user === session.welcome?.user.id && MyRooms.kindOf(room) === "private";
}

/**
 * @param {import("../store/Chat.js").Chat} chat
 * @param {string} room
 * @param {"title" | "topic" | "speak" | "slow"} setting
 * @param {string} text
 * @returns {Promise<string>} why not, or ""
 */
export async function setPolicy(chat, room, setting, text) {
  const { refusal } = await RoomRequests.of(chat).ask({ type: "policy", room, setting, text });
  return refusal ? refusalText(refusal) : "";
}

/**
 * The user's role in a room. Operators of the chat have the rights of an owner in open rooms.
 * @param {import("../store/Chat.js").Chat} chat
 * @param {string} room
 * @returns {Wire.Role}
 */
export function roleIn(chat, room) {
  const operator = chat.session.welcome?.user.kind === "operator" && MyRooms.kindOf(room) === "open";
  return operator ? "owner" : chat.room(room).rules.now.role;
}

/** @param {Wire.Role} role */
export const isModerator = (role) => role === "owner" || role === "moderator";

/**
 * What a user may do to the role of another one, or to their own.
 *
 * @typedef {{ word: import("../words/say.js").Word, role: Wire.Role }} Action
 *
 * @param {{ kind: "open" | "private" | "direct", own: Wire.Role, theirs: Wire.Role, isSelf: boolean, isLast: boolean }} who
 *   `isLast`: the last owner, while others have a role
 * @returns {Action[]}
 */
export function actionsOn({ kind, own, theirs, isSelf, isLast }) {
  if (kind === "direct" || isLast) return [];
  const member = theirs === "member" || isModerator(theirs);
  if (isSelf) return member ? [{ word: "giveUpRole", role: "none" }] : [];
  const above = own === "owner" || (own === "moderator" && !isModerator(theirs));
  if (!above) return [];
  if (theirs === "banned") return [{ word: "unban", role: "none" }];
  /** @type {Action[]} */
  const actions = [];
  if (own === "owner" && theirs !== "owner") actions.push({ word: "makeOwner", role: "owner" });
  if (own === "owner" && theirs !== "moderator") actions.push({ word: "makeModerator", role: "moderator" });
  if (theirs !== "member") actions.push({ word: "makeMember", role: "member" });
  if (member) actions.push({ word: kind === "private" ? "remove" : "takeRole", role: "none" });
  return [...actions, { word: "ban", role: "banned" }];
}

/**
 * The roles of a room with its rights.
 * @param {import("../store/Chat.js").Chat} chat
 * @param {string} room
 * @param {Wire.HeldRole[]} roles
 */
export function rightsIn(chat, room, roles) {
  const holders = roles.filter(({ role }) => role !== "banned" && role !== "none");
  const owners = holders.filter(({ role }) => role === "owner");
  const self = chat.session.welcome?.user.id;
  return (/** @type {string} */ id) => {
    const theirs = roles.find((one) => one.id === id)?.role ?? "none";
    const isLast = theirs === "owner" && owners.length === 1 && holders.length > 1;
    const isSelf = id === self;
    const actions = actionsOn({ kind: MyRooms.kindOf(room), own: roleIn(chat, room), theirs, isSelf, isLast });
    return { theirs, actions };
  };
}

const plain = (/** @type {string} */ text) => text.normalize("NFKC").toLowerCase().trim().replace(/^@/, "").trim();

/**
 * @param {Wire.User} user
 * @param {string} name
 */
const isCalled = (user, name) =>
  user.id === name.trim() || [user.name, personName(user)].some((one) => plain(one) === plain(name));

/**
 * The people that a name may mean: those with exactly this name or id or, without any, those whose name begins so. Case
 * does not count in names.
 * @param {Wire.User[]} people
 * @param {string} name
 */
export function peopleNamed(people, name) {
  const wanted = plain(name);
  if (wanted === "") return [];
  const byID = people.filter(({ id }) => id === name.trim());
  if (byID.length > 0) return byID;
  // "Ann" is the account if there is a guest of that name, too, who is shown as "Ann (guest)".
  for (const nameOf of [personName, (/** @type {Wire.User} */ one) => one.name]) {
    const equal = people.filter((one) => plain(nameOf(one)) === wanted);
    if (equal.length > 0) return equal;
  }
  return people.filter((one) => plain(one.name).startsWith(wanted));
}

/** How many of the newest messages tell who spoke lately. */
const lately = 200;

/**
 * The people here and those who spoke lately, without the user.
 * @param {import("../main.js").Page} page
 */
export function peopleAround({ chat, conversation, self }) {
  const { members, timeline } = chat.room(conversation.room);
  const known = new Map(members.list.map((one) => [one.id, one]));
  let left = lately;
  for (const { from } of timeline.newestFirst()) {
    if (left === 0) break;
    left -= 1;
    if (!known.has(from.id)) known.set(from.id, from);
  }
  known.delete(self.id);
  return [...known.values()];
}

/**
 * What people are called now: as they are here, or as they were called last in the known log.
 * @param {import("../store/Chat.js").Chat} chat
 * @param {string} room
 * @returns {<Named extends Wire.User>(user: Named) => Named}
 */
export function namesNow(chat, room) {
  const { members, timeline } = chat.room(room);
  const known = /** @type {Map<string, string>} */ (new Map());
  for (const entry of timeline.entries) {
    if (entry.kind === "gap") continue;
    const { from, act, member, text } = entry.message;
    known.set(from.id, from.name);
    if (act === "role" && member) known.set(member, text);
  }
  return (user) => ({ ...user, name: members.nameOf(user.id) ?? known.get(user.id) ?? user.name });
}

/**
 * Why a name means nobody, or not one person; "" if it does.
 * @param {Wire.User[]} found
 * @param {string} name
 * @param {boolean} [whole] a part of the name is not enough
 */
export function problemWith(found, name, whole = false) {
  const names = listed(found.map(personName));
  if (whole && found.length > 0 && !found.some((one) => isCalled(one, name)))
    return say("didYouMean", { name: isolated(name), names });
  if (found.length === 1) return "";
  if (found.length === 0) return say("nobodyNamed", { name: isolated(name) });
  return say("severalNamed", { names });
}
