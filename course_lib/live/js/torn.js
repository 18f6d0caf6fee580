// -- 02: a circle coded by one number or two: the point goes round, training is wound back, the tear is enlarged

/** A trained circle autoencoder: its curves, and where and how badly it fails. */
function circleNet({ step, encoder, decoder }) {
  const f = unpack(encoder), g = unpack(decoder), around = range(961, -Math.PI, Math.PI);
  const point = (t) => [Math.sin(t), Math.cos(t)], code = (t) => Array.from(forward(f, point(t)));
  const back = (z) => Array.from(forward(g, z)), error = (t) => squaredError(point(t), back(code(t)));
  const codes = around.map(code), errors = codes.map((z, i) => squaredError(point(around[i]), back(z)));
  let torn = around[errors.indexOf(Math.max(...errors))];
  for (let width = around[1] - around[0]; width > 1e-7; width /= 8) {  // the top may stand between two samples
    torn = range(33, torn - width, torn + width).reduce((a, b) => (error(b) > error(a) ? b : a));
  }
  const size = codes[0].length, ends = codes[0].map((_, k) => codes.map((z) => z[k]));
  const spans = (size === 1 ? [0] : [0, 1]).map((k) => [Math.min(...ends[k]), Math.max(...ends[k])]);
  const drawn = size === 1 ? range(400, ...spans[0]).map((z) => back([z])) : codes.map(back);
  /** The angles whose code is z: where the code passes it from one sample to the next, then halved. */
  const same = (z) => around.slice(1).flatMap((end, i) => {
    let [low, high] = [around[i], end];
    const below = codes[i][0] <= z;
    if (below === (codes[i + 1][0] <= z)) return [];
    for (let n = 0; n < 30; n++) {
      const middle = (low + high) / 2;
      if ((code(middle)[0] <= z) === below) low = middle; else high = middle;
    }
    return [low];
  });
  const mean = errors.reduce((a, b) => a + b) / errors.length;
  const share = errors.filter((e) => e > 1).length / errors.length, worst = error(torn);
  return { step, size, point, code, back, error, around, codes, errors, torn, worst, mean, share, spans, drawn, same };
}

