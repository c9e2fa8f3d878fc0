/** Like a browser's storage: each entry is a property. The methods in `broken` throw, as those of a full one. */
export class FakeStorage {
  #broken;

  constructor(entries = {}, broken = []) {
    Object.assign(this, entries);
    this.#broken = broken;
  }

  mend() {
    this.#broken = [];
  }

  #use(method) {
    if (this.#broken.includes(method)) throw new Error(`broken: ${method}`);
  }

  getItem(name) {
    this.#use("getItem");
    return Object.hasOwn(this, name) ? this[name] : null;
  }

  setItem(name, value) {
    this.#use("setItem");
    this[name] = String(value);
  }

  removeItem(name) {
    this.#use("removeItem");
    delete this[name];
  }
}
