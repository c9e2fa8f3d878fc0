import { Signal } from "../Signal.js";
import { compareIDs } from "./ids.js";

const draftPrefix = "webchat.draft.";
const readPrefix = "webchat.read.";

/** What this browser remembers of each room: how far it was read, and what one began to write there. */
export class RoomNotes {
  /** How far was read has changed. */
  changed = /** @type {Signal} */ (new Signal());
  #storage;

  /** @param {import("./storage.js").MemoryStorage} storage */
  constructor(storage) {
    this.#storage = storage;
  }

  /** @param {string} room */
  draft(room) {
    return this.#storage.getItem(draftPrefix + room) ?? "";
  }

  /**
   * @param {string} room
   * @param {string} text
   */
  setDraft(room, text) {
    if (text) this.#storage.setItem(draftPrefix + room, text);
    else this.#storage.removeItem(draftPrefix + room);
  }

  /**
   * The id of the last message that was read, if the room was ever seen.
   * @param {string} room
   */
  read(room) {
    return this.#storage.getItem(readPrefix + room);
  }

  /**
   * @param {string} room
   * @param {string} id
   */
  setRead(room, id) {
    const before = this.read(room);
    if (before && compareIDs(before, id) >= 0) return;
    this.#storage.setItem(readPrefix + room, id);
    this.changed.emit();
  }

  /** @param {string} room */
  forget(room) {
    this.#storage.removeItem(draftPrefix + room);
    this.#storage.removeItem(readPrefix + room);
  }

  /** @param {string} name of what another tab has changed in the storage */
  changedElsewhere(name) {
    if (name.startsWith(readPrefix)) this.changed.emit();
  }
}
