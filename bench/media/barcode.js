// Reads the wall clock from the strip of black and white cells that tests/media/rig/barcode.py
// draws, on every frame a <video> shows, and keeps what a viewer would notice. Runs in a page
// under test: window.glass is its memory.
(() => {
  const CELLS = 64, THRESHOLD = 126, STRIP = 1 / 12, WIDE = 4;
  const canvas = document.createElement("canvas");
  canvas.width = CELLS * WIDE;
  canvas.height = 1;
  const paper = canvas.getContext("2d", { willReadFrequently: true });

  function checksum(milliseconds) {
    let value = 0xa5a;
    while (milliseconds > 0) {
      value ^= milliseconds % 4096;
      milliseconds = Math.floor(milliseconds / 4096);
    }
    return value;
  }

  // The Unix time in milliseconds that the frame carries, or null.
  function read(video) {
    const middle = (video.videoHeight * STRIP) / 2;
    paper.drawImage(video, 0, middle, video.videoWidth, 1, 0, 0, canvas.width, 1);
    const pixels = paper.getImageData(0, 0, canvas.width, 1).data;
    const white = (cell) => pixels[4 * (cell * WIDE + WIDE / 2) + 1] > THRESHOLD;
    if (!white(0) || white(1) || white(CELLS - 2) || !white(CELLS - 1)) return null;
    let milliseconds = 0, check = 0;
    for (let cell = 2; cell < 50; cell++) milliseconds = milliseconds * 2 + white(cell);
    for (let cell = 50; cell < 62; cell++) check = check * 2 + white(cell);
    return checksum(milliseconds) === check ? milliseconds : null;
  }

  const glass = {
    first: null, // Unix milliseconds when the first frame was shown
    delays: [], // milliseconds from the clock in the picture to the screen
    unread: 0,
    frames: 0,
    gaps: [], // [Unix milliseconds, length] where no new frame came for a quarter of a second
    waits: 0, // times the player ran dry
  };
  window.glass = glass;

  function watch(video) {
    let last = null;
    video.addEventListener("waiting", () => { if (glass.first !== null) glass.waits += 1; });
    const shown = (now, frame) => {
      const at = performance.timeOrigin + Math.max(now, frame.expectedDisplayTime);
      if (glass.first === null) glass.first = at;
      glass.frames += 1;
      if (last !== null && at - last > 250) glass.gaps.push([at, at - last]);
      last = at;
      if (glass.frames % 3 === 1) {
        const time = read(video);
        if (time === null) glass.unread += 1;
        else glass.delays.push(at - time);
      }
      video.requestVideoFrameCallback(shown);
    };
    video.requestVideoFrameCallback(shown);
  }

  const seen = new WeakSet();
  const look = () => {
    for (const video of document.querySelectorAll("video")) {
      if (!seen.has(video)) {
        seen.add(video);
        watch(video);
      }
    }
  };
  new MutationObserver(look).observe(document, { childList: true, subtree: true });
  look();
})();
