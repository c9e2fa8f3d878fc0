import { MyRooms } from "../store/storage.js";
import { button, element } from "../views/dom.js";
import { gistOf } from "../views/gist.js";
import { momentOf, spanOf } from "../views/events.js";
import { banText } from "../views/DeadEnds.js";
import { nearestRoom } from "../views/Surroundings.js";
import { isolated, personName, say } from "../words/say.js";
import { Card } from "./Card.js";
import { RoomRequests, makeRoom, refusalText } from "./rooms.js";

/**
 * A label and its field.
 * @param {string} label
 * @param {HTMLElement} field
 */
export function labelled(label, field) {
  return element("label", { class: "field" }, element("span", { class: "hint", text: label }), field);
}

/**
 * @param {[value: string | number, text: string][]} choices
 * @param {string | number} [chosen]
 */
export function choice(choices, chosen) {
  const options = choices.map(([value, text]) => {
    const selected = value === chosen ? "" : undefined;
    return element("option", { value: String(value), text, selected });
  });
  return element("select", {}, ...options);
}

/** @param {string} text */
const submit = (text) => element("button", { type: "submit", class: "primary", text });
const problemLine = () => element("p", { class: "problem", role: "alert" });

/**
 * A form that is sent once at a time.
 * @param {Node[]} content
 * @param {HTMLElement} problem
 * @param {() => Promise<string>} send returns why it failed, or ""
 */
export function cardForm(content, problem, send) {
  const form = element("form", {}, ...content);
  let sending = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (sending) return;
    sending = true;
    problem.textContent = "";
    problem.textContent = await send();
    sending = false;
  });
  return form;
}

/**
 * Makes an open room by its name, or a private one by its title.
 * @param {import("../main.js").Page} page
 * @param {string} [name]
 */
export function showNewRoom(page, name = "") {
  const kinds = /** @type {const} */ (["private", "open"]).map((kind) => {
    const radio = element("input", { type: "radio", name: "kind", value: kind });
    const hint = element("span", { class: "hint", text: say(kind === "open" ? "openRoomHint" : "privateRoomHint") });
    const text = element("span", { text: say(kind === "open" ? "openRoom" : "privateRoom") });
    return { kind, radio, node: element("label", { class: "kind" }, radio, text, hint) };
  });
  const isOpen = () => kinds[1].radio.checked;
  const field = element("input", { required: "", maxlength: "80", autocomplete: "off", dir: "auto", value: name });
  const label = labelled("", field);
  const problem = problemLine();
  const show = () => {
    const word = isOpen() ? "newRoomName" : "newRoomTitle";
    if (label.firstElementChild) label.firstElementChild.textContent = say(word);
    problem.textContent = "";
  };
  const send = async () => {
    if (!isOpen() && field.value.trim() === "") return say("titleNeeded");
    const room = nearestRoom(field.value);
    if (isOpen() && (!MyRooms.isName(room) || MyRooms.kindOf(room) !== "open"))
      return say("noRoomName", { name: isolated(field.value) });
    const reason = await makeRoom(page, isOpen() ? { room } : { private: true, title: field.value.trim() });
    if (reason !== "") return reason;
    card.node.close();
    // Closing gives the focus back to where it was.
    page.conversation.composer.focus();
    return "";
  };
  const group = element("fieldset", {}, element("legend", { class: "unseen", text: say("newRoom") }));
  group.append(...kinds.map(({ node }) => node));
  const form = cardForm([group, label, problem, submit(say("newRoomMake"))], problem, send);
  const card = new Card("new-room", say("newRoom"), form);
  kinds[name ? 1 : 0].radio.checked = true;
  group.addEventListener("change", show);
  show();
  card.open();
  field.focus();
}

const day = 86_400;

/**
 * Makes links that invite to the private room on screen.
 * @param {import("../main.js").Page} page
 */
export function showInvite(page) {
  const { chat, conversation, navigation } = page;
  const { room } = conversation;
  const counts = [1, 10, 100].map((n) => /** @type {[number, string]} */ ([n, say("invitePeople", { n })]));
  const spans = [3_600, day, 7 * day, 30 * day].map((s) => /** @type {[number, string]} */ ([s, spanOf(s)]));
  const uses = choice(counts, 1);
  const seconds = choice(spans, 7 * day);
  const problem = problemLine();
  const made = element("div", { class: "made", role: "status" });
  const form = cardForm(
    [labelled(say("inviteUses"), uses), labelled(say("inviteEnd"), seconds), problem, submit(say("inviteMake"))],
    problem,
    async () => {
      made.replaceChildren();
      const wanted = { type: "invite", room, uses: Number(uses.value), seconds: Number(seconds.value) };
      const { answer, refusal = "silence" } = await RoomRequests.of(chat).ask(wanted);
      const token = answer?.type === "invitation" ? answer.token : undefined;
      if (!token) return refusalText(refusal);
      const link = new URL(`#/i/${token}`, location.href).href;
      const title = say("inviteTo", { room: page.navigation.labelOf(page.conversation.room) });
      made.append(...linkParts(title, link));
      return "";
    },
  );
  const hint = element("p", { class: "hint", text: say("inviteHint") });
  new Card("invite", say("inviteTo", { room: navigation.labelOf(room) }), hint, form, made).open();
}

/**
 * A link with what helps to pass it on. Plain http has no clipboard: there it can be selected.
 * @param {string} title what it is
 * @param {string} link
 * @param {string} [label]
 */
