// -- 03b: a digit from thirty numbers of PCA, logistic PCA and a deep network. PCA may take more; codes are rounded.

const METHODS = [["var(--data)", ""], ["var(--code)", "7 3"], ["var(--model)", "2 3"]];  // each with a dash of its own
const SEEN = ([b, e]) => b <= 60 && e <= 30;  // what the chart has room for

function thirty(root, { pca, nets, steps, jpeg, images, first }, say, host) {
  const [{ weight, outputs: most }] = unpack(pca.rows), middle = floats(pca.mean);
  const models = nets.map(({ encoder, decoder, ...rest }) => ({ f: unpack(encoder), g: unpack(decoder), ...rest }));
  const names = ["PCA", ...models.map(({ name }) => name)], outs = names.map((name) => picture(name, 118));
  const seen = picture("x: fitted, centred", 118), add = (list) => list.reduce((a, b) => a + b, 0);
  let x = new Float32Array(784);

  const rounded = (z, unit) => Array.from(z, (v) => (unit ? Math.round(v / unit) * unit : v));
  const linear = (k, unit) => {  // z = V (x - m), x_hat = m + V'z, with the first k rows of V
    const x_hat = Float64Array.from(middle), z = [];
    for (let i = 0; i < k; i++) {
      let sum = 0;
      for (let j = 0; j < 784; j++) sum += weight[784 * i + j] * (x[j] - middle[j]);
      z.push(...rounded([sum], unit));
      for (let j = 0; j < 784; j++) x_hat[j] += weight[784 * i + j] * z[i];
    }
    return { z, x_hat: Array.from(x_hat) };
  };
  const bent = ({ f, g, units }, s) => {
    const z = rounded(forward(f, x), units[s]);
    return { z, x_hat: Array.from(forward(g, z)) };
  };
  /** [bytes, error] of the test images at each step; PCA's add up from number to number. */
  const tested = (n, k) => (n ? models[n - 1].tested
    : steps.map((_, s) => [add(pca.bytes[s].slice(0, k)), pca.left[k] + add(pca.lost[s].slice(0, k))]));

  const update = onceAFrame(() => {
    const [k, s] = [count.value, step.value];
    const found = [linear(k, pca.units[s]), ...models.map((model) => bent(model, s))];
    const errors = found.map(({ x_hat }) => squaredError(x, x_hat)), tests = names.map((_, n) => tested(n, k));
    const kept = [k, ...models.map(() => found[1].z.length)];
    seen.draw(x);
    const words = names.map((name, n) => `${name}, ${kept[n]} numbers: error ${errors[n].toFixed(1)}`);
    outs.forEach((out, n) => out.draw(found[n].x_hat, words[n]));
    lines.forEach((line, n) => line.set(tests[n].slice(1).filter(SEEN)));
    const here = tests.map((each) => each[s]);
    spots.forEach((spot, n) => spot.set([here[n]].filter(SEEN)));
    rows.forEach(([b, e], n) => {
      b.textContent = here[n][0].toFixed(here[n][0] < 99.5 ? 1 : 0);
      e.textContent = here[n][1].toFixed(2);
    });
    host.state = { x: Array.from(x), k, unit: steps[s], z: found.map(({ z }) => z), x_hat: found.map((a) => a.x_hat),
      errors, tested: here };
    const of = (n) => `test images ${here[n][0].toFixed(0)} bytes, error ${here[n][1].toFixed(1)}`;
    say(words.map((text, n) => `${text}; ${of(n)}`).join(". "));
  });
  const count = slider("PCA's numbers", [1, most, 1, 30], update);
  const said = (s) => (steps[s] ? `${steps[s]} sd` : "none");
  const step = slider("rounding step", [0, steps.length - 1, 1, 0], update, said);
  const cells = () => [make("td"), make("td")], rows = names.map(cells);
  const head = make("tr", {}, ...["test images", "bytes", "error"].map((word) => make("th", { textContent: word })));
  const left = { attrs: { scope: "row", style: "text-align:left; font-weight:normal" } };
  const lined = names.map((name, n) => make("tr", {}, make("th", left, swatch(...METHODS[n]), name), ...rows[n]));
  const table = make("table", {}, head, ...lined);
  const chart = plane({ x: [0, 60], y: [0, 30], names: ["bytes per image", "error"], size: 200, high: sized(host, 200, 150),
    label: "error of the test images against bytes, a line each for PCA, logistic PCA, the deep network and JPEG" });
  chart.curve(jpeg.filter(SEEN), { "stroke-width": 1 });
  chart.write("JPEG").set([50, 9]);
  const lines = METHODS.map(([stroke, dash]) => chart.curve([[0, 0]], { stroke, "stroke-dasharray": dash }));
  const spots = METHODS.map(([stroke]) => chart.dots([], { ...HANDLE, stroke, "stroke-width": 11 }));
  const paper = desk(numbers(images), first, (image) => { x = image; update(); });
  const shown = make("div", { className: "pictures" }, seen.node, ...outs.map((out) => out.node));
  const slim = `.pictures figure { width: 121px; min-height: 162px; }  /* words may grow */
    @container (min-width: 461px) { .pictures { gap: 10px; } }
    @container (max-width: 460px) { .row > .column { width: 100%; } .row .row { padding: 0; } .pictures figure { min-height: 152px; } }`;
  root.append(make("style", { textContent: slim }), row(paper.node, column(shown, row(column(count.node, step.node, table),
    chart.node))));
  paper.take();
}

/** A short piece of a chart's line, for its name in a table. */
function swatch(stroke, dash) {
  const line = { d: "M0 5H26", fill: "none", stroke, "stroke-width": 2.5, "stroke-dasharray": dash };
  const box = { width: 34, height: 10, viewBox: "0 0 34 10", "aria-hidden": "true", style: "display:inline-block" };
  return shape("svg", box, shape("path", line));
}

KINDS.thirty = thirty;
