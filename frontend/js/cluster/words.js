import { en } from "../words/cluster.en.js";
import { isGerman, speaker } from "../words/speaker.js";

/** @typedef {keyof typeof en} Word */

/** A sentence of the cluster page in the reader's language. */
export const say = speaker(isGerman ? (await import("../words/cluster.de.js")).de : en);
