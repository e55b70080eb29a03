// The page: puts phones on the stage, keeps the clock, hears every change and passes it to whom it concerns.

import { get, listen, post } from "./api.js";
import * as clock from "./clock.js";
import { button, el } from "./dom.js";
import { icon } from "./icons.js";
import { Phone } from "./phone.js";
import { changed, chatsOf, load, loadTopics, onChange, phoneOf, store, take, unreadOf } from "./store.js";
import { Walk } from "./walk.js";
import * as words from "./words.js";

const { pick, t } = words;
const $ = (id) => document.getElementById(id);
const PHONE_WIDTH = 330; // a phone narrower than this is no pleasure
const STAGE = "whistle.stage";
const RESTING = 15_000; // a phone that was used this recently keeps its place

const phones = new Map(); // key → Phone, made when first seen
const slots = []; // keys of the phones on the stage, by place
const used = new Map();
const walk = new Walk($("walk"), { bring, phone: phoneAt, pass, again, stepped: () => drawCast() });
const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

const world = {
  act: async (work) => {
    if (clock.speed() === 0) await setSpeed(1); // nothing is answered while time stands still
    return work();
  },
  pressed: (key, data) => walk.pressed(key, data),
  used: (key) => used.set(key, Date.now()),
  away,
  read: () => drawCast(),
  calm,
};

// ── phones on the stage ─────────────────────────────────────────────────────────────────────────────────────────────

function phoneAt(key) {
  if (!phones.has(key)) {
    const person = phoneOf(key);
    if (!person) return null;
    phones.set(key, new Phone(person, world));
  }
  return phones.get(key);
}

function room() {
  const width = $("stage").clientWidth;
  return Math.max(1, Math.min(5, store.phones.length, Math.floor((width + 16) / (PHONE_WIDTH + 16))));
}

// Whose place may be taken: not that of the walk's present step; of several that nobody has used, the last.
function longestAtRest() {
  const free = slots.filter((one) => one !== walk.step?.phone || slots.length === 1).reverse();
  return free.sort((a, b) => (used.get(a) ?? 0) - (used.get(b) ?? 0))[0];
}

// A phone comes forward: into a free place, or into that of the phone that has rested longest.
function bring(key, gently = false) {
  if (!phoneOf(key)) return;
  if (!slots.includes(key)) {
    let at = slots.length;
    if (slots.length >= room()) {
      const rested = longestAtRest();
      if (gently && Date.now() - (used.get(rested) ?? 0) < RESTING) return;
      at = slots.indexOf(rested);
    }
    slots[at] = key;
    used.set(key, Date.now());
    drawStage();
  } else if (!gently) used.set(key, Date.now());
}

function away(key) {
  if (slots.length < 2) return;
  slots.splice(slots.indexOf(key), 1);
  drawStage();
}

function drawStage() {
  const fits = room();
  while (slots.length > fits) {
    slots.splice(slots.indexOf(longestAtRest()), 1);
  }
  const stage = $("stage");
  const roots = slots.map((key) => phoneAt(key).root);
  for (const child of [...stage.children]) if (!roots.includes(child)) child.remove();
  roots.forEach((root, i) => {
    if (stage.children[i] !== root) stage.insertBefore(root, stage.children[i] ?? null);
  });
  for (const [key, phone] of phones) phone.onStage = slots.includes(key);
  for (const key of slots) phoneAt(key).render(true);
  sessionStorage.setItem(STAGE, JSON.stringify({ run: store.run, slots }));
  drawCast();
  walk.point();
}

function fillStage() {
  const kept = JSON.parse(sessionStorage.getItem(STAGE) ?? "null");
  const first = kept?.run === store.run ? kept.slots : ["villager", "leader", "city", "environment", "desk"];
  slots.splice(0, slots.length, ...first.filter(phoneOf).slice(0, room()));
  for (const one of store.phones) if (slots.length < room() && !slots.includes(one.key)) slots.push(one.key);
  drawStage();
}

// ── the row of people ───────────────────────────────────────────────────────────────────────────────────────────────

