import { button, element, named } from "../views/dom.js";
import { isPicture, sizeOf } from "../views/gist.js";
import { isolated, say } from "../words/say.js";
import { endingOf } from "./FileTray.js";
import { Viewer } from "./Viewer.js";

/** In pixels: a picture in the list is no larger. */
const most = { width: 360, height: 300 };
/** In pixels: nor smaller, so that it can be tapped. */
const least = 44;

/** The files of messages in the list: small pictures that open large, cards for the rest, and how far an upload is. */
export class Attachments {
  #page;
  #bytes;
  #uploads;
  #localsOf;
  /** By the list element of a message. */
  #drawn = /** @type {WeakMap<Element, Drawn>} */ (new WeakMap());
  /** By the key of a message. */
  #bars = /** @type {Map<string, HTMLProgressElement>} */ (new Map());
  /** Pictures of muted users that were asked for. */
  #wanted = /** @type {Set<string>} */ (new Set());

  /**
   * @param {import("../main.js").Page} page
   * @param {import("./FileBytes.js").FileBytes} bytes
   * @param {import("./Uploads.js").Uploads} uploads
   * @param {(key: string) => string[]} localsOf the files of an own message that this page has
   */
  constructor(page, bytes, uploads, localsOf) {
    this.#page = page;
    this.#bytes = bytes;
    this.#uploads = uploads;
    this.#localsOf = localsOf;
    uploads.progressed.listen((key) => {
      const bar = this.#bars.get(key);
      if (bar) bar.value = uploads.progress(key);
    });
  }

  /**
   * The files of a message. The same element again if they look the same: pictures do not load anew.
   * @param {import("../views/arrange.js").MessageRow} row
   * @param {Element | null} before
   */
  draw({ message, own, state, muted }, before) {
    const { key = "", files = [] } = message;
    const room = this.#page.conversation.room;
    const locals = own ? this.#localsOf(key) : [];
    const known = files.map((file, place) => ({ ...file, local: file.local ?? locals[place] }));
    const shown = [...known.filter(isPicture), ...known.filter((file) => !isPicture(file))];
    const look = JSON.stringify([
      shown.map((file) => [file.name, file.type, file.bytes, isPicture(file) || file.id]),
      muted,
    ]);
    const old = before && this.#drawn.get(before);
    const same = old && old.look === look ? old : null;
    const drawn = same ?? { look, node: element("div", { class: "files" }), room, message, files: shown };
    Object.assign(drawn, { room, message, files: shown });
    this.#drawn.set(drawn.node, drawn);
    if (!same) drawn.node.append(...shown.map((_, place) => this.#part(drawn, place, muted === true)));
    const cards = shown.filter((file) => !isPicture(file));
    for (const [place, link] of [...drawn.node.querySelectorAll("a")].entries())
      link.href = addressOf(room, cards[place]);
    this.#showProgress(drawn.node, key, own && state === "pending" && files.some(({ id }) => !id));
    return drawn.node;
  }

  /**
   * @param {Element} node
   * @param {string} key
   * @param {boolean} sending
   */
  #showProgress(node, key, sending) {
    const old = node.querySelector("progress");
    if (!sending) {
      this.#bars.delete(key);
      return old?.remove();
    }
    const bar = old ?? element("progress", { max: "1", "aria-label": say("uploading") });
    bar.value = this.#uploads.progress(key);
    this.#bars.set(key, bar);
    if (!old) node.append(bar);
  }

  /**
   * @param {Drawn} drawn
   * @param {number} place
   * @param {boolean} muted
   */
  #part(drawn, place, muted) {
    const file = drawn.files[place];
    if (!isPicture(file)) return card(file);
    const { name } = file;
    const mark = `${drawn.message.id} ${place}`;
    const waits = () => muted && !this.#wanted.has(mark);
    const open = () => {
      if (waits()) {
        this.#wanted.add(mark);
        return load();
      }
      if (frame.classList.contains("broken")) return load();
      return new Viewer(this.#page, drawn, place, (one) => this.#sourceOf(drawn.room, one)).open();
    };
    const { width, height } = sizeInList(file);
    const picture = element("img", { alt: name, loading: "lazy", width: `${width}`, height: `${height}` });
    const told = element("span", { class: "hint" });
    const frame = button("", open, "picture");
    frame.title = name;
    frame.style.inlineSize = `${width}px`;
    frame.style.aspectRatio = `${width} / ${height}`;
    /** @param {import("../words/say.js").Word} word instead of the picture */
    const tell = (word) => {
      frame.classList.add("broken");
      told.textContent = say(word, { name: isolated(name) });
      frame.replaceChildren(told);
    };
    const load = async () => {
      frame.classList.remove("broken");
      frame.replaceChildren(picture);
      const source = await this.#sourceOf(drawn.room, drawn.files[place]);
      if (source) picture.src = source;
      else tell("pictureNotShown");
    };
    picture.addEventListener("error", () => tell("pictureNotShown"));
    if (waits()) tell("showPicture");
    else void load();
    return frame;
  }

  /**
   * @param {string} room
   * @param {Wire.File} file
   */
  async #sourceOf(room, file) {
    const here = file.local && (await this.#bytes.address(file.local));
    return here || addressOf(room, file);
  }
}

/** @typedef {{ look: string, node: HTMLElement, room: string, message: Wire.Message, files: Wire.File[] }} Drawn */

/**
 * Where the server has a file; "": it has it not yet.
 * @param {string} room
 * @param {Wire.File} file
 */
export function addressOf(room, { id, name }) {
  return id ? `files/${room}/${encodeURIComponent(id)}/${encodeURIComponent(name)}` : "";
}

/**
 * In pixels; of unknown size, the largest.
 * @param {Wire.File} file
 */
export function sizeInList({ width = 0, height = 0 }) {
  if (!width || !height) return most;
  const scale = Math.min(1, most.width / width, most.height / height);
  const fit = (/** @type {number} */ length) => Math.max(least, Math.round(length * scale));
  return { width: fit(width), height: fit(height) };
}

/** @param {Wire.File} file */
function card(file) {
  const { id, name, bytes } = file;
  const about = element("span", { class: "hint", text: [endingOf(file), sizeOf(bytes)].filter(Boolean).join(" · ") });
  const preview = element("span", { class: "preview", "aria-hidden": "true", text: endingOf(file) });
  const body = element("span", { class: "about" }, named(name), about);
  if (!id) return element("span", { class: "file" }, preview, body);
  const download = element("span", { class: "unseen", text: say("download") });
  return element("a", { class: "file", download: name }, preview, body, download);
}
