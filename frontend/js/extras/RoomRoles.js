import { MyRooms } from "../store/storage.js";
import { RoomRequests } from "./rooms.js";

/** @typedef {ReadonlyMap<string, Wire.Role>} Roles by user */

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

  /** @param {import("../main.js").Page} page */
  constructor(page) {
    this.#page = page;
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
    const asked = new Map(roles.map(({ id, role }) => [id, role]));
    // What was heard meanwhile is not older.
    this.#rooms.set(room, new Map([...asked, ...(this.#rooms.get(room) ?? [])]));
    this.#page.conversation.changed.emit();
  }

  /** @param {Wire.Frame} frame */
  #hear(frame) {
    const anew = (frame.type === "joined" || frame.type === "reset") && !frame.recovered;
    if (anew) return void this.#rooms.delete(frame.room);
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
    const changes = entries.flatMap(({ act, member, role }) =>
      act === "role" && member && role ? [/** @type {[string, Wire.Role]} */ ([member, role])] : [],
    );
    if (changes.length === 0) return;
    this.#rooms.set(room, new Map([...(known ?? []), ...changes]));
    this.#page.conversation.changed.emit();
  }
}
