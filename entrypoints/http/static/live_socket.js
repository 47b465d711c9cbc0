// The client side of the socket protocol. Three rules make sure that nothing is missed:
//
// 1. An event can be lost with the network, but its data is stored. After each (re)connection, ask for missed
//    data with `notifications.since` and, for each job on the page, `job.watch`.
// 2. The same data can therefore arrive twice. Everything has an id: replace what has the same id.
// 3. When the server closes a connection, it sends the reason in `connection.closed`, and the client decides
//    whether to reconnect. After any other end the library reconnects by itself.

import { io } from "/live/vendor/socket.io.esm.min.js";

/**
 * `handlers` are called with what happens: state(name, text), unread(count), job(job), notification(item),
 * closed(reason), and traffic(direction, event, payload) for all of it.
 */
export class LiveSocket {
  #socket;
  #handlers;
  #lastNotification = "";
  #jobs = new Set();

  constructor(handlers) {
    this.#handlers = handlers;
    // The cookie authenticates the user. Programs other than browsers send `auth: {token}` instead.
    // With several processes, long-polling needs sticky sessions; WebSocket does not.
    this.#socket = io({ transports: ["websocket"], autoConnect: false });
    this.#socket.on("connect", () => handlers.state("online", "connected"));
    this.#socket.on("connect_error", (error) => this.#refused(error));
    this.#socket.on("disconnect", (reason) => handlers.state("waiting", `disconnected: ${reason}`));
    this.#socket.onAny((event, payload) => handlers.traffic("in", event, payload));
    this.#socket.on("ready", ({ unread_count }) => this.#ready(unread_count));
    this.#socket.on("job.updated", (job) => handlers.job(job));
    this.#socket.on("notification.created", (item) => this.#notified(item, true));
    this.#socket.on("connection.closed", ({ reason }) => handlers.closed(reason));
  }

  connect() {
    this.#handlers.state("waiting", "connecting");
    this.#socket.connect();
  }

  disconnect() {
    this.#socket.disconnect();
    this.#handlers.state("offline", "not connected");
  }

  /** A refusal has a message and a code; an unreachable server has neither, and is tried again. */
  #refused(error) {
    this.#handlers.state("waiting", error.message);
    if (error.data?.code) {
      this.#handlers.traffic("in", "connect_error", { message: error.message, data: error.data });
      this.#handlers.closed(error.data.code);
    }
  }

  /** With an empty id, `notifications.since` returns all that are kept: the newest hundred. */
  async #ready(unreadCount) {
    this.#handlers.unread(unreadCount);
    const missed = await this.#ask("notifications.since", { id: this.#lastNotification });
    for (const item of missed.items ?? []) this.#notified(item, false);
    for (const id of this.#jobs) this.watch(id);
  }

  #notified(item, isNew) {
    if (item.id > this.#lastNotification) this.#lastNotification = item.id; // ids sort by time
    this.#handlers.notification(item, isNew);
  }

  /** The present state of the job, now and after each reconnection; its events come without asking. */
  async watch(id) {
    this.#jobs.add(id);
    const job = await this.#ask("job.watch", { job_id: id });
    if (!job.error) this.#handlers.job(job);
    if (["succeeded", "failed", "cancelled"].includes(job.status)) this.#jobs.delete(id);
  }

  /** A new token for the connection that there is: else it would be closed when the old one ends. */
  renew(token) {
    return this.#socket.connected ? this.#ask("auth.refresh", { token }) : undefined;
  }

  /** The server answers every event. An answer may be `{error: {code, detail}}`. */
  async #ask(event, payload) {
    this.#handlers.traffic("out", event, event === "auth.refresh" ? { token: "…" } : payload);
    const answer = await this.#socket.timeout(10_000).emitWithAck(event, payload).catch(() => ({}));
    this.#handlers.traffic("in", `answer to ${event}`, answer);
    return answer;
  }
}
