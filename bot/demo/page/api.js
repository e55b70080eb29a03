// What the page asks of the sandbox and of the demo, and how it hears of changes.

export class Trouble extends Error {}

async function asked(path, options) {
  let answer;
  try {
    answer = await fetch(path, options);
  } catch {
    throw new Trouble("offline");
  }
  const body = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Trouble(body.error || `${answer.status}`);
  return body;
}

export const get = (path) => asked(path, { cache: "no-store" });

export const post = (path, body = {}) =>
  asked(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });

export async function upload(blob, kind, name) {
  const form = new FormData();
  form.append("kind", kind);
  form.append("file", blob, name);
  return asked("/_/upload", { method: "POST", body: form });
}

// Every change after `seq`. The browser itself reconnects and names the last one it saw.
export function listen(seq, onChange, onLink) {
  const source = new EventSource(`/_/stream?after=${seq}`);
  source.onmessage = (event) => onChange(JSON.parse(event.data));
  source.onopen = () => onLink(true);
  source.onerror = () => onLink(false, source.readyState === EventSource.CLOSED);
  return source;
}
