// Wishes for work filed on a home visit: kept on the phone first, then sent; one person of the
// household after the other. Works without this file.
import { element, fill } from "./dom.js";
import { canKeep, connected, keep, newKey, ready, tell, tellKept } from "./waiting.js";

const form = document.getElementById("visit"), same = document.getElementById("same");
const words = JSON.parse(form.dataset.words);
const HOME = "/jobs/wishes/visit";
const ticked = (name) => [...form.querySelectorAll(`[name=${name}]:checked`)];
const typed = (name) => form.elements[name].value.trim();

// Asked for while the person is still there: without a network nobody else does.
function missing() {
  for (const one of form.querySelectorAll(".asked")) one.remove();
  const lacking = [
    ["name", !typed("name")], ["phone", !typed("phone")], ["trades", !ticked("trades").length && !typed("other")],
    ["legal_age", !ticked("legal_age").length], ["consents", !ticked("consents").length],
  ].filter(([, lacks]) => lacks);
  for (const [name] of lacking) {
    const box = form.querySelector(`[name=${name}]`).closest(".field");
    box.querySelector("label:not(.chip), legend").after(element("p", { className: "error asked", role: "alert", textContent: words[name] }));
  }
  if (lacking.length) form.querySelector(`[name=${lacking[0][0]}]`).focus();
  return lacking.length > 0;
}

// Somebody of this phone is here already: which one is it?
function ask(seekers) {
  same.hidden = same.disabled = !seekers;
  const choice = (value, text) => element("label", { className: "check" }, element("input", { type: "radio", name: "same", value }), element("span", { textContent: text }));
  same.replaceChildren(same.firstElementChild, ...(seekers || []).map((one) => choice(one, fill(words.same, { number: one }))), choice("another", words.another));
  if (seekers) same.scrollIntoView({ block: "center" });
}

function draft() {
  const data = new FormData(form);
  data.set("made_at", typed("made_at") || new Date().toISOString());
  const bare = ticked("trades").map((one) => one.parentNode.textContent.trim()).join(" ") || typed("other");
  return { key: form.once.value, account: form.account.value, url: HOME, home: HOME, made: Date.now(), state: "waiting", why: "", label: `${[...typed("name")][0] || ""}* · ${bare}`, bare, fields: [...data], files: [] };
}

// An empty form for the next person; where they live stays.
function clear() {
  const grid = form.grid.value;
  form.reset();
  form.grid.value = grid;
  form.once.value = newKey();
  form.made_at.value = "";
  ask();
}

function refused(found) {
  tell(found.reason || words.refused, true);
  ask(found.alike);
}

async function file() {
  let found;
  try { found = await keep(draft()); } catch {
    tell(words.unkept, true);
    if (navigator.onLine) { form.removeEventListener("submit", onSubmit); form.requestSubmit(); }
    return;
  }
  if (found?.state === "failed") { refused(found); return; }
  clear();
  if (found?.state === "sent") tell(fill(words.next, found)); else tellKept(found, words.kept, words.kept_login);
}

let busy = false;
async function onSubmit(event) {
  event.preventDefault();
  event.stopPropagation(); // what was typed about a person is kept in one place, not in this tab as well
  if (busy || missing()) return;
  busy = true;
  form.setAttribute("aria-busy", "true");
  tell("");
  try { await file(); } finally { busy = false; form.removeAttribute("aria-busy"); }
}

// What stands in a form, but for its key, its moment and where the household lives.
const content = (one) => JSON.stringify([...new FormData(one)].filter(([name]) => !["once", "made_at", "grid"].includes(name)));
function empty() {
  const bare = form.cloneNode(true);
  bare.reset();
  return content(bare);
}
let taken = "";

// A draft that was refused comes back into the form; who is half written there waits beside it.
async function takeUp(key) {
  const found = await outbox.get(key);
  if (found?.state !== "failed" || found.home !== HOME || found.account !== form.account.value || key === form.once.value) return;
  const now = content(form);
  if (typed("name") || (now !== taken && now !== empty())) {
    try { await outbox.put({ ...draft(), state: "failed", reason: words.half }); } catch { tell(words.unkept, true); return; }
  }
  clear();
  ask(found.alike);
  for (const box of form.querySelectorAll("[type=checkbox], [type=radio]")) box.checked = found.fields.some(([name, value]) => box.name === name && box.value === value);
  for (const [name, value] of found.fields) {
    const field = form.elements[name];
    if (field instanceof HTMLElement && !field.matches("[type=checkbox], [type=radio]")) field.value = value;
  }
  taken = content(form);
  refused(found);
}

ready.then((works) => {
  if (!works) { tell(window.isSecureContext ? words.private : words.insecure, true); return; }
  form.once.value = newKey();
  form.addEventListener("submit", onSubmit);
  form.dataset.keeps = "1";
  const asked = () => { if (location.hash.length > 16) takeUp(location.hash.slice(1)); };
  addEventListener("hashchange", asked);
  asked();
});
if (canKeep && !navigator.onLine) tell(words.offline, false, true);
addEventListener("online", connected);
