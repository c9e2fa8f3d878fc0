import { VisitedRooms } from "../store/VisitedRooms.js";
import { arrange } from "./arrange.js";
import { Composer } from "./Composer.js";
import { ConnectionStatus } from "./ConnectionStatus.js";
import { find, soon } from "./dom.js";
import { MessageList } from "./MessageList.js";
import { NameDialog } from "./NameDialog.js";
import { PeopleList } from "./PeopleList.js";
import { RoomBar } from "./RoomBar.js";
import { Sheet } from "./Sheet.js";

/** The page: shows one room of the chat, and what the user does goes to the chat. */
export class Page {
  #chat;
  #identity;
  #visited;
  /** The room that is shown. */
  #room = "";
  #showSoon = soon(() => this.#show());
  #roomName = find("room-name", HTMLElement);
  #peopleButton = find("show-people", HTMLButtonElement);
  #peopleCount = find("people-count", HTMLElement);
  #roomsSheet = new Sheet("rooms-sheet", "show-rooms");
  #peopleSheet = new Sheet("people-sheet", "show-people");
  #nameDialog = new NameDialog();
  #roomBars;
  #peopleLists;
  #list;
  #composer;

  /**
   * @param {import("../store/Chat.js").Chat} chat
   * @param {import("../store/Identity.js").Identity} identity
   * @param {VisitedRooms} visited
   */
  constructor(chat, identity, visited) {
    this.#chat = chat;
    this.#identity = identity;
    this.#visited = visited;
    const go = (/** @type {string} */ room) => void (location.hash = `#/r/${room}`);
    const editName = () => this.#editName();
    const besides = [find("rooms", HTMLElement), this.#roomsSheet.content];
    this.#roomBars = besides.map((parent) => new RoomBar(parent, { go, editName }));
    const people = [find("people", HTMLElement), this.#peopleSheet.content];
    this.#peopleLists = people.map((parent) => new PeopleList(parent));
    const actions = {
      retry: (/** @type {string} */ key) => chat.retry(key),
      discard: (/** @type {string} */ key) => chat.outbox.remove(key),
      fill: (/** @type {number} */ stretch) => chat.loadOlder(this.#room, stretch),
    };
    this.#list = new MessageList(actions, () => chat.loadOlder(this.#room));
    this.#composer = new Composer((text) => this.#say(text));
    new ConnectionStatus(chat);
    this.#listen();
    find("app", HTMLElement).hidden = false;
  }

  /**
   * Shows the room of the address, and asks for a name if there is none.
   *
   * @param {() => void} ready the user has a name
   */
  begin(ready) {
    this.#openRoom();
    if (this.#identity.name) return ready();
    this.#nameDialog.ask(null, (name) => {
      this.#identity.name = name;
      this.#showUser();
      ready();
    });
  }

  /** Ourselves, also before the server has said so. */
  get #self() {
    return { id: this.#chat.session.welcome?.user.id ?? "", name: this.#identity.name ?? "" };
  }

  #listen() {
    const { outbox, changed, renamed, refused, session } = this.#chat;
    outbox.changed.listen(() => this.#showSoon());
    changed.listen((room) => room === this.#room && this.#showSoon());
    renamed.listen((name) => {
      this.#identity.name = name;
      this.#showUser();
      if (session.welcome) this.#composer.limit = session.welcome.limits.textChars;
    });
    refused.listen(({ code, message }) => code === "bad_name" && this.#editName(message));
    addEventListener("hashchange", () => this.#openRoom());
  }

  #openRoom() {
    const room = VisitedRooms.inAddress(location.hash);
    this.#roomsSheet.close();
    if (room === this.#room) return;
    if (this.#room) this.#chat.leave(this.#room);
    this.#room = room;
    this.#visited.add(room);
    this.#list.clear();
    this.#roomName.textContent = room;
    document.title = `#${room} · Webchat`;
    for (const bar of this.#roomBars) bar.showRooms(this.#visited.list, room);
    this.#composer.showRoom(room);
    this.#chat.enter(room);
    this.#showUser();
    this.#show();
  }

  /**
   * @param {string} [problem]
   */
  #editName(problem) {
    this.#roomsSheet.close();
    const rename = (/** @type {string} */ name) => {
      this.#chat.session.rename(name);
      this.#showUser();
    };
    this.#nameDialog.ask(this.#identity.name ?? "", rename, problem);
  }

  /**
   * @param {string} text
   */
  #say(text) {
    const taken = this.#chat.say(this.#room, text);
    if (taken) this.#list.follow();
    return taken;
  }

  #show() {
    const { timeline, members, joined } = this.#chat.room(this.#room);
    if (this.#list.following) timeline.trim();
    const waiting = this.#chat.outbox.itemsIn(this.#room);
    this.#list.show(arrange(timeline.entries, waiting, this.#self), joined);
    for (const list of this.#peopleLists) list.show(members, this.#self.id);
    this.#peopleCount.textContent = String(members.count);
    this.#peopleButton.setAttribute("aria-label", `Who is here: ${members.count}`);
  }

  #showUser() {
    for (const bar of this.#roomBars) bar.showUser(this.#self);
  }
}
