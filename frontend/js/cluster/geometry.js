/** @typedef {{ x: number, y: number }} Point */

export const size = { width: 360, height: 270 };
const centre = { x: size.width / 2, y: size.height / 2 };
const radius = { x: 128, y: 96 };

/**
 * Where nodes stand: around the relay, the first at the top left as one reads.
 * @param {number} count
 * @returns {Point[]}
 */
export function placesOf(count) {
  const first =
    count === 2 ? Math.PI : count % 2 === 0 ? -Math.PI / 2 - Math.PI / count : -Math.PI / 2;
  return Array.from({ length: count }, (_, index) => {
    const angle = first + (2 * Math.PI * index) / count;
    return {
      x: round(centre.x + radius.x * Math.cos(angle)),
      y: round(centre.y + radius.y * Math.sin(angle)),
    };
  });
}

/**
 * A line between two nodes that goes around the relay in the middle; `label` is the middle of it.
 * @param {Point} from
 * @param {Point} to
 * @returns {{ path: string, label: Point }}
 */
export function arc(from, to) {
  const middle = { x: (from.x + to.x) / 2, y: (from.y + to.y) / 2 };
  const away = { x: middle.x - centre.x, y: middle.y - centre.y };
  const distance = Math.hypot(away.x, away.y);
  // Straight through the middle: aside, always to the same side.
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
 * A line through points in a box of the given size, the newest at its end; nothing for fewer than two.
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

/** @param {number} value */
function round(value) {
  return Math.round(value * 10) / 10;
}

export { centre };
