// -- 04: a digit as a sum of weighted atoms, added and taken away one by one -----------------------------------------

const TILES = 30, SIDE = 16, CELL = 9;

/** The code as a square of units: bright where it speaks, crossed where it is switched off, hatched where it is dead. */
function unitMap(units) {
  const svg = shape("svg", { viewBox: `-1 -1 ${SIDE * CELL + 2} ${SIDE * CELL + 2}`, width: SIDE * CELL + 2, role: "img" });
  const cells = range(units, 0, units - 1).map((j) => {
    const h = (j % SIDE) * CELL, v = Math.floor(j / SIDE) * CELL, inside = CELL - 1;
    const cell = svg.appendChild(shape("rect", { x: h, y: v, width: inside, height: inside, stroke: "none" }));
    const mark = svg.appendChild(shape("path", { stroke: "currentColor", "stroke-width": 1, fill: "none" }));
    return (value, off, dead) => {
      cell.setAttribute("fill", dead ? "#999" : "var(--code)");
      cell.setAttribute("fill-opacity", dead ? 0.35 : off ? 0 : 0.12 + 0.88 * clip(value));
      const cross = `M${h} ${v}l${inside} ${inside}M${h + inside} ${v}l${-inside} ${inside}`;
      mark.setAttribute("d", dead ? `M${h} ${v + inside}l${inside} ${-inside}` : off && value ? cross : "");
      mark.setAttribute("stroke-opacity", dead ? 0.35 : 1);
    };
  });
  return { node: svg, set(z, off, dead, words) {
    const most = Math.max(...z, 1e-9);
    cells.forEach((cell, j) => cell(z[j] / most, off.has(j), dead[j]));
    svg.setAttribute("aria-label", words);
  } };
}

