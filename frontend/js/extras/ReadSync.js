import { ReadMark } from "../store/Unread.js";
import { compareIDs } from "../transport/frames.js";

/** In milliseconds, so that a reader who goes on reading says so seldom. */
const soon = 3_000;

/**
 * Keeps what is read in step between the devices of a user (docs/protocol.md, section 14): tells the server up to where
 * everything is read, and marks as read here what was read elsewhere.
 */
export class ReadSync {
  #chat;
  #notes;
  #after;
  /** Not told yet. */
  #rooms = /** @type {Set<string>} */ (new Set());
  /** What was told of a room, or heard. */
  #known = /** @type {Map<string, string>} */ (new Map());
  /** Heard of rooms that are not joined: it is not known yet whether their log is still the same. */
  #early = /** @type {Map<string, Wire.Read>} */ (new Map());
  #waits = false;

  /**
   * @param {import("../store/Chat.js").Chat} chat
   * @param {import("../store/RoomStore.js").RoomNotes} notes
   * @param {(milliseconds: number, run: () => void) => void} [after]
   */
  constructor(chat, notes, after = (milliseconds, run) => void setTimeout(run, milliseconds)) {
    this.#chat = chat;
    this.#notes = notes;
    this.#after = after;
    notes.didRead.listen((room) => this.#tellSoon(room));
    chat.departed.listen((room) => this.#forget(room));
    chat.session.frames.listen((frame) => {
      if (frame.type === "welcome") this.#ask();
      if (frame.type === "read") this.#hear(frame);
      if (frame.type === "joined") this.#joined(frame.room);
    });
    this.#ask();
    // Before this was loaded.
    for (const room of notes.readHere) this.#tellSoon(room);
  }

  get #isPossible() {
    const { online, welcome } = this.#chat.session;
    return online && welcome?.features.includes("read") === true;
  }

  /** Of each room that it knows, the server answers with a `read`. */
  #ask() {
    this.#known.clear();
    if (this.#isPossible) this.#chat.session.send({ type: "reads" });
  }

  /** @param {string} room */
  #tellSoon(room) {
    this.#rooms.add(room);
    if (this.#waits) return;
    this.#waits = true;
    this.#after(soon, () => {
      this.#waits = false;
      this.flush();
    });
  }

  /** Tells now what is to be told: the user looks away, perhaps at another device. */
  flush() {
    if (!this.#isPossible) return;
    for (const room of this.#rooms) this.#tell(room);
  }

  /** Tells how far all rooms are read: another device is to begin with that. */
  flushAll() {
    for (const room of this.#chat.entered) this.#rooms.add(room);
    this.flush();
  }

  /** @param {string} room */
  #tell(room) {
    const id = this.#notes.read(room);
    const { joined, position } = this.#chat.room(room);
    // Sent once the room is joined.
    if (!joined || !position) return;
    this.#rooms.delete(room);
    const known = this.#known.get(room);
    if (!id || (known && compareIDs(id, known) <= 0)) return;
    this.#known.set(room, id);
    this.#chat.session.send({ type: "read", room, epoch: position.epoch, id });
  }

  /** @param {string} room */
  #joined(room) {
    const early = this.#early.get(room);
    this.#early.delete(room);
    if (early) this.#hear(early);
    if (this.#rooms.has(room)) this.#tellSoon(room);
  }

  /** @param {Wire.Read} read */
  #hear(read) {
    const { room, epoch, id } = read;
    const { joined, position } = this.#chat.room(room);
    if (!joined || !position) return void this.#early.set(room, read);
    // Of another log, whose ids mean nothing here.
    if (logOf(epoch) !== logOf(position.epoch)) return;
    this.#known.set(room, id);
    const upTo = this.#notes.read(room);
    if (upTo === null) return;
    const isNew = this.#notes.entered.get(room) === upTo && this.#notes.note("seen", room) === "";
    this.#notes.entered.delete(room);
    // Entered here for the first time: unread is what was not read elsewhere.
    if (isNew) return this.#store(room, new ReadMark(id));
    if (compareIDs(id, upTo) <= 0 || this.#isHeld(room, upTo, id)) return;
    const mark = new ReadMark(upTo, this.#notes.note("seen", room));
    mark.add(upTo, id);
    this.#store(room, mark);
  }

  /**
   * Whether the user has marked as unread here what was read elsewhere.
   * @param {string} room
   * @param {string} upTo
   * @param {string} id
   */
  #isHeld(room, upTo, id) {
    const [from, newest] = this.#notes.note("held", room).split(" ");
    if (!newest) return false;
    if (compareIDs(upTo, newest) < 0 && (compareIDs(upTo, from) <= 0 || compareIDs(id, newest) <= 0)) return true;
    this.#notes.setNote("held", room, "", false);
    return false;
  }

  /**
   * @param {string} room
   * @param {ReadMark} mark
   */
  #store(room, mark) {
    this.#notes.setNote("read", room, mark.upTo, false);
    this.#notes.setNote("seen", room, mark.parts);
  }

  /** @param {string} room */
  #forget(room) {
    this.#rooms.delete(room);
    this.#known.delete(room);
    this.#early.delete(room);
  }
}

/** The part of an epoch that names the log, without the server it is on. */
const logOf = (/** @type {string} */ epoch) => epoch.split(".")[0];
