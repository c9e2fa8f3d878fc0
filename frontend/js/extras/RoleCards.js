import { MyRooms } from "../store/storage.js";
import { button, element, named } from "../views/dom.js";
import { momentOf, spanOf } from "../views/events.js";
import { avatar } from "../views/person.js";
import { isolated, personName, say } from "../words/say.js";
import { Card } from "./Card.js";
import { cardForm, choice, labelled } from "./MakeCards.js";
import { offerActions } from "./RoleActions.js";
import {
  RoomRequests,
  endsStay,
  giveRole,
  isModerator,
  makeRoom,
  namesNow,
  refusalText,
  rightsIn,
  roleIn,
  setPolicy,
} from "./rooms.js";

/** @type {Record<Wire.Role, import("../words/say.js").Word>} */
const roleWords = {
  owner: "roleOwner",
  moderator: "roleModerator",
  member: "roleMember",
  banned: "roleBanned",
  none: "roleNone",
};

const order = /** @type {Wire.Role[]} */ (["owner", "moderator", "member", "none", "banned"]);

/**
 * A role and its end.
 * @param {Wire.Role} role
 * @param {number} [until]
 */
function roleText(role, until) {
  const text = say(roleWords[role]);
  return until === undefined ? text : say("roleUntil", { role: text, time: momentOf(until) });
}

/** The people with a role in the room on screen and those who are there, and what the user may do to their roles. */
class MembersCard {
  #page;
  #room;
  #card;
  #list = element("ul", { class: "people-list members" });
  #status = element("p", { class: "problem", role: "status" });

  /** @param {import("../main.js").Page} page */
  constructor(page) {
    this.#page = page;
    this.#room = page.conversation.room;
    this.#card = new Card("roles", say("membersAndRoles"), this.#status, this.#list);
    this.#card.open();
    void this.#load();
  }

