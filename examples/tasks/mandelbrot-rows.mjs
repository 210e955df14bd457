// The pool's side of mandelbrot.mjs: renders some rows of the picture into shared memory, one byte a pixel.
export default function render({ buffer, size, from, to, limit }) {
  const pixels = new Uint8Array(buffer);
  const step = 3 / size;
  for (let y = from; y < to; y++) {
    const ci = y * step - 1.5;
    let at = y * size;
    for (let x = 0; x < size; x++) {
      const cr = x * step - 2.25;
      let zr = 0;
      let zi = 0;
      let r2 = 0;
      let i2 = 0;
      let n = 0;
      while (n < limit && r2 + i2 < 4) {
        zi = 2 * zr * zi + ci;
        zr = r2 - i2 + cr;
        r2 = zr * zr;
        i2 = zi * zi;
        n++;
      }
      pixels[at++] = n === limit ? 0 : 255 - ((n * 5) & 255);
    }
  }
}
