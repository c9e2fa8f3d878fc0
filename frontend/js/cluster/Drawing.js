import { find } from "../views/dom.js";
import { shape } from "../views/shape.js";
import { milliseconds, renew } from "./amounts.js";
import { isLiving, nodesOf } from "./summary.js";

/** Above these numbers of nodes, names and lines become unreadable. */
const most = 12;
const mostMeshed = 6;
/** Above this number of shards, their number is shown. */
const mostShards = 6;
const mostReplicas = 3;
/** The radius of a node, with its border. */
const margin = 30;

/** The nodes around their relay. Everything in the drawing is also in the tables, for screen readers. */
export class Drawing {
  #place = find("drawing", HTMLElement);

  /** @param {Cluster.Report} report */
  show(report) {
    const nodes = nodesOf(report).filter((node) => node.state !== "left");
    const shown = nodes.slice(0, most);
    const places = placesOf(shown.length);
    const meshed = shown.length > mostMeshed ? [] : shown;
    const lines = shown.flatMap((node, index) => [
      spoke(places[index], node, report),
      ...meshed
        .slice(index + 1)
        .map((other, ahead) => link(places[index], places[index + 1 + ahead], node, other, report.self)),
    ]);
    const dots = shown.map((node, index) => dot(places[index], node, node.id === report.self));
    const labels = meshed.flatMap((_, index) =>
      places.slice(index + 1).map((place) => arc(places[index], place).label),
    );
    const heights = [centre, ...places, ...labels].map(({ y }) => y);
    const top = Math.min(...heights) - margin;
    const bottom = Math.max(...heights) + margin;
    const viewBox = `0 ${top} ${size.width} ${bottom - top}`;
    const picture = shape("svg", { viewBox, class: "network" });
    picture.append(...lines.flat(), ...relay(report.relay), ...dots);
    const corner = { class: "time", x: size.width - 24, y: bottom - 8 };
    if (nodes.length > most) picture.append(shape("text", corner, `+${nodes.length - most}`));
    renew(this.#place, picture);
  }
}

/**
 * The line from a node to the relay.
 * @param {Point} place
 * @param {Cluster.Member} node
 * @param {Cluster.Report} report
 */
function spoke({ x, y }, node, { self, relay: { connected, kind } }) {
  const holds = node.id === self ? connected : node.relay !== false;
  if (!isLiving(node) || kind === "memory") return [];
  const ends = { x1: x, y1: y, x2: centre.x, y2: centre.y };
  return [shape("line", { class: "spoke", "data-state": holds ? "up" : "down", ...ends })];
}

/**
 * The line between two nodes, with the round-trip time if the reporting node has measured it.
 * @param {Point} from
 * @param {Point} to
 * @param {Cluster.Member} one
 * @param {Cluster.Member} other
 * @param {string} self
 */
function link(from, to, one, other, self) {
  if (!isLiving(one) || !isLiving(other)) return [];
  const measured = one.id === self ? other : other.id === self ? one : null;
  const state = [one, other].every((node) => node.state === "alive") ? "up" : "down";
  const { path, label } = arc(from, to);
  const kind = measured ? "link own" : "link";
  const drawn = shape("path", { class: kind, "data-state": state, d: path });
  if (measured?.rttMs == null) return [drawn];
  const text = milliseconds(measured.rttMs);
  return [drawn, shape("text", { class: "time", x: label.x, y: label.y + 4 }, text)];
}

/**
 * Redis, with its replicas, or each shard of a Redis Cluster by its number in the table.
 * @param {Cluster.Report["relay"]} report
 */
function relay({ kind, connected, servers }) {
  const shards = servers?.shards ?? [];
  if (shards.length > 1 && shards.length <= mostShards)
    return shards.map((shard, index) => {
      const { x, y } = placeOfShard(index, shards.length);
      return server({ x, y }, 32, String(index + 1), !shard.trouble, shard.replicas);
    });
  const up = shards.filter(({ trouble }) => !trouble).length;
  const name = kind === "memory" ? "–" : shards.length > 1 ? `${up}/${shards.length}` : "Redis";
  const isUp = shards.length > 0 ? connected && up === shards.length : connected;
  return [server(centre, 60, name, isUp, shards.length === 1 ? shards[0].replicas : [])];
}

/**
 * The shards stand in rows of three around the center.
 * @param {number} index
 * @param {number} count
 * @returns {Point}
 */
export function placeOfShard(index, count) {
  const row = Math.floor(index / 3);
  const rows = Math.ceil(count / 3);
  const columns = row < rows - 1 ? 3 : count - 3 * row;
  return {
    x: centre.x + ((index % 3) - (columns - 1) / 2) * 38,
    y: centre.y + (row - (rows - 1) / 2) * 40,
  };
}

/**
 * A Redis server, and below it a mark for each replica.
 * @param {Point} place
 * @param {number} width
 * @param {string} name
 * @param {boolean} isUp
 * @param {Cluster.Replica[]} replicas
 */
function server({ x, y }, width, name, isUp, replicas) {
  const shown = replicas.slice(0, mostReplicas);
  return shape(
    "g",
    { class: "relay", "data-state": isUp ? "up" : "down" },
    shape("rect", { x: x - width / 2, y: y - 14, width, height: 28, rx: 8 }),
    shape("text", { x, y: y + 4.5 }, name),
    ...shown.map(({ online }, index) =>
      shape("circle", {
        class: "replica",
        "data-state": online ? "up" : "down",
        cx: x + (index - (shown.length - 1) / 2) * 9,
        cy: y + 14,
        r: 3.5,
      }),
    ),
  );
}

/**
 * @param {Point} place
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

/** @typedef {{ x: number, y: number }} Point */

export const size = { width: 360, height: 270 };
const centre = { x: size.width / 2, y: size.height / 2 };
const radius = { x: 128, y: 96 };

const round = (/** @type {number} */ value) => Math.round(value * 10) / 10;

/**
 * Positions around the relay, the first one at the top left.
 * @param {number} count
 * @returns {Point[]}
 */
export function placesOf(count) {
  const first = count === 2 ? Math.PI : count % 2 === 0 ? -Math.PI / 2 - Math.PI / count : -Math.PI / 2;
  return Array.from({ length: count }, (_, index) => {
    const angle = first + (2 * Math.PI * index) / count;
    return {
      x: round(centre.x + radius.x * Math.cos(angle)),
      y: round(centre.y + radius.y * Math.sin(angle)),
    };
  });
}

/**
 * A line between two nodes that bends around the relay; `label` is its middle.
 * @param {Point} from
 * @param {Point} to
 * @returns {{ path: string, label: Point }}
 */
export function arc(from, to) {
  const middle = { x: (from.x + to.x) / 2, y: (from.y + to.y) / 2 };
  const away = { x: middle.x - centre.x, y: middle.y - centre.y };
  const distance = Math.hypot(away.x, away.y);
  // A line through the center bends, always to the same side.
  const straight = distance < 24;
  const length = Math.hypot(to.x - from.x, to.y - from.y);
  const aside = straight
    ? { x: (from.y - to.y) / length, y: (to.x - from.x) / length }
    : { x: away.x / distance, y: away.y / distance };
  const bend = straight ? 84 : 14;
  const control = { x: round(middle.x + aside.x * bend), y: round(middle.y + aside.y * bend) };
  return {
    path: `M${from.x} ${from.y}Q${control.x} ${control.y} ${to.x} ${to.y}`,
    label: { x: round((middle.x + control.x) / 2), y: round((middle.y + control.y) / 2) },
  };
}

/**
 * The points of a line chart in a box of the given size; empty for fewer than two values.
 * @param {number[]} points
 * @param {number} width
 * @param {number} height
 */
export function sparkline(points, width, height) {
  if (points.length < 2) return "";
  const low = Math.min(...points);
  const span = Math.max(...points) - low;
  return points
    .map((point, index) => {
      const x = round((index * width) / (points.length - 1));
      const share = span === 0 ? 0.5 : (point - low) / span;
      return `${x},${round(height - 1.5 - share * (height - 3))}`;
    })
    .join(" ");
}
