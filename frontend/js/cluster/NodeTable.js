import { element, find } from "../views/dom.js";
import { listed } from "../words/speaker.js";
import { badge } from "./badge.js";
import { sparkline } from "./geometry.js";
import { count, few, milliseconds, span, unknown } from "./amounts.js";
import { renew } from "./renew.js";
import { isLiving, nodesOf } from "./summary.js";
import { shape } from "./svg.js";
import { say } from "./words.js";

/** @typedef {import("./words.js").Word} Word */

/** @type {Word[]} */
const columns = [
  "node",
  "state",
  "usersShort",
  "rateShort",
  "lagShort",
  "rtt",
  "version",
  "uptime",
  "trend",
];
const box = { width: 96, height: 24 };

/** All nodes, a row each. Rows stay while their node does; a table for screen readers on phones too, where it looks like cards. */
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
   * @param {import("./Trends.js").Trends} trends
   */
  show(report, trends) {
    const nodes = nodesOf(report);
    const rows = nodes.map((node) => {
      const row = this.#rows.get(node.id) ?? makeRow();
      fill(row, node, node.id === report.self, trends.of(node.id));
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
  const cells = columns
    .slice(1)
    .map((word) => element("td", { role: "cell", class: word, "data-column": say(word) }));
  return element("tr", { role: "row" }, name, ...cells);
}

/**
 * @param {HTMLTableRowElement} row
 * @param {Cluster.Member} node
 * @param {boolean} answers
 * @param {number[]} points
 */
function fill(row, node, answers, points) {
  const living = isLiving(node);
  const said = (/** @type {string} */ text) => [document.createTextNode(living ? text : unknown)];
  row.dataset.state = node.state;
  /** @type {Node[][]} */
  const contents = [
    nameOf(node, answers),
    stateOf(node),
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
  const parts = [element("bdi", { text: id, title: addr })];
  if (answers) parts.push(space(), element("span", { class: "chip", text: say("answering") }));
  return parts;
}

/** @param {Cluster.Member} node */
function stateOf({ state, observedBy }) {
  /** @type {Node[]} */
  const parts = [badge(state)];
  if (state === "suspect" && observedBy.length > 0)
    parts.push(
      space(),
      element("span", { class: "hint", text: say("accusedBy", { nodes: listed(observedBy) }) }),
    );
  return parts;
}

/** Between words that stand apart, for those who listen. */
function space() {
  return document.createTextNode(" ");
}

/** @param {number[]} points */
function line(points) {
  const { width, height } = box;
  const drawn = shape("polyline", { points: sparkline(points, width, height) });
  return shape(
    "svg",
    { class: "spark", viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" },
    drawn,
  );
}
