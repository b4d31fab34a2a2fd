// The pages of a report and of a visit's wishes work without a network. Kept are their files under
// hashed names and one page of each, with what there is to choose from; nothing of it after logging out.
const SHELL = `${new URL(registration.scope).pathname}/shell`;
// Each page's worker keeps its own: the other's may still be an older one.
const MINE = `weiwang-files ${SHELL} `, FILES = MINE + KEPT.join(" ");
const FORMS = ["/incidents/new", "/jobs/wishes/visit"];
const PATIENCE_MS = 10000;

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(FILES).then((cache) => cache.addAll(KEPT)).then(() => self.skipWaiting()));
});
self.addEventListener("activate", (event) => {
  event.waitUntil((async () => {
    for (const name of await caches.keys()) if (name !== FILES && (name.startsWith(MINE) || name.startsWith("weiwang-files /static"))) await caches.delete(name);
    await self.clients.claim();
  })());
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
  if (KEPT.includes(url.pathname)) event.respondWith(caches.match(url.pathname, { cacheName: FILES }).then((kept) => kept || fetch(request)));
  else if (request.mode === "navigate") event.respondWith(page(request, url));
});

async function page(request, url) {
  const shell = await caches.match(SHELL, { ignoreVary: true });
  const loaded = fetch(request);
  if (!shell) return loaded;
  loaded.catch(() => {}); // where the kept page was quicker, nobody waits for it any more
  // Where there is hardly a network, the form begins without it.
  const tired = new Promise((done) => { if (FORMS.includes(url.pathname) && !url.search) setTimeout(done, PATIENCE_MS, shell); });
  const answer = await Promise.race([loaded, tired]).catch(() => shell);
  return [502, 503, 504].includes(answer.status) ? shell : answer;
}

// The key to what is sealed stands in the kept page, and goes with it after logging out.
async function sendKept() {
  const account = await self.outbox.who();
  const shell = await caches.match(SHELL, { ignoreVary: true });
  if (!account || shell?.headers.get("X-Account") !== account) return;
  self.outbox.unlock(/id="outbox"[^>]*? data-key="([^"]+)"/.exec(await shell.text())?.[1]);
  await self.outbox.sendAll(account);
}
self.addEventListener("sync", (event) => {
  if (event.tag === "outbox") event.waitUntil(sendKept());
});
