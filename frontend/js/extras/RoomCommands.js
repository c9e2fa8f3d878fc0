import { MyRooms } from "../store/storage.js";
import { nearestRoom } from "../views/Surroundings.js";
import { isolated, personName, say } from "../words/say.js";
import { showInvite } from "./MakeCards.js";
import { putOut } from "./RoleActions.js";
import { muteUser } from "./RoleCards.js";
import {
  RoomRequests,
  giveRole,
  isModerator,
  makeRoom,
  namesNow,
  peopleAround,
  peopleNamed,
  problemWith,
  refusalText,
  roleIn,
  setPolicy,
} from "./rooms.js";

/**
 * @typedef {import("./Switcher.js").Command} Command
 * @typedef {{ people: (Wire.User & { role?: Wire.Role })[], others?: Wire.User[], problem?: string }} Known whom a name may mean; `problem`: why
 *   they may not be all
 */

/** The minutes at the end of `/ban NAME 30`. */
const minutesAtEnd = /^(.+) ([1-9]\d{0,6})$/s;
/** What somebody may have meant by minutes. */
const wrongMinutes = / [-+]?\d\S*( \p{L}+)?$/u;

/**
 * The commands for rooms that belong to somebody.
 * @param {import("../main.js").Page} page
 * @returns {Record<string, Command>}
 */
export function roomCommands(page) {
  const { chat, conversation } = page;
  const { room } = conversation;
  const kind = MyRooms.kindOf(room);
  const role = roleIn(chat, room);
  const around = peopleAround(page);
  /** Also those with a role who are not here. */
  const everybody = async () => {
    const { people: holders, problem } = await holdersIn(page);
    const others = around.filter(({ id }) => !holders.some((one) => one.id === id));
    return { people: [...others, ...holders.map(namesNow(chat, room))], problem };
  };
  /** Those who are banned. The others are known, too, but not meant. */
  const banned = async () => {
    const { people: holders, problem } = await holdersIn(page);
    const people = holders.filter((one) => one.role === "banned");
    return { people, others: [...around, ...holders.filter((one) => !people.includes(one))], problem };
  };
  const muted = () => ({ people: around.filter(({ id }) => page.notes.muted.includes(id)) });
  /** @param {Promise<string>} doing ends with why it failed */
  const tell = async (doing) => {
    const problem = await doing;
    if (problem !== "") page.toast.show(problem);
  };
  /**
   * A command with a name. The line stays in the field if the name is nobody's.
   * @param {string} usage
   * @param {Command["about"]} about
   * @param {(user: Wire.User & { role?: Wire.Role }, seconds?: number) => void} act
   * @param {{ people?: () => Promise<Known> | Known, timed?: boolean, whole?: boolean, forbidden?: string }} [how] `whole`: a
   *   part of the name is not enough
   * @returns {Command}
   */
  const named = (usage, about, act, how = {}) => ({
    usage,
    about,
    valid: (value) => value !== "",
    run: async (value) => {
      const { people = () => ({ people: around }), timed = false, whole: exact = false, forbidden = "" } = how;
      const line = `${usage.split(" ")[0]} ${value}`;
      /** @type {Known} */
      const { people: known, others = [], problem: unknown } = forbidden ? { people: [] } : await people();
      const [, name, minutes] = (timed && value.match(minutesAtEnd)) || [];
      const whole = peopleNamed(known, value);
      const short = whole.length === 0 && name !== undefined;
      const found = short ? peopleNamed(known, name) : whole;
      const misused = timed && name === undefined && wrongMinutes.test(value) && say("commandNeeds", { usage });
      const wrong = found.length === 0 && (misused || unknown || notBanned(peopleNamed(others, value)));
      const problem = forbidden || wrong || problemWith(found, short ? name : value, exact);
      if (problem === "") return act(found[0], short ? Number(minutes) * 60 : undefined);
      conversation.composer.write(line);
      conversation.composer.complain(problem);
    },
  });
  /**
   * @param {"title" | "topic"} setting
   * @param {string} usage
   * @param {Command["about"]} about
   * @param {number} most
   * @returns {Command}
   */
  const text = (setting, usage, about, most) => ({
    usage,
    about,
    // Removing it takes the card of settings.
    valid: (value) => value !== "" && [...value].length <= most,
    run: (value) => void tell(forbidden === "" ? setPolicy(chat, room, setting, value) : Promise.resolve(forbidden)),
  });
  const mayModerate = isModerator(role) && kind !== "direct";
  const forbidden = mayModerate ? "" : say(kind === "direct" ? "onlyForTwo" : "onlyModerators");
  return {
    "/invite": {
      usage: "/invite",
      about: "aboutInvite",
      valid: (value) => value === "",
      run: () => {
        if (kind === "open") return page.toast.show(say("inviteOnlyPrivate"));
        if (!mayModerate) return page.toast.show(forbidden);
        showInvite(page);
      },
    },
    "/kick": named(
      say("usageKick"),
      "aboutKick",
      (user) => void putOut(page, room, user, { role: "none" }, user.role ?? "none"),
      {
        forbidden: forbidden || (kind === "open" ? say("kickOnlyPrivate") : ""),
        people: everybody,
        whole: true,
      },
    ),
    "/ban": named(
      say("usageBan"),
      "aboutBan",
      (user, seconds) => void putOut(page, room, user, { role: "banned", seconds }, user.role ?? "none"),
      { timed: true, forbidden, people: everybody, whole: true },
    ),
    "/unban": named(
      say("usageUnban"),
      "aboutUnban",
      (user) => void tell(giveRole(chat, room, user, { role: "none" })),
      {
        forbidden,
        people: banned,
      },
    ),
    "/topic": text("topic", say("usageTopic"), "aboutTopic", 250),
    "/title": text("title", say("usageTitle"), "aboutTitle", 80),
    "/dm": named(say("usageDM"), "aboutDM", ({ id, name }) => void tell(makeRoom(page, { with: id, name }))),
    "/create": {
      usage: say("usageCreate"),
      about: "aboutCreate",
      valid: (value) => MyRooms.isName(nearestRoom(value)),
      run: (value) => void tell(makeRoom(page, { room: nearestRoom(value) })),
    },
    "/mute": named(say("usageMute"), "aboutMute", (user) => muteUser(page, user, true)),
    "/unmute": named(say("usageUnmute"), "aboutUnmute", (user) => muteUser(page, user, false), { people: muted }),
  };
}

/** @param {import("../main.js").Page} page */
async function holdersIn({ chat, conversation, self }) {
  const { roles = [], refusal } = await RoomRequests.of(chat).roles(conversation.room);
  return { people: roles.filter(({ id }) => id !== self.id), problem: refusal && refusalText(refusal) };
}

/** @param {Wire.User[]} people whom the name of somebody to unban means */
function notBanned(people) {
  return people.length === 1 ? say("notBanned", { name: isolated(personName(people[0])) }) : "";
}
