import { Signal } from "../runtime.js";
import { signInKey } from "../store/storage.js";
import { isPath } from "./frames.js";

/** Three parts with dots: what has none is the token of a guest. */
const userToken = /^[\w-]+\.[\w-]+\.[\w-]*$/;
const longestToken = 4_096;
const answerLimit = 5_000;

/** The user went to log in. */
const loginKey = "webchat.login";
/** The server lets guests in. */
const guestsKey = "webchat.guests";

/**
 * Asks the site for the token of the user, by its cookies.
 * @param {string} path
 * @param {typeof fetch} ask
 * @returns {Promise<{ token: string } | "login" | "failed">} `login`: the user must log in there first
 */
export async function askForToken(path, ask = fetch) {
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), answerLimit);
  const { signal } = patience;
  try {
    const answer = await ask(path, { redirect: "manual", credentials: "same-origin", cache: "no-store", signal });
    const { status, type } = answer;
    if (type === "opaqueredirect" || status === 401 || status === 403) return "login";
    const token = status === 200 ? tokenIn(await answer.text()) : null;
    return token ? { token } : "failed";
  } catch (error) {
    console.warn(error);
    return "failed";
  } finally {
    clearTimeout(timer);
  }
}

/** @param {string} text JSON with a token, or just the token */
function tokenIn(text) {
  const plain = text.trim();
  const token = plain.startsWith("{") ? JSON.parse(plain).token : plain;
  return typeof token === "string" && token.length <= longestToken && userToken.test(token) ? token : null;
}

/**
 * Where to log in and come back.
 * @param {string} path
 * @param {Pick<Location, "href" | "pathname" | "search" | "hash">} page
 */
export function loginAddress(path, { href, pathname, search, hash }) {
  const address = new URL(path, href);
  address.searchParams.set("return", pathname + search + hash);
  return address.href;
}

/**
 * Signing in and out, and renewing the token before it ends. Loaded only where the server offers it.
 *
 * @typedef {"signInFailed" | "signInRefused" | "signedInAs"} News
 */
export class SignIn {
  /** Something to tell the user, in a word of the page. */
  told = /** @type {Signal<News>} */ (new Signal());
  changed = new Signal();
  /** The site is being asked, on request. */
  asking = false;
  /** Why nobody has signed in, while the session is barred. */
  problem = /** @type {News | null} */ (null);

  #session;
  #visit;
  #ask;
  #login;
  #renewal;
  /** Sent with `renew`, and not accepted yet. */
  #next = /** @type {string | null} */ (null);
  /** Counts requests: an earlier one no longer matters. */
  #round = 0;
  /** A dismissal may ask the site: it did not since the last welcome, and the user did not sign out. */
  #mayAsk = true;
  /** The user is told whether it worked. */
  #announces = false;

