import { find } from "../views/dom.js";
import { arc, centre, placesOf, size } from "./geometry.js";
import { milliseconds } from "./amounts.js";
import { renew } from "./renew.js";
import { isLiving, nodesOf } from "./summary.js";
import { shape } from "./svg.js";

/** More names and lines than this nobody can read. */
const most = 12;
const mostMeshed = 6;
/** A node and its line around it. */
const margin = 30;

/** Who reaches whom, for those who see: the nodes around their relay. Everything in it is in the tables too. */
export class Drawing {
  #place = find("drawing", HTMLElement);

  /** @param {Cluster.Report} report */
  show(report) {
    const nodes = nodesOf(report).filter((node) => node.state !== "left");
    const shown = nodes.slice(0, most);
    const places = placesOf(shown.length);
    const lines = shown.flatMap((node, index) => [
      spoke(places[index], node, report),
      ...shown
        .slice(index + 1)
        .map((other, ahead) =>
          link(places[index], places[index + 1 + ahead], node, other, report.self, shown.length),
        ),
    ]);
    const dots = shown.map((node, index) => dot(places[index], node, node.id === report.self));
    const heights = [centre, ...places].map(({ y }) => y);
    const top = Math.min(...heights) - margin;
    const bottom = Math.max(...heights) + margin;
    const viewBox = `0 ${top} ${size.width} ${bottom - top}`;
    const picture = shape("svg", { viewBox, class: "network" });
    picture.append(...lines.flat(), relay(report.relay), ...dots);
    if (nodes.length > most) picture.append(more(nodes.length - most, bottom));
    renew(this.#place, picture);
  }
}

/**
 * From a node to the relay.
 * @param {import("./geometry.js").Point} place
 * @param {Cluster.Member} node
 * @param {Cluster.Report} report
 */
function spoke({ x, y }, node, { self, relay: { connected, kind } }) {
  const holds = node.id === self ? connected : node.relay !== false;
  if (!isLiving(node) || kind === "memory") return [];
  const state = holds ? "up" : "down";
  return [
    shape("line", {
      class: "spoke",
      "data-state": state,
      x1: x,
      y1: y,
      x2: centre.x,
      y2: centre.y,
    }),
  ];
}

/**
 * Between two nodes: with its time where the answering node has measured it.
 * @param {import("./geometry.js").Point} from
 * @param {import("./geometry.js").Point} to
 * @param {Cluster.Member} one
 * @param {Cluster.Member} other
 * @param {string} self
 * @param {number} count
 */
function link(from, to, one, other, self, count) {
  if (!isLiving(one) || !isLiving(other)) return [];
  const measured = one.id === self ? other : other.id === self ? one : null;
  if (count > mostMeshed) return [];
  const state = [one, other].every((node) => node.state === "alive") ? "up" : "down";
  const { path, label } = arc(from, to);
  const drawn = shape("path", {
    class: measured ? "link own" : "link",
    "data-state": state,
    d: path,
  });
  if (measured?.rttMs == null) return [drawn];
  const text = milliseconds(measured.rttMs);
  return [drawn, shape("text", { class: "time", x: label.x, y: label.y + 4 }, text)];
}

/** @param {Cluster.Report["relay"]} report */
function relay({ kind, connected }) {
  const box = { x: centre.x - 30, y: centre.y - 14, width: 60, height: 28, rx: 8 };
  const name = kind === "redis" ? "Redis" : "–";
  return shape(
    "g",
    { class: "relay", "data-state": connected ? "up" : "down" },
    shape("rect", box),
    shape("text", { x: centre.x, y: centre.y + 4.5 }, name),
  );
}

/**
 * @param {import("./geometry.js").Point} place
 * @param {Cluster.Member} node
 * @param {boolean} answers
 */
function dot({ x, y }, { id, state }, answers) {
  const name = id.length > 8 ? `${id.slice(0, 7)}…` : id;
  return shape(
    "g",
    { class: answers ? "dot own" : "dot", "data-state": state },
    shape("circle", { cx: x, cy: y, r: 22 }),
    shape("text", { x, y: y + 4.5 }, name),
  );
}

/**
 * @param {number} count
 * @param {number} bottom
 */
function more(count, bottom) {
  return shape("text", { class: "time", x: size.width - 24, y: bottom - 8 }, `+${count}`);
}
