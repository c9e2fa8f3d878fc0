import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";

const root = new URL("../", import.meta.url);
const read = (path) => readFileSync(new URL(path, root), "utf8");
const importsOf = (module) =>
  [...read(module).matchAll(/^(?:import|export) [^;]*?from "([^"]+)";/gms)].map(([, path]) =>
    new URL(path, new URL(module, root)).pathname.slice(root.pathname.length),
  );
const preloaded = [
  ...read("index.html").matchAll(/<link rel="modulepreload" href="\/static\/([^"]+)"/g),
].map(([, path]) => path);

test("what is preloaded is needed at once, and leads to all that is within one step", () => {
  const needed = new Set(["js/main.js"]);
  for (const module of needed) for (const other of importsOf(module)) needed.add(other);
  const first = ["js/main.js", ...preloaded];
  const near = new Set([...first, ...first.flatMap(importsOf)]);
  assert.deepEqual(
    preloaded.filter((module) => !needed.has(module)),
    [],
  );
  assert.deepEqual(
    [...needed].filter((module) => !near.has(module)),
    [],
  );
});

test("what index.html names is there", () => {
  const named = [...read("index.html").matchAll(/(?:href|src)="\/static\/([^"]+)"/g)];
  assert.ok(named.length > 10);
  for (const [, path] of named) assert.ok(existsSync(new URL(path, root)), path);
});
