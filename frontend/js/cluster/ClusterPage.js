import { element, find, setText } from "../views/dom.js";
import { isolated } from "../words/speaker.js";
import { count, few, milliseconds, renew, say, span, unknown } from "./amounts.js";
import { Drawing } from "./Drawing.js";
import { Events, Supervision } from "./Events.js";
import { Matrix, NodeTable, Views } from "./NodeTable.js";
import { Servers } from "./Servers.js";
import { Agreement, Trends, changesBetween, isAlone, lagsFrom, lateFrom, nodesOf, summarize } from "./summary.js";
import { gist, sentence, staleAfter, verdict } from "./verdict.js";

/** The cluster page: shows each report, its age, and what has changed. */
export class ClusterPage {
  #head = new Head();
  #numbers = new Numbers();
  #table = new NodeTable();
  #views = [new Drawing(), new Matrix(), new Servers(), new Events(), new Supervision()];
  #news = new News("news", "raised");
  #told = new News("told", "");
  #seen = new Views();
  #page = find("cluster", HTMLElement);
  #trends = new Trends();
  #agreement = new Agreement();
  #degraded = find("degraded", HTMLElement);
  #pause = find("pause", HTMLButtonElement);
  #feed;
  #now;
  #paused = false;
  /** The gist of the last verdict, and since when it stands. */
  #gist = "";
  #since = 0;
  #isTold = false;
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
    this.#page.hidden = false;
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
    const disagree = this.#agreement.state === "disagree";
    this.#page.classList.toggle("alone", isAlone(report));
    this.#head.show(report, this.#agreement.state);
    this.#numbers.show(report, summary);
    this.#table.show(report, this.#trends);
    this.#seen.show(disagree ? report : null);
    for (const view of this.#views) view.show(report);
    this.#degraded.hidden = report.degraded.length === 0;
    renew(this.#degraded, ...report.degraded.map((text) => element("li", { text })));
    this.showAge();
    this.#news.tell(changes);
  }

  /** Also called every second. */
  showAge() {
    const now = this.#now();
    const age = this.#report ? now - this.#receivedAt : null;
    const paused = this.#paused;
    this.#page.classList.toggle("stale", age !== null && age >= staleAfter);
    this.#head.showAge(age, paused);
    const disagree = this.#agreement.state === "disagree";
    const found = verdict(this.#report, age, { paused, disagree });
    this.#head.judge(found, this.#report);
    this.#tell(found, now);
  }

  /**
   * Announces a verdict once, when it has stood for a moment: numbers at a limit would chatter.
   * @param {import("./verdict.js").Verdict} found
   * @param {number} now
   */
  #tell(found, now) {
    const meant = gist(found);
    if (meant !== this.#gist) {
      this.#gist = meant;
      this.#since = now;
      this.#isTold = false;
    }
    if (this.#isTold || now - this.#since < standing) return;
    this.#isTold = true;
    this.#told.say(sentence(found));
  }

  #togglePause() {
    this.#paused = !this.#paused;
    if (this.#paused) this.#feed.stop();
    else this.#feed.start();
    this.#pause.setAttribute("aria-pressed", String(this.#paused));
    // After a pause the age of the report says nothing yet: the next one is under way.
    if (this.#paused) this.showAge();
  }
}

/** For so long, in milliseconds, a verdict stands before it is announced. */
const standing = 2_000;

/** The state of the cluster in one line, the node that reports it, and the age of the report. */
class Head {
  #verdict = find("verdict", HTMLElement);
  #facts = find("facts", HTMLElement);
  #age = find("age", HTMLElement);

  /**
   * @param {Cluster.Report} report
   * @param {import("./summary.js").Agreement["state"]} agreement
   */
  show(report, agreement) {
    const from = say("from", { node: isolated(report.self) });
    const facts = [element("span", { class: "fact name", title: from, text: from })];
    if (!isAlone(report)) {
      const view = element("span", {
        class: agreement === "disagree" ? "fact trouble" : "fact",
        title: say("viewMeaning"),
        text: `${say("view", { hash: report.view.hash.slice(0, 4) })} · ${say(agreement)}`,
      });
      facts.unshift(view);
    }
    renew(this.#facts, ...facts);
  }

  /**
   * @param {import("./verdict.js").Verdict} found
   * @param {Cluster.Report | null} report
   */
  judge(found, report) {
    this.#verdict.dataset.state = found.level;
    setText(this.#verdict, sentence(found));
    const title = `${say("title")} · Webchat`;
    const mark = found.level === "problem" ? "⚠ " : "";
    if (!report || isAlone(report)) return setTitle(mark + title);
    const { alive, suspect, dead } = summarize(report);
    setTitle(`${mark}${alive}/${alive + suspect + dead} · ${title}`);
  }

  /**
   * @param {number | null} age milliseconds; `null` before the first report
   * @param {boolean} paused
   */
  showAge(age, paused) {
    const stale = !paused && age !== null && age >= staleAfter;
    setText(this.#age, age === null ? "" : ageText(age, paused, stale));
  }
}

/** @param {string} title */
function setTitle(title) {
  if (document.title !== title) document.title = title;
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
  #alone = false;

  /**
   * @param {Cluster.Report} report
   * @param {import("./summary.js").Summary} summary
   */
  show(report, { users, rate, delivery, lag, cutOff, restarts }) {
    const { relay, members } = report;
    const isBusy = (lag ?? 0) >= lagsFrom;
    if (isAlone(report) !== this.#alone) {
      this.#alone = isAlone(report);
      this.#values.clear();
      this.#place.replaceChildren();
    }
    this.#set("users", count(users));
    if (this.#alone) {
      const [{ rooms = null, uptimeS = null } = {}] = members;
      this.#set("rooms", count(rooms));
      this.#set("rate", few(rate));
      this.#set("lag", milliseconds(lag), isBusy);
      this.#set("uptime", uptimeS === null ? unknown : span(uptimeS));
    } else {
      this.#set("rate", few(rate));
      this.#set("delivery", milliseconds(delivery), (delivery ?? 0) >= lateFrom);
      this.#set("lag", milliseconds(lag), isBusy);
      this.#set("relay", relayText(relay, cutOff), cutOff > 0);
    }
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

/** Text that is announced to screen readers, and is there for a moment. */
class News {
  #place;
  #look;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /**
   * @param {string} id
   * @param {string} look the class of the text
   */
  constructor(id, look) {
    this.#place = find(id, HTMLElement);
    this.#look = look;
  }

  /** @param {import("./summary.js").Change[]} changes */
  tell(changes) {
    if (changes.length === 0) return;
    const sentences = changes.map(({ word, values = {} }) => {
      const named = Object.entries(values).map(([name, value]) => [name, isolated(value)]);
      return say(word, Object.fromEntries(named));
    });
    this.say(sentences.join(" "));
  }

  /** @param {string} text */
  say(text) {
    clearTimeout(this.#timer);
    this.#place.replaceChildren(element("span", { class: this.#look, text }));
    this.#timer = setTimeout(() => this.#place.replaceChildren(), lifetime);
  }
}