function drawCast() {
  const chips = store.phones.map((person) => {
    const count = unreadOf(person);
    const on = slots.includes(person.key);
    const cls = `chip${on ? " on" : ""}${walk.step?.phone === person.key ? " here" : ""}`;
    return el("button", { cls, type: "button", "aria-pressed": String(on), data: { chip: person.key }, on: { click: () => bring(person.key) } },
      el("span", { cls: `avatar ${person.colour}`, text: pick(person, "initial"), "aria-hidden": "true" }),
      el("span", { cls: "chip-name", text: pick(person) }),
      count ? el("span", { cls: "badge", text: count > 99 ? "99+" : count, "aria-label": t("unread", { n: count }) }) : null);
  });
  const focused = document.activeElement?.dataset?.chip;
  $("cast").replaceChildren(...chips, button("＋", openBench, { cls: "chip add", "aria-label": t("add"), title: t("add") }));
  if (focused) $("cast").querySelector(`[data-chip="${CSS.escape(focused)}"]`)?.focus();
  if (slots.length === 1) $("cast").querySelector(".chip.on")?.scrollIntoView({ block: "nearest", inline: "nearest" });
}

function openBench() {
  const list = el("div", { cls: "bench" });
  const find = el("input", { type: "search", placeholder: t("add_find"), "aria-label": t("add_find"), on: { input: () => fill() } });
  const fill = () => {
    const asked = find.value.trim().toLowerCase();
    const found = store.bench.filter((one) => !asked || `${one.zh} ${one.en} ${one.key}`.toLowerCase().includes(asked)).slice(0, 80);
    list.replaceChildren(...(found.length ? found.map((one) => button(pick(one), () => { addPhone(one); $("panel").close(); }, { cls: "choice" })) : [el("p", { cls: "quiet", text: t("add_none") })]));
  };
  fill();
  openPanel(t("add"), find, list);
}

function addPhone(person) {
  store.bench = store.bench.filter((one) => one !== person);
  store.phones.push(person);
  bring(person.key);
}

// ── time ────────────────────────────────────────────────────────────────────────────────────────────────────────────

async function setSpeed(speed) {
  clock.follow(await post("/demo/speed", { speed }));
  drawPace();
}

async function pass(minutes = 15) {
  clock.follow(await post("/demo/pass", { minutes, seconds: 15 }));
  drawPace();
}

function drawPace() {
  const now = clock.speed();
  $("pace").textContent = now === 0 ? t("paused") : clock.passing() ? t("passing") : now === 1 ? "" : t("times", { n: now });
  for (const one of $("speeds").children) one.setAttribute("aria-pressed", String(!clock.passing() && Number(one.dataset.speed) === now));
  document.body.classList.toggle("hurrying", now > 1);
  $("pass").disabled = clock.passing();
}

function tick() {
  $("clock").textContent = clock.hms(clock.now());
  clock.tick($("stage"));
}

// ── panels ──────────────────────────────────────────────────────────────────────────────────────────────────────────

function openPanel(title, ...content) {
  const panel = $("panel");
  panel.setAttribute("aria-label", title);
  panel.replaceChildren(el("div", { cls: "panel-head" }, el("h2", { text: title }), button("×", () => panel.close(), { cls: "plain icon", "aria-label": t("close") })), ...content);
  if (!panel.open) panel.showModal();
}

async function openKnows() {
  const held = await get("/demo/knows");
  const table = (name, rows) => (rows.length ? el("section", { cls: "table" }, el("h3", { text: t(name) }), ...rows.map((row) =>
    el("dl", {}, ...Object.entries(row).flatMap(([key, value]) => [el("dt", { text: key }), el("dd", { cls: /… \(\d+ B\)$/.test(value) ? "sealed" : "", text: value })])))) : null);
  openPanel(t("knows_title"), el("p", { cls: "quiet", text: t("knows_text") }),
    ...(held.account ? [table("knows_identity", [held.identity]), table("knows_tips", held.tips), table("knows_items", held.items)].filter(Boolean) : [el("p", { text: t("knows_none") })]));
}

function ask(title, text, yes, no, onYes) {
  const panel = $("panel");
  openPanel(title, el("p", { text }), el("div", { cls: "card-acts" },
    button(yes, () => { panel.close(); onYes(); }, { cls: "key success" }), button(no, () => panel.close(), { cls: "key" })));
}

function again() {
  ask(t("again"), t("again_sure"), t("again"), t("cancel"), async () => {
    trouble(t("again_wait"));
    await post("/demo/again").catch(() => {});
    reconnect();
  });
}

function trouble(text) {
  $("trouble").textContent = text ?? "";
  $("trouble").hidden = !text;
}

async function turnLanguage() {
  const next = words.language() === "zh" ? "en" : "zh";
  words.speak(next);
  speak();
  ask(t("lang"), t("lang_phones"), t("lang_phones_yes"), t("lang_phones_no"), () => post("/demo/lang", { lang: next }));
}

