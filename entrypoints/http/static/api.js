// The REST API for browsers. Cookies that scripts cannot read carry the login. Scripts can read `csrf_token`
// and send its value in a header with every change.

const BASE = "/api/v1";

/** An error response of RFC 9457: `code` is stable, the message is for a person. */
export class Problem extends Error {
  constructor(body, status) {
    const fields = Object.entries(body.errors ?? {}).map(([field, messages]) => `${field}: ${messages.join(" ")}`);
    super([body.detail ?? `The server answered ${status}.`, ...fields].join(" "));
    this.code = body.code;
    this.status = status;
  }
}

function cookie(name) {
  const found = document.cookie.split("; ").find((each) => each.startsWith(`${name}=`));
  return found ? decodeURIComponent(found.slice(name.length + 1)) : "";
}

/** The JSON of the answer, or null if it has none. Throws a Problem. */
export async function ask(method, path, body) {
  const headers = {};
  if (method !== "GET") headers["X-CSRF-Token"] = cookie("csrf_token");
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const response = await fetch(BASE + path, { method, headers, body: body && JSON.stringify(body) });
  const text = await response.text();
  const isJson = (response.headers.get("Content-Type") ?? "").includes("json");
  const answer = text && isJson ? JSON.parse(text) : null;
  if (!response.ok) throw new Problem(answer ?? {}, response.status);
  return answer;
}

/** Whether this browser has, or had, a login: the token for it is all that a script can see. */
export function hasLogin() {
  return cookie("csrf_token") !== "";
}

/** New tokens, in cookies and in the answer. The refresh token is a cookie, too. */
export function refresh() {
  return ask("POST", "/auth/refresh");
}
