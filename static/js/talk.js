// Hold the key and speak: the pieces go out while the rest is still being said.
const SECONDS_MAX = 30, ASK_MS = 8000, SEND_MS = 60000, LOOK_MS = 250, LOOK_MAX_MS = 1000, SHORT_MS = 300, KEPT_MS = 30000, HERTZ = 16000, PIECES_MAX = 34;
const form = document.getElementById("talk-form");
if (form) new Mouth(form);

function Mouth(form) {
  const words = JSON.parse(form.dataset.words);
  const state = form.querySelector(".talk-state"), mouth = form.querySelector(".mouth");
  const hold = form.querySelector("[data-do=hold]"), toggle = form.querySelector("[data-do=toggle]");
  const level = form.querySelector("meter"), reason = form.querySelector(".quiet-reason");
  // Only the newest that was begun tells how it stands: the sentence before it may still be under way.
  let newest = 0;
  const say = (text, mine = newest) => { if (mine === newest && state.textContent !== text) state.textContent = text; };
  const first = form.querySelector("[data-do=first]"), again = form.querySelector("[data-do=again]");
  const listen = form.querySelector(".listen"), player = listen.querySelector("audio");
  let microphone = null, talk = null, ear = null, rest = 0, kept = null, saying = null;

  // A phrase needs no microphone. Its key stays until there is an answer: pressed again, it is the same.
  const keys = new Map();
  async function sayPhrase(phrase, of = "") {
    if (isUnsent()) return;
    wrong("");
    const mine = newest += 1;
    withdraw();
    say(words.sending);
    await saying;
    const key = keys.get(phrase) ?? newKey(), body = new FormData();
    keys.set(phrase, key);
    for (const [field, value] of Object.entries({ once: key, phrase, again_of: of, reason: form.elements.reason.value, about: form.elements.about.value })) body.set(field, value);
    let told;
    try { told = await ask(form.action, body); } catch (error) {
      if (error.status < 500) keys.delete(phrase);
      refused(error, mine);
      if (of) offer({ phrase, of });
      return;
    }
    keys.delete(phrase);
    await follow(told.status, { phrase }, mine);
  }
  for (const one of form.querySelectorAll(".phrases .tabs a")) one.addEventListener("click", (event) => { if (isUnsent()) event.preventDefault(); });
  for (const one of form.querySelectorAll("[name=phrase]")) one.addEventListener("click", (event) => { event.preventDefault(); sayPhrase(one.value); });

  if (!window.isSecureContext) { say(words.insecure); form.querySelector(".insecure").hidden = false; form.querySelector("details").open = true; return; }
  if (!navigator.mediaDevices || !window.AudioWorkletNode) { say(words.none); form.querySelector("details").open = true; return; }
  mouth.hidden = false;

  // The microphone stays open a while after speaking: the next word is not to wait for it.
  function rests() {
    clearTimeout(rest);
    rest = setTimeout(close, KEPT_MS);
  }

  let opening = null;
  function open() {
    clearTimeout(rest);
    opening ??= opened().finally(() => { opening = null; });
    return opening;
  }

  async function opened() {
    // A call, or another program, takes the microphone away for good: then it is asked for anew.
    if (microphone?.stream.getTracks().some((track) => track.readyState === "ended")) close();
    if (microphone) { await microphone.context.resume(); return microphone; }
    say(words.asking);
    // Phones start sound suspended and let only a press resume it: before anything is waited for.
    const context = new AudioContext(), running = context.resume();
    let stream = null;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ audio: { channelCount: 1, echoCancellation: true, noiseSuppression: true, autoGainControl: true } });
      await context.audioWorklet.addModule(form.dataset.microphone);
      await running;
    } catch (error) {
      for (const track of stream?.getTracks() ?? []) track.stop();
      context.close();
      throw error;
    }
    const node = new AudioWorkletNode(context, "microphone", { numberOfOutputs: 0 });
    context.createMediaStreamSource(stream).connect(node);
    node.port.onmessage = ({ data }) => { level.value = talk ? Math.min(1, data.peak * 1.5) : 0; ear?.take(data.piece); };
    for (const track of stream.getTracks()) track.addEventListener("ended", lost);
    microphone = { stream, context, node };
    say("");
    return microphone;
  }

  // A call takes it, or it is pulled out: what comes now is silence, and nobody's sentence.
  function lost() {
    const mine = talk;
    close();
    if (!mine) return;
    mine.isCut = true;
    end();
  }

  function close() {
    if (!microphone) return;
    for (const track of microphone.stream.getTracks()) track.stop();
    microphone.context.close();
    microphone = null;
  }

  // Held, it ends with the hold, however that ends; begun by a press it ends by another.
  async function begin(isHeld) {
    if (talk || isUnsent()) return;
    wrong("");
    talk = ear = new Talk(isHeld);
    const mine = talk;
    hold.classList.add("on");
    toggle.setAttribute("aria-pressed", "true");
    withdraw();
    hold.lastElementChild.textContent = first.checked ? words.recording : words.speaking;
    toggle.lastElementChild.textContent = words.stop;
    try { await open(); } catch { say(words.denied); form.querySelector("details").open = true; end(); return; }
    if (talk === mine) { mine.start(); return; }
    say(words.ready, mine.turn);
    rests();
  }

  function end() {
    if (!talk) return;
    talk.end();
    talk = null;
    level.value = 0;
    hold.classList.remove("on");
    toggle.setAttribute("aria-pressed", "false");
    name();
    toggle.lastElementChild.textContent = words.start;
    rests();
  }

  class Talk {
    constructor(isHeld) { this.isHeld = isHeld; this.turn = newest += 1; this.pieces = []; this.all = []; this.mute = first.checked; this.offset = 0; this.began = performance.now(); this.over = false; this.started = false; }

    start() {
      this.started = true;
      this.began = performance.now();
      this.timer = setTimeout(end, SECONDS_MAX * 1000);
      if (!this.mute) this.go();
    }

    take(piece) {
      if (this.over || this.dropped || !this.started) return;
      this.all.push(piece);
      this.pieces.push(piece);
      if (!this.failed) say(words.time.replace("{seconds}", Math.floor((performance.now() - this.began) / 1000)), this.turn);
      this.wake?.();
    }

    end() {
      clearTimeout(this.timer);
      this.isReleased = true;
      microphone?.node.port.postMessage("rest");
      // What is still on its way from the microphone comes within this time.
      setTimeout(() => { this.over = true; this.wake?.(); this.finish(); }, 40);
    }

    // Where it was only recorded, it is listened to; where the network went meanwhile, it is whole now.
    finish() {
      if (this.dropped || !(this.mute || this.lost || this.settled)) return;
      if (!this.all.length || this.all.reduce((size, one) => size + one.length, 0) < HERTZ * SHORT_MS / 1000) { say(words.short, this.turn); return; }
      if (this.mute) { preview(this.clip()); return; }
      if (this.lost && this.told) { this.settle(); return; }
      if (this.lost) say(words.failed, this.turn);
      offer(this.clip(this.settled ? "failed" : ""));
    }

    // How much of it was heard is asked before it is offered again: else the street hears it twice.
    async settle() {
      const state = await follow(this.told.status, null, this.turn);
      if (state === "failed") offer(this.clip(state));
    }

    // Said again it is known of what: the house offers neither a second time.
    clip(state = "") { return { pieces: this.all, key: newKey(), of: state === "failed" ? this.told.id : "" }; }

    async go() {
      const body = new FormData();
      body.set("once", newKey());
      for (const field of ["reason", "about"]) body.set(field, form.elements[field].value);
      // One's own sentence before this one is still being said: this one waits for its end.
      const before = saying;
      let over;
      saying = new Promise((done) => { over = done; });
      await before;
      try { await this.said(body); } finally { over(); }
    }

    async said(body) {
      if (this.dropped) return;
      let told;
      try { told = await ask(form.dataset.speak, body); } catch (error) { this.stopped(error); return; }
      this.told = told;
      try {
        // Where many speak at once, several pieces go together: fewer requests. The first one's answer is the last word on it.
        this.together = told.together ?? 1;
        while (!this.over || this.pieces.length) {
          if (!this.over && this.pieces.length < this.together) await new Promise((done) => { this.wake = done; });
          if (this.over || this.pieces.length >= this.together) await this.send(told.pieces);
        }
        await ask(this.dropped ? told.drop : told.end, "", 204);
      } catch (error) {
        // Without a network, or where the camera hung up, the sentence is recorded to its end all the same.
        this.lost = !error.status;
        this.failed = !this.lost;
        if (this.lost && this.over) this.finish();
        if (this.lost) return;
        // Refused at its very end it is as whole as it can be: else it would be told as broken off.
        if (this.isReleased) await ask(told.end, "", 204).catch(() => {});
      }
      if (this.dropped) {
        if (await follow(told.status, null, this.turn) === "heard") say(words.partly, this.turn);
        return;
      }
      if (performance.now() - this.began < SHORT_MS) say(words.short, this.turn);
      const state = await follow(told.status, this.failed ? null : this.clip(), this.turn);
      if (this.isCut) say(words.cut, this.turn);
      this.settled = this.failed && state === "failed";
      if (this.settled && this.over) this.finish();
    }

    // All that waits goes in one request: a slow network gets fewer and larger ones.
    async send(url) {
      const pieces = this.pieces.splice(0, PIECES_MAX);
      const all = new Int16Array(pieces.reduce((size, one) => size + one.length, 0));
      let at = 0;
      for (const one of pieces) { all.set(one, at); at += one.length; }
      if (!all.length) return;
      const { size, together } = await ask(`${url}?offset=${this.offset}`, new Blob([all.buffer], { type: "application/octet-stream" }));
      this.offset = size;
      this.together = together ?? this.together;
    }

    // What the house refuses before a word was said ends at once.
    stopped(error) {
      this.lost = !error.status;
      if (this.lost) { if (this.over) this.finish(); return; }
      const wasOver = this.over;
      this.over = this.dropped = true;
      if (talk === this) end();
      refused(error, this.turn);
      if (wasOver) offer(this.clip());
    }
  }

  function refused(error, mine = newest) {
    const isReason = error.field === "reason" && mine === newest;
    if (isReason) { reason.hidden = false; wrong(error.words); form.elements.reason.focus(); }
    say(isReason ? "" : error.words ?? words.failed, mine);
  }

  // What the house finds wrong with the reason stands beside it until it is mended.
  function wrong(text) {
    const told = form.querySelector("#talk-reason-error");
    told.textContent = text;
    told.hidden = !text;
    if (text) form.elements.reason.setAttribute("aria-invalid", "true"); else form.elements.reason.removeAttribute("aria-invalid");
  }
  form.elements.reason.addEventListener("input", () => wrong(""));

  async function follow(url, clip, mine) {
    for (let look = 0; look < 120; look += 1) {
      let told = null;
      try { told = await ask(url, null); } catch (error) {
        if (error.status >= 400 && error.status < 500) { refused(error, mine); return ""; }
        say(words.unknown, mine);
      }
      if (told) say(told.words, mine);
      // Soon at first, for most is over soon; later seldomer, for many may be waiting.
      if (told && !told.is_open) {
        if (told.state === "failed" && clip) offer({ ...clip, key: newKey(), of: told.id });
        return told.state;
      }
      await new Promise((done) => { setTimeout(done, told ? Math.min(LOOK_MS * (1 + look / 4), LOOK_MAX_MS) : LOOK_MAX_MS); });
    }
    return "";
  }

  // ---- what was recorded: listened to, sent, sent again. Under one key it is said once.
  function name() { hold.lastElementChild.textContent = first.checked ? words.record : words.hold; }
  function withdraw() {
    again.hidden = listen.hidden = true;
    if (player.src) { player.pause(); URL.revokeObjectURL(player.src); player.removeAttribute("src"); }
    kept = null;
  }
  function offer(clip) { kept = clip; again.hidden = false; }
  // What was recorded to be listened to first is not lost by a press: it is sent or let go.
  function isUnsent() {
    if (listen.hidden) return false;
    say(words.unsent);
    listen.querySelector("[data-do=send]").focus();
    return true;
  }
  function preview(clip) {
    kept = { ...clip, unsent: true };
    player.src = URL.createObjectURL(wav(clip.pieces));
    listen.hidden = false;
    say(words.listen);
    listen.querySelector("[data-do=send]").focus();
  }
  async function sendKept() {
    const clip = kept;
    wrong("");
    withdraw();
    if (clip.phrase) { sayPhrase(clip.phrase, clip.of); return; }
    const mine = newest += 1;
    say(words.sending);
    await saying;
    const body = new FormData();
    body.set("once", clip.key);
    body.set("again_of", clip.of);
    for (const field of ["reason", "about"]) body.set(field, form.elements[field].value);
    body.set("clip", new File([wav(clip.pieces)], "speech.wav", { type: "audio/wav" }));
    let told;
    try { told = await ask(form.action, body); } catch (error) {
      if (clip.unsent) preview(clip); else offer(clip);
      refused(error, mine);
      return;
    }
    await follow(told.status, { ...clip, unsent: false }, mine);
  }
  again.addEventListener("click", sendKept);
  listen.querySelector("[data-do=send]").addEventListener("click", sendKept);
  listen.querySelector("[data-do=drop]").addEventListener("click", () => { withdraw(); say(""); });
  try { first.checked = localStorage.getItem("talk-first") === "1"; } catch { /* the browser forbids it */ }
  first.addEventListener("change", () => { name(); try { localStorage.setItem("talk-first", first.checked ? "1" : ""); } catch { /* so it is asked again */ } });
  name();

  hold.addEventListener("pointerdown", (event) => { if (event.button) return; event.preventDefault(); hold.setPointerCapture(event.pointerId); begin(true); });
  for (const name of ["pointerup", "pointercancel", "lostpointercapture"]) hold.addEventListener(name, end);
  hold.addEventListener("pointermove", (event) => {
    const { left, right, top, bottom } = hold.getBoundingClientRect();
    const out = event.clientX < left - 40 || event.clientX > right + 40 || event.clientY < top - 40 || event.clientY > bottom + 40;
    if (talk && out) { const { mute } = talk; talk.dropped = true; talk.pieces.length = 0; end(); say(mute ? words.dropped : words.stopped); }
  });
  hold.addEventListener("keydown", (event) => { if ([" ", "Enter"].includes(event.key) && !event.repeat) { event.preventDefault(); begin(true); } });
  // The key may be let go anywhere: where the focus went meanwhile, or in another window.
  const letGo = () => { if (talk?.isHeld) end(); };
  document.addEventListener("keyup", (event) => { if ([" ", "Enter"].includes(event.key)) letGo(); });
  hold.addEventListener("blur", letGo);
  addEventListener("blur", letGo);
  hold.addEventListener("contextmenu", (event) => event.preventDefault());
  toggle.addEventListener("click", () => { if (talk) end(); else begin(false); });
  addEventListener("pagehide", () => { end(); close(); });
  // Another page, or a call: nobody is meant to hear that.
  document.addEventListener("visibilitychange", () => { if (document.hidden) { end(); close(); } });
}

