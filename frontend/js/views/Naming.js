import { Signal } from "../Signal.js";
import { isolated, say } from "../words/say.js";
import { NameDialog } from "./NameDialog.js";

/** What we are called: asked for at the first visit, changed when the user likes, refused when the server does not. */
export class Naming {
  /** @type {Signal} */
  changed = new Signal();
  #dialog = new NameDialog();
  #session;
  #identity;
  #toast;

  /**
   * @param {import("../transport/Session.js").Session} session
   * @param {import("../store/Identity.js").Identity} identity
   * @param {import("./Toast.js").Toast} toast
   */
  constructor(session, identity, toast) {
    this.#session = session;
    this.#identity = identity;
    this.#toast = toast;
  }

  /** Ourselves, also before the server has said so. */
  get self() {
    return { id: this.#session.welcome?.user.id ?? "", name: this.#identity.name ?? "" };
  }

  /** @param {() => void} ready there is a name */
  begin(ready) {
    if (this.#identity.name) return ready();
    this.#dialog.ask(null, (name) => {
      this.confirmed(name);
      ready();
    });
  }

  /** @param {string} [problem] why the last one was not taken */
  edit(problem) {
    this.#dialog.ask(this.#identity.name ?? "", (name) => this.rename(name), problem);
  }

  /** @param {string} name */
  rename(name) {
    this.#session.rename(name);
    this.changed.emit();
  }

  /** @param {string} name */
  confirmed(name) {
    this.#identity.name = name;
    this.changed.emit();
  }

  /** @param {Wire.Refusal} refusal */
  refused({ code, message, retryAfterMs = 1000, room }) {
    if (code === "bad_name") this.edit(message);
    if (code !== "rate_limited" || room || this.#session.renaming === null) return;
    const n = Math.ceil(retryAfterMs / 1000);
    this.#toast.show(say("nameTooOften", { name: isolated(this.self.name), n }));
  }
}
