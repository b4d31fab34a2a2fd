// Players. One large camera plays LL-HLS of the main stream; wall tiles play plain HLS of the sub
// stream, which never holds a connection open (HTTP/1.1 gives a page six); sixteen are stills.
const STILL_MS = 5000;
// fMP4 needs no transmuxing: without the worker the first picture comes 100 ms sooner (measured).
const HLS_ONE = {
  lowLatencyMode: true, enableWorker: false, startFragPrefetch: true, maxLiveSyncPlaybackRate: 1, liveSyncOnStallIncrease: 0.1,
  backBufferLength: 10, maxBufferLength: 8, maxMaxBufferLength: 12,
  manifestLoadPolicy: policy(8000, 4), playlistLoadPolicy: policy(8000, 4), fragLoadPolicy: policy(8000, 4),
};
const HLS_WALL = {
  lowLatencyMode: false, liveSyncDurationCount: 2, maxLiveSyncPlaybackRate: 1.2,
  backBufferLength: 4, maxBufferLength: 8, maxMaxBufferLength: 10, enableWorker: false,
};
function policy(ms, tries) {
  const retry = { maxNumRetry: tries, retryDelayMs: 300, maxRetryDelayMs: 2000 };
  return { default: { maxTimeToFirstByteMs: ms, maxLoadTimeMs: ms * 2, timeoutRetry: retry, errorRetry: retry } };
}

class Player {
  constructor(screen) {
    this.screen = screen;
    this.words = JSON.parse(screen.dataset.words);
    this.state = screen.querySelector(".state");
    this.url = screen.dataset.live;
    this.tries = 0;
    this.timer = 0;
  }

  say(text) { if (this.state.textContent !== text) this.state.textContent = text; }

  start() {
    if (this.video) return;
    const codecs = this.screen.dataset.codecs;
    if (codecs && !canPlay(codecs)) {
      if (!this.screen.dataset.sub) { this.say(this.words.no_hevc); this.tired = true; return; }
      if (this.screen.dataset.mode === "one") this.url = this.screen.dataset.sub;
      this.note = this.words.hevc;
    }
    this.video = document.createElement("video");
    Object.assign(this.video, { muted: true, autoplay: true, playsInline: true });
    this.video.setAttribute("aria-label", this.screen.dataset.alt);
    this.video.addEventListener("playing", () => this.screen.querySelector("img, .say")?.remove(), { once: true });
    this.screen.querySelector(".picture").prepend(this.video);
    this.say(this.lost());
    if (window.Hls?.isSupported()) this.startHls(); else this.startNative();
    this.watch = setInterval(() => this.look(), 500);
  }

  startHls() {
    const hls = new window.Hls(this.screen.dataset.mode === "one" ? HLS_ONE : HLS_WALL);
    this.hls = hls;
    hls.on(window.Hls.Events.ERROR, (_name, error) => {
      if (!error.fatal) return;
      if (error.type === "mediaError" && this.tries < 2) { this.tries += 1; hls.recoverMediaError(); } else this.again();
    });
    // How far this machine's clock is from the server's, by which the pictures are dated.
    hls.on(window.Hls.Events.LEVEL_LOADED, (_name, { networkDetails }) => {
      const date = Date.parse(networkDetails?.getResponseHeader?.("Date") ?? "");
      if (date) this.skew = date - Date.now();
    });
    hls.loadSource(this.url);
    hls.attachMedia(this.video);
  }

  startNative() {
    this.video.src = this.url;
    this.video.addEventListener("error", () => this.again());
    this.video.play().catch(() => {});
  }

  // Tear down and come back, later each time, with the last word on the screen meanwhile.
  again() {
    this.stop();
    this.say(this.tries > 4 ? this.words.off : this.lost());
    const wait = Math.min(500 * 2 ** this.tries, 8000);
    this.tries += 1;
    this.timer = setTimeout(() => { if (!document.hidden) this.start(); }, wait);
  }

  // What has never been seen is not being connected "again".
  lost() { return this.seen ? this.words.again : this.words.start; }

  // Seconds between what is seen and now: by the picture's own date too, for a list of parts that has ended looks fresh.
  age() {
    const shown = this.hls?.playingDate;
    const age = shown && this.skew !== undefined ? (Date.now() + this.skew - shown) / 1000 : 0;
    return Math.max(this.hls?.latency ?? 0, age);
  }

