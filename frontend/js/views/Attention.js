/** So long something has to be in sight to count as read. */
const readAfter = 1_500;

/** Whether somebody looks at the page, and for long enough to have read what is there. */
export class Attention {
  #sees;
  #didRead;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /**
   * @param {() => boolean} sees whether the newest message is in view
   * @param {() => void} didRead
   */
  constructor(sees, didRead) {
    this.#sees = sees;
    this.#didRead = didRead;
    document.addEventListener("visibilitychange", () => this.check());
    for (const event of ["focus", "blur"]) addEventListener(event, () => this.check());
  }

  static get present() {
    return document.visibilityState === "visible" && document.hasFocus();
  }

  /** Something has changed: there may be something to read, or nobody any more to read it. */
  check() {
    if (!Attention.present || !this.#sees()) {
      clearTimeout(this.#timer);
      this.#timer = undefined;
    } else this.#timer ??= setTimeout(() => this.#finish(), readAfter);
  }

  /** Something else is in sight now. */
  restart() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.check();
  }

  #finish() {
    this.#timer = undefined;
    this.#didRead();
  }
}
