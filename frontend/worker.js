// The service worker of the chat page, served as /worker.js: opens the page without a connection, and shows
// notifications. docs/page.md says when a new version of the page takes over. The server writes `page` before this
// text, so each version of the page has a script of its own.

/// <reference path="worker.d.ts" />

/** @type {ServiceWorkerGlobalScope} */
// @ts-ignore The type checker takes `self` for the scope of another kind of worker.
const worker = self;

/** Of the page, with a trailing slash. */
const root = new URL(worker.registration.scope);
const storeName = `webchat ${root.pathname}`;

/** How long opening the page waits for the server before the stored page is shown. */
const patience = 4_000;

/** Most page loads of which it is known which version they got. */
const mostMarks = 50;

/** What the chat page can load: not the cluster page, and not the tests. */
const names = Object.keys(page.files).filter(
  (name) => /^(index\.html|[^/]+\.(css|svg|png|webmanifest)|js\/.*\.js)$/.test(name) && !name.includes("cluster"),
);

/**
 * Where a file is stored: two versions of it have two places. The place is no address of the server. The page itself is
 * stored with its content security policy, which a setting of the server may change.
 * @param {string} name
 */
const placeOf = (name) =>
  new URL(`stored/${name}?${name === "index.html" ? page.version : page.files[name]}`, root).href;

/**
 * Asks for a file of exactly this version: the browser compares the hash, which no other version, and no page of a
 * proxy or a captive portal, has.
 * @param {string} name
 */
async function fetchFile(name) {
  const address = name === "index.html" ? root : new URL(`static/${name}`, root);
  const get = (/** @type {RequestCache} */ cache) =>
    fetch(address, { integrity: page.files[name], redirect: "error", cache });
  if (name === "index.html") {
    const answer = await get("no-cache");
    const version = versionIn(answer);
    if (version && version !== page.version) throw new Error("the page of another version");
    return answer;
  }
  // What the page has just loaded need not be sent again.
  return get("force-cache").catch(() => get("no-cache"));
}

/**
 * Which version a page is of. "": the server does not tell.
 * @param {Response} answer
 */
const versionIn = (answer) => /^(?:W\/)?"([0-9a-f]+)\b/.exec(answer.headers.get("etag") ?? "")?.[1] ?? "";

/**
 * A broken storage is an empty one.
 * @param {string} place
 */
const stored = (place) => caches.match(place, { cacheName: storeName }).catch(() => undefined);

/** @param {string} name */
const fileOf = async (name) => (await stored(placeOf(name))) ?? fetchFile(name);

/** Stores what is not there yet, or fails as a whole: then the browser tries again later. */
async function install() {
  const store = await caches.open(storeName);
  // One by one: what the page loads meanwhile comes first.
  for (const name of names) {
    if (!(await stored(placeOf(name)))) await store.put(placeOf(name), await fetchFile(name));
  }
  await takeOver();
}

/** At once if no open tab shows another version. Otherwise the browser waits until those are closed. */
async function takeOver() {
  const tabs = await worker.clients.matchAll({ type: "window", includeUncontrolled: true });
  const versions = await Promise.all(tabs.map(({ id }) => versionOf(id)));
  if (versions.every((version) => version === page.version || version === null)) await worker.skipWaiting();
}

async function removeOthers() {
  const store = await caches.open(storeName);
  const ours = new Set(names.map(placeOf));
  for (const { url } of await store.keys()) if (!ours.has(url) && !isMark(url)) await store.delete(url);
}

// A tab loads files as long as it is open, but the browser ends and starts workers at any time. So a mark is stored for
// each tab: the version that it got. Tabs without a mark did not get their page from here: a first visit, or the cluster
// page.

/** @param {string} id of a tab */
const markOf = (id) => new URL(`stored/?tab=${id}`, root).href;
const isMark = (/** @type {string} */ url) => url.includes("/stored/?tab=");

/**
 * @param {string} id
 * @param {string} version "": unknown
 */
