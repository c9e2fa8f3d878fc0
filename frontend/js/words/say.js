import { isGerman, speaker } from "./speaker.js";

export { isGerman, isolated, language, listed } from "./speaker.js";

/** The texts of the first screen, in English. `{…}` are placeholders. */
export const en = {
  rooms: "Rooms",
  messages: "Messages",
  whoIsHere: "Who is here",
  tooManyRooms: "You can join up to 32 rooms. Leave one first.",
  message: "Message",
  messageTo: "Message {room}",
  send: "Send",
  emoji: "Emoji",
  outboxFull: "50 messages are already waiting to be sent. This one stays here until there is room.",
  tooLong: {
    one: "{n} character too many: a message can have {most}.",
    other: "{n} characters too many: a message can have {most}.",
  },
  nothingSeen: "This message has no visible text.",
  left: "{n} left",
  online: "Online",
  reconnecting: "Reconnecting…",
  connecting: "Connecting…",
  notSignedIn: "Not signed in",
  unwritable: "Can't send",
  connectedTo: "Connected to {node}",
  editing: "You are editing a message.",
  cancel: "Cancel",
  nameQuestion: "What should people call you?",
  name: "Name",
  adjectives: "Quiet Bright Gentle Swift Merry Clever Sunny Calm",
  animals: "Otter Heron Fox Wren Hare Seal Robin Lynx",
  continue: "Continue",
  notLoaded: "This part of the page could not be loaded. Try again when you are online.",
  more: "More about this room",
  guest: "{name} (guest)",
  error_bad_name:
    "This name cannot be used. Choose 1 to 32 visible characters, and none that change the text direction.",
};

/**
 * @typedef {keyof typeof en | keyof typeof import("./enMore.js").enMore | keyof typeof import("./enRooms.js").enRooms |
 *   keyof typeof import("./enFiles.js").enFiles} Word
 */

const words = /** @type {Record<Word, string | { one: string, other: string }>} */ ({
  ...en,
  // If German cannot be loaded, the page starts in English.
  ...(isGerman ? (await import("./de.js").catch(() => null))?.de : null),
});

/** Loads the texts of everything after the first screen; those in English if German cannot be loaded. */
export async function learnMore() {
  const german = async () => {
    const [{ deMore }, { deRooms }, { deFiles }] = await Promise.all([
      import("./deMore.js"),
      import("./deRooms.js"),
      import("./deFiles.js"),
    ]);
    return { ...deMore, ...deRooms, ...deFiles };
  };
  const english = async () => {
    const [{ enMore }, { enRooms }, { enFiles }] = await Promise.all([
      import("./enMore.js"),
      import("./enRooms.js"),
      import("./enFiles.js"),
    ]);
    return { ...enMore, ...enRooms, ...enFiles };
  };
  Object.assign(words, (isGerman && (await german().catch(() => null))) || (await english()));
}

/** A text of the chat page in the user's language. */
export const say = speaker(words);

let marksGuests = false;

/** @param {boolean} marks there are accounts, too: guests are told apart from them */
export function markGuests(marks) {
  marksGuests = marks;
}

/**
 * What a person is called on the page. The ids of accounts begin with "id-", and that of the operators'
 * commands is "operator"; an own message may not have one yet.
 * @param {Wire.User} user
 */
export function personName({ id, name }) {
  const isGuest = marksGuests && id !== "" && id !== "operator" && !id.startsWith("id-");
  // The server has marked those that looked like somebody else.
  return isGuest && !name.endsWith(" (guest)") ? say("guest", { name }) : name;
}

/**
 * Why the server refused something, in the language of the page. `message` was stored by an earlier version.
 * @param {string} code
 * @param {string} [message]
 */
export function reasonOf(code, message) {
  const known = say(/** @type {Word} */ (`error_${code}`));
  return known || (code ? say("refusedOther", { code }) : message) || say("notConfirmed");
}
