import { element } from "../views/dom.js";
import { isPicture, sizeOf } from "../views/gist.js";
import { isolated, say } from "../words/say.js";
import { icon } from "./FileTray.js";

const paths = {
  close: "m5 5 10 10M15 5 5 15",
  previousPicture: "m12 4-6 6 6 6",
  nextPicture: "m8 4 6 6-6 6",
  download: "M10 3.500v9M6 9l4 4 4-4M4 16.500h12",
};

/** The pictures of a message, large. Arrow keys and buttons lead from one to the next, Escape closes. */
export class Viewer {
  /** The last one. */
  static #shown = /** @type {Viewer | undefined} */ (undefined);
  #page;
  #drawn;
  #files;
  #place;
  #sourceOf;
  #title = element("h2", { id: "viewer-title", class: "name", tabindex: "-1", autofocus: "" });
  #about = element("p", { class: "hint", role: "status" });
  #picture = element("img");
  #download = element("a", { class: "icon-button" });
  #node;

  /**
   * @param {import("../main.js").Page} page
   * @param {import("./Attachments.js").Drawn} drawn
   * @param {number} place of the file to show first
   * @param {(file: Wire.File) => Promise<string>} sourceOf
   */
  constructor(page, drawn, place, sourceOf) {
    this.#page = page;
    this.#drawn = drawn;
    this.#files = drawn.files.filter(isPicture);
    this.#place = this.#files.indexOf(drawn.files[place]);
    this.#sourceOf = sourceOf;
    this.#download.append(icon(paths.download));
    this.#download.ariaLabel = this.#download.title = say("download");
    const several = this.#files.length > 1;
    const previous = this.#button("previousPicture", () => this.#step(-1));
    const next = this.#button("nextPicture", () => this.#step(1));
    for (const one of [previous, next]) one.hidden = !several;
    const close = this.#button("close", () => this.#node.close());
    const words = element("div", { class: "about" }, this.#title, this.#about);
    const head = element("header", {}, words, this.#download, close);
    const stage = element("div", { class: "stage" }, previous, this.#picture, next);
    this.#node = element("dialog", { class: "viewer", "aria-labelledby": "viewer-title" }, head, stage);
    this.#node.addEventListener("click", ({ target }) => {
      if (target === this.#node || target === stage) this.#node.close();
    });
    this.#node.addEventListener("close", () => this.#node.remove());
    this.#node.addEventListener("keydown", (event) => this.#keyDown(event));
    this.#picture.addEventListener("error", () => {
      this.#about.textContent = say("pictureNotShown", { name: isolated(this.#file.name) });
    });
  }

  open() {
    // Beside another dialog, its keys would not be clear.
    for (const other of document.querySelectorAll("dialog[open]"))
      if (other instanceof HTMLDialogElement) other.close();
    document.body.append(this.#node);
    this.#node.showModal();
    if (!Viewer.#shown) this.#page.chat.changed.listen(() => Viewer.#shown && Viewer.#shown.#follow());
    Viewer.#shown = this;
    void this.#show();
  }

  get #file() {
    return this.#files[this.#place];
  }

  /** A message that is deleted loses its pictures, here too. */
  #follow() {
    const { room, message } = this.#drawn;
    if (this.#node.open && this.#page.chat.room(room).timeline.find(message.id)?.deleted) this.#node.close();
  }

  /**
   * @param {keyof typeof paths} word
   * @param {() => void} act
   */
  #button(word, act) {
    const made = element("button", { type: "button", class: `icon-button ${word}` }, icon(paths[word]));
    made.ariaLabel = made.title = say(word);
    made.addEventListener("click", act);
    return made;
  }

  async #show() {
    const file = this.#file;
    const { name, bytes, width, height } = file;
    const { length } = this.#files;
    this.#title.textContent = this.#title.title = name;
    const place = length > 1 ? say("pictureOf", { place: this.#place + 1, all: length }) : "";
    this.#about.textContent = [place, sizeOf(bytes)].filter(Boolean).join(" · ");
    this.#picture.removeAttribute("src");
    this.#picture.alt = name;
    if (width && height) Object.assign(this.#picture, { width, height });
    const source = await this.#sourceOf(file);
    if (file !== this.#file) return;
    this.#picture.src = source;
    // The server may redirect to a bucket, where the attribute alone would show the picture instead.
    this.#download.href = source.startsWith("blob:") ? source : `${source}?download`;
    this.#download.download = name;
  }

  /** @param {number} by */
  #step(by) {
    const { length } = this.#files;
    this.#place = (this.#place + by + length) % length;
    void this.#show();
  }

  /** @param {KeyboardEvent} event */
  #keyDown(event) {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!by || this.#files.length < 2) return;
    event.preventDefault();
    this.#step(by);
  }
}
