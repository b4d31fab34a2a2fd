// A photo is made small before it is sent. What its camera wrote of place and time stays with it:
// the server reads that, and removes it.
const SIDE = 2048, ENOUGH_BYTES = 700000, HEAD_BYTES = 262144;

// The Exif segment of a JPEG, copied; null where there is none.
function segment(view) {
  if (view.getUint16(0) !== 0xffd8) return null;
  for (let at = 2; at + 10 < view.byteLength;) {
    const mark = view.getUint16(at), length = view.getUint16(at + 2);
    if (mark < 0xff01 || mark === 0xffda) return null;
    if (mark === 0xffe1 && view.getUint32(at + 4) === 0x45786966) return new Uint8Array(view.buffer.slice(at, at + 2 + length));
    at += 2 + length;
  }
  return null;
}

// Read the place and set the photo upright: its pixels will be (Exif 3.0, 4.6).
function readAndTurn(bytes) {
  const view = new DataView(bytes.buffer), base = 10, little = view.getUint16(base) === 0x4949;
  const short = (at) => view.getUint16(at, little), long = (at) => view.getUint32(at, little);
  const entries = (offset) => new Map(Array.from({ length: short(base + offset) }, (_one, n) => base + offset + 2 + 12 * n).map((at) => [short(at), at]));
  const first = entries(long(base + 4));
  if (first.has(0x0112)) view.setUint16(first.get(0x0112) + 8, 1, little);
  if (!first.has(0x8825)) return null;
  const tags = entries(long(first.get(0x8825) + 8));
  const degrees = (mark, name, negative) => {
    const at = base + long(tags.get(name) + 8);
    const [whole, minutes, seconds] = [0, 8, 16].map((step) => long(at + step) / long(at + step + 4));
    return (whole + minutes / 60 + seconds / 3600) * (String.fromCharCode(view.getUint8(tags.get(mark) + 8)) === negative ? -1 : 1);
  };
  const latitude = degrees(1, 2, "S"), longitude = degrees(3, 4, "W");
  return latitude >= 3 && latitude <= 54 && longitude >= 73 && longitude <= 136 ? { latitude, longitude } : null;
}

async function drawn(file) {
  const image = new Image();
  image.src = URL.createObjectURL(file);
  try {
    await image.decode();
    const share = Math.min(1, SIDE / Math.max(image.naturalWidth, image.naturalHeight));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(image.naturalWidth * share);
    canvas.height = Math.round(image.naturalHeight * share);
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    return await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.85));
  } finally { URL.revokeObjectURL(image.src); }
}

export async function prepare(file) {
  let exif = null, place = null;
  try {
    exif = segment(new DataView(await file.slice(0, HEAD_BYTES).arrayBuffer()));
    place = exif && readAndTurn(exif);
  } catch { exif = null; /* written amiss: the server looks for itself */ }
  if (file.size <= ENOUGH_BYTES) return { file, place };
  try {
    const small = await drawn(file);
    if (!small || small.size >= file.size) return { file, place };
    const parts = exif ? [small.slice(0, 2), exif, small.slice(2)] : [small];
    return { file: new File(parts, file.name.replace(/\.\w+$/, "") + ".jpg", { type: "image/jpeg" }), place };
  } catch { return { file, place }; /* a kind this browser cannot draw */ }
}
