// What the page knows: who has a phone, every message, the topics of groups, and what has been read.

import { get } from "./api.js";

const READ = "whistle.read";

export const store = {
  run: "",
  phones: [],
  bench: [],
  groups: new Map(),
  people: {},
  places: [],
  speeds: [],
  product: {},
  seq: 0,
  chats: new Map(), // chat id → Map(message id → message)
  topics: new Map(), // chat id → [{thread, name, closed}]
  read: {},
};

const listeners = new Set();
export const onChange = (listener) => listeners.add(listener);
export const changed = (what) => listeners.forEach((listener) => listener(what));

export async function load(state) {
  const fresh = store.run !== state.run;
  Object.assign(store, {
    run: state.run, phones: state.phones, bench: state.bench, people: state.people,
    places: state.places, speeds: state.speeds, product: state.product,
  });
  store.groups = new Map(state.groups.map((group) => [group.id, group]));
  if (fresh) store.read = recall();
  const all = await get("/_/messages");
  store.seq = all.seq;
  store.chats = new Map();
  for (const message of all.messages) put(message);
  await Promise.all([...store.groups.keys()].map(loadTopics));
}

export async function loadTopics(chat) {
  const member = store.phones.find((phone) => phone.groups.includes(chat));
  if (!member) return;
  const found = (await get(`/_/chats?person=${member.id}`)).chats.find((one) => one.id === chat);
  store.topics.set(chat, found ? found.topics : []);
}

function put(message) {
  if (!store.chats.has(message.chat)) store.chats.set(message.chat, new Map());
  store.chats.get(message.chat).set(message.message_id, message);
}

export function take(message) {
  const before = store.chats.get(message.chat)?.get(message.message_id);
  if (before && before.seq > message.seq) return false;
  put(message);
  return true;
}

export function messagesOf(chat, thread) {
  const all = [...(store.chats.get(chat)?.values() ?? [])].filter((one) => !one.deleted);
  return (thread === undefined ? all : all.filter((one) => (one.thread ?? 0) === thread)).sort((a, b) => a.message_id - b.message_id);
}

export const chatsOf = (phone) => [phone.id, ...phone.groups];
export const isForum = (chat) => store.topics.has(chat);
export const phoneOf = (key) => store.phones.find((phone) => phone.key === key);

export function nameOf(from, lang) {
  if (from === "bot") return null;
  const phone = store.phones.find((one) => one.id === from);
  if (phone) return phone[lang];
  const person = store.people[String(from)];
  return person ? person[lang === "zh" ? 0 : 1] : String(from);
}

// ── read and unread ─────────────────────────────────────────────────────────────────────────────────────────────────

const place = (phone, chat, thread) => `${phone.key}|${chat}|${thread ?? 0}`;

export function unread(phone, chat, thread) {
  return messagesOf(chat, thread).filter(
    (one) => one.from !== phone.id && one.kind !== "service" && one.message_id > (store.read[place(phone, chat, one.thread)] ?? 0),
  ).length;
}

export const unreadOf = (phone) => chatsOf(phone).reduce((sum, chat) => sum + unread(phone, chat), 0);

export function markRead(phone, chat, thread) {
  const last = messagesOf(chat, thread).at(-1);
  if (!last) return false;
  const key = place(phone, chat, thread);
  if ((store.read[key] ?? 0) >= last.message_id) return false;
  store.read[key] = last.message_id;
  sessionStorage.setItem(READ, JSON.stringify({ run: store.run, read: store.read }));
  return true;
}

function recall() {
  try {
    const kept = JSON.parse(sessionStorage.getItem(READ));
    return kept?.run === store.run ? kept.read : {};
  } catch {
    return {};
  }
}