// Also where the page is not in a secure context, which has no randomUUID.
const newKey = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (one) => one.toString(16).padStart(2, "0")).join("");

// The pieces as a WAV file: 16 bits, one channel.
function wav(pieces) {
  const size = pieces.reduce((sum, one) => sum + one.length * 2, 0);
  const head = new DataView(new ArrayBuffer(44));
  const text = (at, word) => { for (let n = 0; n < 4; n += 1) head.setUint8(at + n, word.charCodeAt(n)); };
  text(0, "RIFF"); head.setUint32(4, 36 + size, true); text(8, "WAVE"); text(12, "fmt ");
  head.setUint32(16, 16, true); head.setUint16(20, 1, true); head.setUint16(22, 1, true);
  head.setUint32(24, HERTZ, true); head.setUint32(28, HERTZ * 2, true); head.setUint16(32, 2, true); head.setUint16(34, 16, true);
  text(36, "data"); head.setUint32(40, size, true);
  return new Blob([head, ...pieces], { type: "audio/wav" });
}

// A network that hangs is one that is gone: the page is not to wait for it without a word.
async function ask(url, body, wanted = 200) {
  const headers = { Accept: "application/json" };
  const signal = AbortSignal.timeout?.(body instanceof FormData && body.has("clip") ? SEND_MS : ASK_MS);
  const answer = await fetch(url, body === null ? { headers, signal } : { method: "POST", body, headers, signal });
  if (answer.status === wanted) return wanted === 204 ? null : answer.json();
  const told = answer.headers.get("Content-Type")?.startsWith("application/json") ? await answer.json() : {};
  throw Object.assign(new Error(String(answer.status)), { status: answer.status, words: told.error, field: told.field });
}