  look() {
    const video = this.video;
    if (!video) return;
    // A player that has jumped to where it will begin shows one picture, perhaps an old one: nothing has moved yet.
    const at = video.readyState > 1 ? video.currentTime : undefined;
    const moved = at !== undefined && this.at !== undefined && at !== this.at;
    this.at = at ?? this.at;
    const now = performance.now();
    if (moved) { this.movedAt = now; this.tries = 0; this.seen = true; }
    const still = now - (this.movedAt ??= now);
    const age = this.age();
    if (still > 6000) this.again();
    else if (still > 1500) this.say(this.lost());
    else if (moved) {
      this.say(this.note || (age > 4 ? this.words.behind.replace("{s}", age.toFixed(0)) : this.words.live));
      // After sleep the picture is old by minutes: catching up would take hours, so jump.
      const edge = this.hls?.liveSyncPosition;
      if (edge && edge - video.currentTime > 6) video.currentTime = edge;
      // hls.js catches up only while more than a second is buffered; a picture that speaks back must not wait there.
      else if (this.screen.dataset.mode === "one") video.playbackRate = pace(this.hls?.targetLatency ? this.hls.latency - this.hls.targetLatency : 0, ahead(video));
    }
  }

  stop() {
    clearInterval(this.watch); clearTimeout(this.timer);
    this.hls?.destroy(); this.hls = null;
    this.video?.remove(); this.video = null;
    this.movedAt = undefined; this.at = undefined;
  }
}

// Seconds of picture that wait after the one shown.
function ahead(video) { return video.buffered.length ? video.buffered.end(video.buffered.length - 1) - video.currentTime : 0; }

// Seconds behind where it should be → how fast to play; a fifth of a second is the player's own.
// Never when little is buffered: running dry costs more than being late.
function pace(late, ahead) { return ahead < 0.35 || late < 0.2 ? 1 : late > 0.5 && ahead > 0.6 ? 1.3 : 1.1; }

function canPlay(codecs) {
  const type = `video/mp4; codecs="${codecs}"`;
  if (window.MediaSource) return MediaSource.isTypeSupported(type);
  return document.createElement("video").canPlayType(type) !== "";
}

class Still {
  constructor(screen) { this.screen = screen; }
  start() { this.timer ??= setInterval(() => this.renew(), STILL_MS); this.screen.querySelector(".state").hidden = true; }
  renew() {
    if (this.busy) return;
    this.busy = true;
    const next = new Image();
    next.onload = () => { this.busy = false; this.show(next); };
    next.onerror = () => { this.busy = false; };
    next.src = `${this.screen.dataset.still}?t=${Date.now()}`;
  }
  // The first still there is takes the place of "no picture yet".
  show(next) {
    const old = this.screen.querySelector("img, .say");
    next.alt = old.alt || this.screen.dataset.alt;
    old.replaceWith(next);
  }
  stop() { clearInterval(this.timer); this.timer = undefined; }
}

const players = [...document.querySelectorAll("[data-live]")].map((screen) =>
  screen.dataset.mode === "stills" ? new Still(screen) : new Player(screen));

// Deferred scripts run in the order of the page: hls.js stands before this module.
function begin() { players.forEach((player, i) => setTimeout(() => { if (!document.hidden) player.start(); }, i * 120)); }
begin();

// With the watermark and the words around the picture, which a video's own full screen would leave out.
document.querySelectorAll("[data-do=full]").forEach((button) => {
  if (!document.fullscreenEnabled) button.remove(); // an iPhone has none for pages
  button.addEventListener("click", () => document.getElementById(button.dataset.target)?.requestFullscreen());
});

document.addEventListener("visibilitychange", () => {
  if (document.hidden) players.forEach((player) => player.stop()); else begin();
});
addEventListener("online", () => players.forEach((player) => player.again?.()));
addEventListener("pagehide", () => players.forEach((player) => player.stop()));
setInterval(() => {
  const text = new Date().toLocaleString("sv-SE", { timeZone: "Asia/Shanghai" });
  document.querySelectorAll("[data-clock]").forEach((clock) => { clock.textContent = text; });
}, 1000);