function torn(root, { films }, say, host) {
  const made = {}, size = 244, tau = 2 * Math.PI;
  const netOf = (film, at) => (made[[film, at]] ??= circleNet(films[film].frames[at]));
  const net = () => netOf(which.value === films[0].name ? 0 : 1, step.value);
  const small = halved(host, size), low = { size: sized(host, size, 300), high: sized(host, size, 104) };
  let t = 0.35, parts, playing, drawnFor = "";
  const half = () => Math.PI / zoom.value ** 2, middle = () => (zoom.value === 1 ? 0 : net().torn);
  const near = (a) => a - tau * Math.round((a - middle()) / tau);  // the same angle, in the window

  /** The planes, made anew where the network or the window is another: their axes change. */
  const build = () => {
    const it = net(), [from, to] = [middle() - half(), middle() + half()], window = { x: [from, to] };
    const go = (a) => { t = a; update(); };
    const round = zoom.value === 1, angles = round ? it.around : range(401, from, to);
    const sampled = round ? it.codes : angles.map(it.code);
    const wide = (k) => { const [a, b] = it.spans[k], pad = 0.06 * (b - a) + 1e-3; return [a - pad, b + pad]; };
    const circle = plane({ x: [-1.5, 1.5], y: [-1.5, 1.5], names: ["x\u2081", "x\u2082"], size: small, at: () => it.point(t),
      label: "the circle and what comes back: drag the point", moved: (a, b) => go(Math.atan2(a, b)) });
    circle.curve(it.around.map(it.point), { stroke: "var(--data)", "stroke-width": 7, "stroke-opacity": 0.35 });
    circle.curve(it.drawn, { stroke: "var(--model)" });
    const flat = it.size === 2;
    const code = flat
      ? plane({ x: wide(0), y: wide(1), names: ["z\u2081", "z\u2082"], size: small, label: "the circle's codes in the plane" })
      : plane({ ...window, y: wide(0), names: ["angle t", "z"], size: small, moved: go, at: () => [near(t), 0],
        sideways: true, label: "the code of each angle: drag the angle" });
    code.curve(flat ? it.codes : angles.map((a, i) => [a, sampled[i][0]]), { stroke: "var(--code)" });
    const error = plane({ ...window, y: [0, 4.2], names: ["angle t", "error"], ...low, moved: go, at: () => [near(t), 0],
      sideways: true, label: "the squared error at each angle: drag the angle" });
    error.links([[[from, 1], [to, 1]]], { "stroke-dasharray": "2 4", "stroke-width": 1 });
    const errors = round ? it.errors : angles.map((a, i) => squaredError(it.point(a), it.back(sampled[i])));
    error.curve(angles.map((a, i) => [a, Math.min(errors[i], 4.2)]), { "stroke-width": 1.5 });
    const rings = { "stroke-width": 1.5, fill: "none" };
    parts = {
      link: circle.links([], { "stroke-dasharray": "4 3" }), level: code.links([], { "stroke-dasharray": "4 3" }),
      rings: [circle.dots([], { ...HANDLE, stroke: "var(--data)", "stroke-width": 9 }),
        code.dots([], { ...HANDLE, stroke: "var(--data)", "stroke-width": 9 })],
      answer: circle.dots([], { ...HANDLE, stroke: "var(--model)", "stroke-linecap": "square", "stroke-width": 11 }),
      x: circle.dots([], { ...HANDLE, stroke: "var(--data)" }),
      z: code.dots([], { ...HANDLE, stroke: "var(--data)" }), e: error.dots([], { ...HANDLE, stroke: "var(--data)" }),
    };
    stage.replaceChildren(circle.node, code.node, error.node);
  };
  const update = onceAFrame(() => {
    const it = net(), key = [which.value, step.value, zoom.value].join();
    if (key !== drawnFor) { build(); drawnFor = key; }
    const x = it.point(t), z = it.code(t), x_hat = it.back(z), e = squaredError(x, x_hat);
    const inside = Math.abs(near(t) - middle()) <= half();
    const same = it.size === 1 ? it.same(z[0]) : [];
    angle.value = (Math.atan2(x[0], x[1]) * 180) / Math.PI;
    parts.x.set([x]);
    parts.answer.set([x_hat]);
    parts.link.set([[x, x_hat]]);
    parts.z.set(it.size === 2 ? [z] : inside ? [[near(t), z[0]]] : []);
    parts.e.set(inside ? [[near(t), Math.min(e, 4.2)]] : []);
    parts.rings[0].set(same.map(it.point));
    const seen = same.map(near).filter((a) => Math.abs(a - middle()) <= half());
    parts.rings[1].set(seen.map((a) => [a, z[0]]));
    parts.level.set(it.size === 1 ? [[[middle() - half(), z[0]], [middle() + half(), z[0]]]] : []);
    const others = it.size === 1 ? `; ${same.length} inputs have this code` : "";
    const code = z.map((v) => v.toFixed(2)).join(", ");
    text.textContent = `z = ${it.size === 1 ? code : `(${code})`}, error here ${e.toFixed(3)}${others}`;
    whole.textContent = `after ${it.step} steps: mean error ${it.mean.toFixed(3)}, worst ${it.worst.toFixed(2)}; `
      + `above 1 on ${(100 * it.share).toFixed(1)} % of the circle`;
    const { step: steps, torn: at, worst, mean } = it;
    host.state = { t, x, z, x_hat, error: e, same, steps, torn: at, worst, mean, window: 2 * half() };
    say(`${whole.textContent}; ${text.textContent}`);
  });
  const frames = films[0].frames, last = frames.length - 1;
  const which = choice("code of", films.map(({ name }) => name), () => { halt(); update(); });
  const step = slider("training step", [0, last, 1, last], () => { halt(); update(); }, (v) => String(frames[v].step));
  const turned = () => { t = (angle.value * Math.PI) / 180; update(); };
  const angle = slider("angle t", [-180, 180, 0.1, 20], turned, "\u00b0");
  const zoom = slider("zoom", [1, 16, 0.5, 1], update, (v) => `\u00d7${Math.round(v * v)}`);
  const jump = make("button", { textContent: "go to the worst place", onclick() {
    halt();  // a network that goes on learning has its worst place elsewhere a moment later
    t = net().torn;
    update();
  } });
  const play = make("button", { textContent: "play the training", onclick() {
    if (playing) return halt();
    play.textContent = "stop";
    step.value = 0;
    playing = setInterval(() => {
      step.value += 1;
      update();
      if (!host.isConnected || step.value === last) halt();
    }, 350);
    return update();
  } });
  const halt = () => { clearInterval(playing); playing = 0; play.textContent = "play the training"; };
  const stage = make("div", { className: "row" }), text = make("output"), whole = make("output");
  stage.style.cssText = "gap:4px 8px; padding:0";
  const hands = make("div", {}, which.node, make("div", {}, jump, " ", play));
  const ahead = (n) => {  // all networks, one by one while nobody waits: then training is wound at once
    netOf(n % 2, last - (n >> 1));
    if (host.isConnected && n < 2 * last + 1) setTimeout(ahead, 20, n + 1);
  };
  root.append(stage, row(column(step.node, angle.node, zoom.node), column(hands, whole, text)));
  update();
  setTimeout(ahead, 200, 0);
}

KINDS.torn = torn;
