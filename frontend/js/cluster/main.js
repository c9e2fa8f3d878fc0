// The cluster page: Feed.js receives reports, summary.js reads them, the rest shows them. Start reading at ClusterPage.js.

import { Backoff, clock } from "../runtime.js";
import { find, writeWords } from "../views/dom.js";
import { say } from "./amounts.js";
import { ClusterPage } from "./ClusterPage.js";
import { Feed } from "./Feed.js";

writeWords(say);

/** Requests a report, with a timeout: the node may hang. */
async function ask() {
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), 3_000);
  try {
    const headers = { accept: "application/json" };
    const answer = await fetch("cluster", { headers, cache: "no-store", signal: patience.signal });
    if (!answer.ok) throw new Error(`/cluster answers ${answer.status}`);
    return await answer.json();
  } finally {
    clearTimeout(timer);
  }
}

const feed = new Feed(() => new EventSource("cluster/events"), ask, new Backoff(), clock);
const page = new ClusterPage(feed, clock.now);
feed.start();
setInterval(() => page.showAge(), 1_000);
// From here on the page works, and rescue.js has nothing to show.
find("stuck", HTMLElement).remove();

// On a port of its own, this page has no chat beside it.
const chat = await fetch("./", { method: "HEAD" }).catch(() => null);
find("back", HTMLAnchorElement).hidden = !chat?.ok;
