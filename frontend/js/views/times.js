import { element } from "./dom.js";

const clock = new Intl.DateTimeFormat(undefined, { timeStyle: "short" });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "medium" });
const dayNear = new Intl.DateTimeFormat(undefined, {
  weekday: "long",
  day: "numeric",
  month: "long",
});
const dayFar = new Intl.DateTimeFormat(undefined, { dateStyle: "long" });

/**
 * A time of day in the reader's zone, with the whole date on hover.
 *
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
 *
 * @param {number} milliseconds
 * @param {Date} [now]
 */
export function nameOfDay(milliseconds, now = new Date()) {
  const date = new Date(milliseconds);
  const yesterday = new Date(now.getFullYear(), now.getMonth(), now.getDate() - 1);
  if (date.toDateString() === now.toDateString()) return "Today";
  if (date.toDateString() === yesterday.toDateString()) return "Yesterday";
  return (date.getFullYear() === now.getFullYear() ? dayNear : dayFar).format(date);
}
