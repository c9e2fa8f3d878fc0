import { arrange } from "./arrange.js";
import { Composer } from "./Composer.js";
import { ConnectionStatus } from "./ConnectionStatus.js";
import { find } from "./dom.js";
import { MessageList } from "./MessageList.js";
import { NameDialog } from "./NameDialog.js";
import { PeopleList } from "./PeopleList.js";
import { RoomBar } from "./RoomBar.js";
import { VisitedRooms } from "../store/VisitedRooms.js";

/** The page: shows one room of the chat, and what the user does goes to the chat. */
export class Page {
  #chat;
  #socket;
  #identity;
  #visited;
  /** The room that is shown. */
  #room = "";
  #willShow = false;

  #roomName = find("room-name", HTMLElement);
  #peopleButton = find("show-people", HTMLButtonElement);
  #peopleCount = find("people-count", HTMLElement);
  #roomsSheet = find("rooms-sheet", HTMLDialogElement);
  #peopleSheet = find("people-sheet", HTMLDialogElement);
  #people = [find("people", HTMLElement), this.#peopleSheet].map(
    (parent) => new PeopleList(parent),
  );
  #nameDialog = new NameDialog(
    find("name-dialog", HTMLDialogElement),
    find("name-input", HTMLInputElement),
    find("name-problem", HTMLElement),
  );
  #rooms;
  #list;
  #composer;
  #status;

  /**
   * @param {import("../store/Chat.js").Chat} chat
   * @param {import("../transport/Socket.js").Socket} socket
   * @param {import("../store/Identity.js").Identity} identity
   * @param {import("../store/VisitedRooms.js").VisitedRooms} visited
   */
  constructor(chat, socket, identity, visited) {
    this.#chat = chat;
    this.#socket = socket;
    this.#identity = identity;
    this.#visited = visited;
    this.#rooms = [find("rooms", HTMLElement), this.#roomsSheet].map(
      (parent) =>
        new RoomBar(parent, {
          go: (room) => (location.hash = `#/r/${room}`),
          editName: () => this.#editName(),
        }),
    );
    this.#list = new MessageList(
      find("log", HTMLElement),
      find("latest", HTMLButtonElement),
      {
        retry: (key) => chat.retry(key),
        discard: (key) => chat.outbox.remove(key),
        fill: (stretch) => chat.loadOlder(this.#room, stretch),
      },
      () => chat.loadOlder(this.#room),
    );
    this.#composer = new Composer(
      find("composer", HTMLFormElement),
      find("composer-text", HTMLTextAreaElement),
      find("composer-notice", HTMLElement),
      (text) => this.#say(text),
    );
    this.#status = new ConnectionStatus(
      find("connection", HTMLElement),
      find("banner", HTMLElement),
      () => socket.connect(),
    );
    this.#listen();
    find("app", HTMLElement).hidden = false;
  }

  /**
   * Shows the room of the address and asks for a name if there is none.
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

  #listen() {
    const { session, outbox, changed, renamed, refused } = this.#chat;
    session.changed.listen(() => this.#showStatus());
    setInterval(() => this.#showStatus(), 1000);
    outbox.changed.listen(() => this.#showSoon());
    changed.listen((room) => room === this.#room && this.#showSoon());
    renamed.listen((name) => {
      this.#identity.name = name;
      this.#showUser();
    });
    refused.listen(({ code, message }) => code === "bad_name" && this.#editName(message));
    addEventListener("hashchange", () => this.#openRoom());
    find("show-rooms", HTMLElement).addEventListener("click", () => this.#roomsSheet.showModal());
    this.#peopleButton.addEventListener("click", () => this.#peopleSheet.showModal());
    for (const sheet of [this.#roomsSheet, this.#peopleSheet]) {
      sheet.addEventListener("click", ({ target }) => target === sheet && sheet.close());
    }
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
    for (const bar of this.#rooms) bar.showRooms(this.#visited.list, room);
    this.#composer.showRoom(room);
    this.#chat.session.join(room);
    this.#showUser();
    this.#show();
  }

  /**
   * @param {string} [problem]
   */
  #editName(problem) {
    this.#roomsSheet.close();
    this.#nameDialog.ask(
      this.#identity.name ?? "",
      (name) => this.#chat.session.rename(name),
      problem,
    );
  }

  /**
   * @param {string} text
   */
  #say(text) {
    const taken = this.#chat.say(this.#room, text);
    if (taken) this.#list.follow();
    return taken;
  }

  /** Many changes of one moment are shown at once. */
  #showSoon() {
    if (this.#willShow) return;
    this.#willShow = true;
    setTimeout(() => {
      this.#willShow = false;
      this.#show();
    }, 16);
  }

  #show() {
    const room = this.#chat.room(this.#room);
    const { self } = this;
    if (this.#list.following) room.trim();
    this.#list.show(
      arrange(room.entries, this.#chat.outbox.itemsIn(this.#room), self),
      room.joined,
    );
    for (const people of this.#people) people.show(room.members, self.id);
    this.#peopleCount.textContent = String(room.members.count);
    this.#peopleButton.setAttribute("aria-label", `Who is here: ${room.members.count}`);
    this.#showStatus();
  }

  #showUser() {
    for (const bar of this.#rooms) bar.showUser(this.self);
  }

  #showStatus() {
    const { session, outbox } = this.#chat;
    const { phase, retryAt } = this.#socket;
    const { online, welcome } = session;
    this.#status.show({
      online,
      node: welcome?.node,
      waiting: outbox.waiting,
      retryAt: phase === "waiting" ? retryAt : null,
    });
    if (welcome) this.#composer.limit = welcome.limits.textChars;
  }

  /** Ourselves, also before the server has said so. */
  get self() {
    return { id: this.#chat.session.welcome?.user.id ?? "", name: this.#identity.name ?? "" };
  }
}
