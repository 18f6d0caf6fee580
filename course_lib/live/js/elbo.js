// -- 06: one posterior on the map of codes, the two terms of its loss, and beta over four decades --------------------

/** Minus the log-likelihood of coins with these log-odds, in nats, summed over the pixels. */
function coins(logits, x) {
  let sum = 0;
  for (let i = 0; i < x.length; i++) {
    const l = logits[i];
    sum += Math.max(l, 0) + Math.log1p(Math.exp(-Math.abs(l))) - x[i] * l;
  }
  return sum;
}

const gaussianKl = (mu, sigma) =>
  mu.reduce((sum, m, j) => sum + 0.5 * (m * m + sigma[j] ** 2 - 1 - 2 * Math.log(sigma[j])), 0);

/** Two horizontal bars on one scale, each with a mark where the encoder stands. */
function twoBars(names, colours, top, width = 268) {
  const svg = shape("svg", { viewBox: `0 0 ${width} 78`, width, role: "img" });
  const add = (tag, attrs) => svg.appendChild(shape(tag, attrs));
  const rows = names.map((name, i) => {
    const y = 14 + 36 * i, text = add("text", { x: 0, y });
    add("rect", { x: 0.5, y: y + 4, width: width - 1, height: 14, fill: "none", stroke: "var(--faint)" });
    const bar = add("rect", { x: 0, y: y + 4, height: 14, fill: colours[i] });
    const mark = add("path", { stroke: "currentColor", "stroke-width": 2 }), over = add("text", { x: width, y });
    over.setAttribute("text-anchor", "end");
    return (value, encoder) => {
      const at = (v) => (width * clip(v, 0, top)) / top, h = at(encoder).toFixed(1);
      bar.setAttribute("width", at(value));
      mark.setAttribute("d", `M${h} ${y + 1}v20`);
      text.textContent = `${name} ${value.toFixed(1)}`;
      over.textContent = value > top ? "longer than the scale \u2192" : "";
    };
  });
  return { node: svg, set(values, encoder, words) {
    rows.forEach((row, i) => row(values[i], encoder[i]));
    svg.setAttribute("aria-label", words);
  } };
}

