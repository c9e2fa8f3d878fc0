// Puts the parts together: transport/ talks to the server, store/ holds rooms and messages, views/ show them. Only
// views/ and this file touch the DOM. Start reading at store/Chat.js.

import { Backoff, Signal, clock, safely } from "./runtime.js";
import { Chat } from "./store/Chat.js";
import { Dispatch } from "./store/Dispatch.js";
import { Outbox } from "./store/Outbox.js";
import { RoomNotes } from "./store/RoomStore.js";
import { Identity, MyRooms, openStorage, prefixOf, signInKey } from "./store/storage.js";
import { makeKey } from "./transport/frames.js";
import { Session } from "./transport/Session.js";
import { Socket, openWebSocket } from "./transport/Socket.js";
import { ConnectionStatus, Conversation } from "./views/Conversation.js";
import { Naming, Navigation } from "./views/Navigation.js";
import { Toast, find, guardForms, loadStyle, refuseFiles, soon, writeWords } from "./views/dom.js";
import { learnMore, markGuests, reasonOf, say } from "./words/say.js";

/** Refusals that are shown elsewhere, end by themselves, or that the user can do nothing about. */
const silent = new Set([
  "bad_name",
  "forbidden",
  "unauthorized",
  "rate_limited",
  "unavailable",
  "not_joined",
  "bad_request",
  "bad_json",
  "unknown_type",
]);

/** Puts the views together and shows changes. */
export class Page {
  chat;
  identity;
  naming;
  navigation;
  conversation;
  toast = new Toast();
  /** Everything around the conversation is there. */
  completed = new Signal();
  notes;
  /** Loaded after the first screen. */
  #extras = /** @type {import("./views/Extras.js").Extras | undefined} */ (undefined);
  #surroundings = /** @type {import("./views/Surroundings.js").Surroundings | undefined} */ (undefined);
  /** The menu's button was clicked before the menu could be shown. */
  #wantsMenu = false;
  #listed = Promise.resolve();
  #showSoon = soon(() => this.#show());

