import { MyRooms, lobby } from "../store/MyRooms.js";
import { unreadIn } from "../store/unread.js";
import { isolated, say } from "../words/say.js";
import { Badge } from "./Badge.js";
import { ConnectionStatus } from "./ConnectionStatus.js";
import { Conversation } from "./Conversation.js";
import { find, soon } from "./dom.js";
import { Extras } from "./Extras.js";
import { Keyboard } from "./Keyboard.js";
import { NameDialog } from "./NameDialog.js";
import { PeopleList } from "./PeopleList.js";
import { RoomBar } from "./RoomBar.js";
import { Sheet } from "./Sheet.js";
import { Toast } from "./Toast.js";

/** The page: which room is shown, what is beside it, and what the user can do with rooms. */
export class Page {
  chat;
  conversation;
  toast = new Toast();
  identity;
  #rooms;
  #notes;
  #badge = new Badge();
  #roomName = find("room-name", HTMLElement);
  #peopleButton = find("show-people", HTMLButtonElement);
  #peopleCount = find("people-count", HTMLElement);
  #roomsSheet = new Sheet("rooms-sheet", "show-rooms");
  #peopleSheet = new Sheet("people-sheet", "show-people");
  #nameDialog = new NameDialog();
  #roomBars;
  #peopleLists;
  #extras;
  #showSoon = soon(() => this.#show());

  /**
   * @param {import("../store/Chat.js").Chat} chat
   * @param {import("../store/Identity.js").Identity} identity
   * @param {MyRooms} rooms
   * @param {import("../store/RoomNotes.js").RoomNotes} notes
   */
  constructor(chat, identity, rooms, notes) {
    this.chat = chat;
    this.identity = identity;
    this.#rooms = rooms;
    this.#notes = notes;
    this.#extras = new Extras(this);
    const actions = {
      go: (/** @type {string} */ room) => this.go(room),
      editName: () => this.#editName(),
    };
    const besides = [find("rooms", HTMLElement), this.#roomsSheet.content];
    this.#roomBars = besides.map((parent) => new RoomBar(parent, actions));
    const people = [find("people", HTMLElement), this.#peopleSheet.content];
    this.#peopleLists = people.map((parent) => new PeopleList(parent));
    this.conversation = new Conversation(
      chat,
      notes,
      () => this.self,
      (command) => this.#extras.runCommand(command),
    );
    new ConnectionStatus(chat);
    new Keyboard(this, this.#extras);
    this.#listen();
    find("app", HTMLElement).hidden = false;
  }

  /**
   * Shows the room of the address, and asks for a name if there is none.
   *
   * @param {() => void} ready the user has a name
   */
  begin(ready) {
    for (const room of this.#rooms.list) this.chat.enter(room);
    this.#openRoom();
    if (this.identity.wantsNotifications) this.#extras.notify();
    if (this.identity.name) return ready();
    this.#nameDialog.ask(null, (name) => {
      this.identity.name = name;
      this.#showUser();
      this.conversation.composer.focus();
      ready();
    });
  }

  /** Ourselves, also before the server has said so. */
  get self() {
    return { id: this.chat.session.welcome?.user.id ?? "", name: this.identity.name ?? "" };
  }

  /** The rooms one is in, with what is new there. */
  get rooms() {
    return this.#rooms.list.map((name) => {
      const { timeline } = this.chat.room(name);
      const read = this.conversation.inSight(name) ? null : this.#notes.read(name);
      return { name, unread: unreadIn(timeline, read, this.self) };
    });
  }

  /** @param {string} room */
  go(room) {
    this.#roomsSheet.close();
    location.hash = `#/r/${room}`;
  }

  /** Leaves the room that is shown; there is always one. */
  leave() {
    const { room } = this.conversation;
    const rooms = this.#rooms.list;
    const place = rooms.indexOf(room);
    this.#rooms.remove(room);
    this.#notes.forget(room);
    this.chat.leave(room);
    this.go(rooms[place + 1] ?? rooms[place - 1] ?? lobby);
    this.#showSoon();
  }

  /** @param {string} name */
  rename(name) {
    this.chat.session.rename(name);
    this.#showUser();
  }

  #listen() {
    const { outbox, changed, renamed, refused, session, move } = this.chat;
    for (const signal of [outbox.changed, this.#notes.changed]) signal.listen(this.#showSoon);
    changed.listen((room) => this.#didChange(room));
    renamed.listen((name) => {
      this.identity.name = name;
      this.#showUser();
      if (session.welcome) this.conversation.composer.limit = session.welcome.limits.textChars;
    });
    refused.listen((refusal) => this.#didRefuse(refusal));
    move.finished.listen(({ lost, resumed, ...nodes }) =>
      this.toast.show(
        lost === null ? say("movedUnsure", nodes) : say("movedAll", { ...nodes, lost, n: resumed }),
      ),
    );
    this.#rooms.changed.listen(() => this.#followOtherTabs());
    addEventListener("hashchange", () => this.#openRoom());
  }

  /** @param {string} name */
  #didChange(name) {
    const { joined, timeline } = this.chat.room(name);
    if (name !== this.conversation.room) timeline.trim(true);
    // Who enters a room for the first time has missed nothing.
    if (joined && this.#notes.read(name) === null)
      this.#notes.setRead(name, timeline.newest?.id ?? "0-0");
    this.#showSoon();
  }

  /** @param {Wire.Refusal} refusal */
  #didRefuse({ code, message, retryAfterMs = 1000, room }) {
    const { renaming } = this.chat.session;
    if (code === "bad_name") this.#editName(message);
    if (code !== "rate_limited" || room || renaming === null) return;
    const n = Math.ceil(retryAfterMs / 1000);
    this.toast.show(say("nameTooOften", { name: isolated(this.self.name), n }));
  }

  #followOtherTabs() {
    const rooms = this.#rooms.list;
    for (const room of rooms) if (!this.chat.entered.includes(room)) this.chat.enter(room);
    for (const room of this.chat.entered) if (!rooms.includes(room)) this.chat.leave(room);
    if (!rooms.includes(this.conversation.room)) this.go(rooms[0] ?? lobby);
    this.#showSoon();
  }

  #openRoom() {
    const room = MyRooms.inAddress(location.hash);
    this.#roomsSheet.close();
    if (room === this.conversation.room && this.chat.entered.includes(room)) return;
    if (!this.#rooms.add(room)) {
      this.toast.show(say("tooManyRooms"));
      return this.go(this.conversation.room || this.#rooms.list[0]);
    }
    this.chat.enter(room);
    this.#roomName.textContent = room;
    this.conversation.open(room);
    this.#showUser();
    this.#show();
  }

  /** @param {string} [problem] */
  #editName(problem) {
    this.#roomsSheet.close();
    this.#nameDialog.ask(this.identity.name ?? "", (name) => this.rename(name), problem);
  }

  #show() {
    this.conversation.show();
    const { room } = this.conversation;
    const { rooms, self } = this;
    for (const bar of this.#roomBars) bar.showRooms(rooms, room);
    const unread = rooms.reduce((sum, one) => sum + one.unread.count, 0);
    this.#badge.show(unread, room);
    const { members } = this.chat.room(room);
    for (const list of this.#peopleLists) list.show(members, self.id);
    this.#peopleCount.textContent = String(members.count);
    this.#peopleButton.setAttribute("aria-label", say("whoIsHereCount", { n: members.count }));
  }

  #showUser() {
    for (const bar of this.#roomBars) bar.showUser(this.self);
  }
}
