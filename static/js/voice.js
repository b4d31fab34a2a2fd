// A voice note of at most a minute, or of the seconds its field says. Where a browser cannot record, the file field stays as it is.
import { element, fill } from "./dom.js";

const SECONDS_MAX = 60;
const KINDS = ["audio/webm;codecs=opus", "audio/mp4", "audio/ogg;codecs=opus"];

export function voiceNote(field, take) {
  const kind = window.MediaRecorder && navigator.mediaDevices && KINDS.find((one) => MediaRecorder.isTypeSupported(one));
  if (!kind) return null;
  const words = JSON.parse(field.dataset.words), most = Number(field.dataset.seconds) || SECONDS_MAX;
  const press = element("button", { type: "button", className: "btn speak" });
  const level = element("meter", { min: 0, max: 1, hidden: true }), time = element("span", { className: "muted" });
  const player = element("audio", { controls: true, hidden: true });
  const drop = element("button", { type: "button", className: "btn", textContent: words.remove, hidden: true });
  level.setAttribute("aria-label", words.level);
  const icon = field.querySelector("svg");
  const label = (text) => press.replaceChildren(icon, text);
  const stay = (text) => { time.textContent = text; };
  let recorder = null, asking = false;

  async function record() {
    if (asking) return;
    // Phones start sound suspended and let only a press resume it: before anything is waited for.
    const context = new AudioContext();
    context.resume();
    let stream;
    asking = true;
    try { stream = await navigator.mediaDevices.getUserMedia({ audio: true }); } catch {
      context.close();
      stay(words.denied);
      field.classList.remove("records");
      return;
    } finally { asking = false; }
    const parts = [], meter = context.createAnalyser(), wave = new Uint8Array(256);
    context.createMediaStreamSource(stream).connect(meter);
    recorder = new MediaRecorder(stream, { mimeType: kind, audioBitsPerSecond: 24000 });
    recorder.ondataavailable = (event) => parts.push(event.data);
    const began = performance.now();
    const tick = setInterval(() => {
      const seconds = (performance.now() - began) / 1000;
      meter.getByteTimeDomainData(wave);
      level.value = Math.min(1, Math.max(...wave.map((one) => Math.abs(one - 128))) / 64);
      stay(fill(words.time, { seconds: Math.floor(seconds) }));
      if (seconds >= most - 0.5 && recorder.state === "recording") recorder.stop();
    }, 100);
    recorder.onstop = () => {
      clearInterval(tick);
      for (const track of stream.getTracks()) track.stop();
      context.close();
      show(new File(parts, `voice.${kind.slice(6, 9)}`, { type: kind.split(";")[0] }));
    };
    recorder.start(1000);
    level.hidden = false;
    press.classList.add("on");
    label(words.stop);
  }

  function show(file) {
    recorder = null;
    take(file);
    press.classList.remove("on");
    level.hidden = true;
    player.hidden = drop.hidden = !file;
    if (player.src) URL.revokeObjectURL(player.src);
    if (file) player.src = URL.createObjectURL(file); else player.removeAttribute("src");
    label(file ? words.again : words.start);
    if (!file) stay("");
  }

  press.onclick = () => { if (recorder) recorder.stop(); else record(); };
  drop.onclick = () => { show(null); press.focus(); };
  show(null);
  field.classList.add("records");
  field.append(element("div", { className: "recorder" }, press, level, time, player, drop));
  return show;
}
