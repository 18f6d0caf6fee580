// -- 09: ask for the labels of a few images, and see how far they spread over a graph of neighbours -------------

const SPREAD = `
canvas.map { flex: 1 1 360px; min-width: 0; max-width: 500px; height: auto; aspect-ratio: 1; display: block; cursor: pointer;
  border: 1px solid var(--faint); touch-action: manipulation; }
canvas.seen { width: 84px; height: 84px; background: #000; border: 1px solid var(--faint); }
.told { max-width: 250px; min-height: 4.2em; }
.told output, .told div { padding: 0; display: block; }
.beside { display: flex; gap: 10px; align-items: start; padding-left: 4px; }
`;

function spread(root, { codes, places, labels, thumbs, curves, k, alpha, steps }, say, host) {
  const truth = bytes(labels), n = truth.length, classes = 10, small = bytes(thumbs), at = pairs(numbers(places));
  const built = {}, space = () => codes.find(({ name }) => name === code.value);
  const graph = () => (built[code.value] ??= (() => {
    const values = Float64Array.from(numbers(space().values));
    return { values, d: values.length / n, links: neighbourGraph(values, values.length / n, k) };
  })());
  let known = [], now = 0, past = [], all = null;  // known: the rows whose labels were asked for, in this order

  /** What the graph and the nearest labelled image say, and how sure the graph is, for the labels that are known. */
  const answers = () => {
    const { values, d, links } = graph(), asked = known.map((row) => [row, truth[row]]);
    const nearest = new Float64Array(n).fill(Infinity), byNearest = new Int8Array(n).fill(-1);
    for (const row of known) distancesFrom(values, d, row).forEach((apart, i) => {
      if (apart < nearest[i]) { nearest[i] = apart; byNearest[i] = truth[row]; }
    });
    const history = spreading(links, asked, classes, alpha, steps);
    return { byNearest, history, final: wrong(named(sureness(history[steps], classes))) };
  };
  const named = (sure) => Int8Array.from({ length: n }, (_, i) => {
    const own = sure.subarray(classes * i, classes * i + classes), most = Math.max(...own);
    return most > 0 ? own.indexOf(most) : -1;
  });
  const wrong = (said) => {  // of the images whose label nobody asked for
    const asked = new Set(known);
    return (100 * said.reduce((sum, s, i) => sum + (!asked.has(i) && s !== truth[i]), 0)) / (n - asked.size);
  };

  const update = onceAFrame(() => {
    all ??= answers();
    const sure = sureness(all.history[step.value], classes), byGraph = named(sure);
    if (known.length) past[known.length] = [all.final, wrong(all.byNearest)];
    const here = known.length ? [wrong(byGraph), wrong(all.byNearest)] : null, graphs = by.value === "the graph";
    draw(graphs ? byGraph : all.byNearest, (i) => (graphs ? Math.max(...sure.subarray(classes * i, classes * i + classes)) : 1));
    thumb(now);
    const written = (s) => (s < 0 ? "no label has come here" : `a ${s}`);
    const own = known.includes(now) ? `its label is ${truth[now]}` : `the graph says ${written(byGraph[now])}`;
    about.textContent = `Image ${now + 1}: ${own}.`;
    told.textContent = here ? `${known.length} label${known.length > 1 ? "s" : ""}. Wrong of the others: graph ${here[0].toFixed(1)} %`
      + `${step.value < steps ? ` after ${step.value} steps` : ""}, nearest label ${here[1].toFixed(1)} %.`
      : "No label yet: click an image on the map to ask for its label.";
    yours.forEach((line, w) => line.set(past.map((pair, m) => [Math.log10(m), pair?.[w]]).filter((p) => p && p[0] <= 2 && p[1] !== undefined)));
    chance.forEach((line, w) => line.set(curves[code.value][w].map(([m, v]) => [Math.log10(m), v])));
    say(`${about.textContent} ${told.textContent}`);
    host.state = { known: [...known], now, sure: Array.from(sure), nearest: Array.from(all.byNearest), wrong: here };
  });

  const changed = () => { all = null; update(); };
  const ask = (rows) => {
    for (const row of rows) if (row !== undefined && !known.includes(row)) known.push(row);
    changed();
  };
  const random = normals(9), draws = (m) => Math.abs(Math.floor(1e6 * random())) % m;
  const code = choice("neighbours in", codes.map(({ name }) => name), () => { past = []; changed(); });
  const by = choice("labels by", ["the graph", "the nearest label"], update);
  const step = slider("steps", [0, steps, 1, steps], update), mistakes = make("input", { type: "checkbox", onchange: update });
  const button = (textContent, onclick) => make("button", { textContent, onclick });
  const lucky = () => ask(Array.from({ length: classes }, (_, c) => {
    const left = [...Array(n).keys()].filter((i) => truth[i] === c && !known.includes(i));
    return left[draws(left.length)];
  }));
  const buttons = make("div", {}, button("ask for it", () => ask([now])), " ", button("ten at random", lucky), " ",
    button("take back", () => { past[known.length] = undefined; known.pop(); changed(); }), " ",
    button("start again", () => { known = []; past = []; changed(); }));
  const about = make("output"), told = make("div");
  const chart = plane({ x: [0, 2], y: [0, 80], names: ["labels", "%"], size: 130,
    label: "percent wrong against the number of labels, from 1 to 100, for the graph and for the nearest label" });
  ["1", "10", "100"].forEach((m, i) => { chart.node.querySelectorAll("text")[2 * i].textContent = m; });  // logarithms
  const dashed = { "stroke-dasharray": "4 3", "stroke-width": 1.5 };
  const chance = ["var(--data)", "var(--model)"].map((stroke) => chart.curve([[0, 0]], { stroke, ...dashed }));
  const yours = ["var(--data)", "var(--model)"].map((stroke, w) => chart.dots([], { stroke, "stroke-width": w ? 5 : 7, "stroke-linecap": w ? "square" : "round" }));

  // the map: every image is the digit that it is taken for, the surer the darker; a point where no label has come
  const side = 1000, map = make("canvas", { className: "map", width: side, height: side, tabIndex: 0, attrs: { role: "application",
    "aria-label": `map of ${n} images: arrow keys go to the next image, Enter asks for its label` } }), pen = map.getContext("2d");
  const low = [0, 1].map((i) => Math.min(...at.map((p) => p[i]))), high = [0, 1].map((i) => Math.max(...at.map((p) => p[i])));
  const spots = at.map((p) => [0, 1].map((i) => 24 + ((side - 48) * (i ? high[1] - p[1] : p[0] - low[0])) / (high[i] - low[i])));
  function draw(said, sure) {
    const ink = getComputedStyle(map).color, asked = new Set(known);
    const light = Number(ink.match(/\d+/)[0]) > 127 ? 68 : 34;  // on a dark page, or on a light one
    const larger = Math.min(1.3, 500 / (map.clientWidth || 500));  // where the map is small
    pen.clearRect(0, 0, side, side);
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    pen.lineWidth = 2;
    spots.forEach(([x, y], i) => {
      if (asked.has(i)) return;
      pen.font = `600 ${20 * larger}px system-ui, sans-serif`;
      pen.globalAlpha = said[i] < 0 ? 0.5 : 0.35 + 0.65 * sure(i);
      pen.fillStyle = said[i] < 0 ? ink : `hsl(${36 * said[i]} 75% ${light}%)`;
      pen.fillText(said[i] < 0 ? "\u00b7" : said[i], x, y);
      pen.globalAlpha = 1;
      pen.strokeStyle = ink;
      if (mistakes.checked && said[i] >= 0 && said[i] !== truth[i]) pen.strokeRect(x - 10, y - 11, 20, 22);
    });
    pen.font = "700 26px system-ui, sans-serif";
    for (const i of known) {
      const [x, y] = spots[i];
      pen.fillStyle = "#000";
      pen.strokeStyle = "#fff";
      pen.fillRect(x - 15, y - 17, 30, 34);
      pen.strokeRect(x - 15, y - 17, 30, 34);
      pen.fillStyle = "#fff";
      pen.fillText(truth[i], x, y + 1);
    }
    const { starts, ends } = graph().links, [x, y] = spots[now];
    pen.strokeStyle = ink;
    pen.beginPath();
    for (let e = starts[now]; e < starts[now + 1]; e++) { pen.moveTo(x, y); pen.lineTo(...spots[ends[e]]); }
    pen.stroke();
    pen.lineWidth = 4;
    pen.beginPath();
    pen.arc(x, y, 22, 0, 7);
    pen.stroke();
  }
  const nearestTo = (x, y, good = () => true) => spots.reduce((best, p, i) => {
    const apart = Math.hypot(p[0] - x, p[1] - y);
    return good(p, i) && apart < best[0] ? [apart, i] : best;
  }, [Infinity, now])[1];
  const pointed = (event) => {
    const box = map.getBoundingClientRect(), scale = side / box.width;
    return nearestTo((event.clientX - box.left) * scale, (event.clientY - box.top) * scale);
  };
  map.onpointermove = (event) => { if ((now = pointed(event)) >= 0) update(); };
  map.onclick = (event) => ask([(now = pointed(event))]);
  map.onkeydown = (event) => {
    if (event.key === "Enter" || event.key === " ") { event.preventDefault(); return ask([now]); }
    const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (!way) return;
    event.preventDefault();
    const [x, y] = spots[now];
    now = nearestTo(x, y, ([a, b], i) => i !== now && (a - x) * way[0] + (b - y) * way[1] > Math.hypot(a - x, b - y) * 0.7);
    update();
  };
  const seen = make("canvas", { className: "seen", width: 14, height: 14, attrs: { role: "img", "aria-label": "the image that is pointed at" } });
  const grey = seen.getContext("2d"), pixels = grey.createImageData(14, 14);
  pixels.data.fill(255);
  function thumb(i) {
    for (let p = 0; p < 196; p++) {
      const both = small[98 * i + (p >> 1)];
      pixels.data.fill(17 * (p % 2 ? both & 15 : both >> 4), 4 * p, 4 * p + 3);
    }
    grey.putImageData(pixels, 0, 0);
  }
  const key = make("figcaption", {}, "Percent wrong. Dots: your labels (round: by the graph, square: by the nearest label). Dashed: "
    + "labels drawn at random, as many of each digit.");
  const peek = make("label", {}, mistakes, " mark the mistakes (this is peeking)");
  const words = make("div", { className: "told" }, about, told);
  root.append(make("style", { textContent: SPREAD }), row(map, column(code.node, by.node, step.node, peek,
    make("div", { className: "beside" }, seen, words), buttons, make("div", { className: "beside" }, chart.node, key))));
  update();
}

KINDS.spread = spread;