function speak() {
  document.documentElement.lang = words.language() === "zh" ? "zh-CN" : "en";
  document.title = t("title");
  $("product").textContent = pick(store.product);
  $("county").textContent = pick(store.product, "county");
  $("lang").textContent = t("lang");
  $("pass").replaceChildren(icon("fast"), t("pass"));
  $("pass").title = t("pass_hint");
  $("more").setAttribute("aria-label", t("more"));
  $("cast").setAttribute("aria-label", t("cast"));
  $("speeds").setAttribute("aria-label", t("speed"));
  $("speeds").replaceChildren(...store.speeds.map((one) => button(pick(one), () => setSpeed(one.speed), { data: { speed: one.speed } })));
  words.translate();
  for (const phone of phones.values()) phone.speak();
  drawPace();
  drawCast();
  walk.draw();
  walk.point();
}

// ── what happens ────────────────────────────────────────────────────────────────────────────────────────────────────

async function hear(change) {
  store.seq = change.seq;
  if (change.type === "clock") {
    clock.follow(change.clock);
    drawPace();
  } else if (change.type === "answer") {
    const phone = store.phones.find((one) => one.id === change.person);
    if (phone) phones.get(phone.key)?.answer(change);
  } else if (change.type === "topic" || change.type === "chat") {
    if (store.groups.has(change.chat)) {
      await loadTopics(change.chat);
      changed({ chat: change.chat });
    }
  } else if (change.message && take(change.message)) {
    changed({ chat: change.chat, message: change.message, fresh: change.type === "message" });
  }
}

let pending = new Set();
let drawing = 0;

// Changes of one moment are drawn together.
onChange(({ chat, message, fresh }) => {
  pending.add(chat);
  if (fresh && message.keyboard && chat > 0 && !walk.step) {
    const owner = store.phones.find((one) => one.id === chat);
    if (owner) bring(owner.key, true);
  }
  drawing ||= requestAnimationFrame(() => {
    const chats = pending;
    pending = new Set();
    drawing = 0;
    for (const key of slots) {
      const phone = phoneAt(key);
      for (const one of chatsOf(phone.person)) if (chats.has(one)) phone.hear({ chat: one, from: "bot" });
    }
    drawCast();
    walk.check();
  });
});

let stream = null;
let reconnecting = false;

async function reconnect() {
  if (reconnecting) return;
  reconnecting = true;
  stream?.close();
  if ($("trouble").hidden) trouble(t("offline"));
  for (;;) {
    await new Promise((done) => setTimeout(done, 600));
    const state = await get("/demo/state").catch(() => null);
    if (state?.run) {
      if (store.run && state.run !== store.run) location.reload();
      else {
        reconnecting = false;
        await begin(state);
      }
      return;
    }
  }
}

async function begin(state) {
  stream?.close();
  clock.setZone(state.zone);
  clock.follow(state.clock);
  await load(state);
  let lost = 0;
  stream = listen(store.seq, hear, (up) => {
    clearTimeout(lost);
    if (up) trouble("");
    else lost = setTimeout(reconnect, 1200);
  });
  trouble("");
  speak();
  fillStage();
  await walk.load();
  walk.check();
}

async function main() {
  await words.load();
  $("lang").addEventListener("click", turnLanguage);
  $("again").addEventListener("click", again);
  $("pass").addEventListener("click", () => pass());
  $("knows").addEventListener("click", openKnows);
  $("more").addEventListener("click", () => {
    const open = document.body.classList.toggle("tools-open");
    $("more").setAttribute("aria-expanded", String(open));
  });
  document.addEventListener("click", (event) => {
    if (!event.target.closest("#tools, #more")) document.body.classList.remove("tools-open");
  });
  $("panel").addEventListener("click", (event) => {
    if (event.target === $("panel")) $("panel").close();
  });
  new ResizeObserver(() => slots.length && room() !== slots.length && fillOrTrim()).observe($("stage")); // once it is filled
  document.addEventListener("visibilitychange", () => slots.forEach((key) => phoneAt(key).seen()));
  setInterval(tick, 250);
  const state = await get("/demo/state").catch(() => null);
  if (state?.run) await begin(state);
  else await reconnect();
}

// More room: more people; less room: the ones that have rested longest go.
function fillOrTrim() {
  for (const one of store.phones) if (slots.length < room() && !slots.includes(one.key)) slots.push(one.key);
  drawStage();
}

main();
