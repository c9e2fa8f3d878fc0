import { element, find, named, setText } from "../views/dom.js";
import { shape } from "../views/shape.js";
import { isolated, listed } from "../words/speaker.js";
import { badge, count, few, milliseconds, renew, say, span, unknown } from "./amounts.js";
import { sparkline } from "./Drawing.js";
import { isAlone, isLiving, isSilent, levelOf, nodesOf, viewsOf } from "./summary.js";
import { silenceOf } from "./verdict.js";

/** @typedef {import("./amounts.js").Word} Word */

/** @type {Word[]} */
const columns = ["node", "state", "usersShort", "rateShort", "lagShort", "rtt", "version", "uptime", "trend"];
const box = { width: 96, height: 24 };

/** A row per node, with stable elements. On phones it looks like cards and is still a table for screen readers. */
export class NodeTable {
  #body = element("tbody", { role: "rowgroup" });
  /** @type {Map<string, HTMLTableRowElement>} */
  #rows = new Map();

  constructor() {
    const heads = columns.map((word) =>
      element("th", { scope: "col", role: "columnheader", class: word, text: say(word) }),
    );
    const head = element("thead", { role: "rowgroup" }, element("tr", { role: "row" }, ...heads));
    find("nodes", HTMLTableElement).append(head, this.#body);
  }

  /**
   * @param {Cluster.Report} report
   * @param {import("./summary.js").Trends} trends
   */
  show(report, trends) {
    const nodes = nodesOf(report);
    const rows = nodes.map((node) => {
      const row = this.#rows.get(node.id) ?? makeRow();
      fill(row, node, report, trends.of(node.id));
      return [node.id, row];
    });
    this.#rows = new Map(/** @type {[string, HTMLTableRowElement][]} */ (rows));
    const wanted = [...this.#rows.values()];
    const shown = [...this.#body.children];
    if (wanted.length !== shown.length || wanted.some((row, index) => row !== shown[index]))
      this.#body.replaceChildren(...wanted);
  }
}

function makeRow() {
  const name = element("th", { scope: "row", role: "rowheader", class: "node" });
  const cells = columns.slice(1).map((word) => element("td", { role: "cell", class: word, "data-column": say(word) }));
  return element("tr", { role: "row" }, name, ...cells);
}

/**
 * @param {HTMLTableRowElement} row
 * @param {Cluster.Member} node
 * @param {Cluster.Report} report
 * @param {number[]} points
 */
function fill(row, node, report, points) {
  const answers = node.id === report.self && !isAlone(report);
  const living = isLiving(node);
  const said = (/** @type {string} */ text) => [document.createTextNode(living ? text : unknown)];
  row.dataset.state = node.state;
  /** @type {Node[][]} */
  const contents = [
    nameOf(node, answers),
    stateOf(node, report),
    said(count(node.users)),
    said(few(node.messagesPerSecond)),
    said(milliseconds(node.lagMs)),
    said(answers ? unknown : milliseconds(node.rttMs)),
    said(node.version),
    said(node.uptimeS === null ? unknown : span(node.uptimeS)),
    living ? [line(points)] : [],
  ];
  for (const [index, content] of contents.entries()) {
    renew(row.cells[index], ...content);
  }
}

/**
 * @param {Cluster.Member} node
 * @param {boolean} answers
 */
function nameOf({ id, addr }, answers) {
  /** @type {Node[]} */
  const parts = [element("bdi", { class: "name", text: id, title: `${id} · ${addr}` })];
  if (answers) parts.push(space(), element("span", { class: "chip", text: say("answering") }));
  return parts;
}

/**
 * A suspect's numbers are as old as its last answer.
 * @param {Cluster.Member} node
 * @param {Cluster.Report} report
 */
function stateOf(node, report) {
  const { state, observedBy } = node;
  /** @type {Node[]} */
  const parts = [badge(state)];
  if (state !== "suspect" || observedBy.length === 0) return parts;
  const silence = silenceOf(node, report);
  const facts = [say("accusedBy", { nodes: listed(observedBy) })];
  if (silence !== null) facts.push(say("silentFor", { age: span(silence / 1_000) }));
  parts.push(space(), element("span", { class: "hint", text: facts.join(" · ") }));
  return parts;
}

/** What each node sees, side by side. Hidden while the nodes agree. */
export class Views {
  #panel = find("views-panel", HTMLElement);
  #hint = find("views-hint", HTMLElement);
  #table = find("views", HTMLTableElement);

  /** @param {Cluster.Report | null} report */
  show(report) {
    this.#panel.hidden = !report;
    if (!report) return;
    setText(this.#hint, say("viewsMeaning", { node: isolated(report.self) }));
    /** @type {Word[]} */
    const words = ["node", "itsView", "misses"];
    const heads = words.map((word) => element("th", { scope: "col", text: say(word) }));
    const rows = viewsOf(report).map(({ id, hash, differs, missed }) =>
      element(
        "tr",
        {},
        element("th", { scope: "row" }, named(id)),
        element("td", { class: differs ? "differs" : "", text: hash?.slice(0, 4) ?? unknown }),
        element("td", { text: missed.length > 0 ? listed(missed) : unknown }),
      ),
    );
    renew(this.#table, element("thead", {}, element("tr", {}, ...heads)), element("tbody", {}, ...rows));
  }
}

/** Separates words for screen readers. */
function space() {
  return document.createTextNode(" ");
}

/** @param {number[]} points */
function line(points) {
  const { width, height } = box;
  const drawn = shape("polyline", { points: sparkline(points, width, height) });
  return shape("svg", { class: "spark", viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" }, drawn);
}

/** How long a message takes from node to node through the relay. */
export class Matrix {
  #place = find("matrix", HTMLElement);
  #hint = find("delivery-hint", HTMLElement);

  /** @param {Cluster.Report} report */
  show(report) {
    const { matrix } = report.canary;
    const names = nodesOf(report)
      .filter(isLiving)
      .map((node) => node.id);
    const heard = names.some((to) => matrix[to]);
    this.#hint.textContent = say(heard ? "matrixMeaning" : "matrixNone");
    this.#place.hidden = !heard;
    if (!heard) return;
    const corner = element("td", { class: "corner", text: say("matrixCorner") });
    const heads = names.map((name) => element("th", { scope: "col" }, named(name)));
    const rows = names.map((to) => {
      const head = element("th", { scope: "row" }, named(to));
      return element("tr", {}, head, ...names.map((from) => cell(matrix[to]?.[from])));
    });
    const head = element("thead", {}, element("tr", {}, corner, ...heads));
    renew(this.#place, element("table", { class: "matrix" }, head, element("tbody", {}, ...rows)));
  }
}

/** @param {Cluster.Receipt | undefined} receipt */
function cell(receipt) {
  if (!receipt) {
    return element(
      "td",
      { "data-level": "none" },
      element("span", { "aria-hidden": "true", text: "·" }),
      element("span", { class: "unseen", text: say("noCanary") }),
    );
  }
  const { number, lastMs } = receipt;
  const title = say("lastCanary", { number: count(number), last: milliseconds(lastMs) });
  return element("td", { "data-level": levelOf(receipt), title, text: textOf(receipt) });
}

/** @param {Cluster.Receipt} receipt */
function textOf(receipt) {
  if (isSilent(receipt)) return say("silent", { age: span(receipt.ageMs / 1_000) });
  return receipt.p99Ms < 1 ? "<\u00a01" : few(receipt.p99Ms);
}
