import { Backoff, clock } from "../runtime.js";
import { Identity, MemoryStorage } from "../store/storage.js";
import { Session } from "../transport/Session.js";
import { Socket, openWebSocket } from "../transport/Socket.js";
import { button, element } from "../views/dom.js";
import { isolated, reasonOf, say } from "../words/say.js";
import { Card } from "./Card.js";
import { cardForm, linkParts } from "./MakeCards.js";
import { qrCode } from "./qr.js";
import { RoomRequests } from "./rooms.js";

/** Light modules around a code, so that cameras find it. */
const quiet = 4;
/** In characters: cameras read a code with more of them less well. */
const mostTold = 200;
const svg = "http://www.w3.org/2000/svg";

/** The card that is open. */
let shown = /** @type {Card | null} */ (null);

/**
 * A link by which the user goes on on another device, as a code to be scanned: for guests. Who has an account signs in
 * there.
 * @param {import("../main.js").Page} page
 * @param {() => void} prepare the other device is to know what was read here
 */
export function showDevices(page, prepare) {
  const { session } = page.chat;
  const place = element("div", { class: "made" });
  const left = element("span", { class: "hint", role: "timer" });
  const card = new Card("device", say("useElsewhere"));
  shown = card;
  card.open();
  if (!session.isGuest) {
    const link = new URL(`#/r/${page.conversation.room}`, location.href).href;
    card.node.append(element("p", { class: "hint", text: say("useElsewhereAccount") }), place);
    return place.append(codeOf(link), ...linkParts(say("useElsewhere"), link, say("deviceLink")));
  }
  prepare();
  const hint = element("p", { class: "hint", text: say("useElsewhereHint", { name: isolated(page.self.name) }) });
  const again = button(say("newCode"), () => void make());
  card.node.append(hint, place, element("p", { class: "row" }, left, again));
  /** @type {ReturnType<typeof setInterval> | undefined} */
  let timer;
  card.node.addEventListener("close", () => clearInterval(timer));

  async function make() {
    again.disabled = true;
    const { answer, refusal = "silence" } = await RoomRequests.of(page.chat).ask({ type: "link" });
    again.disabled = false;
    clearInterval(timer);
    place.replaceChildren();
    const token = answer?.type === "link" ? answer.token : undefined;
    left.textContent = token ? "" : refusal === "silence" ? say("notConfirmed") : reasonOf(refusal);
    if (answer?.type !== "link" || !token) return;
    const link = new URL(`#/l/${token}/${roomsTold(page)}`, location.href).href;
    place.append(codeOf(link), ...linkParts(say("useElsewhere"), link, say("deviceLink")));
    const end = performance.now() + answer.expiresIn * 1_000;
    const count = () => {
      const n = Math.ceil((end - performance.now()) / 1_000);
      left.textContent = n > 0 ? say("codeValid", { n }) : say("codeEnded");
      if (n > 0) return;
      clearInterval(timer);
      place.replaceChildren();
    };
    count();
    timer = setInterval(count, 1_000);
  }
  void make();
}

/**
 * The room on screen, then the other open rooms, as many as a code can well have. The server knows the private ones.
 * @param {import("../main.js").Page} page
 */
function roomsTold({ conversation: { room }, navigation }) {
  let told = room;
  for (const { name, kind } of navigation.rooms)
    if (kind === "open" && name !== room && told.length + name.length < mostTold) told += `,${name}`;
  return told;
}

/**
 * The user is on another device now.
 * @param {import("../main.js").Page} page
 */
export function tellLinked({ self, toast }) {
  if (shown?.node.open) shown.node.close();
  toast.ask(say("nowElsewhere", { name: isolated(self.name) }), { [say("ok")]: () => {} });
}

/**
 * A code that is dark on light in dark mode, too: many cameras read no other.
 * @param {string} text
 */