async function mark(id, version) {
  const store = await caches.open(storeName);
  await store.put(markOf(id), new Response(version));
  const marks = (await store.keys()).filter(({ url }) => isMark(url));
  if (marks.length <= mostMarks) return;
  // The newest may be of tabs that the browser does not list yet.
  const tabs = await worker.clients.matchAll({ type: "window", includeUncontrolled: true });
  const open = new Set(tabs.map((tab) => markOf(tab.id)));
  for (const { url } of marks.slice(0, mostMarks / 2)) if (!open.has(url)) await store.delete(url);
}

/**
 * Null: not from here.
 * @param {string} id of a tab
 */
const versionOf = async (id) => (await stored(markOf(id)))?.text() ?? null;

/** @param {FetchEvent} event */
async function openPage(event) {
  const answer = await answerTo(event.request);
  const version = answer && versionIn(answer);
  try {
    await mark(event.resultingClientId, version ?? page.version);
  } catch (error) {
    // As without a worker: the files of a tab without a mark come from the server.
    console.warn(error);
    return answer ?? Response.error();
  }
  if (!answer || version === page.version) {
    const { body, headers } = await fileOf("index.html");
    // Without the address of the stored one, so that the tab keeps its query.
    return new Response(body, { headers });
  }
  // Another version, a redirect to sign in, or a refusal.
  if (answer.ok) event.waitUntil(removeWhereGone());
  return answer;
}

/**
 * No answer: there is no connection, it takes too long, or there is no server behind the proxy.
 * @param {Request} request
 */
function answerTo(request) {
  const late = new Promise((resolve) => setTimeout(resolve, patience));
  const asked = fetch(request).then(
    (answer) => (answer.status >= 500 || answer.status === 429 ? undefined : answer),
    () => undefined,
  );
  return /** @type {Promise<Response | undefined>} */ (Promise.race([asked, late]));
}

/** The server may have gone back to a version without a service worker. */
async function removeWhereGone() {
  const answer = await fetch(worker.location.href, { cache: "no-store", redirect: "error" }).catch(() => null);
  if (answer?.status !== 404) return;
  await worker.registration.unregister();
  await caches.delete(storeName);
}

/** @param {FetchEvent} event */
async function loadFile({ request, clientId }, /** @type {string} */ name) {
  return (await versionOf(clientId)) === page.version ? fileOf(name) : fetch(request);
}

/** @param {URL} address */
const isPage = ({ origin, pathname }) =>
  origin === root.origin && [root.pathname, `${root.pathname}index.html`].includes(pathname);

/** @param {URL} address */
function nameOf({ origin, pathname, search }) {
  const before = `${root.pathname}static/`;
  const name = pathname.slice(before.length);
  return origin === root.origin && pathname.startsWith(before) && !search && names.includes(name) ? name : null;
}

/**
 * What a tab answers.
 * @param {Client} tab
 * @param {object} question
 * @param {number} wait in ms
 * @returns {Promise<boolean | null>} null: no answer, as it is still loading
 */
function ask(tab, question, wait) {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = ({ data }) => resolve(data === true);
    tab.postMessage(question, [port2]);
    setTimeout(() => resolve(null), wait);
  });
}

/**
 * The tab that shows a room, or else the one that was used last.
 * @param {string} room
 */
async function tabOf(room) {
  const all = await worker.clients.matchAll({ type: "window", includeUncontrolled: true });
  const tabs = all.filter(({ url }) => isPage(new URL(url)));
  if (tabs.length < 2) return tabs[0];
  const answers = await Promise.all(tabs.map((tab) => ask(tab, { type: "shows", room }, 300)));
  return tabs[Math.max(0, answers.indexOf(true))];
}

/**
 * @param {string} room
 * @param {string} [id] of a message; none: the room is open, and shows it
 */