export function linkParts(title, link, label = say("inviteLink")) {
  const field = element("input", { readonly: "", value: link, "aria-label": label, dir: "ltr" });
  field.addEventListener("focus", () => field.select());
  const copied = element("span", { class: "hint" });
  const copy = button(
    say("copy"),
    async () => {
      field.focus();
      const done = await navigator.clipboard?.writeText(link).then(
        () => true,
        () => false,
      );
      copied.textContent = say(done ? "linkCopied" : "copyByHand");
    },
    "primary",
  );
  const share = button(say("share"), () => void navigator.share({ title, url: link }).catch(() => {}), "primary");
  share.hidden = !("share" in navigator);
  return [field, element("p", { class: "row" }, copy, share, copied)];
}

/** The token that is being inspected, or whose card is open. */
let inspected = "";

/**
 * Asks whether to follow the invitation of the address.
 * @param {import("../main.js").Page} page
 */
export async function showInvitation(page) {
  const { chat, conversation, navigation, toast } = page;
  const token = navigation.invitation;
  if (inspected === token || !token) return;
  if (!chat.hasOwners) {
    navigation.invitation = "";
    return toast.show(say("error_unknown_type"));
  }
  const requests = RoomRequests.of(chat);
  inspected = token;
  const { answer, refusal = "silence" } = await requests.ask({ type: "inspect", token });
  let over = false;
  const done = () => {
    // The event comes late: the link may have been opened again.
    if (over) return;
    over = true;
    if (inspected === token) inspected = "";
    if (navigation.invitation === token) navigation.invitation = "";
  };
  // Another one was opened meanwhile.
  if (inspected !== token) return;
  // Without an answer, the next connection asks again.
  if (refusal === "silence" && !answer) return void (inspected = "");
  if (answer?.type !== "invitation") {
    done();
    if (isOver(refusal)) return showOver();
    return toast.ask(refusalText(refusal), { [say("ok")]: () => {} });
  }
  const { from, room, title, expiresIn } = answer;
  const problem = problemLine();
  const names = { name: isolated(personName(from)), room: isolated(title) };
  const until = element("p", { class: "hint", text: say("invitationUntil", { time: endOf(expiresIn) }) });
  const form = cardForm([until, problem, submit(say("join"))], problem, async () => {
    const { answer: made, refusal: no = "silence" } = await requests.ask({ type: "accept", token });
    if (made?.type !== "created" && !navigation.rooms.some(({ name }) => name === room)) {
      if (!isOver(no)) return refusalText(no);
      end();
      showOver(banText(room, isolated(title)));
      return "";
    }
    end();
    navigation.go(made?.type === "created" ? made.room : room);
    conversation.composer.focus();
    return "";
  });
  const end = () => {
    done();
    card.node.close();
  };
  form.append(button(say("notNow"), end));
  const card = new Card("invitation", say(title ? "invitedTo" : "invitedPrivately", names), form);
  // A reload does not close it: the invitation is shown again.
  card.node.addEventListener("close", done);
  card.open();
  const atEnd = () => {
    if (!card.node.open) return;
    end();
    showOver();
  };
  if (expiresIn < longestTimer) setTimeout(atEnd, expiresIn * 1_000);
}

/** In seconds: a longer timer would fire at once. */
const longestTimer = 2_000_000;

/** @param {number} seconds until it ends */
const endOf = (seconds) => momentOf(Date.now() + seconds * 1_000);

/**
 * Whether an invitation cannot be used any more.
 * @param {string} refusal
 */
const isOver = (refusal) => ["not_found", "forbidden", "bad_request", "unauthorized"].includes(refusal);

/** @param {string} [reason] if the page knows it */
function showOver(reason) {
  const hint = element("p", { class: "hint", text: say("invitationOverHint") });
  const card = new Card("invitation", reason || say("invitationOver"), ...(reason ? [] : [hint]));
  card.node.append(button(say("ok"), () => card.node.close(), "primary"));
  card.open();
}

/**
 * What a room was called that the user may not enter any more.
 * @param {import("../store/Outbox.js").Outbox} outbox
 * @param {string} room
 */
export function lostName(outbox, room) {
  const title = outbox.itemsIn(room).find((item) => item.title)?.title;
  return title ? isolated(title) : `#${room}`;
}

/**
 * Messages to a room that the user may not enter any more: not sent, and to be copied from here.
 * @param {import("../main.js").Page} page
 * @param {string} room
 */
export function showUnsent({ chat: { outbox } }, room) {
  const items = outbox.itemsIn(room).filter(({ act, state }) => !act && state === "failed");
  const list = element("ul", { class: "unsent" });
  for (const { key, text, files } of items) {
    const row = element(
      "li",
      {},
      element("blockquote", { class: "quoted", dir: "auto", text: gistOf({ text, files }) }),
    );
    const remove = button(say("delete"), () => {
      outbox.remove(key);
      row.remove();
      if (list.childElementCount === 0) card.node.close();
      else card.heading.focus();
    });
    const copy = button(say("copy"), () => void navigator.clipboard.writeText(text).catch(() => {}));
    copy.hidden = !navigator.clipboard;
    row.append(copy, remove);
    list.append(row);
  }
  const card = new Card("unsent-card", say("unsentIn", { room: lostName(outbox, room) }), list);
  card.open();
}
