import { clock } from "../runtime.js";
import { SignIn, askForToken, loginAddress } from "../transport/SignIn.js";
import { isolated, learnMore, say } from "../words/say.js";
import { button, element, find, loadStyle, setText } from "./dom.js";

/**
 * Loads what signing in needs and shows it.
 * @param {import("../main.js").Page} page
 * @param {import("../store/storage.js").MemoryStorage} visit lasts as long as the tab
 */
export async function openAccount(page, visit) {
  await Promise.all([learnMore(), loadStyle("sides.css")]);
  const signIn = new SignIn(page.chat.session, visit, clock, {
    ask: askForToken,
    login: (path) => location.assign(loginAddress(path, location)),
    now: () => Date.now(),
    random: () => Math.random(),
  });
  new Account(page, signIn);
  return signIn;
}

/** "Sign in" or "Sign out" below each name of the user, and a notice while nobody may take part without signing in. */
class Account {
  #page;
  #signIn;
  #notice;
  #places = /** @type {Place[]} */ ([]);

  /**
   * @param {import("../main.js").Page} page
   * @param {SignIn} signIn
   */
  constructor(page, signIn) {
    this.#page = page;
    this.#signIn = signIn;
    this.#notice = new Notice(signIn);
    this.#complete();
    page.completed.listen(() => this.#complete());
    for (const signal of [page.chat.session.changed, signIn.changed]) signal.listen(() => this.#show());
    signIn.told.listen((news) => page.toast.show(say(news, { name: isolated(page.self.name) })));
  }

  #complete() {
    const names = document.querySelectorAll(".me");
    this.#places = Array.from(names, (name) => new Place(name, () => this.#act()));
    this.#show();
  }

  #act() {
    if (this.#signIn.signedIn) this.#signIn.end();
    else void this.#signIn.start();
  }

  #show() {
    const { barred, nameFixed } = this.#page.chat.session;
    const left = this.#notice.show(barred);
    if (left) this.#page.conversation.composer.focus();
    for (const place of this.#places) place.show(this.#signIn, nameFixed);
  }
}

/** Below the name of the user. */
class Place {
  #hint = element("span", { class: "hint", text: say("accountName") });
  #button;
  #node;

  /**
   * @param {Element} name
   * @param {() => void} act
   */
  constructor(name, act) {
    this.#button = button("", () => {
      // A sheet would hide what follows.
      this.#node.closest("dialog")?.close();
      act();
    });
    this.#node = element("p", { class: "account" }, this.#hint, this.#button);
    name.after(this.#node);
  }

  /**
   * @param {SignIn} signIn
   * @param {boolean} nameFixed
   */
  show({ offered, signedIn, asking, byProxy }, nameFixed) {
    this.#node.hidden = byProxy || (!offered && !signedIn);
    this.#hint.hidden = !nameFixed || !signedIn;
    setText(this.#button, say(asking ? "signingIn" : signedIn ? "signOut" : "signIn"));
  }
}

/** Across the conversation. */
class Notice {
  #signIn;
  #text = element("p", { role: "status" });
  #start;
  #guest;
  #node;

  /** @param {SignIn} signIn */
  constructor(signIn) {
    this.#signIn = signIn;
    this.#start = button("", () => void signIn.start(), "primary");
    this.#guest = button(say("beGuest"), () => signIn.end());
    this.#node = element("div", { class: "sign-in" }, this.#text, this.#start, this.#guest);
    this.#node.hidden = true;
    find("banner", HTMLElement).after(this.#node);
  }

  /**
   * @param {boolean} barred
   * @returns whether the focus was in it, and it is gone
   */
  show(barred) {
    const { problem, offered, asking, mayBeGuest } = this.#signIn;
    const left = !barred && this.#node.contains(document.activeElement);
    this.#node.hidden = !barred;
    setText(this.#text, barred ? say(problem ?? (offered ? "signInFirst" : "signInElsewhere")) : "");
    this.#start.hidden = !offered;
    setText(this.#start, say(asking ? "signingIn" : "signIn"));
    this.#guest.hidden = !mayBeGuest;
    return left;
  }
}
