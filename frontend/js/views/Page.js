import { ConnectionStatus } from "./ConnectionStatus.js";
import { Conversation } from "./Conversation.js";
import { find, soon } from "./dom.js";
import { Extras } from "./Extras.js";
import { Keyboard } from "./Keyboard.js";
import { Naming } from "./Naming.js";
import { Navigation } from "./Navigation.js";
import { Surroundings } from "./Surroundings.js";
import { Toast } from "./Toast.js";

/** The page: puts its parts together, and shows what has changed. */
export class Page {
  chat;
  identity;
  naming;
  navigation;
  conversation;
  toast = new Toast();
  #notes;
  #extras = new Extras(this);
  #surroundings;
  #showSoon = soon(() => this.#show());

  /**
   * @param {import("../store/Chat.js").Chat} chat
   * @param {import("../store/Identity.js").Identity} identity
   * @param {import("../store/MyRooms.js").MyRooms} rooms
   * @param {import("../store/RoomNotes.js").RoomNotes} notes
   */
  constructor(chat, identity, rooms, notes) {
    this.chat = chat;
    this.identity = identity;
    this.#notes = notes;
    this.naming = new Naming(chat.session, identity, this.toast);
    this.navigation = new Navigation(this, rooms, notes);
    this.#surroundings = new Surroundings({
      go: (room) => this.navigation.go(room),
      editName: () => this.naming.edit(),
    });
    const command = (/** @type {string} */ line) => this.#extras.runCommand(line);
    this.conversation = new Conversation(chat, notes, () => this.self, command);
    new ConnectionStatus(chat, this.toast);
    new Keyboard(this, this.#extras);
    this.#listen();
    find("app", HTMLElement).hidden = false;
  }

  /** @param {() => void} ready the user has a name */
  begin(ready) {
    this.navigation.begin();
    if (this.identity.wantsNotifications) this.#extras.notify();
    this.naming.begin(() => {
      this.conversation.composer.focus();
      ready();
    });
  }

  get self() {
    return this.naming.self;
  }

  #listen() {
    const { outbox, changed, renamed, refused, session } = this.chat;
    for (const signal of [outbox.changed, this.#notes.changed]) signal.listen(this.#showSoon);
    changed.listen((room) => this.#didChange(room));
    renamed.listen((name) => {
      this.naming.confirmed(name);
      if (session.welcome) this.conversation.composer.limit = session.welcome.limits.textChars;
    });
    refused.listen((refusal) => this.naming.refused(refusal));
    this.naming.changed.listen(() => this.#surroundings.showUser(this.self));
    this.navigation.changed.listen(() => {
      this.#surroundings.closeRooms();
      this.#surroundings.showUser(this.self);
      this.#show();
    });
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

  #show() {
    this.conversation.show();
    const { room } = this.conversation;
    this.#surroundings.showRooms(this.navigation.rooms, room);
    this.#surroundings.showPeople(this.chat.room(room).members, this.self.id);
  }
}
