// -- 05: a point near the circle, where it may have come from, and the field of arrows; step after step ------------

function arrows(root, { network, std }, say, host) {
  const net = unpack(network), WAYS = ["the exact mean", `the network (\u03c3 = ${std})`], n = 720;
  const circle = range(n + 1, -Math.PI, Math.PI).slice(0, n).map((t) => [Math.sin(t), Math.cos(t)]);
  const ticks = range(11, -1.6, 1.6), field = ticks.flatMap((a) => ticks.map((b) => [a, b]));
  let at = [1.2, 0.5], trail = [], weights = [];
  /** E[x | x_tilde] over the circle, as in the lesson's formula; `weights` are the chances of its points. */
  function exact([a, b], sigma) {
    const away = circle.map(([u, v]) => (a - u) ** 2 + (b - v) ** 2), least = Math.min(...away);
    weights = away.map((d) => Math.exp((least - d) / (2 * sigma ** 2)));
    const total = weights.reduce((p, q) => p + q);
    return [0, 1].map((k) => circle.reduce((sum, p, i) => sum + weights[i] * p[k], 0) / total);
  }
  const learnt = () => which.value === WAYS[1];
  const answer = (point, sigma = noise.value) => (learnt() ? Array.from(forward(net, point)) : exact(point, sigma));
  /** An arrow's shaft and the two strokes of its head. */
  function arrow([from, to]) {
    const [h, v] = [0, 1].map((k) => to[k] - from[k]), long = Math.hypot(h, v), tip = Math.min(0.09, long / 2) / (long || 1);
    const stroke = (side) => [to, [to[0] - tip * (h + side * v), to[1] - tip * (v - side * h)]];
    return [[from, to], stroke(0.6), stroke(-0.6)];
  }
  let drawnFor = "";
  const update = onceAFrame(() => {
    const sigma = noise.value, key = `${which.value} ${sigma}`, x_hat = answer(at), r = Math.hypot(...at);
    if (key !== drawnFor) all.set(field.flatMap((point) => arrow([point, answer(point)])));
    drawnFor = key;
    if (!learnt()) exact(at, sigma);
    const most = Math.max(...weights), spike = (p, i) => [p, p.map((c) => c * (1 + (0.4 * weights[i]) / most))];
    spikes.set(learnt() ? [] : circle.filter((_, i) => i % 6 === 0).map((p, i) => spike(p, 6 * i)));
    path.set([...trail, at]);
    steps.set(trail.length ? trail : []);
    mine.set(arrow([at, x_hat]));
    handle.set([at]);
    end.set([x_hat]);
    const move = [0, 1].map((k) => x_hat[k] - at[k]), score = move.map((m) => m / sigma ** 2);
    const show = (p) => `(${p.map((c) => c.toFixed(2)).join(", ")})`;
    words.textContent = `x\u0303 ${show(at)}, ${r.toFixed(2)} from the centre; x\u0302 ${show(x_hat)}, `
      + `${Math.hypot(...x_hat).toFixed(3)} from it. ` + (learnt() ? `Trained for \u03c3 = ${std} alone.`
        : `Score \u2207log p = (x\u0302 \u2212 x\u0303)/\u03c3\u00b2 = ${show(score)}.`)
      + (trail.length ? ` After ${trail.length} steps.` : "");
    host.state = { x_tilde: at, x_hat, sigma, score, steps: trail.length, way: which.value };
    say(words.textContent);
  });
  const go = (a, b) => { at = [a, b]; trail = []; update(); };
  const walk = (count, falling) => {
    const first = noise.value;
    for (let k = 1; k <= count; k++) {
      if (falling && !learnt()) noise.value = Math.max(0.05, first * (1 - k / count));
      trail.push(at);
      at = answer(at);
    }
    update();
  };
  const noise = slider("noise \u03c3", [0.05, 1.2, 0.01, std], () => { trail = []; update(); });
  const which = choice("arrows of", WAYS, () => { trail = []; noise.node.querySelector("input").disabled = learnt(); if (learnt()) noise.value = std; update(); });
  const map = plane({ x: [-1.7, 1.7], y: [-1.7, 1.7], names: ["x\u2081", "x\u2082"], size: sized(host, 310, 256), at: () => at, moved: go,
    label: "the circle, the damaged point and the arrows: drag the point, or use the arrow keys" });
  const all = map.links([], { "stroke-width": 1.2, "stroke-opacity": 0.55 });
  const spikes = map.links([], { stroke: "var(--code)", "stroke-width": 2 });
  map.curve(range(181, 0, 2 * Math.PI).map((t) => [Math.sin(t), Math.cos(t)]), { stroke: "var(--data)", "stroke-width": 4, "stroke-opacity": 0.7 });
  const path = map.curve([[0, 0]], { "stroke-dasharray": "2 3", "stroke-width": 1.5 }), steps = map.dots([], { "stroke-width": 5 });
  const mine = map.links([], { stroke: "var(--model)", "stroke-width": 3 });
  const handle = map.dots([], { ...HANDLE, stroke: "var(--data)" });
  const end = map.dots([], { ...HANDLE, stroke: "var(--model)", "stroke-linecap": "square", "stroke-width": 10 });
  const words = make("output"), button = (textContent, onclick) => make("button", { textContent, onclick });
  words.style.cssText = "display:block; min-height:8.4em; max-width:17em";
  const key = make("p", {}, "Dot: x\u0303. Square: x\u0302, its answer. Spikes outside of the circle: how likely x\u0303 came from there.");
  key.style.cssText = "margin:0; max-width:17em; font-size:var(--small)";
  const side = column(which.node, noise.node, words, ...[["step: x\u0303 \u2190 x\u0302", 1], ["50 steps", 50],
    ["50 steps while \u03c3 falls", 50, true]].map(([text, ...how]) => make("div", {}, button(text, () => walk(...how)))), key);
  side.classList.add("side");
  const slim = ".side { width: 17em; } label.slider { grid-template-columns: 4.5em 1fr 2.6em; } fieldset { padding: 0; }"
    + "@container (max-width: 460px) { .side { width: 100%; } .side > * { max-width: none !important; }"
    + " .side > output { min-height: 5.6em !important; } }";
  root.append(make("style", { textContent: slim }), row(map.node, side));
  update();
}

KINDS.arrows = arrows;
