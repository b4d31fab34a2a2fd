// What waits on this phone to be sent, shown on top and sent as soon as there is a network.
import { element, fill } from "./dom.js";

const box = document.getElementById("outbox");
const words = JSON.parse(box.dataset.words);
const { account, scope } = box.dataset;
const SHELL = `${scope}/shell`, SHELL_AGE_MS = 600000, PATIENCE_MS = 8000, AGAIN_MS = 20000, SHOWN_MS = 86400000;
export const canKeep = window.isSecureContext && "indexedDB" in window && "serviceWorker" in navigator;

export function newKey() {
  return btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(18)))).replace(/\+/g, "-").replace(/\//g, "_");
}

// What a form's page says of its own.
const say = document.getElementById("say");
export function tell(text, bad = false, network = false) {
  say.hidden = !text;
  say.dataset.network = network || "";
  say.className = bad ? "note bad" : "note";
  say.textContent = text;
  if (text) say.scrollIntoView({ block: "nearest" });
}
// What is said of the network goes when there is one, and when nothing waits for it any more.
export function connected() {
  if (!navigator.onLine) return;
  if (say?.dataset.network) tell("");
  document.body.classList.add("connected");
}
box.addEventListener("none-waits", () => {
  if (say?.dataset.network === "kept") tell("");
  connected();
});
addEventListener("offline", () => document.body.classList.remove("connected"));

// Kept first, then sent; returned is what has become of it within the time that one waits.
export async function keep(draft) {
  await outbox.put(draft);
  navigator.storage?.persist?.();
  navigator.serviceWorker.ready.then((worker) => worker.sync?.register("outbox")).catch(() => {});
  await Promise.race([send(true), new Promise((done) => setTimeout(done, navigator.onLine ? PATIENCE_MS : 500))]);
  return outbox.get(draft.key);
}
// That one has to log in stays said: no network takes it away.
export function tellKept(draft, kept, kept_login) {
  const login = draft?.why === "login";
  tell(login ? kept_login : kept, false, login ? "" : "kept");
}

function said(one) {
  if (one.state === "sent") return fill(one.home ? words.filed : words.sent, one);
  if (one.state === "failed") return fill(words.failed, { reason: one.reason || words[one.why] || one.why });
  if (one.state === "sending") return words.sending;
  return words[one.why] || words.waiting;
}

function button(label, act) { return element("button", { type: "button", className: "btn", textContent: label, onclick: act }); }

function row(one) {
  const time = new Date(one.made).toLocaleTimeString("zh-CN", { hour: "2-digit", minute: "2-digit", hour12: false, timeZone: "Asia/Shanghai" });
  const photos = one.files.filter((file) => file.field === "photos").length;
  const facts = [time, photos && fill(words.photos, { count: photos }), one.files.some((file) => file.field === "voice") && words.voice];
  const made = element("li", {},
    element("div", {}, element("b", { textContent: one.label }), " ", element("span", { className: "muted small", textContent: facts.filter(Boolean).join(" · ") })),
    element("span", { className: "state", textContent: said(one) }));
  made.dataset.state = one.state;
  if (one.state === "sent") made.append(element("a", { className: "btn", href: one.where, textContent: words.look }), button(words.dismiss, () => outbox.remove(one.key)));
  else if (one.state !== "sending") {
    if (one.why === "login") made.append(element("a", { className: "btn", href: box.dataset.login, textContent: words.log_in }));
    else made.append(button(words.retry, async () => { await outbox.change(one.key, { state: "waiting", why: "" }); send(true); }));
    if (one.state === "failed") made.append(element("a", { className: "btn", href: `${one.home || "/incidents/new"}#${one.key}`, textContent: words.edit }));
    // The second press deletes: nothing brings a photo back.
    const drop = button(words.drop, () => { if (drop.textContent === words.sure) outbox.remove(one.key); else drop.textContent = words.sure; });
    made.append(drop);
  }
  return made;
}

let drawn = "";
async function show() {
  const all = await outbox.list(account);
  const now = JSON.stringify(all.map((one) => [one.key, one.state, one.why, one.reason]));
  if (now === drawn) return all;
  // What waits for a network; what was refused, or needs a login, is told by its own line.
  const waits = all.some((one) => one.state !== "sent" && one.state !== "failed" && one.why !== "login");
  if ((all.length || drawn) && !waits) box.dispatchEvent(new Event("none-waits"));
  drawn = now;
  const left = all.filter((one) => one.state !== "sent").length;
  box.hidden = !all.length;
  box.replaceChildren(element("h2", { textContent: left ? fill(words.title, { count: left }) : words.all_sent }), element("ul", {}, ...all.map(row)));
  return all;
}

export async function send(now = false) {
  if (canKeep) await outbox.sendAll(account, now);
}

async function keepShell() {
  await navigator.serviceWorker.register("/sw.js", { scope, updateViaCache: "none" });
  await navigator.serviceWorker.ready;
  if (!navigator.onLine || box.dataset.shell) return;
  const cache = await caches.open("weiwang-shell");
  const kept = await cache.match(SHELL, { ignoreVary: true });
  if (kept && kept.headers.get("X-Account") === account && Date.now() - Date.parse(kept.headers.get("Date")) < SHELL_AGE_MS) return;
  const fresh = await fetch(SHELL);
  if (fresh.ok && !fresh.redirected) await cache.put(SHELL, fresh);
}

async function begin() {
  outbox.unlock(box.dataset.key);
  await outbox.setWho(account);
  for (const one of await outbox.list(account)) if (one.state === "sent" && Date.now() - one.made > SHOWN_MS) await outbox.remove(one.key);
  new BroadcastChannel("weiwang-outbox").onmessage = show;
  addEventListener("online", () => send(true));
  document.addEventListener("visibilitychange", () => { if (!document.hidden) send(); });
  setInterval(async () => { if ((await show()).some((one) => one.state === "waiting" && one.why !== "login")) send(); }, AGAIN_MS);
  await show();
  await send(true);
}

const told = (error) => { box.hidden = false; box.replaceChildren(element("p", { textContent: `${words.broken} (${error.name})` })); };
export const ready = canKeep ? begin().then(() => true, (error) => { told(error); return false; }) : Promise.resolve(false);
if (canKeep) keepShell().catch(() => { /* no network, or the browser forbids it: drafts still work while the page is open */ });
