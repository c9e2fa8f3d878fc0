import { Completion } from "./Completion.js";

/**
 * What helps with writing, from the first key in the field on.
 * @param {import("../main.js").Page} page
 * @param {import("../views/Extras.js").Extras} extras
 */
export function helpWriting(page, extras) {
  new Completion(page, extras);
}
