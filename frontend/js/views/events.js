import { MyRooms } from "../store/storage.js";
import { isolated, language, personName, say } from "../words/say.js";

/**
 * What happened to a room, as a sentence: an entry of its log that is not a message.
 * @param {Wire.Message} entry
 * @param {string} room
 * @param {Wire.Role} [before] the earlier role of the member, if it is known
 * @returns {string} "": nothing to tell
 */
export function sentenceOf(entry, room, before) {
  return entry.act === "role" ? roleSentence(entry, MyRooms.kindOf(room), before) : policySentence(entry);
}

/**
 * @param {Wire.Message} entry
 * @param {ReturnType<typeof MyRooms.kindOf>} kind
 * @param {Wire.Role} [before]
 */
function roleSentence({ from, member = "", text, role, until, ts }, kind, before) {
  const names = { name: isolated(personName(from)), member: isolated(personName({ id: member, name: text })) };
  const own = member === from.id;
  if (kind === "direct") return own ? say("eventStarted", names) : "";
  switch (role) {
    case "owner":
      return say(own ? "eventCreated" : "eventOwner", names);
    case "moderator":
      return say("eventModerator", names);
    case "member":
      if (own && kind === "private") return say("eventInvited", names);
      return say(kind === "private" && before === undefined ? "eventAdded" : "eventMember", names);
    case "banned":
      return until === undefined
        ? say("eventBanned", names)
        : say("eventBannedUntil", { ...names, time: momentOf(until, ts) });
    default:
      if (own) return say("eventGaveUp", names);
      if (before === "banned") return say("eventUnbanned", names);
      return say(kind === "private" ? "eventRemoved" : "eventRoleTaken", names);
  }
}

/** @type {Record<string, import("../words/say.js").Word>} */
const speakers = { everyone: "eventSpeakEveryone", members: "eventSpeakMembers", moderators: "eventSpeakModerators" };

/** @param {Wire.Message} entry */
function policySentence({ from, setting, text }) {
  const values = { name: isolated(personName(from)), text: isolated(text) };
  if (setting === "title") return say(text ? "eventTitle" : "eventNoTitle", values);
  if (setting === "topic") return say(text ? "eventTopic" : "eventNoTopic", values);
  if (setting === "slow")
    return say(Number(text) > 0 ? "eventSlow" : "eventNotSlow", { ...values, time: spanOf(text) });
  if (setting === "speak" && Object.hasOwn(speakers, text)) return say(speakers[text], values);
  return say("eventPolicy", values);
}

/**
 * A length of time in its largest whole unit: "30 s", "5 min", "7 days".
 * @param {number | string} seconds
 */
export function spanOf(seconds) {
  const count = Number(seconds);
  const units = /** @type {const} */ ([
    ["day", 86_400],
    ["hour", 3_600],
    ["minute", 60],
    ["second", 1],
  ]);
  const [unit, size] = units.find(([, one]) => count >= one && count % one === 0) ?? ["second", 1];
  const style = { style: "unit", unit, unitDisplay: unit === "day" || unit === "hour" ? "long" : "short" };
  return new Intl.NumberFormat(language, /** @type {Intl.NumberFormatOptions} */ (style)).format(count / size);
}

const time = new Intl.DateTimeFormat(language, { timeStyle: "short" });
const dayAndTime = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" });

/**
 * When something ends: the time, and the day if it is another one.
 * @param {number} end milliseconds since 1970
 * @param {number} [now]
 */
export function momentOf(end, now = Date.now()) {
  const date = new Date(Math.max(0, Math.min(end, 8.64e15)));
  return (date.toDateString() === new Date(now).toDateString() ? time : dayAndTime).format(date);
}