function atoms(root, { models, images, labels, units }, say, host) {
  const all = numbers(images), digit = bytes(labels), count = digit.length;
  const views = models.map(({ name, decoder, codes, kept, rest, dead, speak }) => {
    const net = unpack(decoder), z = floats(codes), places = Array.from(new Uint16Array(bytes(kept).buffer)), k = places.length;
    const column = (j) => Float32Array.from({ length: 784 }, (_, p) => net[0].weight[p * k + j]);
    const atom = places.map((_, j) => column(j)), length = atom.map((a) => Math.hypot(...a));
    const top = atom.map((a) => a.reduce((most, w) => Math.max(most, Math.abs(w)), 0));
    return { name, net, atom, length, top, places, speak, dead: Array.from(bytes(dead)), rest: numbers(rest),
      code: (i) => z.subarray(k * i, k * (i + 1)) };
  });
  const view = () => views.find((one) => one.name === which.value), place = () => image.value - 1;
  let off = new Set(), order = [];
  const sigmoid = ACTIVATIONS.sigmoid;
  /** What the decoder makes of the code with these places switched off; `REST` is the sum of all units not kept. */
  const REST = -1;
  function decode(v, z, out) {
    const rest = v.rest.subarray(784 * place(), 784 * (place() + 1)), logits = forward(v.net, z.map((c, j) => (out.has(j) ? 0 : c)));
    return Array.from(logits, (l, p) => sigmoid(l + (out.has(REST) ? 0 : rest[p])));
  }
  const update = onceAFrame(() => {
    const v = view(), z = v.code(place()), x = all.subarray(784 * place(), 784 * (place() + 1)), x_hat = decode(v, z, off);
    const error = squaredError(x_hat, x), speaking = order.filter((j) => !off.has(j));
    input.draw(x, "x");
    output.draw(x_hat, `x\u0302: error ${error.toFixed(1)}`);
    const top = Math.max(...order.filter((j) => j >= 0).map((j) => z[j] * v.top[j]), 1e-9);  // one scale for all tiles
    tiles.forEach((tile, i) => {
      const j = tiled()[i], there = j !== undefined;
      tile.button.style.visibility = there ? "visible" : "hidden";
      if (!there) return;
      const share = j === REST ? v.rest.subarray(784 * place(), 784 * (place() + 1)) : v.atom[j].map((a) => a * z[j]);
      tile.shown.signed(share.map((s) => s / top), "");
      const name = j === REST ? `+ ${v.rests}` : z[j].toFixed(2);
      tile.text.textContent = name;
      tile.button.setAttribute("aria-label", j === REST ? `the ${v.rests} others together` : `unit ${v.places[j]}, weight ${name}`);
      tile.button.setAttribute("aria-pressed", String(!off.has(j)));
    });
    const square = new Array(units).fill(0), silent = new Set();
    order.forEach((j) => { if (j >= 0) square[v.places[j]] = z[j]; if (j >= 0 && off.has(j)) silent.add(v.places[j]); });
    const deaths = v.dead.reduce((a, b) => a + b), spoken = v.speak[place()];
    const words = `${spoken} of ${units} units speak for this digit, ${deaths} are dead.`;
    map.set(square, silent, v.dead, words);
    below.textContent = words;
    text.textContent = `${speaking.length} of ${order.length} parts on: error ${error.toFixed(1)}`;
    host.state = { model: v.name, image: place(), x_hat, error, on: speaking.map((j) => (j < 0 ? REST : v.places[j])), z: [...z],
      dead: deaths, speak: spoken };
    say(`${v.name}, a ${digit[place()]}: ${text.textContent}. ${words}`);
  });
  /** Another model or image: the atoms by the size of what they add, the rest together at the end. */
  function anew(keep) {
    const v = view(), z = v.code(place()), rest = v.rest.subarray(784 * place(), 784 * (place() + 1));
    order = v.places.map((_, j) => j).filter((j) => z[j] !== 0);
    order.sort((a, b) => z[b] * v.length[b] - z[a] * v.length[a]);
    v.rests = units - v.places.length;
    if (rest.some((r) => Math.abs(r) > 1e-6)) order.push(REST);
    most.node.querySelector("input").max = order.length;
    most.value = keep === undefined ? order.length : Math.min(keep, order.length);
    first();
  }
  const first = () => { off = new Set(order.slice(most.value)); update(); };
  /** The largest atoms, and in the last place the others together. */
  const tiled = () => (order.includes(REST) ? [...order.slice(0, Math.min(TILES, order.length) - 1), REST] : order.slice(0, TILES));
  const toggle = (i) => { const j = tiled()[i]; off[off.has(j) ? "delete" : "add"](j); update(); };
  const which = choice("code", views.map((one) => one.name), () => anew());
  const image = slider("image", [1, count, 1, 1], () => anew(), (v) => `a ${digit[v - 1]}`);
  const most = slider("the largest", [0, units, 1, units], () => first(), (v) => `${v}`);
  const input = picture("x", 120), output = picture("x\u0302", 120), text = make("output"), below = make("p"), map = unitMap(units);
  const tiles = range(TILES, 0, TILES - 1).map((i) => {
    const shown = signedPicture(42), label = make("span", { className: "weight" });
    shown.canvas.setAttribute("aria-hidden", "true");
    const button = make("button", { className: "tile", onclick: () => toggle(i) }, shown.canvas, label);
    return { shown, button, text: label };
  });
  const button = (textContent, onclick) => make("button", { textContent, onclick });
  const swap = button("only the others", () => { off = new Set(order.filter((j) => !off.has(j))); update(); });
  const slim = `.tiles { display: grid; grid-template-columns: repeat(auto-fill, 48px); gap: 4px; width: min(310px, 100%); }
    .tile { padding: 1px 0; border: 2px solid var(--code); background: none; color: inherit; border-radius: 4px; font-size: var(--small); }
    .tile[aria-pressed=false] { border: 2px dashed var(--faint); } .tile[aria-pressed=false] canvas { opacity: 0.25; }
    .tile[aria-pressed=false] .weight { text-decoration: line-through; } .weight { white-space: nowrap; }
    .side { width: 11.5em; } .side p { margin: 0; font-size: var(--small); } fieldset { padding: 0; } legend { display: block; font-weight: 600; }
    label.slider { grid-template-columns: 1fr auto; gap: 0; } label.slider input { grid-column: 1 / 3; grid-row: 2; }
    .row { gap: 8px 12px; }
    @container (max-width: 460px) {  /* the three pictures in one row, the tiles below, then what chooses them */
      .row { display: grid; grid-template-columns: 1fr 1fr 1.3fr; gap: 6px; } .row .column { display: contents; }
      .side > *, .tiles { grid-column: 1 / 4; order: 1; } .row svg { grid-column: 3; order: 0; align-self: start; }
      .tiles { width: auto; grid-template-columns: repeat(7, minmax(0, 1fr)); }
      legend { display: contents; }
      label.slider { grid-template-columns: 6em 1fr 3em; gap: 8px; } label.slider input { grid-area: auto; }
    }`;
  const side = column(which.node, image.node, most.node, text, make("div", {}, swap), map.node, below);
  side.classList.add("side");
  root.classList.add("fluid");
  root.append(make("style", { textContent: slim }),
    row(column(input.node, output.node), make("div", { className: "tiles" }, ...tiles.map((tile) => tile.button)), side));
  anew();
}

KINDS.atoms = atoms;