function elbo(root, { encoder, decoder, images, eps, clouds, labels, decades, side }, say, host) {
  const f = unpack(encoder), g = unpack(decoder), all = numbers(images), [low, high] = decades;
  const noise = pairs(floats(eps)), digit = bytes(labels), knots = clouds.length;
  const frames = clouds.map((cloud) => pairs(numbers(cloud))), n = all.length / 784;
  const image = (i) => all.subarray(784 * i, 784 * (i + 1)), t = () => decade.value, beta = () => 10 ** t();
  /** What `make` gives for a key, made anew only where the key is another one: a drag leaves the encoder's q as it is. */
  const kept = (make, last = {}) => (key) => (last.key === key ? last.value : Object.assign(last, { key, value: make() }).value);
  const encode = (i) => {
    const [a, b, va, vb] = forward(f, [...image(i), t()]);
    return { mu: [a, b], sigma: [Math.exp(va / 2), Math.exp(vb / 2)] };
  };
  const theirQ = kept(() => encode(which.value - 1)), theirTerms = kept(() => terms(theirQ(place()), image(which.value - 1)));
  const place = () => `${which.value} ${t()}`;
  const logits = (z) => forward(g, [...z, t()]), decode = (z) => Array.from(logits(z), ACTIVATIONS.sigmoid);
  const draw = ({ mu, sigma }, e) => [mu[0] + sigma[0] * e[0], mu[1] + sigma[1] * e[1]];
  const terms = (q, x) => {
    const error = noise.reduce((sum, e) => sum + coins(logits(draw(q, e)), x), 0) / noise.length;
    return { error, kl: gaussianKl(q.mu, q.sigma) };
  };
  let own = false, seed = 1;
  const q = () => ({ mu: [m1.value, m2.value], sigma: theirQ(place()).sigma.map((s) => s * 2 ** wide.value) });
  const follow = () => {
    if (!own) encode(which.value - 1).mu.forEach((m, j) => { [m1, m2][j].value = m; });
    if (!own) wide.value = 0;
    update();
  };
  const mine = () => { own = true; update(); };
  const written = (v) => (v < 0.095 ? v.toFixed(2) : v < 9.95 ? v.toFixed(1) : v.toFixed(0));

  const update = onceAFrame(() => {
    const x = image(which.value - 1), theirs = theirQ(place());
    const here = own ? q() : theirs;  // the encoder's own numbers, not a slider's steps
    const b = theirTerms(place()), a = own ? terms(here, x) : b, k = beta(), x_hat = decode(here.mu);
    const loss = a.error + k * a.kl, best = b.error + k * b.kl;
    input.draw(x, "x");
    output.draw(x_hat, `g(\u03bc) for \u03b2 = ${written(k)}`);
    const name = own ? "your q" : "encoder\u2019s q";
    const words = `${name}: ${a.error.toFixed(1)} + ${written(k)} \u00d7 ${a.kl.toFixed(2)} = ${loss.toFixed(1)} nats`;
    sum.textContent = own ? `${words} (encoder\u2019s: ${best.toFixed(1)})` : words;
    bars.set([a.error, k * a.kl], [b.error, k * b.kl], words);
    back.disabled = !own;
    drawMap(here, theirs);
    const shown = film(here);
    host.state = { t: t(), beta: k, image: which.value - 1, own, mu: here.mu, sigma: here.sigma, encoder: theirs, x_hat,
      error: a.error, kl: a.kl, loss, best, way: way.value, codes: shown.codes, film: shown.pictures };
    say(`\u03b2 ${written(k)}; ${sum.textContent}; \u03c3 ${here.sigma.map((s) => s.toFixed(2)).join(" and ")}`);
  });
  function drawMap(here, theirs) {
    const at = ((t() - low) / (high - low)) * (knots - 1), i = Math.min(knots - 2, Math.floor(at)), part = at - i;
    const groups = CLASSES.map(() => []);
    frames[i].forEach(([u, v], k) => {
      const [u1, v1] = frames[i + 1][k];
      groups[digit[k]].push([u + part * (u1 - u), v + part * (v1 - v)].map((c) => clip(c, -side, side)));
    });
    groups.forEach((group, d) => {
      cloud[d].set(group);
      const middle = (j) => group.map((z) => z[j]).sort((a, b) => a - b)[group.length >> 1];
      names[d].set([middle(0), middle(1)]);
    });
    rings.forEach((ring, r) => ring.set(around.map((e) => draw(here, e.map((v) => (r + 1) * v)))));
    ghost.set(own ? around.map((e) => draw(theirs, e.map((v) => 2 * v))) : [[0, 0]]);
    handle.set([here.mu]);
  }
  function film(here) {
    const normal = normals(seed), codes = strip.map(() => [normal(), normal()]);
    if (way.value === WAYS[0]) codes.forEach((e, i) => { codes[i] = draw(here, e); });
    if (way.value === WAYS[2]) {
      const end = encode(to.value - 1).mu, mix = (i, j) => here.mu[j] + (i / (strip.length - 1)) * (end[j] - here.mu[j]);
      codes.forEach((_, i) => { codes[i] = [mix(i, 0), mix(i, 1)]; });
    }
    const pictures = codes.map(decode);
    pictures.forEach((one, i) => strip[i].draw(one, `picture ${i + 1} of ${way.value}`));
    drawn.set(codes.map((z) => z.map((c) => clip(c, -side, side))));
    line.set(way.value === WAYS[2] ? [[codes[0], codes.at(-1)]] : []);
    again.disabled = way.value === WAYS[2];
    to.disabled = !again.disabled;
    return { codes, pictures };
  }

  const WAYS = ["draws from q", "draws from the prior", "a walk to"];
  const decade = slider("\u03b2", [low, high, 0.02, 0], () => follow(), (v) => written(10 ** v));
  const which = slider("image", [1, n, 1, 1], () => { own = false; follow(); }, (v) => `a ${(v - 1) % 10}`);
  const m1 = slider("\u03bc\u2081 of q", [-side, side, 0.01, 0], mine), m2 = slider("\u03bc\u2082 of q", [-side, side, 0.01, 0], mine);
  const wide = slider("width of q", [-3, 3, 0.1, 0], mine, (v) => `\u00d7 ${(2 ** v).toFixed(2)}`);
  const back = make("button", { textContent: "back to the encoder\u2019s q", onclick: () => { own = false; follow(); } });
  const map = plane({ x: [-side, side], y: [-side, side], names: ["z\u2081", "z\u2082"],
    size: sized(host, 250, host.clientWidth - 164), at: () => [m1.value, m2.value],
    label: "map of the codes: drag q, or use the arrow keys", moved(a, b) { m1.value = a; m2.value = b; mine(); } });
  const around = range(61, 0, 2 * Math.PI).map((a) => [Math.cos(a), Math.sin(a)]);
  const cloud = CLASSES.map((stroke) => map.dots([], { stroke, "stroke-width": 3, "stroke-opacity": 0.75 }));
  for (const r of [1, 2, 3]) {
    map.curve(around.map((e) => e.map((v) => r * v)), { "stroke-dasharray": "3 4", "stroke-width": 1 });
  }
  const names = CLASSES.map((_, d) => map.write(d)), line = map.links([], { stroke: "var(--model)" });
  const ghost = map.curve([[0, 0]], { "stroke-dasharray": "4 2", "stroke-width": 1.5 });
  const rings = [1, 2].map(() => map.curve([[0, 0]], { stroke: "var(--model)", "stroke-width": 2.5 }));
  const cross = { "stroke-width": 6, "stroke-linecap": "square", style: "filter: drop-shadow(0 0 1px #fff)" };
  const drawn = map.dots([], cross), handle = map.dots([], { ...HANDLE, stroke: "var(--model)", "stroke-width": 9 });
  const input = picture("x", 104), output = picture("g(\u03bc)", 104), strip = range(9, 0, 8).map(() => picture("", 60));
  const bars = twoBars(["error", "\u03b2 \u00d7 KL"], ["var(--model)", "var(--code)"], 250), sum = make("output");
  const way = choice("film:", WAYS, () => update());
  const to = make("select", { onchange: () => update(), attrs: { "aria-label": "walk to image" } },
    ...range(n, 1, n).map((i) => new Option(`${i}: a ${(i - 1) % 10}`, i, i === n, i === n)));
  const again = make("button", { textContent: "draw again", onclick: () => { seed += 1; update(); } });
  way.node.append(to, again);
  sum.style.cssText = "display:block; min-height:2.8em; max-width:280px";
  const slim = `label.slider { grid-template-columns: 5.5em minmax(6em, 9em) 4em; } .row { gap: 8px 16px; }
    @container (max-width: 460px) {  /* the pictures beside the map, what is added up below them, then the sliders */
      .row { display: grid; grid-template-columns: auto 1fr; gap: 4px 8px; } .row .column { display: contents; }
      .row .column > * { grid-column: 1 / 3; order: 1; }
      .row .column > svg.moved { grid-column: 1; order: 0; }
      .row .column > .both { grid-column: 2; order: 0; flex-direction: column; padding: 0; } .both figure { width: 104px; }
      label.slider { grid-template-columns: 5.5em 1fr 4em; } label.slider output, .row .column > output { min-height: 0 !important; }
      .strip { display: grid; grid-template-columns: repeat(9, 1fr); padding: 0; }
    }`;
  const right = column(make("div", { className: "film both" }, input.node, output.node), bars.node, sum);
  const knobs = [which, m1, m2, wide].map((one) => one.node);
  root.append(make("style", { textContent: slim }), row(column(map.node, decade.node, which.node), column(right, ...knobs.slice(1),
    make("div", {}, back))), way.node, make("div", { className: "film strip fluid" }, ...strip.map((one) => one.canvas)));
  follow();
}

KINDS.elbo = elbo;
