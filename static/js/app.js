// What every page gets: theme, dialogs, toasts, and a word when the network fails. All of it is
// extra: pages work without this file.
const root = document.documentElement;
root.classList.add("js"); // shows the buttons that do nothing without this file

function setTheme(name) {
  if (name) root.dataset.theme = name; else delete root.dataset.theme;
  try { name ? localStorage.setItem("theme", name) : localStorage.removeItem("theme"); } catch { /* storage is off */ }
}
try { const kept = localStorage.getItem("theme"); if (kept) root.dataset.theme = kept; } catch { /* storage is off */ }

document.addEventListener("click", (event) => {
  const hit = event.target.closest("[data-do]");
  if (!hit) return;
  if (hit.dataset.do === "theme") {
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    setTheme(dark ? "light" : "dark");
  } else if (hit.dataset.do === "dismiss") {
    hit.closest(".toast")?.remove();
  } else if (hit.dataset.do === "close") {
    hit.closest("dialog")?.close();
  } else if (hit.dataset.do === "open") {
    const dialog = document.getElementById(hit.dataset.dialog);
    if (dialog?.showModal) { event.preventDefault(); dialog.showModal(); }
  } else if (hit.dataset.do === "print") {
    print();
  }
});

// A menu left open hides what is under it.
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.me[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") for (const menu of document.querySelectorAll("details.me[open]")) menu.open = false;
  const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
  if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey) {
    const search = document.querySelector("input[type=search]");
    for (let box = search?.closest("details"); box; box = box.parentElement.closest("details")) box.open = true;
    if (search) { event.preventDefault(); search.focus(); }
  }
});

// htmx swaps error answers in; what it cannot show is a request that never reached the house.
for (const name of ["htmx:error", "htmx:send:error"]) {
  document.addEventListener(name, () => { document.getElementById("offline").hidden = false; });
}
document.addEventListener("htmx:after:request", (event) => {
  if (event.detail?.ctx?.response) document.getElementById("offline").hidden = true;
});
// After a swap, the first field in error takes the focus, as it would on a full page; and what is
// said to an act comes into sight, wherever it stands. A poll's news move nothing.
document.addEventListener("htmx:after:swap", (event) => {
  const here = event.target.isConnected ? event.target : document;
  const said = [...(here.querySelectorAll?.("[aria-invalid=true], p.error") ?? [])].find((one) => one.getClientRects().length);
  const wrong = said?.matches("p.error") ? said.closest("fieldset, .field, form")?.querySelector("input:not([type=hidden]), select, textarea") : said;
  if (wrong) { wrong.focus(); said.scrollIntoView({ block: "nearest" }); }
  else if (event.detail?.ctx?.request?.method === "POST") {
    event.target.querySelector?.(".note")?.scrollIntoView({ block: "nearest" });
  }
});
// Who has logged out leaves nothing of the report's page behind; what waits to be sent stays.
if (location.pathname === "/login" && "caches" in window) caches.delete("weiwang-shell");

// The login may have expired while somebody wrote: what a form held waits in this tab until the same
// account is back at it. Passwords and files never do; what was taken, or is another's, goes.
const account = document.querySelector("meta[name=account]")?.content;
const where = (form) => new URL(form.getAttribute("action") || location.href, location.href).pathname;
const written = (form) => [...form.elements].filter((one) => one.name && !one.matches("button, [type=hidden], [type=password], [type=file]"));
const keep = (kept) => { try { kept ? sessionStorage.setItem("typed", JSON.stringify(kept)) : sessionStorage.removeItem("typed"); } catch { /* storage is off, or full */ } };
const kept = () => { try { return JSON.parse(sessionStorage.getItem("typed")); } catch { return null; } };
const twins = (form) => [...document.forms].filter((one) => one.method === "post" && where(one) === where(form));

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || !account) return;
  const fields = written(form).map((one) => [one.name, one.value, one.checked]);
  keep(!fields.length || form.querySelector("[type=password]") ? null : { account, action: where(form), nth: twins(form).indexOf(form), fields });
});
document.addEventListener("htmx:before:response", (event) => {
  const { ctx } = event.detail;
  if (ctx.request.method === "POST" && ctx.response.status !== 401) keep(null);
});
function giveBack() {
  const was = kept();
  if (!was?.expired || was.account !== account) return;
  const form = [...document.forms].filter((one) => one.method === "post" && where(one) === was.action)[was.nth];
  if (!form) return;
  const free = written(form);
  for (const [name, value, checked] of was.fields) {
    // By name and, for a choice, by value: the page may have other choices by now.
    const at = free.findIndex((one) => one.name === name && (!one.matches("[type=radio], [type=checkbox]") || one.value === value));
    if (at < 0) continue;
    const [one] = free.splice(at, 1);
    if (one.matches("[type=radio], [type=checkbox]")) one.checked = checked; else one.value = value;
  }
  keep(null);
  for (let box = form.closest("details"); box; box = box.parentElement.closest("details")) box.open = true;
  const note = document.getElementById("given-back");
  form.before(note);
  note.hidden = false;
  note.scrollIntoView({ block: "nearest" });
  form.dispatchEvent(new CustomEvent("given-back", { bubbles: true, detail: was.fields }));
}
if (location.pathname === "/login") { if (kept()) keep({ ...kept(), expired: true }); }
else if (kept()?.expired && kept().account === account) { giveBack(); document.addEventListener("htmx:after:swap", giveBack); }
else keep(null);
