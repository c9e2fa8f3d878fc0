import { makeKey } from "../transport/frames.js";
import { button, element, find, named } from "../views/dom.js";
import { isPicture, sizeOf } from "../views/gist.js";
import { shape } from "../views/shape.js";
import { isolated, say } from "../words/say.js";
import { prepared } from "./pictures.js";

const clip =
  "m16 9.500-5.900 5.900a3.700 3.700 0 0 1-5.200-5.200l6.300-6.300a2.500 2.500 0 0 1 3.500 3.500l-6.300 6.300a1.200 1.200 0 0 1-1.700-1.700L12 6.700";
const cross = "m5.500 5.500 9 9M14.500 5.500l-9 9";

/** In milliseconds after the last `dragover`. */
const dragged = 200;

/** The files of the draft, above the field, and what brings them there: a button, pasting and dropping. */
export class FileTray {
  #page;
  #bytes;
  #drafts;
  #list = element("ul", { class: "tray", "aria-label": say("filesOfDraft") });
  /** It accepts everything, as phones then offer the camera, too. */
  #field = element("input", { type: "file", multiple: "", hidden: "" });
  #button = button("", () => this.#field.click(), "attach");
  #shown = "";
  /** Files are being read. */
  #reading = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #drag;

  /**
   * @param {import("../main.js").Page} page
   * @param {import("./FileBytes.js").FileBytes} bytes
   * @param {import("./DraftFiles.js").DraftFiles} drafts
   */
  constructor(page, bytes, drafts) {
    this.#page = page;
    this.#bytes = bytes;
    this.#drafts = drafts;
    this.#button.append(icon(clip));
    this.#button.ariaLabel = this.#button.title = say("attach");
    const field = find("composer-text", HTMLElement);
    field.before(this.#button, this.#field);
    field.parentElement?.before(this.#list);
    this.#field.addEventListener("change", () => {
      void this.add([...(this.#field.files ?? [])]);
      // The same file may be chosen again.
      this.#field.value = "";
      page.conversation.composer.focus();
    });
    document.addEventListener("dragover", (event) => this.#mark(event));
    page.notes.changed.listen(() => this.#show());
    page.navigation.changed.listen(() => this.#show());
    page.chat.session.changed.listen(() => this.#offer());
    this.#offer();
  }

  /** Where the server takes files. */
  #offer() {
    this.#drafts.taken = this.#page.chat.session.welcome?.files !== undefined;
    this.#button.hidden = !this.#drafts.taken;
    this.#show();
  }

  /** @param {DragEvent} event */
  #mark({ dataTransfer }) {
    if (!dataTransfer?.types.includes("Files") || this.#button.hidden) return;
    const { classList } = find("composer", HTMLElement);
    classList.add("dropping");
    clearTimeout(this.#drag);
    this.#drag = setTimeout(() => classList.remove("dropping"), dragged);
  }

  /**
   * Adds files to the draft of the room on screen. What the server would not take is refused.
   * @param {File[]} files
   */
  async add(files) {
    const { chat, conversation, toast } = this.#page;
    const limits = chat.session.welcome?.files;
    const { room } = conversation;
    if (!limits) return;
    if (this.#refusal) return toast.show(this.#refusal);
    this.#reading += 1;
    const read = this.#read(files, room, limits);
    const all = Promise.all([this.#drafts.preparing, read]);
    this.#drafts.preparing = all;
    this.#show();
    try {
      const problems = await read;
      if (problems.length > 0) toast.show(problems.join(" "));
    } finally {
      this.#reading -= 1;
      if (this.#drafts.preparing === all) this.#drafts.preparing = null;
      this.#show();
    }
  }

  /** Why the draft takes no files at the moment, or "". */
  get #refusal() {
    const { classList } = find("composer", HTMLElement);
    if (classList.contains("barred")) return find("composer-text", HTMLTextAreaElement).placeholder;
    return classList.contains("editing") ? say("filesNotInEdit") : "";
  }

  /**
   * @param {File[]} files
   * @param {string} room
   * @param {Wire.FileLimits} limits
   * @returns what was refused, and why
   */
  async #read(files, room, limits) {
    const drafts = this.#drafts;
    const problems = /** @type {Set<string>} */ (new Set());
    for (const file of files) {
      const name = isolated(file.name);
      if (drafts.in(room).length >= limits.perMessage) {
        problems.add(say("tooManyFiles", { n: limits.perMessage }));
        break;
      }
      if (file.size === 0) {
        problems.add(say("fileEmpty", { name }));
        continue;
      }
      const chosen = await prepared(file, limits).catch((error) => console.warn(error));
      if (!chosen) problems.add(say("pictureUnreadable", { name }));
      else if (chosen.bytes.size > limits.bytes) problems.add(say("fileTooBig", { name, size: sizeOf(limits.bytes) }));
      else {
        const { bytes, ...about } = chosen;
        const local = makeKey();
        await this.#bytes.put(local, bytes);
        drafts.set(room, [...drafts.in(room), { local, ...about, bytes: bytes.size }]);
      }
    }
    return [...problems];
  }

  #show() {
    const { conversation } = this.#page;
    const files = this.#drafts.taken ? this.#drafts.in(conversation.room) : [];
    const shown = JSON.stringify([conversation.room, files.map(({ local }) => local), this.#reading > 0]);
    if (shown === this.#shown) return;
    this.#shown = shown;
    const waiting = this.#reading > 0 ? [element("li", { class: "hint", text: say("preparingFiles") })] : [];
    this.#list.replaceChildren(...files.map((file) => this.#row(file)), ...waiting);
    find("composer", HTMLElement).classList.toggle("has-files", files.length > 0);
  }

  /** @param {Wire.File} file */
  #row(file) {
    const { name, bytes, local = "" } = file;
    const preview = element("span", { class: "preview", "aria-hidden": "true", text: endingOf(file) });
    const size = element("span", { class: "hint", text: sizeOf(bytes) });
    void this.#bytes.address(local).then((src) => {
      if (src && isPicture(file)) preview.replaceChildren(element("img", { src, alt: "" }));
      if (!src) size.textContent = say("fileNotKept");
    });
    const remove = button("", () => this.#remove(local), "remove");
    remove.append(icon(cross));
    remove.ariaLabel = say("removeFile", { name: isolated(name) });
    return element("li", {}, preview, element("span", { class: "about" }, named(name), size), remove);
  }

  /** @param {string} local */
  #remove(local) {
    const { room, composer } = this.#page.conversation;
    const others = this.#drafts.in(room).filter((file) => file.local !== local);
    this.#drafts.set(room, others);
    composer.focus();
  }
}

/**
 * The ending of a file's name, as people know the kinds of files.
 * @param {{ name: string }} file
 */
export function endingOf({ name }) {
  return name.match(/\.([\p{L}\p{N}]{1,5})$/u)?.[1].toUpperCase() ?? "";
}

/** @param {string} d a path */
export function icon(d) {
  return shape("svg", { viewBox: "0 0 20 20", "aria-hidden": "true" }, shape("path", { d }));
}
