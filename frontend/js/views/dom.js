/// <reference path="browser.d.ts" />

import { language } from "../words/speaker.js";

/**
 * Creates an element. Nothing on this page parses HTML.
 *
 * @template {keyof HTMLElementTagNameMap} Name
 * @param {Name} name
 * @param {{ class?: string, text?: string, [attribute: string]: string | undefined }} [attributes]
 * @param {...Node} children
 * @returns {HTMLElementTagNameMap[Name]}
 */
export function element(name, attributes = {}, ...children) {
  const { class: className, text, ...others } = attributes;
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  for (const [attribute, value] of Object.entries(others)) {
    if (value !== undefined) made.setAttribute(attribute, value);
  }
  made.append(...children);
  return made;
}

/**
 * The element of the page with this id.
 *
 * @template {HTMLElement} Kind
 * @param {string} id
 * @param {new () => Kind} kind
 * @returns {Kind}
 */
export function find(id, kind) {
  const found = document.getElementById(id);
  if (found instanceof kind) return found;
  throw new Error(`the page has no ${kind.name} with the id ${id}`);
}

/**
 * Fills in the texts that the HTML names.
 * @param {(word: any) => string} say
 */
export function writeWords(say) {
  document.documentElement.lang = language;
  for (const node of document.querySelectorAll("[data-say], [data-label]")) {
    if (!(node instanceof HTMLElement)) continue;
    const { label, say: text } = node.dataset;
    if (text) node.textContent = say(text);
    if (label) node.setAttribute("aria-label", say(label));
  }
}

/**
 * Changes a text only if it differs: a screen reader would read it again.
 * @param {HTMLElement} node
 * @param {string} text
 */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** Whether the page shows what only operators want to know: to those of the chat, and with `?debug` in the address. */
export function forOperators() {
  return document.documentElement.classList.contains("operator");
}

/**
 * A button with a text.
 * @param {string} label
 * @param {() => void} act
 * @param {string} [className]
 */
export function button(label, act, className = "link") {
  const made = element("button", { type: "button", class: className, text: label });
  made.addEventListener("click", act);
  return made;
}

/**
 * A name on one line, with an ellipsis where there is no room; the tooltip has all of it.
 * @param {string} name
 * @param {string} [className]
 */
export function named(name, className = "name") {
  // What tells a guest from an account is never cut off.
  const mark = / \((?:guest|Gast)\)$/.exec(name)?.[0];
  if (!mark) return element("bdi", { class: className, title: name, text: name });
  const cut = element("span", { class: "name", title: name, text: name.slice(0, -mark.length) });
  return element(
    "bdi",
    { class: `${className} marked`, title: name },
    cut,
    element("span", { class: "mark", text: mark }),
  );
}

/**
 * Runs something in a moment, once for many calls: changes are shown together.
 * @param {() => void} run
 */
export function soon(run) {
  let waiting = false;
  return () => {
    if (waiting) return;
    waiting = true;
    setTimeout(() => {
      waiting = false;
      run();
    }, 16);
  };
}

/**
 * Loads a style sheet, once.
 * @param {string} name
 */
export async function loadStyle(name) {
  if (document.querySelector(`link[href$="${name}"]`)) return;
  const link = element("link", { rel: "stylesheet", href: `static/${name}` });
  // Before the others: base.css and chat.css come last.
  document.querySelector("link[rel=stylesheet]")?.before(link);
  await new Promise((resolve, reject) => {
    link.onload = resolve;
    link.onerror = reject;
  }).catch((error) => {
    link.remove();
    throw error;
  });
}

/**
 * Whether an input method uses this key. Safari reports the Enter that ends a composition with the key code 229 and
 * `isComposing` false.
 * @param {KeyboardEvent} event
 */
export function composes({ isComposing, keyCode }) {
  return isComposing || keyCode === 229;
}

/**
 * Enter, outside of a composition.
 * @param {KeyboardEvent} event
 */
export function isEnter(event) {
  return event.keyCode === 13 && !composes(event);
}

/** Prevents the Enter that ends a composition from submitting the form, for all forms of the page. */
export function guardForms() {
  document.addEventListener("keydown", (event) => {
    const { key, target } = event;
    if (key === "Enter" && composes(event) && target instanceof HTMLInputElement) event.preventDefault();
  });
}

/** From the first script on: the browser would leave the page for a dropped file. DeadEnds.js takes it, or says why not. */
export function refuseFiles() {
  for (const type of /** @type {const} */ (["dragover", "drop"]))
    document.addEventListener(type, (event) => event.dataTransfer?.types.includes("Files") && event.preventDefault());
}

const lifetime = 8_000;

/** A short note above the messages that disappears by itself or when it is answered. */
export class Toast {
  #place = find("toast", HTMLElement);
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #asking = false;

  /** @param {string} text */
  show(text) {
    this.hide();
    this.#place.append(element("span", { class: "raised", text }));
    this.#timer = setTimeout(() => this.hide(), lifetime);
  }

  /**
   * Stays until it is answered or withdrawn.
   * @param {string} text
   * @param {Record<string, () => void>} answers by label
   */
  ask(text, answers) {
    this.hide();
    const buttons = Object.entries(answers).map(([label, act]) =>
      button(label, () => {
        this.hide();
        act();
      }),
    );
    this.#place.append(element("span", { class: "raised", text }, ...buttons));
    this.#asking = true;
  }

  /** A question about one room does not apply to another. */
  withdraw() {
    if (this.#asking) this.hide();
  }

  hide() {
    clearTimeout(this.#timer);
    this.#asking = false;
    this.#place.replaceChildren();
  }
}
