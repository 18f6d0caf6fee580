// -- 05: noise, and what a denoiser makes of it -----------------------------------------------------------------

function median(x) {
  return x.map((_, i) => {
    const around = [];
    for (let v = -1; v < 2; v++) for (let h = -1; h < 2; h++) {
      const r = Math.floor(i / 28) + v, c = (i % 28) + h;
      around.push(r < 0 || r > 27 || c < 0 || c > 27 ? 0 : x[28 * r + c]);
    }
    return around.sort((a, b) => a - b)[4];
  });
}

function noise(root, { network, images }, say) {
  const net = unpack(network), all = numbers(images), names = ["x", "with noise", "median filter", "network"];
  const psnr = (a, b) => (10 * Math.log10(784 / squaredError(a, b))).toFixed(1);
  let seed = 1;
  const update = onceAFrame(() => {
    const x = all.subarray(784 * (which.value - 1), 784 * which.value), normal = normals(seed);
    const x_tilde = x.map((v) => v + strength.value * normal()), seen = x_tilde.map((v) => clip(v));
    const rows = [x, seen, median(seen), forward(net, x_tilde)];
    const words = rows.map((image, i) => (i ? `${names[i]}: ${psnr(image, x)} dB` : names[i]));
    rows.forEach((image, i) => shown[i].draw(image, words[i]));
    say(words.slice(1).join(", "));
  });
  const shown = names.map((name) => picture(name, 150));
  const strength = slider("noise \u03c3", [0, 1, 0.01, 0.4], update);
  const which = slider("image", [1, all.length / 784, 1, 1], update);
  const again = make("button", { textContent: "other noise", onclick() { seed += 1; update(); } });
  root.append(row(...shown.map((one) => one.node)), column(strength.node, which.node, make("div", {}, again)));
  update();
}

KINDS.noise = noise;
