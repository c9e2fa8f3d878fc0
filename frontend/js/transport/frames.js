/**
 * The frames of `webchat.v1` (docs/protocol.md, sections 3 and 4), as types, and the one place that parses them.
 *
 * @typedef {{ id: string, name: string }} User
 * @typedef {{ id: string, from: User, text: string, ts: number, key?: string }} Message
 * @typedef {{ from: string, to: string }} Missing
 * @typedef {{ textChars: number, frameBytes: number, rooms: number, burst: number, perSecond: number,
 *   dedupeSeconds: number }} Limits
 *
 * @typedef {{ type: "welcome", user: User, token: string, node: string, limits: Limits }} Welcome
 * @typedef {{ room: string, epoch: string, head: string, recovered: boolean, missing?: Missing,
 *   messages: Message[], more: boolean }} CatchUp
 * @typedef {CatchUp & { type: "joined", members: User[], memberCount: number }} Joined
 * @typedef {CatchUp & { type: "reset" }} Reset
 * @typedef {{ type: "resume", room: string, epoch: string, messages: Message[], more: boolean }} Resume
 * @typedef {{ type: "history", room: string, epoch: string, messages: Message[], more: boolean }} History
 * @typedef {Message & { type: "chat", room: string, epoch: string }} Chat
 * @typedef {{ type: "ack", room: string, key: string, id: string }} Ack
 * @typedef {{ type: "presence", room: string, joined?: User[], left?: User[], members?: User[], reset?: boolean,
 *   memberCount: number }} Presence
 * @typedef {{ type: "left", room: string, reason: string }} Left
 * @typedef {{ type: "renamed", user: User }} Renamed
 * @typedef {{ type: "error", code: string, message: string, room?: string, key?: string, retryAfterMs?: number }} Refusal
 * @typedef {{ type: "goodbye", reason: string, reconnectAfterMs: number }} Goodbye
 * @typedef {{ type: "pong" }} Pong
 * @typedef {Welcome | Joined | Reset | Resume | History | Chat | Ack | Presence | Left | Renamed | Refusal | Goodbye
 *   | Pong} Frame
 */

/**
 * Reads one text frame. What is not an object with a `type` is nothing to us; a type that we do not know is passed on
 * and answered by no `switch`, so that a newer server may say more.
 *
 * @param {unknown} data
 * @returns {Frame | null}
 */
export function parseFrame(data) {
  if (typeof data !== "string") return null;
  try {
    const frame = JSON.parse(data);
    return typeof frame?.type === "string" ? frame : null;
  } catch {
    return null;
  }
}
