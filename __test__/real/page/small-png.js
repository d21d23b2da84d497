'use strict';

// A picture of a page has few colours: with a palette it takes less than half of the bytes.

const zlib = require('node:zlib');

const SIGNATURE = Buffer.from('89504e470d0a1a0a', 'hex');
const MOST_COLOURS = 256;
/** Channels by colour type. */
const CHANNELS = { 2: 3, 6: 4 };

/** What the predictor of a filter says of a byte, from those to the left, above, and above left. */
const PREDICTORS = [
  () => 0,
  (left) => left,
  (_, up) => up,
  (left, up) => (left + up) >> 1,
  (left, up, corner) => {
    const [a, b, c] = [left, up, corner].map((one) =>
      Math.abs(left + up - corner - one),
    );
    if (a <= b && a <= c) return left;
    return b <= c ? up : corner;
  },
];

function* chunksOf(png) {
  for (let at = SIGNATURE.length; at < png.length;) {
    const length = png.readUInt32BE(at);
    yield [
      png.toString('latin1', at + 4, at + 8),
      png.subarray(at + 8, at + 8 + length),
    ];
    at += length + 12;
  }
}

/** Pixels as 24 bits each. */
function decoded(png) {
  const parts = [...chunksOf(png)];
  const [, head] = parts.find(([name]) => name === 'IHDR');
  const [width, height] = [head.readUInt32BE(0), head.readUInt32BE(4)];
  const step = CHANNELS[head[9]];
  const packed = Buffer.concat(
    parts.filter(([name]) => name === 'IDAT').map(([, data]) => data),
  );
  const raw = zlib.inflateSync(packed);
  const stride = width * step;
  const lines = Buffer.alloc(height * stride);
  for (let y = 0; y < height; y += 1) {
    const predict = PREDICTORS[raw[y * (stride + 1)]];
    for (let x = 0; x < stride; x += 1) {
      const at = y * stride + x;
      const left = x >= step ? lines[at - step] : 0;
      const up = y > 0 ? lines[at - stride] : 0;
      const corner = x >= step && y > 0 ? lines[at - stride - step] : 0;
      lines[at] = raw[y * (stride + 1) + 1 + x] + predict(left, up, corner);
    }
  }
  const pixels = new Uint32Array(width * height);
  for (let i = 0; i < pixels.length; i += 1)
    pixels[i] = lines.readUIntBE(i * step, 3);
  return { width, height, pixels };
}

const distance = (a, b) =>
  [16, 8, 0].reduce(
    (sum, shift) => sum + (((a >> shift) & 255) - ((b >> shift) & 255)) ** 2,
    0,
  );

/** The most frequent colours, and for every colour the place of the nearest of them. */
function paletteOf(pixels) {
  const counts = new Map();
  for (const pixel of pixels) counts.set(pixel, (counts.get(pixel) ?? 0) + 1);
  const ordered = [...counts.keys()].sort(
    (a, b) => counts.get(b) - counts.get(a),
  );
  const colours = ordered.slice(0, MOST_COLOURS);
  const nearest = (colour) =>
    colours.reduce(
      (best, other, place) =>
        distance(colour, other) < distance(colour, colours[best])
          ? place
          : best,
      0,
    );
  return {
    colours,
    places: new Map(ordered.map((colour) => [colour, nearest(colour)])),
  };
}

/** The remainder that ends a chunk: CRC-32 as PNG has it. */
function crc(bytes) {
  let value = ~0;
  for (const byte of bytes) {
    value ^= byte;
    for (let bit = 0; bit < 8; bit += 1)
      value = (value >>> 1) ^ (0xedb88320 & -(value & 1));
  }
  return ~value >>> 0;
}

function chunk(name, data) {
  const body = Buffer.concat([Buffer.from(name, 'latin1'), data]);
  const [length, end] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  end.writeUInt32BE(crc(body));
  return Buffer.concat([length, body, end]);
}

/** The same picture with at most 256 colours. */
function smallPng(png) {
  const { width, height, pixels } = decoded(png);
  const { colours, places } = paletteOf(pixels);
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width);
  head.writeUInt32BE(height, 4);
  head.set([8, 3], 8);
  const lines = Buffer.alloc(height * (width + 1));
  for (let y = 0; y < height; y += 1)
    for (let x = 0; x < width; x += 1)
      lines[y * (width + 1) + 1 + x] = places.get(pixels[y * width + x]);
  const palette = Buffer.alloc(colours.length * 3);
  colours.forEach((colour, place) => palette.writeUIntBE(colour, place * 3, 3));
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', head),
    chunk('PLTE', palette),
    chunk('IDAT', zlib.deflateSync(lines, { level: 9, memLevel: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

module.exports = { smallPng };
