// Neighbours for the engine: a graph on codes, and labels that spread over it (baselines/neighbours.py), in doubles.

/** Squared distances from row i to every row: codes (n * d) -> (n). */
function distancesFrom(codes, d, i) {
  const n = codes.length / d, found = new Float64Array(n);
  for (let j = 0, k = 0; j < n; j++) {
    let sum = 0;
    for (let at = i * d, end = at + d; at < end; at++, k++) sum += (codes[at] - codes[k]) ** 2;
    found[j] = sum;
  }
  return found;
}

/** Each row joined to its k nearest others, one side's wish is enough; weights as neighbour_graph's, then S. */
function neighbourGraph(codes, d, k) {
  const n = codes.length / d, near = [], links = Array.from({ length: n }, () => new Map());
  let width = 0;
  for (let i = 0; i < n; i++) {
    const apart = distancesFrom(codes, d, i), places = [];
    apart[i] = Infinity;
    for (let j = 0; j < n; j++) {  // the k least so far, in order
      if (places.length === k && apart[j] >= apart[places[k - 1]]) continue;
      let at = Math.min(places.length, k - 1);
      while (at > 0 && apart[places[at - 1]] > apart[j]) { places[at] = places[at - 1]; at--; }
      places[at] = j;
    }
    near.push(places.map((j) => [j, Math.sqrt(apart[j])]));
    width += near[i][k - 1][1] / n;
  }
  near.forEach((list, i) => list.forEach(([j, distance]) => {
    const weight = Math.exp(-((distance / width) ** 2) / 2);
    for (const [a, b] of [[i, j], [j, i]]) links[a].set(b, Math.max(weight, links[a].get(b) ?? 0));
  }));
  const root = links.map((row) => 1 / Math.sqrt([...row.values()].reduce((a, b) => a + b)));
  const starts = new Int32Array(n + 1), ends = [], shares = [];
  links.forEach((row, i) => {
    for (const [j, weight] of row) { ends.push(j); shares.push(root[i] * weight * root[j]); }
    starts[i + 1] = ends.length;
  });
  return { n, starts, ends: Int32Array.from(ends), shares: Float64Array.from(shares) };
}

/** F <- alpha S F + (1 - alpha) Y, from Y on: all steps, each (n * classes). `known` is a list of [row, class]. */
function spreading({ n, starts, ends, shares }, known, classes, alpha, steps) {
  const given = new Float64Array(n * classes), found = [given];
  for (const [row, c] of known) given[row * classes + c] = 1;
  for (let s = 0; s < steps; s++) {
    const old = found[s], next = new Float64Array(n * classes);
    for (let i = 0, at = 0; i < n; i++, at += classes) {
      for (let e = starts[i]; e < starts[i + 1]; e++) {
        const share = alpha * shares[e], from = ends[e] * classes;
        for (let c = 0; c < classes; c++) next[at + c] += share * old[from + c];
      }
      for (let c = 0; c < classes; c++) next[at + c] += (1 - alpha) * given[at + c];
    }
    found.push(next);
  }
  return found;
}

/** Each class scaled to the same total, then each row to the sum 1; a row that no label reached stays 0. */
function sureness(found, classes) {
  const total = new Float64Array(classes), out = new Float64Array(found.length);
  found.forEach((v, k) => { total[k % classes] += v; });
  for (let at = 0; at < found.length; at += classes) {
    let sum = 0;
    for (let c = 0; c < classes; c++) sum += out[at + c] = total[c] ? found[at + c] / total[c] : 0;
    for (let c = 0; sum && c < classes; c++) out[at + c] /= sum;
  }
  return out;
}
