import { say } from "../words/say.js";
import { Badge } from "./Badge.js";
import { find } from "./dom.js";
import { PeopleList } from "./PeopleList.js";
import { RoomBar } from "./RoomBar.js";
import { Sheet } from "./Sheet.js";

/** What is around the conversation: rooms and people beside it (on phones: in sheets), its name, the browser's tab. */
export class Surroundings {
  #badge = new Badge();
  #roomName = find("room-name", HTMLElement);
  #peopleButton = find("show-people", HTMLButtonElement);
  #peopleCount = find("people-count", HTMLElement);
  #roomsButton = find("show-rooms", HTMLButtonElement);
  #roomsSheet = new Sheet("rooms-sheet", "show-rooms");
  #peopleSheet = new Sheet("people-sheet", "show-people");
  #roomBars;
  #peopleLists;

  /** @param {{ go: (room: string) => void, editName: () => void }} actions */
  constructor(actions) {
    const rooms = [find("rooms", HTMLElement), this.#roomsSheet.content];
    this.#roomBars = rooms.map((parent) => new RoomBar(parent, actions));
    const people = [find("people", HTMLElement), this.#peopleSheet.content];
    this.#peopleLists = people.map((parent) => new PeopleList(parent));
  }

  /**
   * @param {import("./RoomBar.js").Room[]} rooms
   * @param {string} current
   */
  showRooms(rooms, current) {
    for (const bar of this.#roomBars) bar.showRooms(rooms, current);
    const unread = rooms.reduce((sum, one) => sum + one.unread.count, 0);
    this.#badge.show(unread, current);
    this.#roomsButton.classList.toggle("news", unread > 0);
    const label = unread > 0 ? `${say("rooms")}, ${say("unread", { n: unread })}` : say("rooms");
    this.#roomsButton.setAttribute("aria-label", label);
    this.#roomName.textContent = current;
  }

  /**
   * @param {import("../store/Members.js").Members} members
   * @param {string} self our own id
   */
  showPeople(members, self) {
    for (const list of this.#peopleLists) list.show(members, self);
    this.#peopleCount.textContent = String(members.count);
    this.#peopleButton.setAttribute("aria-label", say("whoIsHereCount", { n: members.count }));
  }

  /** @param {Wire.User} user */
  showUser(user) {
    for (const bar of this.#roomBars) bar.showUser(user);
  }

  closeRooms() {
    this.#roomsSheet.close();
  }
}
