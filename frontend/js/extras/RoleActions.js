import { MyRooms } from "../store/storage.js";
import { button, element } from "../views/dom.js";
import { momentOf, spanOf } from "../views/events.js";
import { isolated, personName, say } from "../words/say.js";
import { Card } from "./Card.js";
import { choice, labelled } from "./MakeCards.js";
import { RoomRequests, endsStay, giveRole, refusalText, rightsIn } from "./rooms.js";

const banSpans = [3_600, 86_400, 604_800];

/**
 * Buttons for what the user may do to a role. What somebody else would feel is asked once more, in place of the buttons.
 * @param {import("../main.js").Page} page
 * @param {string} room
 * @param {Wire.User} user
 * @param {import("./rooms.js").Action[]} actions
 * @param {HTMLElement} place of the buttons, and of others that give way to the question
 * @param {(change: { role: Wire.Role, seconds?: number }) => unknown} act
 */
export function offerActions(page, room, user, actions, place, act) {
  const values = { name: isolated(personName(user)), room: page.navigation.labelOf(room) };
  /** @param {import("./rooms.js").Action} action */
  const ask = ({ word, role }) => {
    const before = [...place.children];
    const back = () => {
      place.replaceChildren(...before);
      place.querySelector("button")?.focus();
    };
    const spans = banSpans.map((one) => /** @type {[number, string]} */ ([one, spanOf(one)]));
    const length = choice([...spans, [0, say("forGood")]], banSpans[0]);
    const isBan = role === "banned";
    const seconds = () => (isBan && length.value !== "0" ? { seconds: Number(length.value) } : {});
    const sure = button(
      say(isBan ? "banNow" : word === "remove" ? "removeNow" : word),
      // The second click of a double click on what asks is no answer.
      (/** @type {MouseEvent} */ event) => event.detail < 2 && act({ role, ...seconds() }),
      "menu-item danger",
    );
    const cancel = button(say("cancel"), back, "menu-item");
    const final = endsStay(page.chat, room, user.id, role);
    const question = say(
      isBan ? "banQuestion" : role === "owner" ? "ownerQuestion" : final ? "giveUpQuestion" : "removeQuestion",
      values,
    );
    place.replaceChildren(
      element("p", { class: "hint", role: "alert", text: question }),
      ...(isBan ? [labelled(say("banLength"), length)] : []),
      ...(isBan && !user.id.startsWith("id-") ? [element("p", { class: "hint", text: say("banGuestHint") })] : []),
      sure,
      cancel,
    );
    (isBan ? length : cancel).focus();
  };
  for (const action of actions) {
    const { word, role } = action;
    const asks = role === "banned" || role === "owner" || word === "remove" || endsStay(page.chat, room, user.id, role);
    place.append(button(say(word), () => (asks ? ask(action) : void act({ role })), "menu-item"));
  }
}

/**
 * A removal or a ban by a command, which can be undone at once.
 * @param {import("../main.js").Page} page
 * @param {string} room
 * @param {Wire.User} user
 * @param {{ role: "none" | "banned", seconds?: number }} change
 * @param {Wire.Role} before the role that the user had
 */
export async function putOut({ chat, toast }, room, user, change, before) {
  const problem = await giveRole(chat, room, user, change);
  if (problem !== "") return toast.show(problem);
  const time = change.seconds === undefined ? "" : momentOf(Date.now() + change.seconds * 1_000);
  const word = change.role === "none" ? "removedNow" : time ? "bannedNowUntil" : "bannedNow";
  toast.ask(say(word, { name: isolated(personName(user)), time }), {
    [say("undo")]: async () => {
      const failed = await giveRole(chat, room, user, { role: before });
      if (failed !== "") toast.show(failed);
    },
    [say("ok")]: () => {},
  });
}

/**
 * Asks how to leave the room on screen: a private one can be hidden in this browser, or given up. Others are just left.
 * @param {import("../main.js").Page} page
 * @param {import("../views/Extras.js").Extras} extras
 */
export async function leaveRoom(page, extras) {
  const { chat, conversation, navigation, self } = page;
  const { room } = conversation;
  if (MyRooms.kindOf(room) !== "private" || !chat.session.online) return navigation.leave();
  const problem = element("p", { class: "problem", role: "alert" });
  const close = () => card.node.close();
  const hide = () => {
    close();
    navigation.leave();
  };
  const forGood = element("div", { class: "way" });
  const card = new Card(
    "leaving",
    say("leaveQuestion", { room: navigation.labelOf(room) }),
    element(
      "div",
      { class: "way" },
      element("p", { class: "hint", text: say("hideHint") }),
      button(say("hideRoom"), hide, "primary"),
    ),
    forGood,
    problem,
  );
  card.open();
  const { roles, refusal = "silence" } = await RoomRequests.of(chat).roles(room);
  if (!roles) return void (problem.textContent = refusalText(refusal));
  const alone = !roles.some(({ id, role }) => id !== self.id && role !== "banned" && role !== "none");
  const { actions } = rightsIn(chat, room, roles)(self.id);
  if (actions.length === 0)
    return forGood.append(
      element("p", { class: "hint", text: say("lastOwnerHint") }),
      button(
        say("membersAndRoles"),
        () => {
          close();
          void extras.showMembers();
        },
        "primary",
      ),
    );
  const sure = async () => {
    problem.textContent = await giveRole(chat, room, self, { role: "none" });
    if (problem.textContent === "") close();
  };
  const hint = element("p", { class: "hint", text: say(alone ? "leaveAloneHint" : "leaveForGoodHint") });
  const ask = () => {
    hint.textContent = say("leaveSure");
    hint.setAttribute("role", "alert");
    again.replaceWith(button(say("leaveForGood"), () => void sure(), "primary danger"));
    forGood.querySelector("button")?.focus();
  };
  const again = button(say("leaveForGoodOffer"), ask, "primary danger");
  forGood.append(hint, again);
}
