/// <reference path="browser.d.ts" />

import { language } from "../words/speaker.js";

/**
 * Makes an element. Text is always text: nothing here, or anywhere, parses HTML.
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
 * An element of the page.
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
 * Writes the words that the HTML asks for.
 * @param {(word: any) => string} say
 */
export function writeWords(say) {
  document.documentElement.lang = language;
  for (const node of document.querySelectorAll("[data-say], [data-label], [data-empty]")) {
    if (!(node instanceof HTMLElement)) continue;
    const { label, empty, say: text } = node.dataset;
    if (text) node.textContent = say(text);
    if (label) node.setAttribute("aria-label", say(label));
    if (empty) node.dataset.empty = say(empty);
  }
}

/**
 * A button with a word on it.
 * @param {string} label
 * @param {() => void} act
 * @param {string} [className]
 */
export function button(label, act, className = "link") {
  const made = element("button", { type: "button", class: className, text: label });
  made.addEventListener("click", act);
  return made;
}

const hues = ["174", "212", "262", "322", "8", "34", "88", "142"];

/**
 * A round badge with a person's initial, in a colour that stays theirs.
 * @param {Wire.User} user
 */
export function avatar({ id, name }) {
  let sum = 0;
  for (const character of id) sum = (sum * 31 + (character.codePointAt(0) ?? 0)) % 9973;
  const initial = [...name.trim()][0]?.toLocaleUpperCase() ?? "?";
  const badge = element("span", { class: "avatar", "aria-hidden": "true", text: initial });
  badge.style.setProperty("--hue", hues[sum % hues.length]);
  return badge;
}

/**
 * Runs something a moment later, once however often it was asked for: many changes are shown at once.
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
 * Loads a style sheet for what comes later, once.
 * @param {string} name
 */
export async function loadStyle(name) {
  if (document.querySelector(`link[href$="${name}"]`)) return;
  const link = element("link", { rel: "stylesheet", href: `/static/${name}` });
  // Before style.css, which has the last word.
  document.querySelector("link[rel=stylesheet]")?.before(link);
  await new Promise((resolve, reject) => {
    link.onload = resolve;
    link.onerror = reject;
  }).catch((error) => {
    link.remove();
    throw error;
  });
}
