import { isolated, say } from "../words/say.js";
import { element } from "./dom.js";
import { nearestRoom } from "./Surroundings.js";

/** The longest part of an invalid room name that is shown. */
const longest = 64;

/** Invalid addresses, and printing. */
export class DeadEnds {
  #page;

  /** @param {import("../main.js").Page} page */
  constructor(page) {
    this.#page = page;
    this.#preparePaper();
    page.navigation.misled.listen(() => this.#correct());
    this.#correct();
  }

  /** The address has no valid room: says so and offers the nearest name. */
  #correct() {
    const { navigation, toast } = this.#page;
    if (!navigation.wrong) return;
    const { name, message } = navigation.wrong;
    navigation.wrong = null;
    const nearest = nearestRoom(name);
    const shown = [...name].length > longest ? `${[...name].slice(0, longest).join("")}…` : name;
    const go = () => navigation.go(nearest, message);
    toast.ask(say("noRoomName", { name: isolated(shown) }), {
      ...(nearest && { [say("goTo", { room: `#${nearest}` })]: go }),
      [say("ok")]: () => {},
    });
  }

  /** Prints all loaded messages, not only those in the page. */
  #preparePaper() {
    const { conversation } = this.#page;
    document.head.append(element("link", { rel: "stylesheet", media: "print", href: "static/print.css" }));
    addEventListener("beforeprint", () => conversation.list?.showAll(true));
    addEventListener("afterprint", () => conversation.list?.showAll(false));
  }
}
