// One person's phone: tabs, topics, the chat, what can be typed, attached and pressed.

import { Trouble, get, post, upload } from "./api.js";
import * as clock from "./clock.js";
import { button, el } from "./dom.js";
import { dressed } from "./emoji.js";
import { icon } from "./icons.js";
import { draw, gist } from "./message.js";
import { SCENES, blobOf, murmur, picture } from "./samples.js";
import { chatsOf, isForum, markRead, messagesOf, store, unread } from "./store.js";
import { language, pick, t } from "./words.js";

const LIST = "list"; // the view of a forum that shows its topics
const TYPING = 6000;
const MOST = 20 * 1024 * 1024;
const NEEDS_WORDS = new Set(["pay", "whistle", "start"]);

export class Phone {
  // `world` has: act(promise) for everything a person does, pressed(phone, verb), used(phone), put away(phone)
  constructor(person, world) {
    this.person = person;
    this.world = world;
    this.chat = person.id;
    this.thread = undefined;
    this.drawn = new Map();
    this.waiting = 0;
    this.build();
  }

  get forum() {
    return this.chat < 0 && isForum(this.chat);
  }

  build() {
    this.tabs = el("div", { cls: "tabs", role: "tablist" });
    this.pin = el("button", { cls: "pin", type: "button", hidden: true });
    this.top = el("div", { cls: "topbar", hidden: true });
    this.log = el("div", { cls: "log", role: "log", tabindex: "0", "aria-live": "polite" });
    this.atEnd = true;
    this.log.addEventListener("scroll", () => (this.atEnd = this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < 60));
    this.log.addEventListener("load", () => this.stick(), { capture: true }); // a picture has come in
    new ResizeObserver(() => this.stick()).observe(this.log);
    this.typing = el("p", { cls: "typing", "aria-live": "off" });
    this.keys = el("div", { cls: "reply-keys", hidden: true });
    this.bar = el("div", { cls: "bar-over", hidden: true });
    this.input = el("textarea", { rows: "1", "aria-label": t("write"), placeholder: t("write"), enterkeyhint: "send", on: { keydown: (e) => this.onKey(e), input: () => this.fit() } });
    this.sendButton = el("button", { cls: "round send", type: "submit", "aria-label": t("send") }, icon("send"));
    this.form = el("form", { cls: "composer", on: { submit: (e) => this.onSubmit(e) } },
      button("/", () => this.openMenu(), { cls: "round slash", "aria-label": t("menu") }),
      el("button", { type: "button", cls: "round clip", "aria-label": t("attach"), on: { click: () => this.openAttach() } }, icon("clip")),
      this.input, this.sendButton);
    this.sheet = el("div", { cls: "sheet", hidden: true, role: "dialog" });
    this.toast = el("div", { cls: "toast", role: "status", hidden: true });
    this.alert = el("div", { cls: "alert", role: "alertdialog", hidden: true });
    this.avatar = el("span", { cls: `avatar ${this.person.colour}`, "aria-hidden": "true" });
    this.title = el("h2");
    this.subtitle = el("p", { cls: "quiet" });
    this.away = button("×", () => this.world.away(this.person.key), { cls: "plain icon away-button" });
    this.root = el("section", { cls: "phone", data: { phone: this.person.key } },
      el("header", { cls: "phone-head" }, this.avatar, el("div", { cls: "who" }, this.title, this.subtitle), this.away),
      this.tabs, this.top, this.pin,
      el("div", { cls: "screen" }, this.log, this.toast, this.alert),
      this.typing, this.keys, this.bar, this.form, this.sheet);
    this.root.addEventListener("pointerdown", () => this.world.used(this.person.key), { capture: true });
    this.root.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.closeSheet();
    });
    this.speak();
  }

  // Words of the page in the present language.
  speak() {
    this.avatar.textContent = pick(this.person, "initial");
    this.title.textContent = pick(this.person);
    this.subtitle.textContent = pick(this.person, "at");
    this.root.setAttribute("aria-label", pick(this.person));
    this.away.setAttribute("aria-label", t("hide"));
    this.input.placeholder = t("write");
    this.input.setAttribute("aria-label", t("write"));
    this.drawn.clear();
    this.render(true);
  }

  // ── what is seen ──────────────────────────────────────────────────────────────────────────────────────────────────

  go(chat, thread) {
    if (this.chat === chat && this.thread === thread) return;
    this.chat = chat;
    this.thread = thread;
    this.closeSheet();
    this.stopEditing();
    this.drawn.clear();
    this.render(true);
  }

  openGroup(chat) {
    const topics = (store.topics.get(chat) ?? []).filter((topic) => !topic.closed);
    this.go(chat, !isForum(chat) ? undefined : topics.length === 1 ? topics[0].thread : LIST);
  }

  // The chat and topic of a message come to the front.
  reveal(message) {
    this.go(message.chat, message.chat < 0 && isForum(message.chat) ? (message.thread ?? 0) : undefined);
  }

  render(fresh = false) {
    this.renderTabs();
    if (this.thread === LIST) return this.renderTopics();
    this.renderTop();
    this.log.classList.remove("topics");
    const messages = messagesOf(this.chat, this.forum ? this.thread : undefined);
    if (fresh) {
      this.atEnd = true;
      this.log.replaceChildren();
      this.drawn.clear();
    }
    this.renderMessages(messages);
    this.renderPin(messages);
    this.renderKeys(messages);
    this.form.hidden = false;
    this.stick();
    this.seen();
    return undefined;
  }

  // Stay with the latest message, unless the reader has scrolled up.
  stick() {
    if (this.atEnd && this.thread !== LIST) this.log.scrollTop = this.log.scrollHeight;
  }

  renderMessages(messages) {
    const wanted = [];
    let day = "";
    for (const message of messages) {
      const today = clock.day(message.date);
      if (today !== day) {
        day = today;
        wanted.push([`day${today}`, today, () => el("div", { cls: "msg service" }, el("span", { text: today }))]);
      }
      const hands = { press: (m, b, key) => this.press(m, b, key), act: (m, anchor) => this.openActions(m, anchor), show: (id) => this.show(id) };
      const replied = message.reply_to ? store.chats.get(this.chat)?.get(message.reply_to) : null;
      wanted.push([message.message_id, `${message.seq}`, () => draw(message, this.person, replied, hands), message]);
    }
    if (!messages.length) wanted.push(["start", "start", () => this.greeting()]);
    const kept = new Set(wanted.map(([key]) => key));
    for (const [key, one] of this.drawn) {
      if (!kept.has(key)) {
        one.node.remove();
        this.drawn.delete(key);
      }
    }
    let last = null;
    for (const [key, version, make, message] of wanted) {
      let one = this.drawn.get(key);
      if (!one || one.version !== version) {
        const node = make();
        clock.tick(node);
        if (one) one.node.replaceWith(node);
        one = { node, version };
        this.drawn.set(key, one);
      }
      const album = message?.media_group_id;
      one.node.classList.toggle("in-album", Boolean(album));
      one.node.classList.toggle("joined", Boolean(album && album === this.albumBefore(messages, message)));
      const next = last ? last.nextSibling : this.log.firstChild;
      if (next !== one.node) this.log.insertBefore(one.node, next);
      last = one.node;
    }
  }

  albumBefore(messages, message) {
    return messages[messages.indexOf(message) - 1]?.media_group_id;
  }

  greeting() {
    const start = button(t("start"), () => this.say("/start"), { cls: "key primary", data: { verb: "start" } });
    return el("div", { cls: "greeting" }, el("p", { text: t("start_hint") }), this.chat > 0 ? start : null);
  }

  renderTabs() {
    const chats = chatsOf(this.person);
    this.tabs.hidden = chats.length < 2;
    this.tabs.replaceChildren(...chats.map((chat) => {
      const group = store.groups.get(chat);
      const on = chat === this.chat;
      const count = on ? 0 : unread(this.person, chat);
      return el("button", { cls: "tab", type: "button", role: "tab", "aria-selected": String(on), data: { chat }, on: { click: () => (group ? this.openGroup(chat) : this.go(chat)) } },
        group ? pick(group) : t("bot"), count ? el("span", { cls: "badge", text: count, "aria-label": t("unread", { n: count }) }) : null);
    }));
  }

  renderTop() {
    this.top.hidden = !this.forum;
    if (!this.forum) return;
    const topic = (store.topics.get(this.chat) ?? []).find((one) => one.thread === this.thread);
    this.top.replaceChildren(
      button("‹", () => this.go(this.chat, LIST), { cls: "plain icon", "aria-label": t("back") }),
      el("strong", {}, dressed(topic ? topic.name : t("topic_general"))),
      topic?.closed ? el("span", { cls: "quiet", text: t("topic_closed") }) : null ?? "");
  }

  renderTopics() {
    this.top.hidden = false;
    this.top.replaceChildren(el("strong", { text: t("topics") }));
    this.pin.hidden = true;
    this.keys.hidden = true;
    this.form.hidden = true;
    this.log.classList.add("topics");
    const general = messagesOf(this.chat, 0).some((one) => one.kind !== "service");
    const known = store.topics.get(this.chat) ?? [];
    const rows = [...(general ? [{ thread: 0, name: t("topic_general") }] : []), ...known];
    rows.sort((a, b) => this.lastOf(b) - this.lastOf(a));
    this.log.replaceChildren(...(rows.length ? rows.map((topic) => this.topicRow(topic)) : [el("p", { cls: "greeting", text: t("topic_empty") })]));
    this.drawn.clear();
  }

  lastOf(topic) {
    return messagesOf(this.chat, topic.thread).at(-1)?.date ?? 0;
  }

  topicRow(topic) {
    const messages = messagesOf(this.chat, topic.thread).filter((one) => one.kind !== "service");
    const last = messages.at(-1);
    const count = unread(this.person, this.chat, topic.thread);
    return el("button", { cls: "topic", type: "button", data: { thread: topic.thread }, on: { click: () => this.go(this.chat, topic.thread) } },
      el("span", { cls: "topic-icon", text: topic.thread ? "#" : "≡", "aria-hidden": "true" }),
      el("span", { cls: "topic-words" }, el("strong", {}, dressed(topic.name)), el("span", { cls: "quiet" }, dressed(last ? gist(last) : ""))),
      el("span", { cls: "topic-side" }, el("span", { cls: "quiet", text: topic.closed ? t("topic_closed") : last ? clock.hm(last.date) : "" }),
        count ? el("span", { cls: "badge", text: count, "aria-label": t("unread", { n: count }) }) : null));
  }

  renderPin(messages) {
    const pinned = messages.filter((one) => one.pinned).at(-1);
    this.pin.hidden = !pinned;
    if (!pinned) return;
    this.pin.replaceChildren(el("strong", {}, icon("pin"), t("pinned")), el("span", {}, dressed(gist(pinned))));
    this.pin.onclick = () => this.show(pinned.message_id);
  }

  renderKeys(messages) {
    const last = messages.filter((one) => one.from === "bot" && one.reply_keyboard).at(-1);
    const answered = last && messages.some((one) => one.message_id > last.message_id && one.from === this.person.id);
    const board = last?.reply_keyboard;
    const shown = board?.keyboard && !(board.one_time_keyboard && answered);
    this.keys.hidden = !shown;
    if (board?.force_reply && !answered && this.replying?.message_id !== last.message_id) this.replyTo(last, false);
    if (!shown) return;
    this.keys.replaceChildren(...board.keyboard.map((row) => el("div", { cls: "row" }, ...row.map((one) => {
      const asks = one.request_location;
      const key = button("", () => (asks ? this.openPlaces() : this.say(one.text)), { cls: `key ${one.style ?? ""}`, data: { verb: asks ? "request_location" : "reply" } });
      key.append(dressed(one.text));
      return key;
    }))));
  }

  seen() {
    if (this.onStage && this.thread !== LIST && document.visibilityState === "visible") {
      if (markRead(this.person, this.chat, this.forum ? this.thread : undefined)) this.world.read();
    }
  }

  show(id) {
    const node = this.drawn.get(id)?.node;
    if (!node) return;
    node.scrollIntoView({ block: "center", behavior: this.world.calm() ? "auto" : "smooth" });
    node.classList.remove("flash");
    void node.offsetWidth;
    node.classList.add("flash");
  }

  // ── what comes from the bot ───────────────────────────────────────────────────────────────────────────────────────

  hear(message) {
    if (message.from === "bot" && message.chat === this.chat) this.quiet();
    if (this.thread === LIST || message.chat === this.chat) this.render();
    else this.renderTabs();
  }

  answer(said) {
    this.quiet();
    if (said.url) window.open(said.url, "_blank", "noopener");
    if (!said.text) return;
    if (said.show_alert) {
      const ok = button(t("ok"), () => (this.alert.hidden = true), { cls: "key primary" });
      this.alert.replaceChildren(el("p", {}, dressed(said.text)), ok);
      this.alert.hidden = false;
      ok.focus({ preventScroll: true });
      return;
    }
    this.toast.replaceChildren(dressed(said.text));
    this.toast.hidden = false;
    clearTimeout(this.toastEnds);
    this.toastEnds = setTimeout(() => (this.toast.hidden = true), 1800 + said.text.length * 90);
  }

  wait() {
    this.typing.textContent = `${t("bot_name")} ${t("typing")}`;
    clearTimeout(this.waits);
    this.waits = setTimeout(() => this.quiet(), TYPING);
  }

  quiet() {
    clearTimeout(this.waits);
    this.typing.textContent = "";
  }

  // ── what the person does ──────────────────────────────────────────────────────────────────────────────────────────

  async do(work, quietly = false) {
    this.world.used(this.person.key);
    if (!quietly) {
      this.wait();
      this.atEnd = true;
    }
    try {
      return await this.world.act(work);
    } catch (why) {
      this.quiet();
      this.answer({ text: t("failed", { why: why instanceof Trouble && why.message === "offline" ? t("offline") : why.message }), show_alert: true });
      return null;
    }
  }

  address() {
    const thread = this.forum && this.thread ? { thread: this.thread } : {};
    return { from: this.person.id, chat: this.chat, ...thread };
  }

  say(text, more = {}) {
    return this.do(() => post("/_/send", { ...this.address(), text, ...more }));
  }

  async press(message, pressed, key) {
    if (pressed.url) return window.open(pressed.url, "_blank", "noopener");
    if (key.classList.contains("busy")) return undefined;
    key.classList.add("busy");
    const body = { from: this.person.id, chat: message.chat, message_id: message.message_id, data: pressed.data, wait: 6 };
    this.world.pressed(this.person.key, pressed.data);
    await this.do(() => post("/_/press", body));
    key.classList.remove("busy");
    return undefined;
  }

  async onSubmit(event) {
    event.preventDefault();
    const text = this.input.value.trim();
    if (!text) return;
    const { editing, replying } = this;
    this.input.value = "";
    this.fit();
    this.stopEditing();
    if (editing) await this.do(() => post("/_/send", { ...this.address(), text: editing.kind === "text" ? text : undefined, caption: editing.kind === "text" ? undefined : text, edit: editing.message_id }));
    else await this.say(text, replying ? { reply_to: replying.message_id } : {});
  }

  onKey(event) {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      this.form.requestSubmit();
    }
    if (event.key === "Escape") this.stopEditing();
  }

  fit() {
    this.input.style.height = "auto";
    this.input.style.height = `${Math.min(this.input.scrollHeight, 120)}px`;
  }

  fill(text) {
    this.input.value = text;
    this.fit();
  }

  // ── sheets ────────────────────────────────────────────────────────────────────────────────────────────────────────

  openSheet(...content) {
    this.sheet.replaceChildren(...content, button(t("close"), () => this.closeSheet(), { cls: "plain shut" }));
    this.sheet.hidden = false;
    this.sheet.querySelector("button")?.focus({ preventScroll: true });
  }

  closeSheet() {
    this.sheet.hidden = true;
  }

  choose(name, text, work) {
    return el("button", { cls: "choice", type: "button", on: { click: () => { this.closeSheet(); work(); } } }, icon(name), text);
  }

  openAttach() {
    const scenes = SCENES.map((scene) => {
      const small = picture(scene);
      small.setAttribute("aria-hidden", "true");
      return el("button", { cls: "scene", type: "button", data: { scene }, on: { click: () => { this.closeSheet(); this.sendPicture(scene); } } }, small, el("span", { text: t(`scene_${scene}`) }));
    });
    this.openSheet(
      el("h3", { text: t("photos") }), el("div", { cls: "scenes" }, ...scenes),
      el("div", { cls: "choices" },
        this.choose("photo", t("photo_own"), () => this.pickFile("photo", "image/*")),
        this.choose("album", t("album"), () => this.sendAlbum(SCENES.slice(0, 3))),
        this.choose("mic", t("voice_send"), () => this.send({ voice: true, file: { name: "voice.wav", mime: "audio/wav", base64: murmur(), duration: 4 } })),
        this.choose("video", t("video_send"), () => this.send({ video: true, file: { duration: 8 } })),
        this.choose("file", t("file_send"), () => this.pickFile("document", "")),
        this.choose("forward", t("forward"), () => this.send({ text: t("forward_text"), forward_from_name: t("forward_who") }))),
      el("h3", { text: t("places") }), el("div", { cls: "choices" }, ...this.placeChoices()));
  }

  openPlaces() {
    this.openSheet(el("h3", { text: t("places") }), el("div", { cls: "choices" }, ...this.placeChoices()));
  }

  placeChoices() {
    return store.places.map((place) => this.choose("place", pick(place), () => this.send({ location: { latitude: place.latitude, longitude: place.longitude } })));
  }

  async openMenu() {
    const found = await this.do(() => get(`/_/commands?chat=${this.chat}&user=${this.person.id}`), true);
    if (!found) return;
    const rows = found.commands.map(({ command, description }) =>
      el("button", { cls: "choice command", type: "button", on: { click: () => { this.closeSheet(); this.command(command); } } }, el("code", { text: `/${command}` }), description));
    this.openSheet(el("h3", { text: t("menu") }), el("div", { cls: "choices" }, ...(rows.length ? rows : [el("p", { cls: "quiet", text: t("menu_none") })])));
  }

  command(name) {
    if (!NEEDS_WORDS.has(name) || name === "start") return this.say(`/${name}`);
    this.fill(`/${name} `);
    return this.input.focus();
  }

  openActions(message) {
    const own = message.from === this.person.id;
    const editable = own && (message.kind === "text" || message.file);
    this.openSheet(el("h3", { text: gist(message) || t("actions") }), el("div", { cls: "choices" },
      this.choose("reply", t("reply"), () => this.replyTo(message)),
      editable ? this.choose("pen", t("edit"), () => this.edit(message)) : null,
      this.choose("copy", t("copy"), () => navigator.clipboard?.writeText(message.text ?? message.caption ?? "").catch(() => {}))));
  }

  over(text, onStop) {
    this.bar.replaceChildren(el("span", { text }), button("×", onStop, { cls: "plain icon", "aria-label": t("cancel") }));
    this.bar.hidden = false;
  }

  edit(message) {
    this.stopEditing();
    this.editing = message;
    this.fill(message.text ?? message.caption ?? "");
    this.over(`${t("editing")}: ${gist(message)}`, () => { this.input.value = ""; this.stopEditing(); });
    this.input.focus();
  }

  replyTo(message, focus = true) {
    this.stopEditing();
    this.replying = message;
    this.over(`${t("replying")}: ${gist(message)}`, () => this.stopEditing());
    if (focus) this.input.focus();
  }

  stopEditing() {
    this.editing = null;
    this.replying = null;
    if (this.bar) this.bar.hidden = true;
  }

  // ── files ─────────────────────────────────────────────────────────────────────────────────────────────────────────

  send(content) {
    return this.do(() => post("/_/send", { ...this.address(), ...content }));
  }

  async sendPicture(scene) {
    const stored = await this.do(async () => upload(await blobOf(picture(scene)), "photo", `${scene}.jpg`));
    if (stored) await this.send({ photo: stored.file_id });
  }

  async sendAlbum(scenes) {
    const stored = await this.do(async () => Promise.all(scenes.map(async (scene) => upload(await blobOf(picture(scene)), "photo", `${scene}.jpg`))));
    if (stored) await this.do(() => post("/_/album", { ...this.address(), items: stored.map((one) => ({ photo: one.file_id })) }));
  }

  pickFile(kind, accept) {
    const chooser = el("input", { type: "file", accept, on: { change: async () => {
      const [file] = chooser.files;
      if (!file) return;
      if (file.size > MOST) return this.answer({ text: t("too_big"), show_alert: true });
      const stored = await this.do(() => upload(file, kind, file.name));
      if (stored) await this.send({ [kind]: stored.file_id });
    } } });
    chooser.click();
  }
}
