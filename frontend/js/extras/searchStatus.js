import { language, say } from "../words/say.js";

const moment = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" });

/**
 * How a search stands, in a line.
 * @param {import("./RoomSearch.js").RoomSearch} search
 */
export function tell({ state, waiting, messages, more, before }) {
  if (state === "idle") return "";
  if (state === "searching") return say(waiting ? "searchWaits" : "searching");
  if (state === "failed") return say("notSearched");
  if (state === "impossible") return say("cannotSearch");
  const found = say(messages.length > 0 ? "found" : "nothingFound", { n: messages.length });
  // An id begins with the time.
  const back = before && more ? moment.format(Number(before.split("-")[0])) : "";
  return `${found} ${back ? say("searchedBack", { date: back }) : say("searchedAll")}`;
}
