import { element, find } from "../views/dom.js";
import { isolated } from "../words/speaker.js";
import { count, span } from "./amounts.js";
import { renew } from "./renew.js";
import { say } from "./words.js";

/** What runs in the answering node and under whom, what was restarted, and why. */
export class Supervision {
  #title = find("supervision-title", HTMLElement);
  #place = find("supervision", HTMLElement);

  /** @param {Cluster.Report} report */
  show({ self, supervision: { tree, restarts5m } }) {
    const title = say("supervision", { node: isolated(self) });
    const text = restarts5m > 0 ? `${title} · ${say("restartCount", { n: restarts5m })}` : title;
    if (this.#title.textContent !== text) this.#title.textContent = text;
    renew(this.#place, list(tree));
  }
}

/** @param {Cluster.Entry[]} entries */
function list(entries) {
  return element("ul", { class: "tree" }, ...entries.map(item));
}

/**
 * @param {Cluster.Entry} entry
 * @returns {HTMLLIElement}
 */
function item(entry) {
  const { name, state, restarts, children, failures = [], counts = [] } = entry;
  const facts = counts.map(({ name: noun, value }) =>
    say("count", { n: count(value), name: noun }),
  );
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
    made.append(
      problem(say("lastError", { age: ago(entry.lastErrorMsAgo ?? 0), error: entry.lastError })),
    );
  for (const failure of failures) {
    const word = failure.decision === "restarted" ? "restartedAgo" : "givenUpAgo";
    made.append(
      problem(`${failure.name}: ${say(word, { age: ago(failure.msAgo), error: failure.error })}`),
    );
  }
  if (children.length > 0) made.append(list(children));
  return made;
}

/** @param {Cluster.Entry} entry */
function stateText({ state, forMs, nextAttemptInMs = 0 }) {
  if (state === "waiting") return say("waitingState", { age: ago(nextAttemptInMs) });
  return say(state, { age: ago(forMs) });
}

/** @param {number} milliseconds */
function ago(milliseconds) {
  return span(milliseconds / 1_000);
}

/** @param {string} text */
function problem(text) {
  return element("p", { class: "problem", text });
}
