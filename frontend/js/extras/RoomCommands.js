import { MyRooms } from "../store/storage.js";
import { nearestRoom } from "../views/Surroundings.js";
import { say } from "../words/say.js";
import { showInvite } from "./MakeCards.js";
import { muteUser } from "./RoleCards.js";
import {
  RoomRequests,
  giveRole,
  isModerator,
  makeRoom,
  peopleAround,
  peopleNamed,
  problemWith,
  roleIn,
  setPolicy,
} from "./rooms.js";

/** @typedef {import("./Switcher.js").Command} Command */

/** The minutes at the end of `/ban NAME 30`. */
const minutesAtEnd = /^(.+) (\d{1,7})$/s;

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
    const holders = await holdersIn(page);
    return [...around, ...holders.filter(({ id }) => !around.some((one) => one.id === id))];
  };
  const muted = () => around.filter(({ id }) => page.notes.muted.includes(id));
  /** @param {Promise<string>} doing ends with why it failed */
  const tell = async (doing) => {
    const problem = await doing;
    if (problem !== "") page.toast.show(problem);
  };
  /**
   * A command with a name. The line stays in the field if the name is nobody's.
   * @param {string} usage
   * @param {(user: Wire.User, seconds?: number) => void} act
   * @param {{ people?: () => Promise<Wire.User[]> | Wire.User[], timed?: boolean, forbidden?: string }} [how]
   * @returns {Command}
   */
  const named = (usage, act, how = {}) => ({
    usage,
    valid: (value) => value !== "",
    run: async (value) => {
      const { people = () => around, timed = false, forbidden = "" } = how;
      const line = `${usage.split(" ")[0]} ${value}`;
      const known = forbidden ? [] : await people();
      const [, name, minutes] = (timed && value.match(minutesAtEnd)) || [];
      const whole = peopleNamed(known, value);
      const short = whole.length === 0 && name !== undefined;
      const found = short ? peopleNamed(known, name) : whole;
      const problem = forbidden || problemWith(found, short ? name : value);
      if (problem === "") return act(found[0], short ? Number(minutes) * 60 : undefined);
      conversation.composer.write(line);
      conversation.composer.complain(problem);
    },
  });
  /**
   * @param {"title" | "topic"} setting
   * @param {string} usage
   * @param {number} most
   * @returns {Command}
   */
  const text = (setting, usage, most) => ({
    usage,
    valid: (value) => [...value].length <= most,
    run: (value) => void tell(forbidden === "" ? setPolicy(chat, room, setting, value) : Promise.resolve(forbidden)),
  });
  const mayModerate = isModerator(role) && kind !== "direct";
  const forbidden = mayModerate ? "" : say(kind === "direct" ? "onlyForTwo" : "onlyModerators");
  return {
    "/invite": {
      usage: "/invite",
      valid: (value) => value === "",
      run: () => {
        if (kind === "open") return page.toast.show(say("inviteOnlyPrivate"));
        if (!mayModerate) return page.toast.show(forbidden);
        showInvite(page);
      },
    },
    "/kick": named(say("usageKick"), (user) => void tell(giveRole(chat, room, user, { role: "none" })), {
      forbidden: forbidden || (kind === "open" ? say("kickOnlyPrivate") : ""),
      people: everybody,
    }),
    "/ban": named(
      say("usageBan"),
      (user, seconds) => void tell(giveRole(chat, room, user, { role: "banned", seconds })),
      { timed: true, forbidden, people: everybody },
    ),
    "/unban": named(say("usageUnban"), (user) => void tell(giveRole(chat, room, user, { role: "none" })), {
      forbidden,
      people: async () => (await holdersIn(page)).filter(({ role }) => role === "banned"),
    }),
    "/topic": text("topic", say("usageTopic"), 250),
    "/title": text("title", say("usageTitle"), 80),
    "/dm": named(say("usageDM"), ({ id, name }) => void tell(makeRoom(page, { with: id, name }))),
    "/create": {
      usage: say("usageCreate"),
      valid: (value) => MyRooms.isName(nearestRoom(value)),
      run: (value) => void tell(makeRoom(page, { room: nearestRoom(value) })),
    },
    "/mute": named(say("usageMute"), (user) => muteUser(page, user, true)),
    "/unmute": named(say("usageUnmute"), (user) => muteUser(page, user, false), { people: muted }),
  };
}

/** @param {import("../main.js").Page} page */
async function holdersIn({ chat, conversation, self }) {
  const answer = await RoomRequests.of(chat).roles(conversation.room);
  return (answer?.roles ?? []).filter(({ id }) => id !== self.id);
}
