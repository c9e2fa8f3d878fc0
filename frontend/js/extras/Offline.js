/// <reference path="../views/browser.d.ts" />

import { compareIDs } from "../transport/frames.js";
import { button, element, forOperators } from "../views/dom.js";
import { say } from "../words/say.js";

/** Longest wait after a reconnect, in ms, before the page asks for a new version: a new node has all clients at once. */
const spread = 60_000;

/** The only address that this policy makes. Relative, as the page may be served under a path. */
const script = { createScriptURL: () => "worker.js" };
const policy = globalThis.trustedTypes?.createPolicy("worker", script) ?? script;

/** The service worker (worker.js) as the page sees it: registers it, and says when there is a new version of the page. */
export class Offline {
  /** @type {Offline | undefined} */
  static #only;
  /** The last message of each room of which the page has told by a notification. */
  static told = /** @type {Map<string, string>} */ (new Map());
  #page;
  #registration;
  /** Of the page in this tab. */
  #version = "";
  /** There is another version, which the next page load gets. */
  #waits = false;
  #shown = "";

  /**
   * With plain http, in private windows or with a full storage there is no worker, and the page works as without.
   * @param {import("../main.js").Page} page
   */
  static async begin(page) {
    const { serviceWorker } = navigator;
    if (!serviceWorker || Offline.#only) return;
    try {
      await serviceWorker.register(policy.createScriptURL(""));
      const registration = await serviceWorker.getRegistration();
      if (registration) Offline.#only ??= new Offline(page, registration);
    } catch (error) {
      console.warn(error);
    }
  }

  /** Where notifications can be shown, if a worker is there to handle clicks on them. */
  static get registration() {
    const registration = Offline.#only && Offline.#only.#registration;
    return registration?.active ? registration : null;
  }

  /**
   * @param {import("../main.js").Page} page
   * @param {ServiceWorkerRegistration} registration
   */
  constructor(page, registration) {
    this.#page = page;
    this.#registration = registration;
    const { session } = page.chat;
    navigator.serviceWorker.addEventListener("message", (event) => this.#answer(event));
    navigator.serviceWorker.addEventListener("controllerchange", () => void this.#look());
    registration.addEventListener("updatefound", () =>
      registration.installing?.addEventListener("statechange", () => void this.#look()),
    );
    session.changed.listen(() => this.#show());
    session.frames.listen(({ type }) => {
      if (type === "welcome") setTimeout(() => void registration.update().catch(() => null), Math.random() * spread);
    });
    void this.#begin();
  }

  async #begin() {
    const { active, installing, waiting } = this.#registration;
    const worker = navigator.serviceWorker.controller ?? installing ?? waiting ?? active;
    if (!worker) return;
    const { yours, mine } = await versionsOf(worker);
    this.#version = yours ?? mine;
    // It does so if no tab shows the version before.
    waiting?.postMessage("take over");
    await this.#look();
  }

  async #look() {
    const { waiting } = this.#registration;
    this.#waits = waiting !== null && (await versionsOf(waiting)).mine !== this.#version;
    this.#show();
  }

  /** Below each list of rooms. */
  #show() {
    const version = forOperators() ? say("pageVersion", { version: this.#version.slice(0, 8) }) : "";
    const text = [version, this.#waits ? say("newVersion") : ""].filter(Boolean).join(" · ");
    if (text === this.#shown) return;
    this.#shown = text;
    for (const line of document.querySelectorAll(".version")) line.remove();
    if (text === "") return;
    for (const me of document.querySelectorAll(".me")) {
      const line = element("p", { class: "version hint", text });
      if (this.#waits)
        line.append(
          " ",
          button(say("reload"), () => location.reload()),
        );
      me.before(line);
    }
  }

  /** @param {MessageEvent} event of the worker, about a notification */
  #answer({ data, ports }) {
    const { conversation, navigation } = this.#page;
    if (data.type === "shows") ports[0].postMessage(conversation.room === data.room);
    if (data.type === "told") ports[0].postMessage(compareIDs(Offline.told.get(data.room) ?? "0-0", data.id) >= 0);
    if (data.type === "go") navigation.go(data.room, data.id);
  }
}

/**
 * `yours` is null if this tab got its page without a worker.
 * @param {ServiceWorker} worker
 * @returns {Promise<{ yours: string | null, mine: string }>}
 */
function versionsOf(worker) {
  const { port1, port2 } = new MessageChannel();
  worker.postMessage("version", [port2]);
  return new Promise((resolve) => (port1.onmessage = ({ data }) => resolve(data)));
}
