import { filesOf } from "../transport/frames.js";

/** The files of drafts, by room: noted for all tabs, until they are sent. Their bytes are in FileBytes. */
export class DraftFiles {
  /** The server takes files. */
  taken = false;
  /** More are being read. */
  preparing = /** @type {Promise<unknown> | null} */ (null);
  #notes;

  /** @param {import("../store/RoomStore.js").RoomNotes} notes */
  constructor(notes) {
    this.#notes = notes;
  }

  /** @param {string} room */
  in(room) {
    try {
      return filesOf(JSON.parse(this.#notes.note("files", room))) ?? [];
    } catch {
      return [];
    }
  }

  /** Of all rooms. */
  get all() {
    return this.#notes.roomsWith("files").flatMap((room) => this.in(room));
  }

  /**
   * @param {string} room
   * @param {Wire.File[]} files
   */
  set(room, files) {
    this.#notes.setNote("files", room, files.length > 0 ? JSON.stringify(files) : "");
  }

  /**
   * Before the message leaves the outbox: no tab should find its files in neither place.
   * @param {string} room
   * @param {Wire.File[]} files of a message that is taken back
   * @returns {() => void} it was too late
   */
  takeBack(room, files) {
    const before = this.in(room);
    this.set(room, [...files, ...before]);
    return () => this.set(room, before);
  }
}
