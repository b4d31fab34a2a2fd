// Reports and wishes kept on the phone until they are sent: the store, and the sending. Pages and the service
// worker read this file alike, so it is no module.
(() => {
  const SEND_MS = 120000, VISIT_DAYS = 30, LATER_SECONDS = 30;
  let opening = null;

  function open() {
    opening ||= new Promise((done, fail) => {
      const ask = indexedDB.open("weiwang", 1);
      ask.onupgradeneeded = () => { ask.result.createObjectStore("drafts", { keyPath: "key" }); ask.result.createObjectStore("meta"); };
      ask.onsuccess = () => { ask.result.onversionchange = () => { ask.result.close(); opening = null; }; done(ask.result); };
      ask.onerror = ask.onblocked = () => { opening = null; fail(ask.error); };
    });
    return opening;
  }

  async function within(store, mode, act) {
    const base = await open();
    return new Promise((done, fail) => {
      const turn = base.transaction(store, mode);
      let found;
      turn.oncomplete = () => done(found);
      turn.onabort = turn.onerror = () => fail(turn.error);
      act(turn.objectStore(store), (one) => { found = one; });
    });
  }

  // What was said on a visit lies sealed: its key comes with each page of the account, and with no other.
  let key = null;
  const unlock = (text) => { key = text && crypto.subtle.importKey("raw", Uint8Array.from(atob(text), (one) => one.charCodeAt(0)), "AES-GCM", false, ["encrypt", "decrypt"]); };
  async function seal(draft) {
    if (!draft.home || !key) return draft;
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const { fields, label, reason, ...open } = draft;
    const inside = new TextEncoder().encode(JSON.stringify({ fields, label, reason }));
    return { ...open, iv, sealed: await crypto.subtle.encrypt({ name: "AES-GCM", iv }, await key, inside) };
  }
  async function unseal(draft) {
    if (!draft?.sealed) return draft;
    const { iv, sealed, ...open } = draft;
    try {
      const inside = await crypto.subtle.decrypt({ name: "AES-GCM", iv }, await key, sealed);
      return { ...JSON.parse(new TextDecoder().decode(inside)), ...open };
    } catch { return null; }
  }
  // Whoever never comes back leaves nothing for ever: what is older goes, whosever it is.
  const forget = () => within("drafts", "readwrite", (store) => {
    store.openCursor().onsuccess = ({ target: { result: at } }) => {
      if (!at) return;
      if (at.value.home && at.value.made < Date.now() - VISIT_DAYS * 864e5) at.delete();
      at.continue();
    };
  });

  const channel = "BroadcastChannel" in self ? new BroadcastChannel("weiwang-outbox") : null;
  function tell() { channel?.postMessage(0); }

  async function list(account) {
    const all = await within("drafts", "readonly", (store, give) => { store.getAll().onsuccess = (event) => give(event.target.result); });
    const own = await Promise.all(all.filter((one) => one.account === account).map(unseal));
    return own.filter(Boolean).sort((a, b) => a.made - b.made);
  }
  async function put(draft) {
    const kept = await seal(draft);
    await within("drafts", "readwrite", (store) => store.put(kept));
    tell();
  }
  async function remove(id) { await within("drafts", "readwrite", (store) => store.delete(id)); tell(); }
  // What was deleted meanwhile does not come back.
  async function change(id, facts) {
    await within("drafts", "readwrite", (store) => {
      store.get(id).onsuccess = (event) => { if (event.target.result) store.put({ ...event.target.result, ...facts, ...(facts.fields && { sealed: 0 }) }); };
    });
    tell();
  }
  const get = (id) => within("drafts", "readonly", (store, give) => { store.get(id).onsuccess = (event) => give(event.target.result); }).then(unseal);
  const setWho = (account) => within("meta", "readwrite", (store) => store.put(account, "who"));
  const who = () => within("meta", "readonly", (store, give) => { store.get("who").onsuccess = (event) => give(event.target.result); });

  // Every send of a draft is the same to the byte: the server takes it once, however often it comes.
  async function post(draft) {
    const body = new FormData();
    for (const [name, value] of draft.fields) body.append(name, value);
    for (const one of draft.files) body.append(one.field, new File([one.bytes], one.name, { type: one.type }));
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), SEND_MS);
    try {
      const headers = { "X-Draft": "1", "HX-Request-Type": "partial" };
      const answer = await fetch(draft.url, { method: "POST", body, headers, redirect: "manual", signal: stop.signal });
      const number = answer.headers.get("X-Draft-Number");
      // A report's as people read it: without the community's twelve digits. Who it was about is not kept.
      const short = number?.length > 12 ? `${number.slice(12, 18)}-${number.slice(18)}` : number;
      if (number) return { state: "sent", number: short, where: answer.headers.get("HX-Redirect"), label: draft.bare || draft.label, fields: [], files: [] };
      // No number and no refusal: not our page at all, or a login page's.
      if (answer.ok || answer.status === 401 || answer.type === "opaqueredirect") return { state: "waiting", why: "login" };
      const said = await answer.json().catch(() => ({}));
      if (said.other) return { state: "waiting", why: "other" };
      if (answer.status === 408 || answer.status === 429 || answer.status >= 500) {
        const seconds = Number(answer.headers.get("Retry-After")) || LATER_SECONDS;
        return { state: "waiting", why: "busy", after: Date.now() + seconds * 1000 };
      }
      return { state: "failed", why: String(answer.status), reason: said.reason || "", place: said.place, alike: said.alike };
    } finally { clearTimeout(timer); }
  }

  async function sendThem(account, now) {
    const tried = new Set();
    const due = (one) => !tried.has(one.key) && (one.state === "waiting" || one.state === "sending") && (now || !(one.after > Date.now()));
    for (;;) {
      const draft = (await list(account)).find(due);
      if (!draft) return;
      tried.add(draft.key);
      await change(draft.key, { state: "sending" });
      // An answer that is lost leaves it waiting: sent again, it is the same one.
      const found = await post(draft).catch(() => ({ state: "waiting", why: "network" }));
      await change(draft.key, found);
      if (found.why === "login") for (const one of (await list(account)).filter(due)) await change(one.key, found); // they wait for the same
      if (found.why === "network" || found.why === "login") return;
    }
  }

  // One tab at a time: the next one finds it sent.
  function sendAll(account, now = false) {
    const act = () => sendThem(account, now);
    return navigator.locks ? navigator.locks.request("weiwang-outbox", act) : act();
  }

  self.outbox = { list, put, get, remove, change, sendAll, setWho, who, unlock };
  forget().catch(() => { /* this browser keeps nothing */ });
})();
