import { language } from "../words/speaker.js";

const whole = new Intl.NumberFormat(language, { maximumFractionDigits: 0 });
const tenths = new Intl.NumberFormat(language, { maximumFractionDigits: 1 });

/** What nobody has said. */
export const unknown = "–";

/** @param {number | null} value */
export function count(value) {
  return value === null ? unknown : whole.format(value);
}

/**
 * Small numbers to a tenth.
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
    return { value, text: format(unit, value) };
  });
  return parts
    .filter(({ value }, index) => index === 0 || value > 0)
    .map(({ text }) => text)
    .join(" ");
}

/**
 * @param {Intl.NumberFormatOptions["unit"]} unit
 * @param {number} value
 */
function format(unit, value) {
  return new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "narrow" }).format(
    value,
  );
}
