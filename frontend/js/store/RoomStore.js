import { Signal } from "../Signal.js";
import { Comings } from "./Comings.js";
import { Members } from "./Members.js";
import { compareIDs } from "./ids.js";
import { Timeline } from "./Timeline.js";

/** One room as this browser knows it: what was said, how far it was read without a hole, and who is here. */
export class RoomStore {
  /** @type {Signal} */
  changed = new Signal();
  members = new Members();
  comings = new Comings();
  timeline = new Timeline();
  /** Where to resume: the last message that the server delivered, not the newest that is known. */
  position = /** @type {import("../transport/Attendance.js").Position | null} */ (null);
  /** The first answer has come. */
  joined = false;
  /** The last join went on where we were. */
  recovered = false;

  /**
   * `joined` or `reset`: a new footing. What was shown stays; if the server could not go on from there, a gap says so.
   * @param {Wire.CatchUp} answer
   */
  catchUp({ epoch, head, recovered, missing, messages }) {
    const first = this.position === null;
    this.recovered = recovered && !first;
    this.joined = true;
    this.timeline.stopLoading();
    if (first) this.timeline.beginAgain(epoch, messages);
    else if (recovered && !missing) this.timeline.append(epoch, messages);
    else this.timeline.goOnAfterGap(epoch, messages, missing);
    if (!recovered) this.position = null;
    this.#moveTo(epoch, messages.at(-1)?.id ?? this.position?.id ?? head);
    this.changed.emit();
  }

  /**
   * A page of what follows `catchUp`.
   * @param {string} epoch
   * @param {Wire.Message[]} messages
   */
  resume(epoch, messages) {
    this.timeline.append(epoch, messages);
    const last = messages.at(-1);
    if (last) this.#moveTo(epoch, last.id);
    this.changed.emit();
  }

  /**
   * @param {string} epoch
   * @param {Wire.Message} message
   */
  hear(epoch, message) {
    this.timeline.append(epoch, [message]);
    this.#moveTo(epoch, message.id);
    this.changed.emit();
  }

  /**
   * One of our own that the log has, ahead of its delivery: it takes its place, the position stays.
   * @param {Wire.Message} message
   */
  confirm(message) {
    this.timeline.confirm(this.position?.epoch ?? "0", message);
    this.changed.emit();
  }

  /** @param {Wire.HistoryPage} page */
  addHistory(page) {
    this.timeline.prepend(page);
    this.changed.emit();
  }

  /** @param {number} [wait] */
  lackHistory(wait) {
    this.timeline.stopLoading();
    this.lookAgain(wait);
  }

  /** After a while whoever still wants what did not come is led to ask again. */
  lookAgain(milliseconds = 1_000) {
    setTimeout(() => this.changed.emit(), milliseconds);
  }

  /**
   * @param {string} epoch
   * @param {string} id
   */
  #moveTo(epoch, id) {
    if (epoch === "0") return;
    const { position } = this;
    if (position?.epoch === epoch && compareIDs(id, position.id) < 0) return;
    this.position = { epoch, id };
  }
}
