// The cluster page: Feed.js gets reports, summary.js and changes.js read them, the rest shows them. Start reading at
// ClusterPage.js.

import { Backoff } from "../transport/Backoff.js";
import { find, writeWords } from "../views/dom.js";
import { ClusterPage } from "./ClusterPage.js";
import { Feed } from "./Feed.js";
import { say } from "./words.js";

writeWords(say);

const clock = {
  now: () => performance.now(),
  after: (/** @type {number} */ ms, /** @type {() => void} */ run) => setTimeout(run, ms),
  cancel: (/** @type {any} */ timer) => clearTimeout(timer),
};

/** As JSON; a node that stands still is not waited for. */
async function ask() {
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), 3_000);
  try {
    const headers = { accept: "application/json" };
    const answer = await fetch("/cluster", { headers, cache: "no-store", signal: patience.signal });
    if (!answer.ok) throw new Error(`/cluster answers ${answer.status}`);
    return await answer.json();
  } finally {
    clearTimeout(timer);
  }
}

const feed = new Feed(() => new EventSource("/cluster/events"), ask, new Backoff(), clock);
const page = new ClusterPage(feed, clock.now);
feed.start();
setInterval(() => page.tick(), 1_000);

// On a port of its own this page has no chat beside it.
const chat = await fetch("/", { method: "HEAD" }).catch(() => null);
find("back", HTMLAnchorElement).hidden = !chat?.ok;
