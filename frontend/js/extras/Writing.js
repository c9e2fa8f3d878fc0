import { find } from "../views/dom.js";
import { Completion, replaceIn } from "./Completion.js";

/** By key, with Ctrl or Cmd. */
const marks = /** @type {Record<string, string>} */ ({ b: "**", i: "*", X: "~~" });

/**
 * What helps with writing: completion, and keys that format.
 * @param {import("../main.js").Page} page
 * @param {import("../views/Extras.js").Extras} extras
 */
export function helpWriting(page, extras) {
  new Completion(page, extras);
  const field = find("composer-text", HTMLTextAreaElement);
  field.addEventListener("keydown", (event) => {
    const { key, ctrlKey, metaKey, altKey, shiftKey, isComposing } = event;
    const mark = marks[shiftKey ? key.toUpperCase() : key.toLowerCase()];
    if (!mark || altKey || ctrlKey === metaKey || isComposing || field.readOnly) return;
    event.preventDefault();
    format(field, mark);
  });
}

/**
 * Puts a mark around what is selected, or takes it away. Without a selection the caret is between two marks then.
 * @param {HTMLTextAreaElement} field
 * @param {string} mark
 */
function format(field, mark) {
  const { value } = field;
  const selected = value.slice(field.selectionStart, field.selectionEnd);
  const start = field.selectionStart + (selected.length - selected.trimStart().length);
  const text = selected.trim();
  const end = start + text.length;
  const { length } = mark;
  if (isAround(value, start, end, mark)) {
    replaceIn(field, start - length, end + length, text);
    return field.setSelectionRange(start - length, end - length);
  }
  if (text.length > 2 * length && text.startsWith(mark) && text.endsWith(mark)) {
    replaceIn(field, start, end, text.slice(length, -length));
    return field.setSelectionRange(start, end - 2 * length);
  }
  replaceIn(field, start, end, mark + text + mark);
  field.setSelectionRange(start + length, end + length);
}

/**
 * Whether the mark is around a part of a text. One star of two is none.
 * @param {string} value
 * @param {number} start
 * @param {number} end
 * @param {string} mark
 */
function isAround(value, start, end, mark) {
  const [before, after] = [
    value.slice(0, start).match(/[*~]*$/)?.[0] ?? "",
    value.slice(end).match(/^[*~]*/)?.[0] ?? "",
  ];
  const has = (/** @type {string} */ run) => (mark === "*" ? run === "*" || run === "***" : run.includes(mark));
  return has(before) && has(after) && before.endsWith(mark) && after.startsWith(mark);
}
