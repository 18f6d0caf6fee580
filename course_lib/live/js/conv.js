// Convolutions for the engine, and the U-Net of models/unet.py, in double precision.

/** 3 x 3, padding 1: x (channels, side, side) -> (outputs, side / stride, side / stride). The layer is one of `unpack`,
 * whose rows are kernels: inputs = 9 * channels. */
function conv({ inputs, outputs, weight, bias, activation }, x, side, stride = 1) {
  const channels = inputs / 9, out = side / stride, wide = side + 2, y = new Float64Array(outputs * out * out);
  const padded = new Float64Array(channels * wide * wide);
  for (let c = 0, k = 0; c < channels; c++) for (let v = 1; v <= side; v++) for (let h = 1; h <= side; h++, k++) {
    padded[(c * wide + v) * wide + h] = x[k];
  }
  for (let o = 0; o < outputs; o++) {
    y.fill(bias[o], o * out * out, (o + 1) * out * out);
    for (let c = 0; c < channels; c++) {
      const at = o * inputs + 9 * c, w = weight;
      const w0 = w[at], w1 = w[at + 1], w2 = w[at + 2], w3 = w[at + 3], w4 = w[at + 4], w5 = w[at + 5], w6 = w[at + 6];
      const w7 = w[at + 7], w8 = w[at + 8];
      for (let v = 0, k = o * out * out; v < out; v++) {
        let a = (c * wide + v * stride) * wide, b = a + wide, d = b + wide;
        for (let h = 0; h < out; h++, k++, a += stride, b += stride, d += stride) {
          y[k] += w0 * padded[a] + w1 * padded[a + 1] + w2 * padded[a + 2] + w3 * padded[b] + w4 * padded[b + 1]
            + w5 * padded[b + 2] + w6 * padded[d] + w7 * padded[d + 1] + w8 * padded[d + 2];
        }
      }
    }
  }
  for (let i = 0; i < y.length; i++) y[i] = activation(y[i]);
  return y;
}

/** Every pixel twice, in both directions, and behind these maps the ones from across, times their share. */
function joined(x, side, across, share) {
  const channels = x.length / (side * side), twice = 2 * side, y = new Float64Array(4 * x.length + across.length);
  for (let c = 0, k = 0; c < channels; c++) for (let v = 0; v < twice; v++) for (let h = 0; h < twice; h++) {
    y[k++] = x[(c * side + (v >> 1)) * side + (h >> 1)];
  }
  for (let i = 0, k = 4 * x.length; i < across.length; i++) y[k++] = share * across[i];
  return y;
}

/** A U-Net of 28 x 28, 14 x 14 and 7 x 7 that widgets/skipping.py packed: f(x) gives z and the maps, g the image. */
function unet(packed) {
  const [first, second, third, bottom, up14, up28, last] = unpack(packed);
  return {
    f(x) {
      const fine = conv(first, x, 28), middle = conv(second, fine, 28, 2);
      return { z: conv(bottom, conv(third, middle, 14, 2), 7), middle, fine };
    },
    g(z, { middle, fine }, share14, share28) {
      const h14 = conv(up14, joined(z, 7, middle, share14), 14), h28 = conv(up28, joined(h14, 14, fine, share28), 28);
      return { h14, h28, x_hat: conv(last, h28, 28) };
    },
  };
}
