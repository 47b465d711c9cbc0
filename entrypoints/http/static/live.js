// The page. The socket protocol is in live_socket.js, the REST API in api.js.

import { ask, hasLogin, refresh } from "/live/api.js";
import { LiveSocket } from "/live/live_socket.js";

const MAX_LINES = 200;
const REFRESH_BEFORE_SECONDS = 60;
const TITLES = { generate_questions: "Generating", export_session: "Exporting", regenerate_question: "Regenerating" };

const element = (id) => document.getElementById(id);
const shown = new Map(); // the notifications by id, and their list items
let unread = 0;
let sessionId = null;
let refreshTimer = null;

const socket = new LiveSocket({ state: showState, unread: showUnread, job: showJob, notification, closed, traffic });

// ---- the login: kept in cookies, and renewed before its token ends

async function loggedIn({ user, access_token, expires_in }) {
  socket.renew(access_token);
  clearTimeout(refreshTimer);
  const delay = Math.max(expires_in - REFRESH_BEFORE_SECONDS, 5) * 1000;
  refreshTimer = setTimeout(() => refresh().then(loggedIn).catch(loggedOut), delay);
  element("email").textContent = user.email;
  element("who").hidden = false;
  element("login-step").hidden = true;
  element("session-step").hidden = sessionId !== null;
}

function loggedOut() {
  clearTimeout(refreshTimer);
  socket.disconnect();
  location.reload();
}

/** The server has closed the connection, or refused it, and has said why. */
async function closed(reason) {
  if (reason === "token_expired" || reason === "token_invalid") {
    await attempt(async () => {
      await loggedIn(await refresh());
      socket.connect();
    });
  } else if (reason === "login_ended") {
    showProblem("This login has ended. Log in again.");
    element("who").hidden = true;
    element("login-step").hidden = false;
  } else {
    showProblem(`The server has closed the connection: ${reason}.`);
  }
}

function showState(state, text) {
  element("connection").dataset.state = state;
  element("connection").textContent = text;
}

// ---- jobs

function showJob(job) {
  let item = document.querySelector(`[data-job="${job.id}"]`);
  if (!item) {
    item = element("job").content.firstElementChild.cloneNode(true);
    item.dataset.job = job.id;
    element("jobs").prepend(item);
  }
  const { done, total, message } = job.progress;
  const isOver = job.status === "succeeded";
  item.dataset.status = job.status;
  item.querySelector("strong").textContent = TITLES[job.kind] ?? job.kind;
  item.querySelector(".status").textContent = total ? `${job.status} · ${done} of ${total}` : job.status;
  const bar = item.querySelector("progress");
  bar.max = total || 1;
  bar.value = isOver ? bar.max : done;
  bar.ariaLabel = `${TITLES[job.kind] ?? job.kind}: ${job.status}`;
  const note = item.querySelector(".message");
  note.textContent = job.error?.detail ?? (isOver ? "" : message);
  if (isOver && job.result.export_id) note.replaceChildren(downloadLink(job.result.export_id));
}

function downloadLink(exportId) {
  const link = document.createElement("a");
  link.href = `/api/v1/exports/${exportId}/download`; // the browser sends the cookie
  link.textContent = "Download the file";
  link.download = "";
  return link;
}

/** The 202 response contains the job. Events may already be newer; `job.watch` returns the current state. */
async function start(path, body) {
  const { job } = await ask("POST", path, body);
  await socket.watch(job.id);
}

// ---- notifications

function notification(item, isNew) {
  if (shown.has(item.id)) return;
  const entry = document.createElement("li");
  entry.className = item.read_at ? "" : "unread";
  const title = document.createElement("strong");
  const body = document.createElement("span");
  title.textContent = item.title;
  body.textContent = item.body;
  entry.append(title, body);
  shown.set(item.id, entry);
  element("notifications").querySelector(".empty")?.remove();
  element("notifications").prepend(entry);
  if (isNew) showUnread(unread + 1);
}

function showUnread(count) {
  unread = count;
  element("unread").textContent = count;
  element("unread").hidden = count === 0;
  element("unread").ariaLabel = `${count} unread`;
  element("read-all").disabled = count === 0;
}

// ---- socket messages

function traffic(direction, event, payload) {
  const line = document.createElement("li");
  const details = document.createElement("details");
  const summary = document.createElement("summary");
  for (const [name, text] of [[direction, direction === "in" ? "◀" : "▶"], ["", event], ["", JSON.stringify(payload)]]) {
    const part = document.createElement("span");
    part.className = name;
    part.textContent = text;
    summary.append(part);
  }
  const whole = document.createElement("pre");
  whole.textContent = JSON.stringify(payload, null, 2);
  details.append(summary, whole);
  line.append(details);
  const list = element("protocol");
  list.querySelector(".empty")?.remove();
  list.prepend(line);
  while (list.children.length > MAX_LINES) list.lastElementChild.remove();
}

// ---- the forms

function showProblem(text) {
  element("problem").textContent = text;
  element("problem").hidden = !text;
}

async function attempt(action) {
  showProblem("");
  try {
    await action();
  } catch (error) {
    showProblem(error.message);
  }
}

function onSubmit(id, action) {
  element(id).addEventListener("submit", (event) => {
    event.preventDefault();
    const values = Object.fromEntries(new FormData(event.target));
    attempt(() => action(values, event.submitter));
  });
}

onSubmit("login-form", async ({ full_name, email, password }, button) => {
  const isNew = button?.value !== "login";
  const name = full_name || email.split("@")[0];
  const body = isNew ? { full_name: name, email, password } : { email, password };
  await loggedIn(await ask("POST", isNew ? "/auth/register" : "/auth/login", body));
  socket.connect();
});

onSubmit("session-form", async ({ role, experience, topics }) => {
  const list = topics.split(",").map((topic) => topic.trim()).filter(Boolean);
  sessionId = (await ask("POST", "/sessions", { role, experience, topics: list })).id;
  element("session-step").hidden = true;
  element("work-step").hidden = false;
  element("work-title").textContent = `Questions for: ${role}`;
});

onSubmit("generate-form", ({ count }) =>
  start(`/sessions/${sessionId}/questions/generate`, { count: Number(count) }));

onSubmit("export-form", ({ format }) => start(`/sessions/${sessionId}/exports`, { format }));

element("read-all").addEventListener("click", () =>
  attempt(async () => {
    await ask("POST", "/notifications/read", { all: true });
    for (const entry of shown.values()) entry.classList.remove("unread");
    showUnread(0);
  }));

element("logout").addEventListener("click", () =>
  attempt(async () => {
    await ask("POST", "/auth/logout");
    loggedOut();
  }));

if (hasLogin()) {
  // A returning user: a refresh returns the user and the lifetime of the new token.
  refresh()
    .then(async (answer) => {
      await loggedIn(answer);
      socket.connect();
    })
    .catch(() => showState("offline", "not connected"));
}
