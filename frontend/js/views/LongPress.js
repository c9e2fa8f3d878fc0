const coarse = matchMedia("(pointer: coarse)");

/** In milliseconds. */
const held = 500;
/** In pixels: a finger that moves further scrolls. */
const still = 10;

/** A finger that rests on a message. */
export class LongPress {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #from = { x: 0, y: 0 };

  /**
   * @param {HTMLElement} log
   * @param {(message: HTMLElement) => void} act
   */
  constructor(log, act) {
    log.addEventListener("pointerdown", ({ pointerType, target, clientX: x, clientY: y }) => {
      this.#stop();
      const message = target instanceof Element && target.closest("article");
      // Links have their own long press. Browsers move a touch to the nearest button: what a reply answers.
      const other = target instanceof Element && target.closest("a, button:not(.chip, .answered, .picture)");
      if (pointerType !== "touch" || other || !(message instanceof HTMLElement)) return;
      this.#from = { x, y };
      this.#timer = setTimeout(() => {
        ignoreRelease();
        act(message);
      }, held);
    });
    log.addEventListener("pointermove", ({ clientX: x, clientY: y }) => {
      if (Math.hypot(x - this.#from.x, y - this.#from.y) > still) this.#stop();
    });
    for (const event of ["pointerup", "pointercancel", "scroll"]) log.addEventListener(event, () => this.#stop());
    log.addEventListener("contextmenu", (event) => {
      const link = event.target instanceof Element && event.target.closest("a");
      if (coarse.matches && !link) event.preventDefault();
    });
  }

  #stop() {
    clearTimeout(this.#timer);
  }
}

/** The finger that has opened something is lifted: that is no click on what is there now. */
function ignoreRelease() {
  const ignore = (/** @type {Event} */ event) => {
    event.stopPropagation();
    event.preventDefault();
  };
  addEventListener("click", ignore, { capture: true, once: true });
  const next = () => removeEventListener("click", ignore, { capture: true });
  addEventListener("pointerdown", next, { capture: true, once: true });
}
