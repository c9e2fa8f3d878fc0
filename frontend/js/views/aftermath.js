import { listed, say } from "../words/say.js";
import { button, element } from "./dom.js";

/**
 * What became of a message: that it was edited, and who reacted how.
 * @param {import("./arrange.js").MessageRow} row
 * @param {import("./RowView.js").Actions} actions
 * @returns {Node[]}
 */
export function aftermath({ message }, { self, nameOf, act }) {
  const { id, edited, reactions = [] } = message;
  if (!edited && reactions.length === 0) return [];
  const shown = element("footer", { class: "aftermath" });
  if (edited) shown.append(element("span", { class: "edited", text: say("edited") }));
  for (const { emoji, users } of reactions) {
    const own = users.includes(self().id);
    const names = users.flatMap((user) => nameOf(user) ?? []);
    const others = users.length - names.length;
    const people = others > 0 ? [...names, say("people", { n: others })] : names;
    const chip = button(
      `${emoji} ${users.length}`,
      () => act({ kind: "react", target: id, emoji, on: !own }),
      "chip",
    );
    chip.setAttribute("aria-pressed", String(own));
    chip.setAttribute("aria-label", say("reaction", { emoji, names: listed(people) }));
    chip.title = listed(people);
    shown.append(chip);
  }
  return [shown];
}
