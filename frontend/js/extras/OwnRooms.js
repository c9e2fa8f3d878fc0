import { MyRooms, openStorage } from "../store/storage.js";
import { isolated, personName, say } from "../words/say.js";
import { lostName } from "./MakeCards.js";
import { RoomRoles } from "./RoomRoles.js";

/** In milliseconds after a new connection: the rooms are joined first. */
const quiet = 2_000;

/** In the storage of a tab: the rooms whose unsent messages it has told of. */
const toldKey = "webchat.toldUnsent";

/** Keeps the list of rooms up to date with the private rooms that the user has got elsewhere. */
export class OwnRooms {
  #page;
  /** Who added the user to a room that is not joined yet. */
  #adders = /** @type {Map<string, Wire.User>} */ (new Map());

  /** @param {import("../main.js").Page} page */
  constructor(page) {
    this.#page = page;
    const { session, changed } = page.chat;
    session.frames.listen((frame) => {
      if (frame.type === "welcome") setTimeout(() => this.#ask(), quiet);
      if (frame.type === "rooms") this.#list(frame.rooms);
      if (frame.type === "added") this.#add(frame);
    });
    changed.listen((room) => this.#tell(room));
    new RoomRoles(page);
    this.#ask();
    this.#tellUnsent();
  }

  #ask() {
    if (this.#page.chat.hasOwners) this.#page.chat.session.send({ type: "rooms" });
  }

  /** Messages of an earlier visit that were not sent, to a room that the user is not in any more. */
  #tellUnsent() {
    const { chat, navigation, toast } = this.#page;
    const { outbox } = chat;
    const here = navigation.rooms.map(({ name }) => name);
    const lost = [...outbox.roomsGivenUp].filter((one) => MyRooms.kindOf(one) !== "open" && !here.includes(one));
    if (lost.length === 0) return;
    const visit = openStorage(location.pathname, () => sessionStorage);
    const told = (visit.getItem(toldKey) ?? "").split(" ");
    const room = lost.find((one) => !told.includes(one));
    if (!room) return;
    visit.setItem(toldKey, [...told, room].join(" "));
    const n = outbox.itemsIn(room).filter(({ act, state }) => !act && state === "failed").length;
    toast.ask(say("noLongerIn", { room: lostName(outbox, room) }), {
      [say("showUnsent", { n })]: () => this.#page.showUnsent(room),
      [say("ok")]: () => {},
    });
  }

  /** @param {string[]} rooms newest first */
  #list(rooms) {
    const { chat, navigation } = this.#page;
    const known = navigation.rooms.map(({ name }) => name);
    const skipped = new Set([...navigation.closed, ...known]);
    const missing = rooms.filter((room) => MyRooms.kindOf(room) !== "open" && !skipped.has(room));
    const free = Math.max(0, (chat.session.welcome?.limits.rooms ?? 0) - known.length);
    for (const room of missing.slice(0, free).reverse()) navigation.include(room);
  }

  /** @param {Wire.Added} frame */
  #add({ room, from }) {
    const { navigation, self, toast } = this.#page;
    if (MyRooms.kindOf(room) === "open" || navigation.rooms.some(({ name }) => name === room)) return;
    if (!navigation.include(room, true)) return toast.show(say("tooManyRooms"));
    if (from.id === self.id) return;
    this.#adders.set(room, from);
    this.#tell(room);
  }

  /**
   * Once the room is joined, its title is known.
   * @param {string} room
   */
  #tell(room) {
    const from = this.#adders.get(room);
    const { chat, conversation, navigation, toast } = this.#page;
    if (!from || !chat.room(room).joined) return;
    this.#adders.delete(room);
    if (room === conversation.room) return;
    const values = { name: isolated(personName(from)), room: navigation.labelOf(room) };
    toast.ask(say(MyRooms.kindOf(room) === "direct" ? "writesToYou" : "addedYou", values), {
      [say("show")]: () => {
        navigation.go(room);
        conversation.composer.focus();
      },
      [say("notNow")]: () => {},
    });
  }
}
