import { language, say } from "../words/say.js";
import { element } from "./dom.js";

const clock = new Intl.DateTimeFormat(language, { timeStyle: "short" });
const full = new Intl.DateTimeFormat(language, { dateStyle: "full", timeStyle: "medium" });
const dayNear = new Intl.DateTimeFormat(language, {
  weekday: "long",
  day: "numeric",
  month: "long",
});
const dayFar = new Intl.DateTimeFormat(language, { dateStyle: "long" });

/**
 * A time of day in the reader's zone, with the whole date on hover.
 * @param {number} milliseconds
 */
export function timeOfDay(milliseconds) {
  const date = new Date(milliseconds);
  return element("time", {
    datetime: date.toISOString(),
    title: full.format(date),
    text: clock.format(date),
  });
}

/**
 * "Today", "Yesterday", or the date.
 * @param {number} milliseconds
 * @param {Date} [now]
 */
export function nameOfDay(milliseconds, now = new Date()) {
  const date = new Date(milliseconds);
  const yesterday = new Date(now.getFullYear(), now.getMonth(), now.getDate() - 1);
  if (date.toDateString() === now.toDateString()) return say("today");
  if (date.toDateString() === yesterday.toDateString()) return say("yesterday");
  return (date.getFullYear() === now.getFullYear() ? dayNear : dayFar).format(date);
}
