// Hold the key and speak: the pieces go out while the rest is still being said.
const SECONDS_MAX = 30, LOOK_MS = 250, LOOK_MAX_MS = 1000, SHORT_MS = 300, KEPT_MS = 30000;
const form = document.getElementById("talk-form");
if (form) new Mouth(form);

function Mouth(form) {
  const words = JSON.parse(form.dataset.words);
  const state = form.querySelector(".talk-state"), mouth = form.querySelector(".mouth");
  const hold = form.querySelector("[data-do=hold]"), toggle = form.querySelector("[data-do=toggle]");
  const level = form.querySelector("meter"), reason = form.querySelector(".quiet-reason");
  const say = (text) => { if (state.textContent !== text) state.textContent = text; };
  let microphone = null, talk = null, ear = null, rest = 0;

  if (!window.isSecureContext) { say(words.insecure); form.querySelector("details").open = true; return; }
  if (!navigator.mediaDevices || !window.AudioWorkletNode) { say(words.none); form.querySelector("details").open = true; return; }
  mouth.hidden = false;

  // The microphone stays open a while after speaking: the next word is not to wait for it.
  async function open() {
    clearTimeout(rest);
    if (microphone) { await microphone.context.resume(); return microphone; }
    say(words.asking);
    const stream = await navigator.mediaDevices.getUserMedia({ audio: { channelCount: 1, echoCancellation: true, noiseSuppression: true, autoGainControl: true } });
    const context = new AudioContext();
    await context.audioWorklet.addModule(form.dataset.microphone);
    const node = new AudioWorkletNode(context, "microphone", { numberOfOutputs: 0 });
    context.createMediaStreamSource(stream).connect(node);
    node.port.onmessage = ({ data }) => { level.value = Math.min(1, data.peak * 1.5); ear?.take(data.piece); };
    microphone = { stream, context, node };
    say("");
    return microphone;
  }

  function close() {
    if (!microphone) return;
    for (const track of microphone.stream.getTracks()) track.stop();
    microphone.context.close();
    microphone = null;
  }

  async function begin() {
    if (talk) return;
    talk = ear = new Talk();
    const mine = talk;
    hold.classList.add("on");
    toggle.setAttribute("aria-pressed", "true");
    hold.lastElementChild.textContent = words.speaking;
    toggle.lastElementChild.textContent = words.stop;
    try { await open(); } catch { say(words.denied); form.querySelector("details").open = true; end(); return; }
    if (talk === mine) mine.start();
  }

  function end() {
    if (!talk) return;
    talk.end();
    talk = null;
    level.value = 0;
    hold.classList.remove("on");
    toggle.setAttribute("aria-pressed", "false");
    hold.lastElementChild.textContent = words.hold;
    toggle.lastElementChild.textContent = words.start;
    rest = setTimeout(close, KEPT_MS);
  }

  class Talk {
    constructor() { this.pieces = []; this.offset = 0; this.began = performance.now(); this.over = false; this.started = false; }

    start() {
      this.started = true;
      this.began = performance.now();
      this.timer = setTimeout(end, SECONDS_MAX * 1000);
      this.going = this.go();
    }

    take(piece) {
      if (this.over || !this.started) return;
      this.pieces.push(piece);
      say(words.time.replace("{seconds}", Math.floor((performance.now() - this.began) / 1000)));
      this.wake?.();
    }

    end() {
      clearTimeout(this.timer);
      microphone?.node.port.postMessage("rest");
      // What is still on its way from the microphone comes within this time.
      setTimeout(() => { this.over = true; this.wake?.(); }, 40);
    }

    async go() {
      const body = new FormData();
      body.set("once", crypto.randomUUID().replaceAll("-", ""));
      body.set("reason", form.elements.reason.value);
      let told;
      try { told = await ask(form.dataset.speak, body); } catch (error) { this.refused(error); return; }
      try {
        while (!this.over || this.pieces.length) {
          if (!this.pieces.length) await new Promise((done) => { this.wake = done; });
          if (this.pieces.length) await this.send(told.pieces);
        }
        await ask(told.end, "", 204);
      } catch (error) { this.refused(error); }
      if (performance.now() - this.began < SHORT_MS) say(words.short);
      await follow(told.status);
    }

    // All that waits goes in one request: a slow network gets fewer and larger ones.
    async send(url) {
      const pieces = this.pieces.splice(0, 40);
      const all = new Int16Array(pieces.reduce((size, one) => size + one.length, 0));
      let at = 0;
      for (const one of pieces) { all.set(one, at); at += one.length; }
      if (!all.length) return;
      const { size } = await ask(`${url}?offset=${this.offset}`, new Blob([all.buffer], { type: "application/octet-stream" }));
      this.offset = size;
    }

    refused(error) {
      this.over = true;
      if (error.field === "reason") { reason.hidden = false; form.elements.reason.focus(); }
      say(error.words ?? words.failed);
      if (talk === this) end();
    }
  }

  async function follow(url) {
    for (let look = 0; look < 100; look += 1) {
      let told;
      try { told = await ask(url, null); } catch { say(words.failed); return; }
      say(told.words);
      if (!told.is_open) return;
      // Soon at first, for most is over soon; later seldomer, for many may be waiting.
      await new Promise((done) => { setTimeout(done, Math.min(LOOK_MS * (1 + look / 4), LOOK_MAX_MS)); });
    }
  }

  hold.addEventListener("pointerdown", (event) => { event.preventDefault(); hold.setPointerCapture(event.pointerId); begin(); });
  for (const name of ["pointerup", "pointercancel", "lostpointercapture"]) hold.addEventListener(name, end);
  hold.addEventListener("pointermove", (event) => {
    const { left, right, top, bottom } = hold.getBoundingClientRect();
    const out = event.clientX < left - 40 || event.clientX > right + 40 || event.clientY < top - 40 || event.clientY > bottom + 40;
    if (talk && out) { end(); say(words.stopped); }
  });
  hold.addEventListener("keydown", (event) => { if ([" ", "Enter"].includes(event.key) && !event.repeat) { event.preventDefault(); begin(); } });
  hold.addEventListener("keyup", (event) => { if ([" ", "Enter"].includes(event.key)) end(); });
  hold.addEventListener("contextmenu", (event) => event.preventDefault());
  toggle.addEventListener("click", () => { if (talk) end(); else begin(); });
  addEventListener("pagehide", () => { end(); close(); });
}

async function ask(url, body, wanted = 200) {
  const headers = { Accept: "application/json" };
  const answer = await fetch(url, body === null ? { headers } : { method: "POST", body, headers });
  if (answer.status === wanted) return wanted === 204 ? null : answer.json();
  const told = answer.headers.get("Content-Type")?.startsWith("application/json") ? await answer.json() : {};
  throw Object.assign(new Error(String(answer.status)), { words: told.error, field: told.field });
}
