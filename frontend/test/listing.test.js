import assert from "node:assert/strict";
import { test } from "node:test";
import { Inquiry, listedIn } from "../js/extras/listing.js";
import { ManualClock } from "./support/ManualClock.js";
import { forSeeds } from "./support/seeded.js";

/** The times at which the list is asked for, while a message has names. */
function asking(people = 2, random = () => 1) {
  const clock = new ManualClock();
  const times = [];
  const start = clock.time;
  const inquiry = new Inquiry(async () => void times.push(clock.time - start), clock, random);
  return { clock, times, want: (name) => inquiry.want(name, people) };
}

test("a new name is asked for within seconds, and names that come together once", () => {
  const { clock, times, want } = asking();
  for (const name of ["garden", "kitchen", "garden"]) want(name);
  clock.advance(2_000);
  assert.equal(times.length, 1);
  for (const name of ["garden", "kitchen"]) want(name);
  clock.advance(10_000);
  assert.equal(times.length, 1, "they are not in the list");
  want("attic");
  clock.advance(20_000);
  assert.equal(times.length, 2);
});

test("a name that no room has is asked for ever more seldom, but at least every ten minutes", () => {
  const { clock, times, want } = asking();
  for (let second = 0; second < 7_200; second += 1) {
    want("123");
    clock.advance(1_000);
  }
  const pauses = times.slice(1).map((time, place) => time - times[place]);
  assert.ok(pauses[0] < 30_000, `${pauses}`);
  assert.ok(
    pauses.every((pause, place) => pause >= (pauses[place - 1] ?? 0) - 2_000),
    `${pauses}`,
  );
  assert.ok(pauses.at(-1) <= 602_000 && times.length < 20, `${pauses}`);
});

test("whatever is written, the pages of a room ask at most 50 times a second together", () =>
  forSeeds(50, (random) => {
    const people = 1 + random.below(5_000);
    const { clock, times, want } = asking(people, () => random.number());
    for (let step = 0; step < 500; step += 1) {
      want(`room-${random.below(2_000)}`);
      clock.advance(random.below(3_000));
    }
    const pauses = times.slice(1).map((time, place) => time - times[place]);
    assert.ok(
      times.length > 0 && pauses.every((pause) => pause >= Math.max(20_000, people * 20)),
      `${people} ${pauses}`,
    );
  }));

test("only open rooms with a time are listed, the latest first", () => {
  const rooms = [
    { room: "a", lastActivity: 1 },
    { room: "b", lastActivity: 2 },
    { room: "~x", lastActivity: 3 },
  ];
  assert.deepEqual(
    listedIn({ rooms: [...rooms, { room: "c" }, null] }).map(({ room }) => room),
    ["b", "a"],
  );
  assert.equal(listedIn({ rooms: 1 }), null);
});
