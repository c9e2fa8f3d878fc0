import { element, find } from "../views/dom.js";
import { count, few, milliseconds, span } from "./amounts.js";
import { renew } from "./renew.js";
import { isLiving, isSilent, levelOf, nodesOf } from "./summary.js";
import { say } from "./words.js";

/** How long a message takes from each node to each other through the relay: every pair is measured all the time. */
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
    const heads = names.map((name) =>
      element("th", { scope: "col" }, element("bdi", { text: name })),
    );
    const rows = names.map((to) => {
      const head = element("th", { scope: "row" }, element("bdi", { text: to }));
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
