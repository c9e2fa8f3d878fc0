import { say } from "../words/say.js";
import { button, element } from "./dom.js";

/** More lines than this are folded: see text.css. */
const most = 20;
/** Fewer characters never take more lines, also on a narrow screen. */
const short = 400;
/** How many unfolded texts are remembered. */
const kept = 100;

/** Texts that the user has unfolded: they stay so when their row is drawn again. */
const open = /** @type {Set<string>} */ (new Set());

/** Tells when a text turns out to be long, or not any more. */
const watch = () =>
  new ResizeObserver((entries) => {
    for (const { target: body } of entries) {
      const fold = body.parentElement;
      // Unfolded, it has its whole height.
      if (fold && !fold.classList.contains("open"))
        fold.classList.toggle("long", body.scrollHeight > body.clientHeight + 1);
    }
  });

/** @type {ResizeObserver | undefined} */
let sizes;

/** @param {string} text */
export function mayBeLong(text) {
  return text.length > short || text.split("\n", most + 1).length > most;
}

/**
 * A text that shows 20 lines, with a button for the rest.
 * @param {string} text
 * @param {Node[]} nodes
 */
export function folded(text, nodes) {
  const body = element("div", { class: "fold-body", dir: "auto" }, ...nodes);
  const more = button("", () => show(!open.has(text)), "fold-button raised");
  const fold = element("div", { class: "fold" }, body, more);
  /** @param {boolean} whole */
  const show = (whole) => {
    open.delete(text);
    if (whole) open.add(text);
    const [oldest] = open;
    if (open.size > kept) open.delete(oldest);
    fold.classList.toggle("open", whole);
    if (whole) fold.classList.add("long");
    more.setAttribute("aria-expanded", String(whole));
    more.setAttribute("aria-label", say(whole ? "showLess" : "showMore"));
    body.scrollTop = 0;
    if (!whole) fold.scrollIntoView({ block: "nearest" });
  };
  if (open.has(text)) show(true);
  else more.setAttribute("aria-expanded", "false");
  more.setAttribute("aria-label", say(open.has(text) ? "showLess" : "showMore"));
  // The focus, or a search of the browser, went into what is hidden.
  body.addEventListener("scroll", () => {
    if (body.scrollTop === 0) return;
    show(true);
    if (body.contains(document.activeElement)) document.activeElement?.scrollIntoView({ block: "nearest" });
  });
  sizes ??= watch();
  sizes.observe(body);
  return fold;
}
