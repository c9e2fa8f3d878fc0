import { element } from "../views/dom.js";
import { en } from "../words/cluster.en.js";
import { isGerman, language, speaker } from "../words/speaker.js";

const whole = new Intl.NumberFormat(language, { maximumFractionDigits: 0 });
const tenths = new Intl.NumberFormat(language, { maximumFractionDigits: 1 });

/** Shown instead of a missing value. */
export const unknown = "–";

/** @param {number | null} value */
export function count(value) {
  return value === null ? unknown : whole.format(value);
}

/**
 * With one decimal below 10.
 * @param {number | null} value
 */
export function few(value) {
  return value === null ? unknown : (value < 10 ? tenths : whole).format(value);
}

/** @param {number | null} value */
export function milliseconds(value) {
  return value === null ? unknown : `${few(value)} ms`;
}

/** @type {[Intl.NumberFormatOptions["unit"], number][]} */
const units = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
  ["second", 1],
];

/**
 * The two largest units: "3d 4h".
 * @param {number} seconds
 */
export function span(seconds) {
  let rest = Math.max(0, Math.floor(seconds));
  const first = units.findIndex(([, length]) => rest >= length);
  const used = first < 0 ? units.slice(-1) : units.slice(first, first + 2);
  const parts = used.map(([unit, length]) => {
    const value = Math.floor(rest / length);
    rest %= length;
    const narrow = new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "narrow" });
    return { value, text: narrow.format(value) };
  });
  return parts
    .filter(({ value }, index) => index === 0 || value > 0)
    .map(({ text }) => text)
    .join(" ");
}

/**
 * A state as a word, with a mark and a color.
 * @param {Cluster.State} state
 */
export function badge(state) {
  return element("span", { class: "badge", "data-state": state, text: say(state) });
}

/**
 * Replaces the children if they differ: otherwise a selection stays, and screen readers repeat nothing.
 * @param {Element} parent
 * @param {...Node} children
 */
export function renew(parent, ...children) {
  const old = parent.childNodes;
  const same = old.length === children.length && children.every((child, index) => child.isEqualNode(old[index]));
  if (!same) parent.replaceChildren(...children);
}

/** @typedef {keyof typeof en} Word */

/** A text of the cluster page in the user's language. */
export const say = speaker(isGerman ? (await import("../words/cluster.de.js")).de : en);
