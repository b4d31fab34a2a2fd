// Runs beside the page: the microphone's samples at 16 kHz, 16 bits, in pieces of 60 ms.
const HERTZ = 16000, PIECE = 960;

class Microphone extends AudioWorkletProcessor {
  constructor() {
    super();
    this.step = sampleRate / HERTZ;
    this.sum = 0; this.count = 0; this.at = 0; this.peak = 0;
    this.piece = new Int16Array(PIECE); this.length = 0;
    this.port.onmessage = () => this.send();
  }

  process([[samples]]) {
    if (!samples) return true;
    for (const one of samples) {
      this.sum += one; this.count += 1; this.at += 1;
      if (this.at < this.step) continue;
      this.at -= this.step;
      this.take(this.sum / this.count);
      this.sum = 0; this.count = 0;
    }
    return true;
  }

  take(sample) {
    this.peak = Math.max(this.peak, Math.abs(sample));
    this.piece[this.length] = Math.max(-32768, Math.min(32767, Math.round(sample * 32768)));
    this.length += 1;
    if (this.length === PIECE) this.send();
  }

  send() {
    const piece = this.piece.slice(0, this.length);
    this.port.postMessage({ piece, peak: this.peak }, [piece.buffer]);
    this.length = 0; this.peak = 0;
  }
}

registerProcessor("microphone", Microphone);