function codeOf(text) {
  const rows = qrCode(text);
  if (!rows) return element("p", { class: "hint", text: say("codeTooLong") });
  const size = rows.length + 2 * quiet;
  const image = document.createElementNS(svg, "svg");
  const part = (/** @type {string} */ name, /** @type {Record<string, string>} */ attributes) => {
    const node = document.createElementNS(svg, name);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    image.append(node);
  };
  for (const [key, value] of Object.entries({
    viewBox: `0 0 ${size} ${size}`,
    role: "img",
    "aria-label": say("codeLabel"),
    "shape-rendering": "crispEdges",
  }))
    image.setAttribute(key, value);
  part("rect", { width: `${size}`, height: `${size}`, fill: "#fff" });
  // One rectangle for each run of dark modules.
  const runs = rows.flatMap((row, y) =>
    [
      ...row
        .map((dark) => (dark ? "#" : " "))
        .join("")
        .matchAll(/#+/g),
    ].map(({ 0: run, index = 0 }) => `M${index + quiet} ${y + quiet}h${run.length}v1h-${run.length}z`),
  );
  part("path", { d: runs.join(""), fill: "#000" });
  return image;
}

/**
 * Asks whether to go on here as the user of the link in the address. The identity that this browser has would be lost.
 * @param {import("../main.js").Page} page
 * @returns {Promise<void>} when the user has decided not to, or it is not possible
 */
export async function followDeviceLink(page) {
  const { identity, navigation, chat } = page;
  const link = navigation.link;
  navigation.link = null;
  if (!link) return;
  if (chat.session.userToken || !chat.session.isGuest) return tell(say("linkSignedIn"));
  const visitor = new Visitor();
  const close = () => visitor.close();
  const { answer, refusal = "silence" } = await visitor.ask({ type: "link", token: link.token });
  const user = answer?.type === "link" ? answer.user : undefined;
  if (!user) {
    close();
    return tell(problemOf(refusal));
  }
  if (user.id === chat.session.welcome?.user.id) {
    close();
    return tell(say("linkOwn", { name: isolated(user.name) }));
  }
  const name = isolated(user.name);
  const before = identity.token ? isolated(identity.name ?? "") : "";
  const question = before ? say("continueInstead", { before, name }) : say("continueAs", { name });
  const problem = element("p", { class: "problem", role: "alert" });
  let isOver = false;
  const form = cardForm(
    [
      element("p", { class: "hint", text: before ? say("continueLoses", { before }) : say("continueHint", { name }) }),
      problem,
      element("button", { type: "submit", class: "primary", text: say("continueAs", { name }) }),
    ],
    problem,
    async () => {
      const { answer: made, refusal: no = "silence" } = await visitor.ask({
        type: "link",
        token: link.token,
        take: true,
      });
      isOver = ended.includes(no);
      if (isOver) card.node.close();
      if (made?.type !== "linked" || !made.token || !made.user) return problemOf(no);
      chat.session.socket.hold();
      // The private rooms of who was here before.
      for (const room of navigation.rooms) if (room.kind !== "open") navigation.drop(room.name);
      for (const room of [link.room, ...link.others]) navigation.include(room);
      identity.token = made.token;
      identity.name = made.user.name;
      history.replaceState(null, "", `#/r/${link.room}`);
      location.reload();
      return "";
    },
  );
  const card = new Card("device", question, form);
  form.append(button(say("notNow"), () => card.node.close()));
  await closed(card);
  close();
  if (isOver) await tell(say("codeUsed"));
}

/** Refusals of a link that was used or has ended. */
const ended = ["not_found", "bad_request"];

/**
 * @param {string} refusal
 */
function problemOf(refusal) {
  if (refusal === "silence") return say("notConfirmed");
  return ended.includes(refusal) ? say("codeUsed") : reasonOf(refusal);
}

/** @param {string} text */
function tell(text) {
  const card = new Card("device", say("useElsewhere"), element("p", { text }));
  card.node.append(button(say("ok"), () => card.node.close(), "primary"));
  return closed(card);
}

/**
 * Opens a card.
 * @param {Card} card
 * @returns {Promise<void>} when it closes
 */
function closed(card) {
  card.open();
  return new Promise((resolve) => card.node.addEventListener("close", () => resolve()));
}

/** A guest for the moment, who only asks about the link: the page may have no user yet. */
class Visitor {
  #session = new Session(
    new Socket(openWebSocket, new Backoff(), clock),
    new Identity(new MemoryStorage()),
    () => null,
    clock,
  );
  #requests = new RoomRequests({ session: this.#session });
  #online;

  constructor() {
    this.#online = new Promise((resolve) => {
      this.#session.changed.listen(() => this.#session.online && resolve(true));
      this.#session.dismissed.listen(() => resolve(false));
      setTimeout(() => resolve(false), 10_000);
    });
    this.#session.socket.connect();
  }

  /** @param {{ type: string, [field: string]: unknown }} frame */
  async ask(frame) {
    await this.#online;
    return this.#requests.ask(frame);
  }

  close() {
    this.#session.socket.end();
  }
}
