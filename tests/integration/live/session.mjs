// A session of the official JavaScript client, in Node.js: refused, let in, watching, cut off, catching up.
// Told by the environment: API, OTHER_API (two processes of the same product). Each step is a line on standard
// output; a promise that does not come true ends the process with another code than 0.

import assert from "node:assert/strict";
import { io } from "socket.io-client";

const { API, OTHER_API } = process.env;
const PATIENCE_MS = 15_000;

function step(name) {
  console.log(name);
}

async function ask(method, path, body, token) {
  const headers = { "Content-Type": "application/json" };
  if (token) headers.Authorization = `Bearer ${token}`;
  const response = await fetch(`${API}/api/v1${path}`, { method, headers, body: body && JSON.stringify(body) });
  const text = await response.text();
  assert.ok(response.ok, `${method} ${path}: ${response.status} ${text}`);
  return text ? JSON.parse(text) : null;
}

function client(url, auth, options = {}) {
  const socket = io(url, { transports: ["websocket"], autoConnect: false, forceNew: true, auth, ...options });
  socket.heard = [];
  socket.onAny((name, payload) => socket.heard.push([name, payload]));
  return socket;
}

/** What the client has heard, or hears, for which `matches` is true. */
function event(socket, name, matches = () => true) {
  const before = socket.heard.find(([heard, payload]) => heard === name && matches(payload));
  if (before) return Promise.resolve(before[1]);
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error(`no ${name}, but ${JSON.stringify(socket.heard)}`)), PATIENCE_MS);
    socket.on(name, function listener(payload) {
      if (!matches(payload)) return;
      clearTimeout(timer);
      socket.off(name, listener);
      resolve(payload);
    });
  });
}

function call(socket, name, payload) {
  return socket.timeout(PATIENCE_MS).emitWithAck(name, payload);
}

const email = `node${Date.now()}@example.com`;
const password = "correct horse battery";
const { access_token: token, user } = await ask("POST", "/auth/register", { full_name: "Ada", email, password });
const session = await ask("POST", "/sessions", { role: "Pilot", experience: "mid", topics: ["Weather"] }, token);
const generate = async (count) =>
  (await ask("POST", `/sessions/${session.id}/questions/generate`, { count }, token)).job.id;
const isOf = (id, status) => (job) => job.id === id && (!status || job.status === status);

for (const [auth, code] of [[undefined, "not_authenticated"], [{ token: "nonsense" }, "token_invalid"]]) {
  const refused = client(API, auth);
  const refusal = event(refused, "connect_error");
  refused.connect();
  const error = await refusal;
  assert.equal(error.data.code, code);
  assert.ok(error.message.length > 10);
  assert.equal(refused.active, false); // it does not come back by itself
}
step("refused");

const stays = client(OTHER_API, { token });
const goes = client(API, { token });
stays.connect();
goes.connect();
for (const socket of [stays, goes]) {
  assert.deepEqual(await event(socket, "ready"), { user_id: user.id, unread_count: 0 });
}
step("connected");

const first = await generate(20);
for (const socket of [stays, goes]) {
  await event(socket, "job.updated", isOf(first, "succeeded"));
  const steps = socket.heard.filter(([name, job]) => name === "job.updated" && job.id === first).map(([, job]) => job);
  // A worker that looks at the ledger at this very moment may tell of the job first.
  assert.ok(steps.some((job) => job.status === "queued"));
  assert.ok(steps.some((job) => job.status === "running" && job.progress.done > 0 && job.progress.done < 20));
  assert.equal(steps.at(-1).progress.done, 20);
}
const known = await event(goes, "notification.created");
assert.equal(known.type, "generation_complete");
step("progress");

const cut = new Promise((resolve) => goes.once("disconnect", resolve));
goes.io.reconnection(false); // else it would be back within a second or two
goes.io.engine.close(); // as when a train enters a tunnel; the client does not mean to go
assert.equal(await cut, "forced close");
const second = await generate(2);
const third = await generate(2);
for (const id of [second, third]) await event(stays, "job.updated", isOf(id, "succeeded"));
await event(stays, "notification.created", (item) => item.data.job_id === second);
await event(stays, "notification.created", (item) => item.data.job_id === third);
step("disconnected");

goes.heard.length = 0;
goes.connect();
assert.equal((await event(goes, "ready")).unread_count, 3);
step("reconnected");

const { items } = await call(goes, "notifications.since", { id: known.id });
const told = stays.heard.filter(([name]) => name === "notification.created").map(([, item]) => item);
assert.deepEqual(items, told.slice(1));
for (const id of [first, second, third]) {
  const last = stays.heard.filter(([name, job]) => name === "job.updated" && job.id === id).at(-1)[1];
  assert.deepEqual(await call(goes, "job.watch", { job_id: id }), last);
}
step("caught up");

assert.deepEqual(await call(goes, "auth.refresh", { token }), { ok: true });
assert.equal((await call(goes, "no.such.event", {})).error.code, "unknown_event");
step("asked");

const polling = client(API, { token }, { transports: ["polling", "websocket"] });
polling.connect();
await event(polling, "ready");
if (polling.io.engine.transport.name !== "websocket") {
  await new Promise((resolve) => polling.io.engine.once("upgrade", resolve));
}
assert.deepEqual(await call(polling, "notifications.since", { id: known.id }), { items });
step("upgraded from polling");

const ends = [stays, goes, polling].map((socket) => new Promise((resolve) => socket.once("disconnect", resolve)));
await ask("POST", "/auth/logout", undefined, token);
for (const socket of [stays, goes, polling]) {
  assert.deepEqual(await event(socket, "connection.closed"), { reason: "login_ended" });
}
assert.deepEqual(await Promise.all(ends), Array(3).fill("io server disconnect"));
assert.ok([stays, goes, polling].every((socket) => !socket.active));
step("closed");
