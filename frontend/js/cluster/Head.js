import { element, find } from "../views/dom.js";
import { isolated } from "../words/speaker.js";
import { span } from "./amounts.js";
import { renew } from "./renew.js";
import { say } from "./words.js";

/** So old a report is not believed any more. */
const staleAfter = 10_000;

/** How the cluster is, in one line; who says so, and how long ago. */
export class Head {
  #verdict = find("verdict", HTMLElement);
  #facts = find("facts", HTMLElement);
  #age = find("age", HTMLElement);
  #page = find("cluster", HTMLElement);

  /**
   * @param {Cluster.Report} report
   * @param {import("./summary.js").Summary} summary
   * @param {import("./Agreement.js").Agreement["state"]} agreement
   */
  show({ self, view }, { alive, suspect, dead }, agreement) {
    const all = alive + suspect + dead;
    const words = [say("summary", { alive, n: all })];
    if (suspect > 0) words.push(say("suspects", { n: suspect }));
    this.#verdict.dataset.state =
      suspect + dead > 0 || agreement === "disagree" ? "trouble" : "well";
    set(this.#verdict, words.join(", "));
    const facts = [
      element("span", {
        class: agreement === "disagree" ? "fact trouble" : "fact",
        title: say("viewMeaning"),
        text: `${say("view", { hash: view.hash.slice(0, 4) })} · ${say(agreement)}`,
      }),
      element("span", { class: "fact", text: say("from", { node: isolated(self) }) }),
    ];
    renew(this.#facts, ...facts);
    document.title = `${alive}/${all} · ${say("title")} · Webchat`;
  }

  /**
   * @param {number | null} age milliseconds; `null` before the first report
   * @param {boolean} paused
   * @returns {boolean} whether what is shown is too old
   */
  showAge(age, paused) {
    const stale = !paused && age !== null && age >= staleAfter;
    this.#page.classList.toggle("stale", stale);
    this.#age.dataset.state = stale ? "stale" : paused ? "paused" : "live";
    set(this.#age, age === null ? say("waiting") : ageText(age, paused, stale));
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

/**
 * @param {HTMLElement} node
 * @param {string} text
 */
function set(node, text) {
  if (node.textContent !== text) node.textContent = text;
}
