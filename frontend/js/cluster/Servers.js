import { element, find } from "../views/dom.js";
import { isolated } from "../words/speaker.js";
import { count, milliseconds, renew, say, span, unknown } from "./amounts.js";

/** @type {import("./amounts.js").Word[]} */
const columns = ["primary", "state", "slots", "shardDelay", "memory", "replicas"];

/** The Redis servers as the reporting node sees them, a row per primary. Hidden without Redis. */
export class Servers {
  #panel = find("redis-panel", HTMLElement);
  #facts = find("redis-facts", HTMLElement);
  #table = find("redis", HTMLTableElement);

  /** @param {Cluster.Report} report */
  show({ relay: { servers } }) {
    this.#panel.hidden = !servers;
    if (!servers) return;
    this.#facts.textContent = factsOf(servers).join(" · ");
    const heads = columns.map((word) => element("th", { scope: "col", text: say(word) }));
    renew(
      this.#table,
      element("thead", {}, element("tr", {}, ...heads)),
      element(
        "tbody",
        {},
        ...servers.shards.map((shard, index) => row(shard, servers.shards.length > 1 ? index + 1 : null)),
      ),
    );
  }
}

/** @param {Cluster.Servers} servers */
function factsOf({ mode, sentinel, lastFailover }) {
  const facts = [say(mode)];
  if (mode === "sentinel") facts.push(sentinel ? say("follows", { sentinel: isolated(sentinel) }) : say("noSentinel"));
  if (lastFailover) {
    const { primary, ageMs } = lastFailover;
    facts.push(say("failover", { age: span(ageMs / 1_000), primary: isolated(primary) }));
  }
  return facts;
}

/**
 * @param {Cluster.Shard} shard
 * @param {number | null} number of several shards, as in the drawing
 */
function row({ primary, trouble, slots, p99Ms, memory, replicas }, number) {
  const state = element("span", {
    class: "badge",
    "data-state": trouble ? "dead" : "alive",
    text: say(trouble ? "away" : "connected"),
    title: trouble ?? undefined,
  });
  return element(
    "tr",
    {},
    element(
      "th",
      { scope: "row" },
      ...(number === null ? [] : [element("span", { class: "hint", text: `${number}\u00a0` })]),
      element("bdi", { text: primary }),
    ),
    element("td", {}, state),
    element("td", { text: slots === null ? say("allSlots") : count(slots) }),
    element("td", { text: milliseconds(p99Ms) }),
    element("td", { text: memory > 0 ? `${count(memory * 100)}\u00a0%` : unknown }),
    element("td", {}, ...(replicas.length > 0 ? replicas.map(replica) : [document.createTextNode(unknown)])),
  );
}

/** @param {Cluster.Replica} replica */
function replica({ addr, online, lagBytes }) {
  const parts = [element("bdi", { text: addr })];
  const behind = Math.floor(lagBytes / 2 ** 20);
  const words = !online ? say("notOnline") : behind > 0 ? say("behind", { size: count(behind) }) : "";
  if (words) parts.push(element("span", { class: "hint", text: ` ${words}` }));
  return element("div", {}, ...parts);
}
