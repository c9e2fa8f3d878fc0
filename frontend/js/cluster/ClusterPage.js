import { element, find } from "../views/dom.js";
import { Agreement } from "./Agreement.js";
import { changesBetween } from "./changes.js";
import { Drawing } from "./Drawing.js";
import { Events } from "./Events.js";
import { Head } from "./Head.js";
import { Matrix } from "./Matrix.js";
import { News } from "./News.js";
import { NodeTable } from "./NodeTable.js";
import { Numbers } from "./Numbers.js";
import { renew } from "./renew.js";
import { nodesOf, summarize } from "./summary.js";
import { Supervision } from "./Supervision.js";
import { Trends } from "./Trends.js";
import { say } from "./words.js";

/** The cluster page: shows each report, how old it is, and what it has changed. */
export class ClusterPage {
  #head = new Head();
  #numbers = new Numbers();
  #table = new NodeTable();
  #views = [new Drawing(), new Matrix(), new Events(), new Supervision()];
  #news = new News();
  #trends = new Trends();
  #agreement = new Agreement();
  #degraded = find("degraded", HTMLElement);
  #pause = find("pause", HTMLButtonElement);
  #pauseWord = find("pause-word", HTMLElement);
  #feed;
  #now;
  #paused = false;
  #stale = false;
  /** @type {Cluster.Report | null} */
  #report = null;
  #receivedAt = 0;

  /**
   * @param {import("./Feed.js").Feed} feed
   * @param {() => number} now milliseconds of a clock that does not go back
   */
  constructor(feed, now) {
    this.#feed = feed;
    this.#now = now;
    feed.received.listen((report) => this.#show(report));
    this.#pause.addEventListener("click", () => this.#togglePause());
    this.#showPause();
    this.#showAge();
    find("cluster", HTMLElement).hidden = false;
  }

  /** To be called each second. */
  tick() {
    this.#showAge();
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
    this.#showAge();
    this.#news.tell(changes);
  }

  #showAge() {
    const age = this.#report ? this.#now() - this.#receivedAt : null;
    const stale = this.#head.showAge(age, this.#paused);
    if (stale && !this.#stale) this.#news.tell([{ word: "isStale" }]);
    this.#stale = stale;
  }

  #togglePause() {
    this.#paused = !this.#paused;
    if (this.#paused) this.#feed.stop();
    else this.#feed.start();
    this.#showPause();
    this.#showAge();
  }

  #showPause() {
    this.#pause.setAttribute("aria-pressed", String(this.#paused));
    this.#pauseWord.textContent = say("pause");
  }
}
