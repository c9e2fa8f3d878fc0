import { element } from "./dom.js";

const hues = ["174", "212", "262", "322", "8", "34", "88", "142"];

/**
 * A round badge with the user's initial, always in the same color.
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
