/// <reference path="report.d.ts" />

import { Signal } from "../runtime.js";

/** Between reports; three times as long is silence. */
const interval = 2_000;
const silence = 6_000;

/** @typedef {import("../runtime.js").Clock} Clock */
/** @typedef {{ onmessage: ((event: any) => void) | null, onerror: ((event: any) => void) | null, close: () => void }} Source */

/** Receives cluster reports: from a stream, or by polling while the stream is down. Never gives up. */
export class Feed {
  /** @type {Signal<Cluster.Report>} */
  received = new Signal();
  #open;
  #ask;
  #backoff;
  #clock;
  /** @type {Source | null} */
  #source = null;
  /** @type {unknown} Timeout of the stream. */
  #watch;
  /** @type {unknown} Until the stream is reopened. */
  #retry;
  /** @type {unknown} */
  #poll;
  #running = false;
  #polling = false;
  /** A request is under way, perhaps from before the stream came back and broke again. */
  #asking = false;

  /**
   * @param {() => Source} open opens the stream
   * @param {() => Promise<Cluster.Report>} ask polls once
   * @param {{ next: () => number, reset: () => void }} backoff
   * @param {Clock} clock
   */
  constructor(open, ask, backoff, clock) {
    this.#open = open;
    this.#ask = ask;
    this.#backoff = backoff;
    this.#clock = clock;
  }

  start() {
    if (this.#running) return;
    this.#running = true;
    this.#connect();
  }

  stop() {
    this.#running = false;
    this.#polling = false;
    this.#disconnect();
    this.#clock.cancel(this.#retry);
    this.#clock.cancel(this.#poll);
  }

  #connect() {
    const source = this.#open();
    this.#source = source;
    this.#expect();
    source.onerror = () => this.#lost();
    source.onmessage = ({ data }) => {
      const report = JSON.parse(data);
      this.#backoff.reset();
      this.#polling = false;
      this.#clock.cancel(this.#poll);
      this.#expect();
      this.received.emit(report);
    };
  }

  #expect() {
    this.#clock.cancel(this.#watch);
    this.#watch = this.#clock.after(silence, () => this.#lost());
  }

  #disconnect() {
    this.#clock.cancel(this.#watch);
    if (!this.#source) return;
    this.#source.onmessage = this.#source.onerror = null;
    this.#source.close();
    this.#source = null;
  }

  #lost() {
    this.#disconnect();
    this.#retry = this.#clock.after(this.#backoff.next(), () => this.#connect());
    if (this.#polling) return;
    this.#polling = true;
    if (!this.#asking) void this.#askOnce();
  }

  async #askOnce() {
    this.#asking = true;
    try {
      const report = await this.#ask();
      if (this.#polling) this.received.emit(report);
    } catch {
      // The page shows the age of the last report, and the next poll follows.
    }
    this.#asking = false;
    if (this.#polling) this.#poll = this.#clock.after(interval, () => this.#askOnce());
  }
}
