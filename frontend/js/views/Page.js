import { ConnectionStatus } from "./ConnectionStatus.js";
import { Conversation } from "./Conversation.js";
import { learnMore, say } from "../words/say.js";
import { find, loadStyle, soon } from "./dom.js";
import { Naming } from "./Naming.js";
import { Navigation } from "./Navigation.js";
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
  /** What comes right after the rest: one can write before it is there. */
  #extras = /** @type {import("./Extras.js").Extras | undefined} */ (undefined);
  #surroundings = /** @type {import("./Surroundings.js").Surroundings | undefined} */ (undefined);
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
    const command = (/** @type {string} */ line) =>
      this.#extras ? void this.#extras.runCommand(line) : this.toast.show(say("notLoaded"));
    this.conversation = new Conversation(chat, notes, () => this.self, command);
    new ConnectionStatus(chat);
    this.#listen();
    find("stuck", HTMLElement).remove();
    find("app", HTMLElement).hidden = false;
  }

  /** @param {() => void} ready the user has a name */
  begin(ready) {
    this.navigation.begin();
    // The first screen first.
    setTimeout(() => this.#complete());
    this.naming.begin(() => {
      this.conversation.composer.focus();
      ready();
    });
  }

  get self() {
    return this.naming.self;
  }

  /** Without a connection the next one tries again. */
  async #complete() {
    try {
      const [{ Surroundings }, { Extras }, { Keyboard }, { Typing }, { Announcer }, { Move }] =
        await Promise.all([
          import("./Surroundings.js"),
          import("./Extras.js"),
          import("./Keyboard.js"),
          import("./Typing.js"),
          import("./Announcer.js"),
          import("../store/Move.js"),
          learnMore(),
          loadStyle("sides.css"),
        ]);
      if (this.#surroundings) return;
      this.#surroundings = new Surroundings({
        go: (room) => this.navigation.go(room),
        editName: () => this.naming.edit(),
      });
      this.#extras = new Extras(this);
      new Keyboard(this, this.#extras);
      new Typing(this);
      new Announcer(this);
      new Move(this.chat).finished.listen(({ from, to, lost, resumed }) => {
        const word = lost === null ? "movedUnsure" : "movedAll";
        this.toast.show(say(word, { from, to, n: resumed, lost: lost ?? "" }));
      });
      if (this.identity.wantsNotifications) void this.#extras.notify();
      this.#surroundings.showUser(this.self);
      this.#show();
      this.#followLink();
    } catch (error) {
      console.warn(error);
    }
  }

  #listen() {
    const { outbox, changed, renamed, refused, session } = this.chat;
    for (const signal of [outbox.changed, this.#notes.changed]) signal.listen(this.#showSoon);
    changed.listen((room) => this.#didChange(room));
    renamed.listen((name) => {
      this.naming.confirmed(name);
      if (!this.#surroundings) void this.#complete();
      else if (this.conversation.linked !== this.navigation.message) this.#followLink();
      if (session.welcome) this.conversation.composer.limit = session.welcome.limits.textChars;
    });
    refused.listen((refusal) => this.naming.refused(refusal));
    this.navigation.addressed.listen(() => this.#followLink());
    this.conversation.wentToLatest.listen(() => {
      if (this.navigation.message) this.navigation.go(this.conversation.room);
    });
    this.naming.changed.listen(() => this.#surroundings?.showUser(this.self));
    this.navigation.changed.listen(() => {
      this.#surroundings?.closeRooms();
      this.#surroundings?.showUser(this.self);
      this.#show();
    });
  }

  #followLink() {
    if (this.navigation.message) void this.#extras?.followLink();
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
    this.#surroundings?.showRooms(this.navigation.rooms, room);
    this.#surroundings?.showPeople(this.chat.room(room).members, this.self.id);
  }
}
