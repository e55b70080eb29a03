// The guided first walk: which phone, which button, why; it goes on by itself when the step has happened.

import { button, el } from "./dom.js";
import { icon } from "./icons.js";
import { chatsOf, messagesOf, phoneOf, store } from "./store.js";
import { pick, t } from "./words.js";

const KEY = "whistle.walk";

export class Walk {
  // `world` has: bring(key), phone(key) → Phone, pass(minutes)
  constructor(root, world) {
    this.root = root;
    this.world = world;
    this.steps = [];
    this.state = null;
  }

  async load() {
    this.steps = (await (await fetch("/page/walk.json")).json()).steps;
    this.state = recall();
    if (this.state?.run !== store.run) return this.begin();
    this.draw();
    if (this.step?.phone) this.world.bring(this.step.phone); // the window may have become smaller since
    return undefined;
  }

  begin() {
    const late = [...store.chats.values()].some((chat) => chat.size > 1); // somebody has been playing in another browser
    this.state = { run: store.run, index: 0, base: store.seq, pressed: {}, hidden: late, late };
    this.keep();
    this.enter();
  }

  keep() {
    localStorage.setItem(KEY, JSON.stringify(this.state));
  }

  get step() {
    return this.state && !this.state.hidden ? this.steps[this.state.index] : undefined;
  }

  enter() {
    this.keep();
    this.draw();
    if (this.step?.phone) this.world.bring(this.step.phone);
    if (this.step?.show === "private") this.world.phone(this.step.phone)?.go(phoneOf(this.step.phone).id);
    this.world.stepped();
    this.check();
    this.point(true);
  }

  next() {
    this.state.index = Math.min(this.state.index + 1, this.steps.length - 1);
    this.enter();
  }

  pressed(key, data) {
    const verb = data?.split(":")[1] ?? "";
    (this.state.pressed[key] ??= []).push(verb);
    this.keep();
  }

  // Something happened anywhere: has the present step been done?
  check() {
    if (!this.step) return;
    this.listenForCode();
    const done = this.step.done ?? [];
    if (done.some((one) => this.holds(one))) {
      clearTimeout(this.soon);
      this.soon = setTimeout(() => this.next(), this.step.linger ?? 350);
      return;
    }
    this.point();
  }

  holds(want) {
    if (want.pressed) return (this.state.pressed[this.step.phone] ?? []).some((verb) => fits(verb, want.pressed));
    const phone = phoneOf(want.phone ?? this.step.phone);
    if (!phone) return false;
    const messages = this.since(phone);
    if (want.said) return messages.some((one) => one.from === phone.id && (want.said === true || new RegExp(want.said).test(one.text ?? "")));
    if (want.verb) return messages.some((one) => keysOf(one).some((data) => fits(data.split(":")[1], want.verb)));
    if (want.gone) return messages.length > 0 && !messages.some((one) => keysOf(one).some((data) => fits(data.split(":")[1], want.gone)));
    if (want.match) return messages.some((one) => one.from === "bot" && new RegExp(want.match).test(one.text ?? one.caption ?? ""));
    return false;
  }

  since(phone) {
    return chatsOf(phone).flatMap((chat) => messagesOf(chat)).filter((one) => one.seq > this.state.base);
  }

  // The message and button that the step asks for: the first of its verbs that is on a screen, in the newest message.
  target() {
    const phone = phoneOf(this.step?.phone);
    if (!phone) return null;
    const messages = this.since(phone).sort((a, b) => b.seq - a.seq);
    for (const verb of this.step.point ?? []) {
      for (const message of messages) {
        const data = keysOf(message).find((one) => fits(one.split(":")[1], verb));
        if (data) return { message, data };
      }
    }
    return null;
  }

  // Mark the phone and the button; on the first look also open the chat in which it is.
  point(open = false) {
    for (const one of document.querySelectorAll(".beckon")) one.classList.remove("beckon");
    for (const one of document.querySelectorAll(".phone.here")) one.classList.toggle("here", one.dataset.phone === this.step?.phone);
    document.querySelector(`.phone[data-phone="${CSS.escape(this.step?.phone ?? "")}"]`)?.classList.add("here");
    if (!this.step?.phone) return;
    const phone = this.world.phone(this.step.phone);
    const target = this.target();
    if (!phone || !target) return;
    const mark = `${target.message.chat}/${target.message.message_id}/${target.data}`;
    if (open || this.marked !== mark) {
      this.marked = mark;
      phone.reveal(target.message);
    }
    const key = phone.root.querySelector(`.msg[data-id="${target.message.message_id}"] [data-press="${CSS.escape(target.data)}"]`);
    key?.classList.add("beckon");
    if (key) requestAnimationFrame(() => intoView(phone, key));
  }