  /**
   * @param {import("./Session.js").Session} session
   * @param {import("../store/storage.js").MemoryStorage} visit lasts as long as the tab
   * @param {import("../runtime.js").Clock} clock
   * @param {{ ask: (path: string) => ReturnType<typeof askForToken>, login: (path: string) => void,
   *   now: () => number, random: () => number }} world `now`: the time of day, which goes on while a computer sleeps
   */
  constructor(session, visit, clock, { ask, login, now, random }) {
    this.#session = session;
    this.#visit = visit;
    this.#ask = ask;
    this.#login = login;
    this.#renewal = new Renewal(clock, now, random, () => this.#renew());
    session.frames.listen((frame) => this.#receive(frame));
    session.lost.listen(() => this.#renewal.stop());
    if (session.online && session.welcome) this.#didWelcome(session.welcome);
  }

  get signedIn() {
    return this.#session.userToken !== null && !this.#session.barred;
  }

  get offered() {
    return this.#session.signIn !== null;
  }

  /** Whether a proxy has signed the user in, not this page. */
  get byProxy() {
    const { online, isGuest, userToken } = this.#session;
    return online && !isGuest && userToken === null;
  }

  /** Whether the user could be a guest instead of signing in. */
  get mayBeGuest() {
    return this.#visit.getItem(guestsKey) !== null;
  }

  /** Connects for the first time: with a token if there is one, so that nobody sees a guest come and go. */
  begin() {
    const path = this.#visit.getItem(signInKey);
    this.#session.signIn = isPath(path) ? path : null;
    this.#announces = this.#visit.getItem(loginKey) !== null;
    this.#visit.removeItem(loginKey);
    return this.#session.signIn ? this.#request(() => this.end()) : this.end();
  }

  /** The user wants to sign in. */
  start() {
    if (this.asking) return;
    this.#announces = true;
    const loggedOut = (/** @type {string} */ path) => {
      this.#visit.setItem(signInKey, path);
      this.#visit.setItem(loginKey, "yes");
      this.#login(path);
    };
    // A guest stays one.
    const failed = () => (this.#session.barred ? this.#bar("signInFailed") : this.told.emit("signInFailed"));
    return this.#request(loggedOut, failed);
  }

  /** The user is a guest, perhaps again. */
  end() {
    this.#round += 1;
    this.#visit.removeItem(signInKey);
    this.#mayAsk = false;
    this.#setAsking(false);
    this.#session.connectAs(null);
  }

  /** The server has dismissed the user: asks the site once. */
  dismissed() {
    if (this.#session.userToken === null) this.#visit.removeItem(guestsKey);
    if (!this.offered) return this.#bar(null);
    if (!this.#mayAsk) return this.#bar(this.#session.userToken ? "signInRefused" : null);
    return this.#request(() => this.#bar(null));
  }

  /**
   * @param {(path: string) => void} loggedOut the user must log in first
   * @param {() => void} [failed]
   */
  async #request(loggedOut, failed = () => this.#bar("signInFailed")) {
    const round = (this.#round += 1);
    const path = this.#session.signIn;
    if (path === null) return;
    this.#mayAsk = false;
    this.#setAsking(true);
    const answer = await this.#ask(path);
    if (round !== this.#round) return;
    this.#setAsking(false);
    if (answer === "failed") failed();
    else if (answer === "login") loggedOut(path);
    else this.#session.connectAs(answer.token);
  }

  /** @param {boolean} asking */
  #setAsking(asking) {
    this.asking = asking;
    this.changed.emit();
  }

  /** @param {News | null} problem null: the user has not signed in */
  #bar(problem) {
    this.problem = problem;
    this.#session.bar();
  }

  /** @param {Wire.Frame} frame */
  #receive(frame) {
    if (frame.type === "welcome") this.#didWelcome(frame);
    else if (frame.type === "renewed") this.#didRenew(frame.expiresIn);
  }

  /** @param {Wire.Welcome} welcome */
  #didWelcome({ expiresIn }) {
    if (this.#session.isGuest) return this.#visit.setItem(guestsKey, "yes");
    if (this.byProxy) return;
    this.#mayAsk = true;
    if (this.#session.signIn) this.#visit.setItem(signInKey, this.#session.signIn);
    this.#renewal.plan(expiresIn);
    if (this.#announces) this.told.emit("signedInAs");
    this.#announces = false;
  }

  async #renew() {
    const { userToken: present, signIn } = this.#session;
    if (signIn === null) return;
    const answer = await this.#ask(signIn);
    if (answer === "login" || answer === "failed" || present !== this.#session.userToken) return;
    this.#next = answer.token;
    this.#session.send({ type: "renew", token: answer.token });
  }

  /** @param {number} expiresIn */
  #didRenew(expiresIn) {
    if (this.#next) this.#session.userToken = this.#next;
    this.#next = null;
    this.#renewal.plan(expiresIn);
  }
}

const step = 10_000;

/** When to ask for the next token. Looks every 10 s: a timer does not count the time that a computer sleeps. */
class Renewal {
  #clock;
  #now;
  #random;
  #run;
  #dueAt = 0;
  /** @type {unknown} */
  #timer;

  /**
   * @param {import("../runtime.js").Clock} clock
   * @param {() => number} now
   * @param {() => number} random in [0, 1)
   * @param {() => void} run again every 10 s, until the next plan
   */
  constructor(clock, now, random, run) {
    this.#clock = clock;
    this.#now = now;
    this.#random = random;
    this.#run = run;
  }

  /** @param {number} [expiresIn] seconds; undefined: never */
  plan(expiresIn) {
    this.stop();
    if (expiresIn === undefined) return;
    // A minute before the end and at 80 % at the latest, but not before half of a short life.
    const seconds = Math.max(1, expiresIn / 2, Math.min(expiresIn * 0.8, expiresIn - 60));
    this.#wait(seconds * 1000 * (1 - this.#random() / 10));
  }

  stop() {
    this.#clock.cancel(this.#timer);
  }

  /** @param {number} milliseconds */
  #wait(milliseconds) {
    this.#dueAt = this.#now() + milliseconds;
    this.#look();
  }

  #look() {
    const left = this.#dueAt - this.#now();
    this.#timer = this.#clock.after(Math.min(step, Math.max(0, left)), () => {
      if (this.#now() < this.#dueAt) return this.#look();
      this.#wait(step);
      this.#run();
    });
  }
}
