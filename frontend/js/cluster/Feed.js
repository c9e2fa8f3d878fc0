/// <reference path="report.d.ts" />

import { Signal } from "../Signal.js";

/** So often there is news at least; three times that is silence. */
const interval = 2_000;
const silence = 6_000;

/** @typedef {import("../transport/Heartbeat.js").Clock} Clock */
/** @typedef {{ onmessage: ((event: any) => void) | null, onerror: ((event: any) => void) | null, close: () => void }} Source */

/**
 * Reports of the cluster, from whichever node answers: a stream, and while that cannot be had, one question after the
 * other. Whatever breaks, it goes on trying.
 */
export class Feed {
  /** @type {Signal<Cluster.Report>} */
  received = new Signal();
  #open;
  #ask;
  #backoff;
  #clock;
  /** @type {Source | null} */
  #source = null;
  /** @type {unknown} Until the stream has to have said something. */
  #watch;
  /** @type {unknown} Until the stream is tried again. */
  #retry;
  /** @type {unknown} */
  #poll;
  #running = false;
  #polling = false;
  /** A question is on its way; it may be one from before the stream came back and broke again. */
  #asking = false;

  /**
   * @param {() => Source} open opens the stream
   * @param {() => Promise<Cluster.Report>} ask asks once
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
      // The age of the last report says it, and the next question comes.
    }
    this.#asking = false;
    if (this.#polling) this.#poll = this.#clock.after(interval, () => this.#askOnce());
  }
}
