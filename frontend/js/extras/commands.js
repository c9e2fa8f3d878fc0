import { MyRooms } from "../store/MyRooms.js";
import { say } from "../words/say.js";

/**
 * @typedef {{ usage: string, valid: (value: string) => boolean, run: (value: string) => void }} Command
 */

/**
 * Does what a line that begins with a slash asks for. What cannot be done stays in the field, and is told why.
 * @param {string} line
 * @param {import("../views/Page.js").Page} page
 * @param {import("../views/Extras.js").Extras} extras
 */
export function run(line, page, extras) {
  const { composer } = page.conversation;
  const [word, ...rest] = line.split(/\s+/);
  const value = rest.join(" ").normalize("NFC");
  /** @type {Record<string, Command>} */
  const commands = {
    "/join": {
      usage: say("usageJoin"),
      valid: MyRooms.isName,
      run: (room) => page.navigation.go(room),
    },
    "/nick": {
      usage: say("usageNick"),
      valid: isPersonName,
      run: (name) => page.naming.rename(name),
    },
    "/search": {
      usage: say("usageSearch"),
      valid: (words) => [...words].length <= 100,
      run: (words) => void extras.search(words),
    },
    "/leave": { usage: "/leave", valid: isNothing, run: () => page.navigation.leave() },
    "/help": { usage: "/help", valid: isNothing, run: () => void extras.showHelp() },
  };
  const command = Object.hasOwn(commands, word) ? commands[word] : undefined;
  const wanted = word === "/join" ? value.replace(/^#/, "").toLowerCase() : value;
  if (!command) {
    const usages = Object.values(commands).map(({ usage }) => usage);
    return composer.complain(say("noCommand", { command: word, commands: usages.join(", ") }));
  }
  if (!command.valid(wanted))
    return composer.complain(say("commandNeeds", { usage: command.usage }));
  composer.write("");
  command.run(wanted);
}

/** @param {string} value */
function isNothing(value) {
  return value === "";
}

/** @param {string} value */
function isPersonName(value) {
  return value !== "" && [...value].length <= 32;
}
