/**
 * The bytes of files that are not in a message yet, by their local id: those of drafts and of the outbox. They are kept
 * in the browser's database, which all tabs share. What cannot be stored there lasts as long as the page.
 *
 * @typedef {{ at: number, bytes: Blob }} Kept `at`: milliseconds since 1970
 * @typedef {object} Shelf a database
 * @property {(id: string, kept: Kept) => Promise<unknown>} put
 * @property {(id: string) => Promise<Kept | undefined>} get
 * @property {(id: string) => Promise<unknown>} delete
 * @property {() => Promise<[string, number][]>} all ids, and when they were put
 */

/** In milliseconds: what nothing mentions any more is kept so long. It may be of a tab whose own storage is full. */
const orphaned = 24 * 3_600_000;

export class FileBytes {
  #shelf;
  #now;
  /** What is not stored yet, or cannot be. */
  #here = /** @type {Map<string, Blob>} */ (new Map());
  #addresses = /** @type {Map<string, string>} */ (new Map());

  /**
   * @param {Promise<Shelf>} shelf
   * @param {() => number} now
   */
  constructor(shelf, now) {
    this.#shelf = shelf;
    this.#now = now;
    shelf.catch((error) => console.warn("Files cannot be stored, lost on reload:", error));
  }

  /**
   * @param {string} id
   * @param {Blob} bytes
   * @returns {Promise<boolean>} whether they outlive the page
   */
  async put(id, bytes) {
    this.#here.set(id, bytes);
    try {
      await (await this.#shelf).put(id, { at: this.#now(), bytes });
      this.#here.delete(id);
      return true;
    } catch (error) {
      console.warn("Cannot be stored, lost on reload:", id, error);
      return false;
    }
  }

  /**
   * @param {string} id
   * @returns {Promise<Blob | undefined>} undefined: they are gone
   */
  async get(id) {
    const here = this.#here.get(id);
    if (here) return here;
    try {
      return (await (await this.#shelf).get(id))?.bytes;
    } catch (error) {
      console.warn(error);
      return undefined;
    }
  }

  /**
   * An address of this page that shows them.
   * @param {string} id
   */
  async address(id) {
    const bytes = this.#addresses.has(id) ? undefined : await this.get(id);
    if (bytes && !this.#addresses.has(id)) this.#addresses.set(id, URL.createObjectURL(bytes));
    return this.#addresses.get(id);
  }

  /** @param {string} id whose address is not needed any more */
  forgetAddress(id) {
    URL.revokeObjectURL(this.#addresses.get(id) ?? "");
    this.#addresses.delete(id);
  }

  /** @param {string} id */
  async remove(id) {
    this.#here.delete(id);
    try {
      await (await this.#shelf).delete(id);
    } catch (error) {
      console.warn(error);
    }
  }

  /**
   * Removes what an earlier visit has left.
   * @param {Set<string>} used
   */
  async tidy(used) {
    try {
      for (const [id, at] of await (await this.#shelf).all())
        if (!used.has(id) && Math.abs(this.#now() - at) > orphaned) await this.remove(id);
    } catch (error) {
      console.warn(error);
    }
  }
}

const store = "files";

/**
 * Opens the browser's database.
 * @param {string} name
 * @returns {Promise<Shelf>}
 */
export async function openShelf(name) {
  const opening = indexedDB.open(name, 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore(store);
  const database = await answer(opening);
  /** @param {IDBTransactionMode} mode */
  const files = (mode) => database.transaction(store, mode).objectStore(store);
  return {
    put: (id, kept) => written(files("readwrite").put(kept, id)),
    get: (id) => answer(files("readonly").get(id)),
    delete: (id) => written(files("readwrite").delete(id)),
    all: async () => {
      const ids = /** @type {string[]} */ (await answer(files("readonly").getAllKeys()));
      const kept = await Promise.all(ids.map((id) => answer(files("readonly").get(id))));
      return ids.map((id, place) => [id, Number(kept[place]?.at)]);
    },
  };
}

/**
 * @template Result
 * @param {IDBRequest<Result>} request
 * @returns {Promise<Result>}
 */
function answer(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/**
 * Until its transaction is committed, a full disk may still undo a write.
 * @param {IDBRequest} request
 * @returns {Promise<void>}
 */
function written({ transaction }) {
  return new Promise((resolve, reject) => {
    if (!transaction) return resolve();
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error);
  });
}
