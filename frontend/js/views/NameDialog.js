import { say } from "../words/say.js";
import { find } from "./dom.js";

const adjectives = ["Quiet", "Bright", "Gentle", "Swift", "Merry", "Clever", "Sunny", "Calm"];
const animals = ["Otter", "Heron", "Fox", "Wren", "Hare", "Seal", "Robin", "Lynx"];

/** Asks for a name: once at the first visit, and when the user wants another. */
export class NameDialog {
  #dialog = find("name-dialog", HTMLDialogElement);
  #field = find("name-input", HTMLInputElement);
  #problem = find("name-problem", HTMLElement);
  #mandatory = false;
  /** @type {(name: string) => void} */
  #done = () => {};

  constructor() {
    this.#dialog.addEventListener("close", () => this.#mandatory && this.#takeAny());
    this.#field.form?.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
  }

  /**
   * @param {string | null} name the present one; without it a suggestion, which is also what Escape takes
   * @param {(name: string) => void} done
   * @param {string} [problem] why the last one was not taken
   */
  ask(name, done, problem = "") {
    this.#done = done;
    this.#field.value = name ?? suggestion();
    this.#problem.textContent = problem;
    this.#mandatory = name === null;
    for (const other of document.querySelectorAll("dialog"))
      if (other !== this.#dialog) other.close();
    if (!this.#dialog.open) this.#dialog.showModal();
    this.#field.select();
  }

  /** Escape closes the dialog whatever stands in it, and so does another one: without a name there would be no chat. */
  #takeAny() {
    if (!isName(this.#name)) this.#field.value = suggestion();
    this.#submit();
  }

  get #name() {
    return this.#field.value.trim().normalize("NFC");
  }

  #submit() {
    const name = this.#name;
    if (!isName(name)) {
      this.#problem.textContent = say("nameRule");
      return;
    }
    this.#mandatory = false;
    this.#dialog.close();
    this.#done(name);
  }
}

/** @param {string} name */
function isName(name) {
  return name !== "" && [...name].length <= 32;
}

function suggestion() {
  const pick = (/** @type {string[]} */ words) => words[Math.floor(Math.random() * words.length)];
  return `${pick(adjectives)} ${pick(animals)}`;
}
