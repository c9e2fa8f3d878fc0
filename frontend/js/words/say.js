import { isGerman, speaker } from "./speaker.js";

export { isolated, language, listed } from "./speaker.js";

/** The texts of the first screen, in English. `{…}` are placeholders. */
export const en = {
  rooms: "Rooms",
  messages: "Messages",
  whoIsHere: "Who is here",
  tooManyRooms: "You can join up to 32 rooms. Leave one first.",
  message: "Message",
  messageTo: "Message {room}",
  send: "Send",
  outboxFull: "50 messages are already waiting to be sent. Try again later.",
  tooLong: { one: "{n} character too many", other: "{n} characters too many" },
  nothingSeen: "This message has no visible text.",
  left: "{n} left",
  online: "Online",
  reconnecting: "Reconnecting…",
  connecting: "Connecting…",
  notSignedIn: "Not signed in",
  unwritable: "Can't send",
  notTaken: "The server can't accept messages right now.",
  notTakenWaiting: "The server can't accept messages right now. {n} waiting.",
  connectedTo: "Connected to {node}",
  offline: "Offline.",
  offlineWaiting: "Offline. {n} waiting.",
  retryIn: "Retry in {n} s",
  trying: "Trying…",
  now: "Now",
  today: "Today",
  yesterday: "Yesterday",
  newMessages: "New · {n}",
  latest: "Latest ↓",
  newBelow: "{n} new ↓",
  nothingYet: "No messages yet. Say hello!",
  sent: "Sent",
  sending: "Sending…",
  notSent: "Not sent. {reason}",
  notConfirmed: "The server did not respond.",
  unsure: "May have been sent.",
  retry: "Retry",
  sendAgain: "Send again",
  delete: "Delete",
  edited: "edited",
  deleted: "Message deleted",
  editNotDone: "Couldn't edit: {reason}",
  deletionNotDone: "Couldn't delete: {reason}",
  reactionNotDone: "Couldn't react: {reason}",
  earlierMessage: "Earlier message",
  giveUp: "Discard",
  reaction: "{emoji} by {names}",
  editing: "You are editing a message.",
  cancel: "Cancel",
  gapUnknown: "Messages may be missing here.",
  gapLost: {
    one: "One message can no longer be shown.",
    other: "{n} messages can no longer be shown.",
  },
  fillGap: "Load available messages",
  joined: { one: "{names} joined", other: "{names} joined" },
  leftRoom: { one: "{names} left", other: "{names} left" },
  people: { one: "{n} person", other: "{n} people" },
  nameQuestion: "What should people call you?",
  name: "Name",
  nameTooOften: "You changed your name too often. It is still {name}. Try again in {n} s.",
  continue: "Continue",
  notLoaded: "This part of the page could not be loaded. Try again when you are online.",
  more: "More about this room",

  // A refusal may have to be shown before anything else is loaded.
  error_bad_json: "The server did not understand the request. Reload the page.",
  error_unknown_type: "The server does not support this yet.",
  error_bad_request: "The server rejected the request. Reload the page.",
  error_not_joined: "You are not in this room.",
  error_bad_room: "This is not a valid room name.",
  error_bad_name:
    "This name cannot be used. Choose 1 to 32 visible characters, and none that change the text direction.",
  error_too_long: "The message is too long.",
  error_too_many_rooms: "You have reached the limit of rooms. Leave one first.",
  error_rate_limited: "Too many requests. Wait a moment.",
  error_unauthorized: "Your session is no longer valid.",
  error_unavailable: "The server is temporarily unavailable.",
  error_not_found: "The message no longer exists.",
  error_forbidden: "You are not allowed to do that.",
  error_too_many_reactions: "The message has reached its limit of reactions.",
};

/** @typedef {keyof typeof en | keyof typeof import("./enMore.js").enMore} Word */

const words = /** @type {Record<Word, string | { one: string, other: string }>} */ ({
  ...en,
  // If German cannot be loaded, the page starts in English.
  ...(isGerman ? (await import("./de.js").catch(() => null))?.de : null),
});

/** Loads the texts of everything after the first screen. */
export async function learnMore() {
  Object.assign(words, isGerman ? (await import("./deMore.js")).deMore : (await import("./enMore.js")).enMore);
}

/** A text of the chat page in the user's language. */
export const say = speaker(words);

/**
 * Why the server refused something. Its own message is only shown for a code that the page does not know.
 * @param {string} code
 * @param {string} [message]
 */
export function reasonOf(code, message) {
  return say(/** @type {Word} */ (`error_${code}`)) || message || say("notConfirmed");
}
