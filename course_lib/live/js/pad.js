// -- 03 and 06: a map of a 2-D code -----------------------------------------------------------------------------

function pad(root, { models, labels, bounds: [x0, x1, y0, y1], prior, choose }, say) {
  const digits = bytes(labels), normal = normals(1), views = {};
  for (const { name, decoder, codes } of models) {
    const groups = CLASSES.map(() => []);
    pairs(numbers(codes)).forEach((z, i) => groups[digits[i]].push(z));
    const median = (group, k) => group.map((z) => z[k]).sort((a, b) => a - b)[group.length >> 1];
    const middles = groups.map((group) => [median(group, 0), median(group, 1)]);
    views[name] = { net: unpack(decoder), groups, middles };
  }
  const view = () => views[which.value], between = (share) => {
    const [a, b] = ends.map((end) => view().middles[end.value]);
    return [a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share];
  };
  const update = onceAFrame(() => {
    const z = [z1.value, z2.value];
    handle.set([z]);
    way.set([[between(0), between(1)]]);
    out.draw(forward(view().net, z), `g(z) at z = (${z[0].toFixed(2)}, ${z[1].toFixed(2)})`);
    strip.forEach((small, i) => small.draw(forward(view().net, between(i / (strip.length - 1)))));
    say(`z = ${z[0].toFixed(1)}, ${z[1].toFixed(1)}`);
  });
  const go = ([a, b]) => { z1.value = a; z2.value = b; update(); };
  const switched = () => {
    const images = backdrop.value === "decoded images";
    layers.forEach((layer, d) => layer.set(images ? [] : view().groups[d]));
    marks.forEach((mark, d) => mark.set(view().middles[d]));
    map.backdrop(images ? decodedGrid(view().net, x0, x1, y0, y1) : null);
    update();
  };
  const which = choice(choose, models.map((model) => model.name), switched);
  const backdrop = choice("map", ["codes of test digits", "decoded images"], switched);
  const z1 = slider("z\u2081", [x0, x1, 0.01, (x0 + x1) / 2], update);
  const z2 = slider("z\u2082", [y0, y1, 0.01, (y0 + y1) / 2], update);
  const walk = () => go(between(share.value)), share = slider("between", [0, 1, 0.01, 0], walk);
  const ends = [["from digit", 1], ["to digit", 7]].map(([name, start]) =>
    make("select", { onchange: walk, attrs: { "aria-label": name } },
      ...CLASSES.map((_, d) => new Option(d, d, d === start, d === start))));
  const map = plane({ x: [x0, x1], y: [y0, y1], names: ["z\u2081", "z\u2082"], at: () => [z1.value, z2.value],
    label: "map of the code: drag, or use the arrow keys", moved: (a, b) => go([a, b]) });
  const layers = CLASSES.map((stroke) => map.dots([], { stroke, "stroke-width": 3.5, "stroke-opacity": 0.8 }));
  const around = range(91, 0, 2 * Math.PI), dashed = { "stroke-dasharray": "3 4", "stroke-width": 1 };
  for (const r of prior ? [1, 2, 3] : []) map.curve(around.map((t) => [r * Math.cos(t), r * Math.sin(t)]), dashed);
  const marks = CLASSES.map((_, d) => map.write(d)), way = map.links([], { stroke: "var(--model)" });
  const handle = map.dots([], { ...HANDLE, stroke: "var(--model)" });
  const out = picture("g(z)", 196), strip = range(9, 0, 8).map(() => picture("", 48));
  const draw = make("button", { textContent: "draw z from the prior", onclick: () => go([normal(), normal()]) });
  if (models.length > 1) root.append(which.node);
  const film = make("div", { className: "film", attrs: { "aria-hidden": "true" } }, ...strip.map((one) => one.canvas));
  root.append(backdrop.node, row(map.node, column(out.node, z1.node, z2.node, prior ? make("div", {}, draw) : "")),
    row(make("div", {}, "from ", ends[0], " to ", ends[1]), share.node), film);
  switched();
}

function decodedGrid(net, x0, x1, y0, y1, side = 20) {
  const canvas = make("canvas", { width: 28 * side, height: 28 * side }), context = canvas.getContext("2d");
  const tile = context.createImageData(28, 28);
  tile.data.fill(255);
  for (let i = 0; i < side * side; i++) {
    const h = i % side, v = Math.floor(i / side);
    const image = forward(net, [x0 + ((h + 0.5) * (x1 - x0)) / side, y1 - ((v + 0.5) * (y1 - y0)) / side]);
    for (let k = 0; k < 784; k++) tile.data.fill(255 * image[k], 4 * k, 4 * k + 3);
    context.putImageData(tile, 28 * h, 28 * v);
  }
  return canvas;
}

KINDS.pad = pad;
