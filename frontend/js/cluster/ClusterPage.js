import { element, find, setText } from "../views/dom.js";
import { isolated } from "../words/speaker.js";
import { count, few, milliseconds, renew, say, span } from "./amounts.js";
import { Drawing } from "./Drawing.js";
import { Events, Supervision } from "./Events.js";
import { Matrix, NodeTable } from "./NodeTable.js";
import { Servers } from "./Servers.js";
import { Agreement, Trends, changesBetween, nodesOf, summarize } from "./summary.js";

/** The cluster page: shows each report, its age, and what has changed. */
export class ClusterPage {
  #head = new Head();
  #numbers = new Numbers();
  #table = new NodeTable();
  #views = [new Drawing(), new Matrix(), new Servers(), new Events(), new Supervision()];
  #news = new News();
  #trends = new Trends();
  #agreement = new Agreement();
  #degraded = find("degraded", HTMLElement);
  #pause = find("pause", HTMLButtonElement);
  #feed;
  #now;
  #paused = false;
  #stale = false;
  /** @type {Cluster.Report | null} */
  #report = null;
  #receivedAt = 0;

  /**
   * @param {import("./Feed.js").Feed} feed
   * @param {() => number} now in milliseconds, monotonic
   */
  constructor(feed, now) {
    this.#feed = feed;
    this.#now = now;
    feed.received.listen((report) => this.#show(report));
    this.#pause.addEventListener("click", () => this.#togglePause());
    this.showAge();
    find("cluster", HTMLElement).hidden = false;
  }

  /** @param {Cluster.Report} report */
  #show(report) {
    const changes = changesBetween(this.#report, report);
    this.#report = report;
    this.#receivedAt = this.#now();
    changes.push(...this.#agreement.update(report.view.agreed, this.#receivedAt));
    this.#trends.add(
      nodesOf(report).map(({ id, users }) => ({ id, value: users })),
      this.#receivedAt,
    );
    const summary = summarize(report);
    this.#head.show(report, summary, this.#agreement.state);
    this.#numbers.show(report, summary);
    this.#table.show(report, this.#trends);
    for (const view of this.#views) view.show(report);
    this.#degraded.hidden = report.degraded.length === 0;
    renew(this.#degraded, ...report.degraded.map((text) => element("li", { text })));
    this.showAge();
    this.#news.tell(changes);
  }

  /** Also called every second. */
  showAge() {
    const age = this.#report ? this.#now() - this.#receivedAt : null;
    const stale = this.#head.showAge(age, this.#paused);
    if (stale && !this.#stale) this.#news.tell([{ word: "isStale" }]);
    this.#stale = stale;
  }

  #togglePause() {
    this.#paused = !this.#paused;
    if (this.#paused) this.#feed.stop();
    else this.#feed.start();
    this.#pause.setAttribute("aria-pressed", String(this.#paused));
    this.showAge();
  }
}

/** Reports older than this are stale. */
const staleAfter = 10_000;

/** The state of the cluster in one line, the node that reports it, and the age of the report. */
class Head {
  #verdict = find("verdict", HTMLElement);
  #facts = find("facts", HTMLElement);
  #age = find("age", HTMLElement);
  #page = find("cluster", HTMLElement);

  /**
   * @param {Cluster.Report} report
   * @param {import("./summary.js").Summary} summary
   * @param {import("./summary.js").Agreement["state"]} agreement
   */
  show({ self, view, relay }, { alive, suspect, dead }, agreement) {
    const all = alive + suspect + dead;
    const words = [say("summary", { alive, n: all })];
    if (suspect > 0) words.push(say("suspects", { n: suspect }));
    // The nodes may be alive, but messages cannot be sent.
    if (relay.trouble) words.push(say("notTaken"));
    const trouble = suspect + dead > 0 || agreement === "disagree" || relay.trouble;
    this.#verdict.dataset.state = trouble ? "trouble" : "well";
    setText(this.#verdict, words.join(", "));
    const from = say("from", { node: isolated(self) });
    const facts = [
      element("span", {
        class: agreement === "disagree" ? "fact trouble" : "fact",
        title: say("viewMeaning"),
        text: `${say("view", { hash: view.hash.slice(0, 4) })} · ${say(agreement)}`,
      }),
      element("span", { class: "fact name", title: from, text: from }),
    ];
    renew(this.#facts, ...facts);
    const mark = relay.trouble ? "⚠ " : "";
    document.title = `${mark}${alive}/${all} · ${say("title")} · Webchat`;
  }

  /**
   * @param {number | null} age milliseconds; `null` before the first report
   * @param {boolean} paused
   * @returns {boolean} whether the report is stale
   */
  showAge(age, paused) {
    const stale = !paused && age !== null && age >= staleAfter;
    this.#page.classList.toggle("stale", stale);
    this.#age.dataset.state = stale ? "stale" : paused ? "paused" : "live";
    setText(this.#age, age === null ? say("waiting") : ageText(age, paused, stale));
    return stale;
  }
}

/**
 * @param {number} age
 * @param {boolean} paused
 * @param {boolean} stale
 */
function ageText(age, paused, stale) {
  const ago = age < 1_000 ? say("justNow") : say("age", { age: span(age / 1_000) });
  if (!stale && !paused) return ago;
  return `${say(stale ? "stale" : "paused")} · ${ago}`;
}

/** @typedef {import("./amounts.js").Word} Word */

/** The key numbers of the cluster. */
class Numbers {
  #place = find("numbers", HTMLElement);
  /** @type {Map<Word, HTMLElement>} */
  #values = new Map();

  /**
   * @param {Cluster.Report} report
   * @param {import("./summary.js").Summary} summary
   */
  show({ relay }, { users, rate, delivery, lag, cutOff, restarts }) {
    this.#set("users", count(users));
    this.#set("rate", few(rate));
    this.#set("delivery", milliseconds(delivery), (delivery ?? 0) >= 250);
    this.#set("lag", milliseconds(lag), (lag ?? 0) >= 100);
    this.#set("relay", relayText(relay, cutOff), cutOff > 0);
    this.#set("restarts", count(restarts), restarts > 0);
  }

  /**
   * @param {Word} word
   * @param {string} text
   * @param {boolean} [notable]
   */
  #set(word, text, notable = false) {
    let value = this.#values.get(word);
    if (!value) {
      value = element("dd");
      this.#values.set(word, value);
      this.#place.append(element("div", {}, element("dt", { text: say(word) }), value));
    }
    setText(value, text);
    value.classList.toggle("notable", notable);
  }
}

/**
 * @param {Cluster.Report["relay"]} relay
 * @param {number} cutOff how many nodes are without it
 */
function relayText({ kind, connected }, cutOff) {
  if (kind === "memory") return say("relayMemory");
  if (!connected) return say("relayDown");
  return cutOff > 0 ? say("relayAwayFor", { n: cutOff }) : say("relayUp");
}

const lifetime = 8_000;

/** Recent changes as text: announced to screen readers, and shown for a moment. */
class News {
  #place = find("news", HTMLElement);
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /** @param {import("./summary.js").Change[]} changes */
  tell(changes) {
    if (changes.length === 0) return;
    const sentences = changes.map(({ word, values = {} }) => {
      const named = Object.entries(values).map(([name, value]) => [name, isolated(value)]);
      return say(word, Object.fromEntries(named));
    });
    clearTimeout(this.#timer);
    this.#place.replaceChildren(element("span", { class: "raised", text: sentences.join(" ") }));
    this.#timer = setTimeout(() => this.#place.replaceChildren(), lifetime);
  }
}