async function showRoom(room, id) {
  const tab = await tabOf(room);
  if (!tab) return worker.clients.openWindow(`${root}#/r/${room}${id ? `/m/${id}` : ""}`);
  // Forbidden if the click was too long ago.
  const focused = tab.focus().catch(() => null);
  for (let tries = 0; tries < 20 && (await ask(tab, { type: "shows", room }, 500)) === null; tries += 1);
  tab.postMessage({ type: "go", room, id });
  return focused;
}

const isGerman = /^de\b/i.test(worker.navigator.languages.find((tag) => /^(en|de)\b/i.test(tag)) ?? "");

/** The texts of push messages. `{from}` is a name. */
const words = isGerman
  ? {
      private: "Privater Raum",
      news: "Neue Nachricht",
      from: "Neue Nachricht von {from}",
      addressed: "{from} meint dich",
    }
  : {
      private: "Private room",
      news: "New message",
      from: "New message from {from}",
      addressed: "{from} mentioned you",
    };

/**
 * A push message: docs/protocol.md, section 16. How much it tells is up to the server.
 * @typedef {{ room: string, id: string, addressed?: boolean, from?: string, title?: string, text?: string }} Told
 * @param {Told} told
 */
async function tell({ room, id, addressed, from, title, text }) {
  if (await isToldByPage(room, id)) return;
  const named = from && `\u2068${from}\u2069`;
  const kind = /^_(direct|private)-/.exec(room)?.[1];
  const heading = kind ? title || (kind === "direct" && from) || words.private : `#${room}`;
  const about = from ? words[addressed ? "addressed" : "from"].replace("{from}", () => named ?? "") : words.news;
  await worker.registration.showNotification(heading, {
    body: text === undefined ? about : `${named}: ${text}`,
    tag: room,
    icon: new URL("static/icon-192.png", root).href,
    data: { room, id },
  });
}

/**
 * A page that the user sees tells them itself, and one in the background may have done so.
 * @param {string} room
 * @param {string} id
 */
async function isToldByPage(room, id) {
  const all = await worker.clients.matchAll({ type: "window", includeUncontrolled: true });
  const tabs = all.filter(({ url }) => isPage(new URL(url)));
  if (tabs.some(({ visibilityState }) => visibilityState === "visible")) return true;
  const answers = await Promise.all(tabs.map((tab) => ask(tab, { type: "told", room, id }, 300)));
  return answers.includes(true);
}

/**
 * The browser has replaced the subscription: so that the next message arrives, the page must tell the server, now or at
 * the next visit.
 * @param {PushSubscriptionChangeEvent} event
 */
async function renew({ oldSubscription }) {
  const { pushManager } = worker.registration;
  if (oldSubscription && !(await pushManager.getSubscription())) await pushManager.subscribe(oldSubscription.options);
  const tabs = await worker.clients.matchAll({ type: "window", includeUncontrolled: true });
  for (const tab of tabs) tab.postMessage({ type: "subscribed" });
}

worker.addEventListener("install", (event) => event.waitUntil(install()));
worker.addEventListener("activate", (event) => event.waitUntil(removeOthers()));

worker.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET") return;
  const address = new URL(request.url);
  if (request.mode === "navigate") {
    if (isPage(address)) event.respondWith(openPage(event));
    return;
  }
  const name = nameOf(address);
  if (name) event.respondWith(loadFile(event, name));
});

worker.addEventListener("message", (event) => {
  const { data, ports, source } = event;
  if (data === "take over") event.waitUntil(takeOver());
  if (data !== "version" || !(source instanceof Client)) return;
  event.waitUntil(versionOf(source.id).then((yours) => ports[0].postMessage({ yours, mine: page.version })));
});

worker.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(showRoom(event.notification.data.room, event.notification.data.id));
});

worker.addEventListener("push", (event) => {
  if (event.data) event.waitUntil(tell(event.data.json()));
});

// The type checker does not know this event by its name.
worker.addEventListener("pushsubscriptionchange", (event) => {
  const change = /** @type {PushSubscriptionChangeEvent} */ (event);
  change.waitUntil(renew(change));
});
