const tokenKey = "webchat.token";
const notifyKey = "webchat.notify";
const nameKey = "webchat.name";

/**
 * Who we are, kept in the browser: the guest token and the name. Shared by all tabs, so nothing is cached here.
 */
export class Identity {
  #storage;
  #locks;

  /**
   * @param {import("./storage.js").MemoryStorage} storage
   * @param {Pick<LockManager, "request">} [locks] missing on plain http: then two first tabs may become two guests
   */
  constructor(storage, locks) {
    this.#storage = storage;
    this.#locks = locks;
  }

  get token() {
    return this.#storage.getItem(tokenKey);
  }

  /** @param {string | null} token */
  set token(token) {
    if (token === null) this.#storage.removeItem(tokenKey);
    else this.#storage.setItem(tokenKey, token);
  }

  get name() {
    return this.#storage.getItem(nameKey);
  }

  /** @param {string | null} name */
  set name(name) {
    if (name) this.#storage.setItem(nameKey, name);
  }

  /** Whether we asked to be notified of what others say. */
  get wantsNotifications() {
    return this.#storage.getItem(notifyKey) !== null;
  }

  /** @param {boolean} wants */
  set wantsNotifications(wants) {
    if (wants) this.#storage.setItem(notifyKey, "yes");
    else this.#storage.removeItem(notifyKey);
  }

  /**
   * Waits until no other tab is asking for a first token. With a token there is nothing to wait for.
   * @param {AbortSignal} done the token is stored, or the try has failed: the next tab may ask
   */
  async claim(done) {
    const locks = this.#locks;
    if (this.token || !locks) return;
    await new Promise((resolve) => {
      const held = () => {
        resolve(undefined);
        return new Promise((release) => {
          if (done.aborted) release(undefined);
          else done.addEventListener("abort", release, { once: true });
        });
      };
      locks.request(tokenKey, { signal: done }, held).catch(resolve);
    });
  }
}
