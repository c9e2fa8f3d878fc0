import { element, find } from "../views/dom.js";
import { isolated, language } from "../words/speaker.js";
import { badge } from "./badge.js";
import { renew } from "./renew.js";
import { say } from "./words.js";

const clock = new Intl.DateTimeFormat(language, { timeStyle: "medium" });
const full = new Intl.DateTimeFormat(language, { dateStyle: "full", timeStyle: "medium" });

/** What has changed in the cluster, the newest first. */
export class Events {
  #place = find("events", HTMLElement);

  /** @param {Cluster.Report} report */
  show({ events }) {
    if (events.length === 0)
      return renew(this.#place, element("p", { class: "hint", text: say("noEvents") }));
    renew(this.#place, element("ol", { class: "event-list" }, ...[...events].reverse().map(row)));
  }
}

/** @param {Cluster.Event} event */
function row({ at, id, from, to, by }) {
  const date = new Date(at);
  const time = element("time", {
    datetime: date.toISOString(),
    title: full.format(date),
    text: clock.format(date),
  });
  const change = [
    ...(from ? [badge(from), element("span", { class: "arrow", text: "→" })] : []),
    badge(to),
  ];
  const who =
    by && by !== id
      ? [element("span", { class: "hint", text: say("by", { node: isolated(by) }) })]
      : [];
  return element("li", {}, time, element("bdi", { text: id }), ...change, ...who);
}
