// Pictures of numbers with a sign, 28 x 28: light and orange above 0, dark and blue below, grey at 0.

function signedPicture(size) {
  const shown = picture("", size), context = shown.canvas.getContext("2d"), pixels = context.createImageData(28, 28);
  const words = shown.draw;
  shown.signed = (values, text) => {
    words(values, text);
    for (let i = 0; i < 784; i++) {
      const e = clip(values[i], -1, 1), to = e > 0 ? [255, 214, 150] : [0, 20, 90];
      for (let c = 0; c < 3; c++) pixels.data[4 * i + c] = 128 + Math.abs(e) * (to[c] - 128);
      pixels.data[4 * i + 3] = 255;
    }
    context.putImageData(pixels, 0, 0);
  };
  return shown;
}
