import { element } from "../views/dom.js";
import { learnMore, say } from "../words/say.js";

/** A way to the cluster page, below each list of rooms, where that page can be reached. */
export async function linkToCluster() {
  const question = { method: "HEAD", headers: { accept: "text/html" } };
  const answer = await fetch("/cluster", question).catch(() => null);
  if (!answer?.ok || !answer.headers.get("content-type")?.startsWith("text/html")) return;
  await learnMore();
  for (const me of document.querySelectorAll(".me"))
    me.before(element("a", { class: "cluster-link", href: "/cluster", text: say("cluster") }));
}
