import assert from "node:assert/strict";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";

const root = new URL("../", import.meta.url);
const read = (path) => readFileSync(new URL(path, root), "utf8");
const pages = { "index.html": "js/main.js", "cluster.html": "js/cluster/main.js" };
const mostModules = 22;

/** What a module imports before it runs, as paths from `frontend/`. */
const importsOf = (module) =>
  [...read(module).matchAll(/^(?:import|export) (?:[^;=]*? from )?"([^"]+)";/gms)].map(([, path]) =>
    new URL(path, new URL(module, root)).pathname.slice(root.pathname.length),
  );

/** The modules that must be loaded before `entry` can run, without `entry`. Throws if there is a cycle. */
function graphOf(entry) {
  const done = new Set();
  const visit = (module, path) => {
    assert.ok(!path.includes(module), `imports itself: ${[...path, module].join(" → ")}`);
    if (done.has(module)) return;
    for (const imported of importsOf(module)) visit(imported, [...path, module]);
    done.add(module);
  };
  visit(entry, []);
  done.delete(entry);
  return [...done].sort();
}

for (const [page, entry] of Object.entries(pages))
  test(`${page} preloads exactly the modules that ${entry} needs to run`, () => {
    const html = read(page);
    const preloaded = html.matchAll(/<link rel="modulepreload" href="static\/([^"]+)"/g);
    assert.deepEqual(Array.from(preloaded, ([, path]) => path).sort(), graphOf(entry));
    assert.ok(html.includes(`<script type="module" src="static/${entry}"></script>`));
    assert.ok(graphOf(entry).length < mostModules);
  });

test("no module imports itself by way of others", () => {
  const modules = readdirSync(new URL("js/", root), { recursive: true, encoding: "utf8" });
  for (const name of modules.filter((file) => file.endsWith(".js"))) graphOf(`js/${name}`);
});

test("the files that the pages name exist", () => {
  for (const page of Object.keys(pages)) {
    const named = [...read(page).matchAll(/(?:href|src)="static\/([^"]+)"/g)];
    assert.ok(named.length > 10);
    for (const [, path] of named) assert.ok(existsSync(new URL(path, root)), path);
  }
});

test("no address of the page begins at the root: a proxy may serve it under a path", () => {
  const files = readdirSync(root, { recursive: true, encoding: "utf8" }).filter(
    (file) => /^[^/]*\.(html|css)$|^js\//.test(file) && /\.(js|html|css)$/.test(file),
  );
  assert.ok(files.length > 50);
  const rooted = files.flatMap((file) =>
    [...read(file).matchAll(/["'`(]\/(?:static|cluster|ws|messages|rooms|metrics)(?:[/?][^"'`)]*)?["'`)]/g)].map(
      ([found]) => `${file}: ${found}`,
    ),
  );
  assert.deepEqual(rooted, []);
  const attributes = files.flatMap((file) => [...read(file).matchAll(/(?:(?:href|src|action)=|fetch\()"\//g)]);
  assert.deepEqual(attributes, []);
});
