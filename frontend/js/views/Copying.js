import { language, personName } from "../words/say.js";
import { find } from "./dom.js";
import { copied } from "./gist.js";

const clock = new Intl.DateTimeFormat(language, { timeStyle: "short" });
const blocks = "li, pre, blockquote, .heading";

/**
 * Several messages are copied as text: names, times and what was said, without initials, buttons and separators; and one
 * with files as its text and their names.
 * @param {import("../main.js").Page} page
 */
export function copyAsText({ conversation }) {
  const log = find("log", HTMLElement);
  document.addEventListener("copy", (event) => {
    const selection = getSelection();
    if (!selection || selection.rangeCount !== 1) return;
    const range = selection.getRangeAt(0);
    if (!log.contains(range.commonAncestorContainer)) return;
    const parts = [...log.getElementsByTagName("article")].flatMap((row) => partOf(range, row, conversation) ?? []);
    const alone = parts.length === 1 && parts[0].hasFiles;
    if (parts.length < 2 && !alone) return;
    const lines = parts.map(({ head, text }, index) =>
      alone ? text : head || index === 0 ? `${index > 0 ? "\n" : ""}${head}${text}` : text,
    );
    event.clipboardData?.setData("text/plain", lines.join("\n"));
    event.preventDefault();
  });
}

/**
 * @param {Range} range
 * @param {HTMLElement} row
 * @param {import("./Conversation.js").Conversation} conversation
 * @returns {{ head: string, text: string, hasFiles: boolean } | null} null: nothing of the message is selected
 */
function partOf(range, row, conversation) {
  const body = row.querySelector(".text");
  if (!body || !range.intersectsNode(body)) return null;
  const shown = conversation.list?.messageRow(row);
  if (!shown) return null;
  const { message, continued } = shown;
  const part = document.createRange();
  part.selectNodeContents(body);
  const all = [range.startContainer, range.endContainer].every((end) => !body.contains(end));
  if (body.contains(range.startContainer)) part.setStart(range.startContainer, range.startOffset);
  if (body.contains(range.endContainer)) part.setEnd(range.endContainer, range.endOffset);
  const text = all && !message.deleted ? copied(message) : textOf(part);
  if (text === "") return null;
  const hasFiles = all && (message.files ?? []).length > 0;
  return { hasFiles, head: continued ? "" : `${personName(message.from)}, ${clock.format(message.ts)}:\n`, text };
}

/** @param {Range} part of a message */
function textOf(part) {
  const content = part.cloneContents();
  for (const block of content.querySelectorAll(blocks)) block.append("\n");
  return content.textContent?.trim() ?? "";
}