  // ── the card ──────────────────────────────────────────────────────────────────────────────────────────────────────

  draw() {
    document.body.classList.toggle("walking", Boolean(this.step));
    this.root.dataset.step = this.step?.id ?? "";
    if (!this.state || this.state.hidden) {
      this.root.replaceChildren(el("button", { type: "button", cls: "walk-show", on: { click: () => this.show() } }, icon("route"), t("walk_show")));
      return;
    }
    const { step } = this;
    const n = this.state.index + 1;
    const phone = phoneOf(step.phone);
    const acts = this.acts(step);
    const dots = el("div", { cls: "dots", role: "img", "aria-label": t("walk_step", { n, all: this.steps.length }) });
    this.steps.forEach((_, i) => dots.append(el("i", { cls: i < this.state.index ? "was" : i === this.state.index ? "is" : "" })));
    this.root.replaceChildren(el("div", { cls: "card" },
      el("div", { cls: "card-head" }, el("span", { cls: "quiet", text: t("walk_step", { n, all: this.steps.length }) }),
        el("span", { cls: "card-tools" },
          step.done ? button(t("walk_skip"), () => this.next(), { cls: "plain", data: { walk: "skip" } }) : null,
          button(t("walk_hide"), () => this.hide(), { cls: "plain" }))),
      dots,
      el("h2", {}, phone ? el("span", { cls: `avatar ${phone.colour}`, text: pick(phone, "initial"), "aria-hidden": "true" }) : null, pick(step.title)),
      el("p", { cls: "todo", text: pick(step.text) }),
      step.why ? el("p", { cls: "why" }, el("strong", { text: `${t("walk_why")} ` }), pick(step.why)) : null,
      acts.length ? el("div", { cls: "card-acts" }, ...acts) : null));
  }

  acts(step) {
    const found = [];
    const last = this.state.index === this.steps.length - 1;
    if (step.say) found.push(button(pick(step.say.label), () => this.say(step), { cls: "key success", data: { walk: "say" } }));
    if (step.picture) found.push(button(pick(step.picture.label), () => this.world.phone(step.phone).sendPicture(step.picture.scene), { cls: "key success", data: { walk: "picture" } }));
    if (step.pass) found.push(button(pick(step.pass.label), () => this.world.pass(step.pass.minutes), { cls: "key primary", data: { walk: "pass" } }));
    if (last) found.push(button(t("walk_restart"), () => this.world.again(), { cls: "key" }));
    else if (!step.done) found.push(button(t("walk_next"), () => this.next(), { cls: "key primary", data: { walk: "next" } }));
    return found;
  }

  // The claim code is on the villager's phone for a minute only; she reads it out at the counter later.
  listenForCode() {
    for (const one of this.since(phoneOf("villager"))) {
      const code = one.from === "bot" && (one.text ?? "").match(/\d{3}(?: ?\d{3}){6}/)?.[0].replace(/ /g, "");
      if (code && code !== this.state.code) {
        this.state.code = code;
        this.keep();
      }
    }
  }

  // Write for the person.
  say(step) {
    const text = pick(step.say).replace("{code}", this.state.code ?? "");
    const phone = this.world.phone(step.phone);
    if (step.say.private) phone.go(phone.person.id);
    phone.say(text);
  }

  hide() {
    this.state.hidden = true;
    this.keep();
    this.draw();
    for (const one of document.querySelectorAll(".beckon, .phone.here")) one.classList.remove("beckon", "here");
  }

  show() {
    if (this.state.late) return this.world.again(); // the walk begins with a clean county
    this.state.hidden = false;
    return this.enter();
  }
}

// What glows can be seen: newer messages may have pushed it up.
function intoView(phone, key) {
  const box = key.getBoundingClientRect();
  const seen = phone.log.getBoundingClientRect();
  if (box.top >= seen.top + 8 && box.bottom <= seen.bottom - 8) return;
  phone.atEnd = false;
  phone.log.scrollTop += (box.top + box.bottom) / 2 - (seen.top + seen.bottom) / 2;
}

const keysOf = (message) => (message.keyboard ?? []).flat().map((one) => one.data).filter(Boolean);
const fits = (verb, want) => verb === want || verb.startsWith(`${want}.`);

function recall() {
  try {
    return JSON.parse(localStorage.getItem(KEY));
  } catch {
    return null;
  }
}