  /** @param {string} [user] whose row gets the focus */
  async #load(user) {
    const { chat } = this.#page;
    const { roles: held, count = 0, refusal = "silence" } = await RoomRequests.of(chat).roles(this.#room);
    if (!held) return void (this.#status.textContent = refusalText(refusal));
    const roles = held.map(namesNow(chat, this.#room));
    const rights = rightsIn(chat, this.#room, roles);
    const present = chat.room(this.#room).members.list.filter(({ id }) => !roles.some((one) => one.id === id));
    const people = [...roles, ...present.map((one) => /** @type {Wire.HeldRole} */ ({ ...one, role: "none" }))];
    const rank = (/** @type {Wire.HeldRole} */ one) => order.indexOf(one.role);
    people.sort((one, two) => rank(one) - rank(two) || one.name.localeCompare(two.name));
    const rows = people.map((one) => this.#row(one, rights(one.id).actions));
    const rest = count - roles.length;
    if (rest > 0) rows.push(element("li", { class: "hint", text: say("andMore", { n: rest }) }));
    this.#list.replaceChildren(...rows);
    if (user === undefined) return;
    const row = rows.find(({ dataset }) => dataset.user === user)?.querySelector("summary");
    (row ?? this.#card.heading).focus();
  }

  /**
   * @param {Wire.HeldRole} user
   * @param {import("./rooms.js").Action[]} actions
   */
  #row(user, actions) {
    const role = element("span", { class: "hint", text: roleText(user.role, user.until) });
    const parts = [avatar(user), named(personName(user))];
    if (user.id === this.#page.self.id) parts.push(element("span", { class: "hint", text: say("you") }));
    parts.push(role);
    if (actions.length === 0) return element("li", { "data-user": user.id }, ...parts);
    const place = element("div", { class: "actions" });
    offerActions(this.#page, this.#room, user, actions, place, (change) => this.#change(user, change));
    const details = element("details", {}, element("summary", {}, ...parts), place);
    return element("li", { "data-user": user.id }, details);
  }

  /**
   * @param {Wire.User} user
   * @param {{ role: Wire.Role, seconds?: number }} change
   */
  async #change(user, change) {
    this.#status.textContent = "";
    const problem = await giveRole(this.#page.chat, this.#room, user, change);
    if (!this.#card.node.isConnected) return;
    this.#status.textContent = problem;
    if (problem !== "") return;
    if (endsStay(this.#page.chat, this.#room, user.id, change.role)) this.#card.node.close();
    else await this.#load(user.id);
  }
}

/** @param {import("../main.js").Page} page */
export function showMembers(page) {
  new MembersCard(page);
}

/**
 * What can be done about a person in the room on screen.
 * @param {import("../main.js").Page} page
 * @param {Wire.User} user
 */
export async function showPerson(page, user) {
  const { chat, conversation, notes } = page;
  const { room } = conversation;
  const problem = element("p", { class: "problem", role: "alert" });
  const list = element("div", { class: "actions" });
  const card = new Card("person-card", personName(user), problem, list);
  card.heading.classList.add("name");
  card.heading.title = personName(user);
  /** @param {() => Promise<string>} act */
  const doing = (act) => async () => {
    problem.textContent = await act();
    if (problem.textContent === "") card.node.close();
  };
  const message = async () => {
    await doing(() => makeRoom(page, { with: user.id, name: user.name }))();
    if (problem.textContent === "") conversation.composer.focus();
  };
  const muted = notes.muted.includes(user.id);
  if (MyRooms.kindOf(room) !== "direct") list.append(button(say("messagePrivately"), message, "menu-item"));
  list.append(
    button(
      say(muted ? "unmute" : "mute"),
      () => {
        card.node.close();
        muteUser(page, user, !muted);
      },
      "menu-item",
    ),
  );
  card.open();
  const mayAct = isModerator(roleIn(chat, room));
  if (!mayAct || MyRooms.kindOf(room) === "direct") return;
  const { roles } = await RoomRequests.of(chat).roles(room);
  if (!roles) return;
  const { actions } = rightsIn(chat, room, roles)(user.id);
  offerActions(page, room, user, actions, list, (change) => doing(() => giveRole(chat, room, user, change))());
}

/**
 * @param {import("../main.js").Page} page
 * @param {Wire.User} user
 * @param {boolean} muted
 */
export function muteUser({ notes, toast }, user, muted) {
  notes.mute(user.id, muted);
  toast.show(say(muted ? "mutedNow" : "unmutedNow", { name: isolated(personName(user)) }));
}

const slowChoices = [5, 10, 30, 60, 300, 900, 3_600, 21_600];

/**
 * Title, topic and who may write in the room on screen.
 * @param {import("../main.js").Page} page
 */
export function showSettings({ chat, conversation, navigation }) {
  const { room } = conversation;
  const { title, topic, speak, slow } = chat.room(room).rules.now;
  const text = { autocomplete: "off", dir: "auto" };
  const spans = slowChoices.includes(slow) || slow === 0 ? slowChoices : [slow, ...slowChoices];
  const fields = {
    title: element("input", { ...text, maxlength: "80", value: title }),
    topic: element("input", { ...text, maxlength: "250", value: topic }),
    speak: choice(
      [
        ["everyone", say("speakEveryone")],
        ["members", say("speakMembers")],
        ["moderators", say("speakModerators")],
      ],
      speak,
    ),
    slow: choice([[0, say("slowOff")], ...spans.map((s) => /** @type {[number, string]} */ ([s, spanOf(s)]))], slow),
  };
  /** @type {Record<string, string>} */
  const before = { title, topic, speak, slow: String(slow) };
  const problem = element("p", { class: "problem", role: "alert" });
  const content = [
    labelled(say("roomTitle"), fields.title),
    labelled(say("roomTopic"), fields.topic),
    labelled(say("whoMayWrite"), fields.speak),
    labelled(say("slowMode"), fields.slow),
    element("p", { class: "hint", text: say("slowHint") }),
    problem,
    element("button", { type: "submit", class: "primary", text: say("save") }),
  ];
  const form = cardForm(content, problem, async () => {
    for (const name of /** @type {const} */ (["title", "topic", "speak", "slow"])) {
      const value = fields[name].value.trim();
      if (value === before[name]) continue;
      const reason = await setPolicy(chat, room, name, value);
      if (reason !== "") return reason;
      before[name] = value;
    }
    card.node.close();
    return "";
  });
  const card = new Card("settings", say("settingsOf", { room: navigation.labelOf(room) }), form);
  card.open();
}
