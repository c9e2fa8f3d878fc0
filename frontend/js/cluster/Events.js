import { element, find, named, setText } from "../views/dom.js";
import { isolated, language } from "../words/speaker.js";
import { badge, count, renew, say, span } from "./amounts.js";
import { restartsOf } from "./summary.js";

const clock = new Intl.DateTimeFormat(language, { timeStyle: "medium" });
const full = new Intl.DateTimeFormat(language, { dateStyle: "full", timeStyle: "medium" });

/** Changes in the cluster, newest first. */
export class Events {
  #place = find("events", HTMLElement);

  /** @param {Cluster.Report} report */
  show({ self, events, relay }) {
    const rows = [
      ...events.map((event) => ({ at: event.at, row: row(event) })),
      ...(relay.events ?? []).map((event) => ({ at: event.at, row: relayRow(self, event) })),
      ...serverEvents(relay).map((event) => ({ at: event.at, row: serverRow(self, event) })),
    ];
    if (rows.length === 0) return renew(this.#place, element("p", { class: "hint", text: say("noEvents") }));
    rows.sort((a, b) => b.at - a.at);
    renew(this.#place, element("ol", { class: "event-list" }, ...rows.map(({ row }) => row)));
  }
}

/** @param {number} at */
function timeOf(at) {
  const date = new Date(at);
  return element("time", {
    datetime: date.toISOString(),
    title: full.format(date),
    text: clock.format(date),
  });
}

const reportedBy = (/** @type {string} */ id) =>
  element("span", { class: "hint", text: say("by", { node: isolated(id) }) });

/**
 * @param {string} self
 * @param {Cluster.RelayEvent} event
 */
function relayRow(self, { at, trouble }) {
  const text = element("span", { text: say(trouble ? "relayLost" : "relayBack") });
  if (trouble) text.title = trouble;
  return element("li", {}, timeOf(at), text, reportedBy(self));
}

/**
 * A single server that is away is the connection to Redis that is lost: that is said already.
 * @param {Cluster.Report["relay"]} relay
 */
function serverEvents({ servers }) {
  const isOnly = servers?.mode === "single" && servers.shards.every(({ replicas }) => replicas.length === 0);
  return (!isOnly && servers?.events) || [];
}

const serverWords = /** @type {const} */ ({ away: "serverAway", back: "serverBack", promoted: "serverPromoted" });

/**
 * @param {string} self
 * @param {Cluster.ServerEvent} event
 */
function serverRow(self, { at, server, change }) {
  const text = say(serverWords[change], { server: isolated(server) });
  return element("li", {}, timeOf(at), element("span", { text }), reportedBy(self));
}

/** @param {Cluster.Event} event */
function row({ at, id, from, to, by }) {
  const time = timeOf(at);
  const change = [...(from ? [badge(from), element("span", { class: "arrow", text: "→" })] : []), badge(to)];
  const who = by && by !== id ? [reportedBy(by)] : [];
  return element("li", {}, time, named(id), ...change, ...who);
}

/** The supervision tree of the reporting node, with restarts and their errors. */
export class Supervision {
  #title = find("supervision-title", HTMLElement);
  #place = find("supervision", HTMLElement);

  /** @param {Cluster.Report} report */
  show(report) {
    const { restarts, reconnects } = restartsOf(report);
    const text = [
      say("supervision", { node: isolated(report.self) }),
      ...(restarts > 0 ? [say("restartCount", { n: restarts })] : []),
      ...(reconnects > 0 ? [say("reconnectCount", { n: reconnects })] : []),
    ].join(" · ");
    setText(this.#title, text);
    this.#title.title = text;
    renew(this.#place, list(report.supervision.tree));
  }
}

const list = (/** @type {Cluster.Entry[]} */ entries) => element("ul", { class: "tree" }, ...entries.map(item));
const problem = (/** @type {string} */ text) => element("p", { class: "problem", text });
const ago = (/** @type {number} */ milliseconds) => span(milliseconds / 1_000);

/**
 * @param {Cluster.Entry} entry
 * @returns {HTMLLIElement}
 */
function item(entry) {
  const { name, state, restarts, children, failures = [], counts = [] } = entry;
  const facts = counts.map(({ name: noun, value }) => say("count", { n: count(value), name: noun }));
  facts.push(stateText(entry));
  if (restarts > 0) facts.push(say("restartCount", { n: restarts }));
  const line = element(
    "div",
    { class: "entry", "data-state": state },
    element("strong", { text: name }),
    element("span", { class: "hint", text: facts.join(" · ") }),
  );
  const made = element("li", {}, line);
  if (entry.lastError !== undefined && failures.length === 0)
    made.append(problem(say("lastError", { age: ago(entry.lastErrorMsAgo ?? 0), error: entry.lastError })));
  for (const failure of failures) {
    const word = failure.decision === "restarted" ? "restartedAgo" : "givenUpAgo";
    made.append(problem(`${failure.name}: ${say(word, { age: ago(failure.msAgo), error: failure.error })}`));
  }
  if (children.length > 0) made.append(list(children));
  return made;
}

/** @param {Cluster.Entry} entry */
function stateText({ state, forMs, nextAttemptInMs = 0 }) {
  if (state === "waiting") return say("waitingState", { age: ago(nextAttemptInMs) });
  return say(state, { age: ago(forMs) });
}
