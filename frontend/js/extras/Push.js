/// <reference path="../views/browser.d.ts" />

import { makeKey } from "../transport/frames.js";
import { levelOf } from "./NoticeLevel.js";
import { Offline } from "./Offline.js";

/** In milliseconds: for an answer of the server. */
const patience = 8_000;
/** Before changes are told, so that several are told together. */
const gatherFor = 2_000;

/**
 * Notifications while the page is closed (docs/protocol.md, section 16): subscribes this browser at its push service,
 * and tells the server. worker.js shows what arrives.
 */
export class Push {
  /** @type {Push | undefined} */
  static #only;
  #page;
  /** By the key of the request. */
  #asked = /** @type {Map<string, (on: boolean) => void>} */ (new Map());
  /** What the server was told on this connection. */
  #told = "";
  #waits = false;

  /** @param {import("../main.js").Page} page */
  static of(page) {
    Push.#only ??= new Push(page);
    return Push.#only;
  }

  /** @param {import("../main.js").Page} page */
  constructor(page) {
    this.#page = page;
    const { session } = page.chat;
    session.frames.listen((frame) => {
      if (frame.type === "welcome") this.#begin();
      if (frame.type === "renamed" && frame.user.id === session.welcome?.user.id) this.#tellSoon();
      if (frame.type === "push") this.#answered(frame.key, true);
      if (frame.type === "error" && frame.key) this.#answered(frame.key, false);
    });
    // Who has signed out is not told any more of what others write.
    session.changed.listen(() => session.barred && void this.#unsubscribe());
    page.notes.changed.listen(() => this.#tellSoon());
    page.navigation.changed.listen(() => this.#tellSoon());
    navigator.serviceWorker?.addEventListener("message", ({ data }) => data.type === "subscribed" && this.#begin());
    if (session.online) this.#begin();
  }

  /** Whether the server sends push messages, and the browser gets some. */
  get isOffered() {
    const hasWorker = Offline.registration ?? navigator.serviceWorker?.controller;
    return Boolean(this.#serverKey && hasWorker && "PushManager" in globalThis);
  }

  get on() {
    return this.#page.identity.pushedTo !== null;
  }

  get #serverKey() {
    return this.#page.chat.session.welcome?.push?.key ?? "";
  }

  get #user() {
    return this.#page.chat.session.welcome?.user.id ?? "";
  }

  /**
   * Only after a click, when notifications are permitted.
   * @param {boolean} on
   * @returns {Promise<boolean>} whether it worked
   */
  async set(on) {
    const { identity } = this.#page;
    if (!on) {
      identity.pushedTo = null;
      await this.#unsubscribe();
      return true;
    }
    identity.pushedTo = this.#user;
    const isOn = await this.#tell().catch((error) => {
      console.warn(error);
      return false;
    });
    if (isOn) return true;
    identity.pushedTo = null;
    await this.#unsubscribe();
    return false;
  }

  /** On each connection: the server may have lost the device, or the browser its subscription. */
  #begin() {
    this.#told = "";
    if (!this.on) return;
    // Another user must not get what is meant for the one before.
    if (this.#page.identity.pushedTo !== this.#user) return void this.set(false);
    this.#tellSoon();
  }

  #tellSoon() {
    if (this.#waits || !this.on) return;
    this.#waits = true;
    setTimeout(() => {
      this.#waits = false;
      if (this.on) void this.#tell().catch(console.warn);
    }, gatherFor);
  }

  /** @returns {Promise<boolean>} whether the server knows this browser now */
  async #tell() {
    const { chat, notes } = this.#page;
    if (!this.#serverKey || !chat.session.online) return false;
    const { endpoint, keys } = (await this.#subscription()).toJSON();
    if (!endpoint || !keys) return false;
    const rooms = Object.fromEntries(chat.entered.map((room) => [room, levelOf(notes, room)]));
    const what = { endpoint, p256dh: keys.p256dh, auth: keys.auth, serverKey: this.#serverKey, rooms };
    const text = JSON.stringify([what, chat.session.welcome?.user.name]);
    if (text === this.#told) return true;
    this.#told = text;
    const isKnown = await this.#ask(what);
    if (!isKnown && this.#told === text) this.#told = "";
    return isKnown;
  }

  async #subscription() {
    const { pushManager } = await navigator.serviceWorker.ready;
    const known = await pushManager.getSubscription();
    const serverKey = bytesOf(this.#serverKey);
    if (known && isSame(known.options.applicationServerKey, serverKey)) return known;
    // The server has another key since its secret was changed.
    await known?.unsubscribe();
    return pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: serverKey });
  }

  async #unsubscribe() {
    this.#told = "";
    const registration = await navigator.serviceWorker?.getRegistration();
    const known = await registration?.pushManager?.getSubscription();
    if (!known) return;
    // If the server does not hear it, its next message finds that the subscription is gone.
    void this.#ask({ endpoint: known.endpoint, on: false });
    await known.unsubscribe().catch(console.warn);
  }

  /**
   * @param {object} what
   * @returns {Promise<boolean>}
   */
  #ask(what) {
    const { session } = this.#page.chat;
    if (!session.online) return Promise.resolve(false);
    const key = makeKey();
    return new Promise((resolve) => {
      this.#asked.set(key, resolve);
      setTimeout(() => this.#answered(key, false), patience);
      session.send({ type: "push", key, ...what });
    });
  }

  /**
   * @param {string} key
   * @param {boolean} isTaken
   */
  #answered(key, isTaken) {
    this.#asked.get(key)?.(isTaken);
    this.#asked.delete(key);
  }
}

/** @param {string} text in base64url */
function bytesOf(text) {
  const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}

/**
 * @param {ArrayBuffer | null} buffer
 * @param {Uint8Array} bytes
 */
function isSame(buffer, bytes) {
  const known = new Uint8Array(buffer ?? []);
  return known.length === bytes.length && known.every((byte, index) => byte === bytes[index]);
}