  /**
   * @param {import("./store/Chat.js").Chat} chat
   * @param {import("./store/storage.js").Identity} identity
   * @param {import("./store/storage.js").MyRooms} rooms
   * @param {import("./store/RoomStore.js").RoomNotes} notes
   * @param {import("./store/storage.js").MemoryStorage} visit lasts as long as the tab
   */
  constructor(chat, identity, rooms, notes, visit) {
    this.chat = chat;
    this.identity = identity;
    this.notes = notes;
    this.naming = new Naming(this);
    this.navigation = new Navigation(this, rooms, notes, visit);
    const command = async (/** @type {string} */ line) => {
      if (!this.#extras) await this.#complete();
      if (this.#extras) void this.#extras.runCommand(line);
      else this.toast.show(say("notLoaded"));
    };
    this.conversation = new Conversation(chat, notes, () => this.self, command);
    new ConnectionStatus(chat.session);
    guardForms();
    refuseFiles();
    this.#listen();
    find("app", HTMLElement).hidden = false;
  }

  /**
   * @param {() => void} ready the user has a name
   * @returns {Promise<void>} messages can be shown
   */
  begin(ready) {
    this.navigation.begin();
    // The first screen first.
    this.#listed = new Promise((resolve) => setTimeout(() => resolve(this.conversation.load())));
    setTimeout(() => this.#complete());
    const goOn = () =>
      this.naming.begin(() => {
        this.conversation.composer.focus();
        ready();
      });
    // A link to a user answers the question who this is.
    if (this.identity.name || !this.navigation.link) goOn();
    else void this.#followDeviceLink().then(goOn);
    return this.#listed;
  }

  get self() {
    return this.naming.self;
  }

  /** If it fails, the next connection tries again. */
  async #complete() {
    try {
      const parts = [learnMore(), loadStyle("sides.css"), loadStyle("roomlist.css"), this.#listed];
      const [
        { Surroundings, linkToCluster },
        { Extras },
        { Keyboard },
        { Announcer, Typing },
        { Banner },
        { DeadEnds },
      ] = await Promise.all([
        import("./views/Surroundings.js"),
        import("./views/Extras.js"),
        import("./views/Keyboard.js"),
        import("./views/Announcer.js"),
        import("./views/Banner.js"),
        import("./views/DeadEnds.js"),
        ...parts,
      ]);
      if (this.#surroundings) return;
      this.#surroundings = new Surroundings({
        go: (room) => this.navigation.go(room),
        editName: () => this.naming.edit(),
        browse: () => void this.#extras?.browse(),
        showPerson: (user) => void this.#extras?.showPerson(user),
      });
      this.#extras = new Extras(this);
      if (this.#wantsMenu) find("more", HTMLElement).click();
      new Keyboard(this, this.#extras);
      new Typing(this);
      new Announcer(this);
      new Banner(this.chat);
      new DeadEnds(this);
      linkToCluster(this.chat.session);
      if (this.identity.wantsNotifications) void this.#extras.notify();
      if (this.identity.pushedTo) void this.#extras.push();
      this.#showUser();
      this.#show();
      this.completed.emit();
      this.#followLink();
      this.#followInvitation();
      if (this.identity.name) void this.#followDeviceLink();
      this.#preload();
    } catch (error) {
      console.warn(error);
    }
  }

  /** Nothing waits for these. */
  #preload() {
    const idle = globalThis.requestIdleCallback ?? ((/** @type {() => void} */ run) => setTimeout(run, 2_000));
    idle(() => void this.#extras?.preload());
  }

  /**
   * A shortcut before Keyboard is loaded: what is typed next is not meant for the composer.
   * @param {KeyboardEvent} event
   */
  #tooEarly(event) {
    const command = (event.ctrlKey || event.metaKey) && !event.altKey;
    const key = event.key.toLowerCase();
    const ours = key === "k" || key === "/" || (key === "f" && event.shiftKey);
    if (this.#extras || !command || !ours) return;
    event.preventDefault();
    if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
    this.toast.show(say("notLoaded"));
  }

  #listen() {
    document.addEventListener("keydown", (event) => this.#tooEarly(event));
    find("more", HTMLElement).addEventListener("click", () => (this.#wantsMenu = !this.#extras));
    const { outbox, changed, renamed, refused, session } = this.chat;
    for (const signal of [outbox.changed, this.notes.changed, this.conversation.changed]) signal.listen(this.#showSoon);
    changed.listen((room) => this.#didChange(room));
    session.changed.listen(() => {
      markGuests(session.hasAccounts);
      const shown = session.welcome?.user.kind === "operator" || /[?&]debug\b/.test(location.search);
      document.documentElement.classList.toggle("operator", shown);
      this.#showUser();
      this.#showSoon();
    });
    session.frames.listen(({ type }) => type === "welcome" && this.#preload());
    renamed.listen((name) => {
      this.naming.confirmed(name);
      if (!this.#surroundings) void this.#complete();
      else if (this.conversation.linked !== this.navigation.message) this.#followLink();
      this.#followInvitation();
      if (session.welcome) this.conversation.composer.limit = session.welcome.limits.textChars;
    });
    refused.listen((refusal) => {
      this.naming.refused(refusal);
      const { code, message } = refusal;
      // Its text may not be loaded yet.
      if (!silent.has(code)) void learnMore().finally(() => this.toast.show(reasonOf(code, message)));
    });
    this.navigation.addressed.listen(() => this.#followLink());
    this.navigation.invited.listen(() => this.#followInvitation());
    this.navigation.linked.listen(() => void (this.#extras && this.#followDeviceLink()));
    this.conversation.wentToLatest.listen(() => {
      if (this.navigation.message) this.navigation.go(this.conversation.room);
    });
    this.conversation.led.listen((id) => this.navigation.go(this.conversation.room, id));
    this.conversation.missed.listen((upTo) => void this.#extras?.showUnread(upTo));
    this.naming.changed.listen(() => this.#showUser());
    this.navigation.changed.listen(() => {
      this.#surroundings?.closeRooms();
      this.#showUser();
      this.#show();
    });
  }

  #showUser() {
    this.#surroundings?.showUser(this.self, this.chat.session.nameFixed);
  }

  #followLink() {
    if (this.navigation.message) void this.#extras?.followLink();
  }

  #followInvitation() {
    if (this.navigation.invitation && this.chat.session.online) void this.#extras?.followInvitation();
  }

  async #followDeviceLink() {
    if (!this.navigation.link) return;
    try {
      const parts = [learnMore(), loadStyle("extras.css"), loadStyle("rooms.css")];
      const [{ followDeviceLink }] = await Promise.all([import("./extras/DeviceCards.js"), ...parts]);
      await followDeviceLink(this);
    } catch (error) {
      console.warn(error);
      this.toast.show(say("notLoaded"));
    }
  }

  /** @param {string} room that the user may not enter any more */
  showUnsent(room) {
    void this.#extras?.showUnsent(room);
  }

  /** @param {string} name */
  #didChange(name) {
    const { joined, timeline } = this.chat.room(name);
    if (name !== this.conversation.room) timeline.trim(true);
    // In a room that is entered for the first time, nothing is unread.
    if (joined && this.notes.read(name) === null) this.notes.setRead(name, timeline.newest?.id ?? "0-0");
    this.#showSoon();
  }

  #show() {
    const { room } = this.conversation;
    const { members, rules } = this.chat.room(room);
    const { hasOwners } = this.chat;
    // A failing part does not hide the others.
    safely(() => this.conversation.show());
    safely(() => this.#surroundings?.showRooms(this.navigation.rooms, room));
    safely(() => this.#surroundings?.showPeople(members, this.self.id, hasOwners, this.conversation.rolesIn(room)));
    safely(() => this.#surroundings?.showTopic(rules.now.topic));
  }
}

writeWords(say);

const now = () => Date.now();

const storage = openStorage(location.pathname);
const identity = new Identity(storage, navigator.locks);
const socket = new Socket(openWebSocket, new Backoff(), clock);
/** @type {Session} */
const session = new Session(socket, identity, (room) => chat.room(room).position, clock);
const outbox = new Outbox(storage, now);
/** @type {Chat} */
const chat = new Chat(session, outbox, new Dispatch(outbox, now), makeKey);
const rooms = new MyRooms(storage);
const notes = new RoomNotes(storage);
const visit = openStorage(location.pathname, () => sessionStorage);
chat.ignores = (user) => notes.muted.includes(user);
const page = new Page(chat, identity, rooms, notes, visit);

/** @type {Promise<import("./transport/SignIn.js").SignIn> | undefined} */
let signIn;

/**
 * Loaded only where the server offers it; tries until it works.
 * @returns {NonNullable<typeof signIn>}
 */
function loadSignIn() {
  signIn ??= import("./views/Account.js")
    .then(({ openAccount }) => openAccount(page, visit))
    .catch(async (error) => {
      console.warn(error);
      await new Promise((resolve) => setTimeout(resolve, 5_000));
      signIn = undefined;
      return loadSignIn();
    });
  return signIn;
}

session.changed.listen(() => session.signIn && void loadSignIn());
session.dismissed.listen(async () => (await loadSignIn()).dismissed());

const shown = page.begin(() => {
  if (visit.getItem(signInKey) === null) socket.connect();
  else {
    socket.hold();
    void loadSignIn().then((made) => made.begin());
  }
  setInterval(() => chat.flush(), 500);
  addEventListener("online", () => socket.wake());
  addEventListener("offline", () => socket.probe());
  addEventListener("pageshow", (event) => event.persisted && socket.wake());
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && socket.wake());
  addEventListener("storage", ({ key: name }) => {
    const prefix = prefixOf(location.pathname);
    if (!name?.startsWith(prefix)) return;
    const key = name.slice(prefix.length);
    outbox.changedElsewhere(key);
    rooms.changedElsewhere(key);
    notes.changedElsewhere(key);
  });
});

// From here on the page works, and rescue.js has nothing to show.
await shown;
find("stuck", HTMLElement).remove();
