import { compareIDs } from "./ids.js";

/**
 * @typedef {import("./Stretch.js").Stretch} Stretch
 * @typedef {{ kind: "gap", serial: number, missing?: Wire.Missing, open: boolean }} Gap
 * @typedef {{ kind: "message", serial: number, message: Wire.Message }} Said
 */

/** Beyond so many messages the older half is let go; scrolling up brings it back. */
const most = { atEnd: 600, furtherUp: 20_000 };

/**
 * Their messages, and the gaps between them.
 * @param {Stretch[]} stretches
 * @returns {(Gap | Said)[]}
 */
export function entriesOf(stretches) {
  return stretches.flatMap(({ serial, missing, open, messages }, index) => [
    ...(index > 0 ? [/** @type {Gap} */ ({ kind: "gap", serial, missing, open })] : []),
    ...messages.flatMap((message) =>
      message.act ? [] : [/** @type {Said} */ ({ kind: "message", serial, message })],
    ),
  ]);
}

/**
 * What of these is not known yet.
 * @param {Stretch[]} stretches
 * @param {Wire.Message[]} messages
 */
export function unknownTo(stretches, messages) {
  return messages.filter((message) => !stretches.some((one) => one.has(message)));
}

/**
 * @param {Stretch[]} stretches the oldest messages of which go, if there are too many
 * @param {boolean} atEnd where the reader is
 */
export function letGo(stretches, atEnd) {
  let count = stretches.reduce((sum, { messages }) => sum + messages.length, 0);
  const limit = atEnd ? most.atEnd : most.furtherUp;
  const kept = limit / 2;
  if (count <= limit) return;
  while (count > kept) {
    const [oldest] = stretches;
    count -= oldest.messages.splice(0, count - kept).length;
    if (oldest.messages.length === 0) stretches.shift();
  }
  stretches[0].open = true;
}

/**
 * Puts a page of history before what a stretch has of the same log. The page is as it was at its head; what is before
 * it may not have heard of its acts.
 * @param {Stretch[]} stretches
 * @param {Stretch} stretch one of them
 * @param {Omit<Wire.HistoryPage, "room">} page
 */
export function putBefore(stretches, stretch, { epoch, head = "0-0", messages, more }) {
  const before = stretches.slice(0, stretches.indexOf(stretch));
  const unknown = unknownTo(before, messages);
  for (const message of unknown) stretch.insert(message);
  stretch.open = more && unknown.length === messages.length;
  for (const act of stretch.acts) {
    if (compareIDs(act.id, head) > 0) stretch.apply(act);
    for (const earlier of before) if (earlier.isFrom(epoch)) earlier.apply(act);
  }
}
