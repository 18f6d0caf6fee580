// -- 03: draw a digit: what two numbers and what many make of it, its place on the map, its nearest training digits

/** The k training digits whose codes lie nearest, in a row, each with its class below. */
function neighbours(name, sheet, labels, codes, k = 8) {
  const size = codes.length / labels.length, text = make("figcaption"), row = make("div", { className: "film" });
  const tiles = range(k, 1, k).map(() => {
    const canvas = make("canvas", { className: "picture", width: 28, height: 28 }), digit = make("figcaption");
    canvas.style.cssText = "width:36px; height:36px; image-rendering:auto";
    digit.style.textAlign = "center";
    row.append(make("figure", {}, canvas, digit));
    return { context: canvas.getContext("2d"), digit };
  });
  row.setAttribute("role", "img");
  text.style.maxWidth = "none";
  let shown = [];
  const draw = () => shown.forEach((n, i) =>
    tiles[i].context.drawImage(sheet, 28 * (n % 25), 28 * Math.floor(n / 25), 28, 28, 0, 0, 28, 28));
  sheet.addEventListener("load", draw);
  return {
    node: make("figure", {}, text, row),
    words: () => text.textContent,
    near(z) {
      const away = Array.from(labels, (_, n) => {
        let sum = 0;
        for (let i = 0; i < size; i++) sum += (codes[n * size + i] - z[i]) ** 2;
        return [sum, n];
      });
      shown = away.sort((a, b) => a[0] - b[0]).slice(0, k).map(([, n]) => n);
      const digits = shown.map((n) => labels[n]), count = (d) => digits.filter((other) => other === d).length;
      const most = digits.reduce((a, b) => (count(b) > count(a) ? b : a));
      draw();
      tiles.forEach(({ digit }, i) => { digit.textContent = digits[i]; });
      text.textContent = `nearest by ${name}: ${count(most)} of ${k} are a ${most}`;
      row.setAttribute("aria-label", `${text.textContent} (${digits.join(", ")})`);
      return shown;
    },
  };
}

/** Pictures of a 2-D code's places, side x side of them on one canvas. */
function decodedPlaces(net, [x0, x1, y0, y1], side = 15) {
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

const DRAW = `
.pictures figure { width: 113px; min-height: 160px; }
.answers { order: 1; }  /* on the map's right where there's room, and on a phone between board and map */
@container (max-width: 460px) {
  .answers { order: 0; width: 100%; }
  .pictures figure { min-height: 151px; }
  .pictures canvas { max-width: 98px; }
  .answers .film { display: grid; grid-template-columns: repeat(8, minmax(0, 1fr)); max-width: 318px; padding: 0; }
  .two { display: grid; grid-template-columns: 1fr 1fr; gap: 8px; }
  .two label.slider { grid-template-columns: 1.2em 1fr 3em !important; }
}
`;

function draw(root, { models, images, labels, sheet, corners, first }, say, host) {
  const classes = Array.from(bytes(labels)), photo = make("img", { src: sheet, alt: "" }), [x0, x1, y0, y1] = corners;
  const nets = models.map(({ name, encoder, decoder, codes }) => ({
    name, f: unpack(encoder), g: unpack(decoder), codes: numbers(codes), out: picture(name, 110),
  }));
  for (const net of nets) net.nearest = neighbours(net.name, photo, classes, net.codes);
  const [two, many] = nets, seen = picture("x", 110), codes = pairs(two.codes);
  let x, own, wide, z_many, moved = false;

  const update = onceAFrame(() => {
    const z = moved ? [z1.value, z2.value] : own, x_hat = Array.from(forward(two.g, z));
    const errors = [x_hat, wide].map((each) => squaredError(x, each));
    const words = errors.map((e) => `error ${e.toFixed(1)}`);
    const best = moved ? `, at the encoder's place ${squaredError(x, forward(two.g, own)).toFixed(1)}` : "";
    seen.draw(x, "x: fitted, centred");
    two.out.draw(x_hat, `${two.name}: ${words[0]}${best}`);
    many.out.draw(wide, `${many.name}: ${words[1]}`);
    const near = [two.nearest.near(z), many.nearest.near(z_many)];
    ways.set(near[0].map((n) => [z, codes[n]]));
    start.set([own]);
    handle.set([z]);
    host.state = { x: Array.from(x), own, z, z_many, x_hat: [x_hat, wide], errors, near };
    say(`z = ${z.map((v) => v.toFixed(2)).join(", ")}. ${two.name}: ${words[0]}${best}; ${many.name}: ${words[1]}. `
      + nets.map((net) => net.nearest.words()).join("; "));
  });
  const changed = (image) => {
    [x, moved] = [image, false];
    own = Array.from(forward(two.f, x));
    z_many = Array.from(forward(many.f, x));
    wide = Array.from(forward(many.g, z_many));
    back();
  };
  const back = () => { [z1.value, z2.value, moved] = [...own, false]; update(); };
  const dragged = () => { moved = true; update(); };
  const z1 = slider("z\u2081", [x0, x1, 0.01, 0], dragged), z2 = slider("z\u2082", [y0, y1, 0.01, 0], dragged);
  const map = plane({ x: [x0, x1], y: [y0, y1], names: ["z\u2081", "z\u2082"], size: sized(host, 264, 180),
    at: () => [z1.value, z2.value], label: "the map of two numbers: drag the point, or use the arrow keys",
    moved(a, b) { [z1.value, z2.value] = [a, b]; dragged(); } });
  const groups = CLASSES.map((_, d) => codes.filter((z, n) => classes[n] === d));
  const layers = CLASSES.map((stroke) => map.dots([], { stroke, "stroke-width": 4 }));
  const middle = (group, k) => group.map((z) => z[k]).sort((a, b) => a - b)[group.length >> 1];
  for (const [d, group] of groups.entries()) map.write(d).set([middle(group, 0), middle(group, 1)]);
  const ways = map.links([], { "stroke-width": 1 });
  const start = map.dots([], { ...HANDLE, stroke: "var(--data)", "stroke-linecap": "square", "stroke-width": 11 });
  const handle = map.dots([], { ...HANDLE, stroke: "var(--model)" });
  for (const each of [z1, z2]) each.node.style.gridTemplateColumns = "2em 14em 4em";
  const backdrop = choice("map of", ["training digits", "decoded places"], () => {
    const places = backdrop.value === "decoded places";
    map.backdrop(places ? decodedPlaces(two.g, corners) : null);
    layers.forEach((layer, d) => layer.set(places ? [] : groups[d]));
  });
  layers.forEach((layer, d) => layer.set(groups[d]));
  const paper = desk(numbers(images), first, changed);
  const home = make("button", { textContent: "back to the encoder's place", onclick: back });
  const shown = make("div", { className: "pictures" }, seen.node, two.out.node, many.out.node);
  const answers = column(shown, two.nearest.node, many.nearest.node), knobs = column(z1.node, z2.node);
  answers.classList.add("answers", "fluid");
  knobs.classList.add("two");
  root.append(make("style", { textContent: DRAW }), row(paper.node, answers, column(backdrop.node, map.node, knobs,
    make("div", {}, home))));
  paper.take();
}

KINDS.draw = draw;
