import { clock as monotonic } from "../runtime.js";
import { MyRooms } from "../store/storage.js";
import { RoomRequests } from "./rooms.js";

/**
 * @typedef {ReadonlyMap<string, Wire.Role>} Roles by user
 * @typedef {{ id: string, role: Wire.Role, until?: number }} Change
 */

/** In milliseconds: a longer timer might fire at once. */
const longestWait = 3_600_000;

/** In larger rooms the server lists only some people, and all of them would ask. */
const mostPeople = 200;

const nobody = /** @type {Roles} */ (new Map());

/**
 * Who owns and moderates the room on screen, for the list of people: asked for when the room is first shown, and kept up
 * to date by the entries of its log.
 */
export class RoomRoles {
  #page;
  #rooms = /** @type {Map<string, Roles>} */ (new Map());
  /** When roles end, in milliseconds since 1970, by room and user. */
  #ends = /** @type {Map<string, Map<string, number>>} */ (new Map());
  #clock;
  #timer = /** @type {unknown} */ (undefined);

  /**
   * @param {import("../main.js").Page} page
   * @param {import("../runtime.js").Clock} [clock] of the time of day
   */
  constructor(page, clock = { ...monotonic, now: () => Date.now() }) {
    this.#page = page;
    this.#clock = clock;
    page.conversation.rolesIn = (room) => this.#in(room);
    page.chat.session.frames.listen((frame) => this.#hear(frame));
    page.conversation.changed.emit();
  }

  /** @param {string} room */
  #in(room) {
    const known = this.#rooms.get(room);
    if (known) return known;
    const { joined, rules, members } = this.#page.chat.room(room);
    if (joined && rules.exist && members.count <= mostPeople && MyRooms.kindOf(room) !== "direct") void this.#ask(room);
    return nobody;
  }

  /** @param {string} room */
  async #ask(room) {
    this.#rooms.set(room, nobody);
    const { roles = [] } = await RoomRequests.of(this.#page.chat).roles(room);
    // What was heard meanwhile is not older.
    const heard = this.#rooms.get(room) ?? nobody;
    this.#set(
      room,
      roles.filter(({ id }) => !heard.has(id)),
    );
  }

  /**
   * @param {string} room
   * @param {Change[]} changes
   */
  #set(room, changes) {
    const ends = this.#ends.get(room) ?? new Map();
    for (const { id, until } of changes) {
      if (until === undefined) ends.delete(id);
      else ends.set(id, until);
    }
    this.#ends.set(room, ends);
    const changed = changes.map(({ id, role }) => /** @type {const} */ ([id, role]));
    this.#rooms.set(room, new Map([...(this.#rooms.get(room) ?? []), ...changed]));
    this.#end();
    this.#page.conversation.changed.emit();
  }

  /** Takes away the roles that have ended, now and when the next one ends. */
  #end() {
    this.#clock.cancel(this.#timer);
    const now = this.#clock.now();
    let next = Infinity;
    for (const [room, ends] of this.#ends) {
      const over = [...ends].filter(([, end]) => end <= now).map(([user]) => user);
      for (const user of over) ends.delete(user);
      if (over.length > 0)
        this.#rooms.set(room, new Map([...(this.#rooms.get(room) ?? [])].filter(([user]) => !over.includes(user))));
      next = Math.min(next, ...ends.values());
    }
    if (next === Infinity) return;
    this.#timer = this.#clock.after(Math.min(next - now, longestWait), () => {
      this.#end();
      this.#page.conversation.changed.emit();
    });
  }

  /** @param {Wire.Frame} frame */
  #hear(frame) {
    const anew = (frame.type === "joined" || frame.type === "reset") && !frame.recovered;
    if (anew) {
      this.#ends.delete(frame.room);
      return void this.#rooms.delete(frame.room);
    }
    if (frame.type === "chat") return this.#apply(frame.room, [frame]);
    if (frame.type === "joined" || frame.type === "resume") this.#apply(frame.room, frame.messages);
  }

  /**
   * @param {string} room
   * @param {Wire.Message[]} entries
   */
  #apply(room, entries) {
    const known = this.#rooms.get(room);
    // Otherwise it is asked for when the room is shown.
    if (!known && this.#page.chat.room(room).rules.exist) return;
    const changes = entries.flatMap(({ act, member, role, until }) =>
      act === "role" && member && role ? [{ id: member, role, until }] : [],
    );
    if (changes.length > 0) this.#set(room, changes);
  }
}
