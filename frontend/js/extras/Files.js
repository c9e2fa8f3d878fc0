import { clock } from "../runtime.js";
import { prefixOf } from "../store/storage.js";
import { Attachments } from "./Attachments.js";
import { DraftFiles } from "./DraftFiles.js";
import { FileBytes, openShelf } from "./FileBytes.js";
import { FileTray } from "./FileTray.js";
import { Uploads, putBytes } from "./Uploads.js";

/** How many own messages show the files of this browser after they were sent. */
const remembered = 20;
/** In milliseconds: until the storage shows what another tab has changed. */
const moved = 2_000;

/** Pictures and files: chosen (FileTray), kept (FileBytes), uploaded (Uploads) and shown (Attachments). */
export class Files {
  /** @type {Files | undefined} */
  static #only;
  bytes = new FileBytes(openShelf(`webchat ${prefixOf(location.pathname)}`), Date.now);
  tray;
  #drafts;
  #page;
  /** The local ids of files that are needed. */
  #used = /** @type {Set<string>} */ (new Set());
  /** By the key of an own message: the local ids of its files. */
  #sent = /** @type {Map<string, string[]>} */ (new Map());

  /** @param {import("../main.js").Page} page */
  static of(page) {
    Files.#only ??= new Files(page);
    return Files.#only;
  }

  /** @param {import("../main.js").Page} page */
  constructor(page) {
    this.#page = page;
    const { chat, conversation, notes } = page;
    const uploads = new Uploads(chat, this.bytes, putBytes, { clock, now: Date.now, locks: navigator.locks });
    this.#drafts = new DraftFiles(notes);
    conversation.composer.files = this.#drafts;
    this.tray = new FileTray(page, this.bytes, this.#drafts);
    conversation.attachments = new Attachments(page, this.bytes, uploads, (key) => this.#sent.get(key) ?? []);
    for (const { changed } of [chat.outbox, notes]) changed.listen(() => this.#remember());
    this.#remember();
    void this.bytes.tidy(this.#used);
    conversation.show();
  }

  get #needed() {
    const unsent = this.#page.chat.outbox.withFiles.flatMap(({ files = [] }) => files);
    const files = [...unsent, ...this.#drafts.all];
    return new Set(files.flatMap(({ local }) => local ?? []));
  }

  /** What is not needed any more goes in a moment: another tab may be moving it from a message to a draft. */
  #remember() {
    const { outbox } = this.#page.chat;
    for (const { key, files } of outbox.withFiles)
      if (!this.#sent.has(key)) this.#sent.set(key, files?.map(({ local = "" }) => local) ?? []);
    while (this.#sent.size > remembered) {
      const [oldest] = this.#sent.keys();
      for (const id of this.#sent.get(oldest) ?? []) this.bytes.forgetAddress(id);
      this.#sent.delete(oldest);
    }
    const before = this.#used;
    this.#used = this.#needed;
    const dropped = [...before].filter((id) => !this.#used.has(id));
    if (dropped.length > 0) setTimeout(() => this.#release(dropped), moved);
  }

  /** @param {string[]} ids */
  #release(ids) {
    const needed = this.#needed;
    for (const id of ids) if (!needed.has(id)) void this.bytes.remove(id);
  }
}
