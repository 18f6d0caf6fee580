// How far the reader is, lesson by lesson. Cells and exercises are counted in the reader's own copies, which the
// JupyterLab that shows this page hands out; predictions and quizzes in what the browser keeps (ask.js).

const TABLE = `
table { border-collapse: collapse; font-size: 14px; margin: 4px 0; }
th, td { text-align: left; padding: 3px 14px 3px 0; font-weight: normal; vertical-align: middle; }
thead th { font-size: 12px; opacity: .85; }
td { white-space: nowrap; }
meter { width: 64px; height: 12px; margin-right: 8px; vertical-align: middle; }
td span { font-variant-numeric: tabular-nums; }
caption { text-align: left; padding: 2px 0 6px; font-size: 15px; }
.wide { overflow-x: auto; }
`;

/** The address of a file beside this page, in the JupyterLab that shows it; "" where there is none. */
function beside(file) {
  const about = document.getElementById("jupyter-config-data");
  if (!about) return "";
  const folder = decodeURIComponent(location.pathname).match(/\/tree\/(.*)\/[^/]*\.ipynb$/)?.[1];
  return [JSON.parse(about.textContent).baseUrl.replace(/\/$/, ""), "files", folder, file].filter((x) => x !== undefined).join("/");
}

/** [done, of how many] for what one copy says: code cells run, checks that say correct. */
function counted(notebook) {
  const code = notebook.cells.filter((cell) => cell.cell_type === "code" && !cell.metadata.tags?.includes("card"));
  const checks = code.filter((cell) => cell.metadata.tags?.includes("check"));
  const says = (cell) => cell.outputs.map((output) => [output.text ?? ""].flat().join("")).join("");
  return {
    run: [code.filter((cell) => cell.execution_count !== null).length, code.length],
    solved: [checks.filter((cell) => cell.execution_count !== null && says(cell).includes("✓ correct")).length, checks.length],
  };
}

/** [answered, of how many] questions of a lesson, as the browser keeps them. */
function answered({ lesson, asked }) {
  let done = 0, all = 0;
  for (const [cell, n] of Object.entries(asked)) {
    all += n;
    try {
      const kept = JSON.parse(localStorage.getItem(`autoencoder-course:${lesson}:${cell}`));
      if (Array.isArray(kept)) done += Math.min(n, kept.filter(Boolean).length);
    } catch { /* nothing is kept, or nothing that can be read */ }
  }
  return [done, all];
}

KINDS.progress = (root, config, say, host) => {
  const body = make("tbody"), caption = make("caption");
  const heads = ["lesson", "cells run", "exercises correct", "questions answered"];
  const table = make("table", {}, caption,
    make("thead", {}, make("tr", {}, ...heads.map((text) => make("th", { textContent: text, scope: "col" })))), body);
  const again = make("button", { type: "button", textContent: "Count again", onclick: () => count(true) });
  root.append(make("style", { textContent: TABLE }), make("div", { className: "wide" }, table), again);

  function field(pair, what) {
    if (!pair || !pair[1]) return make("td", { textContent: pair ? "none" : "not known here" });
    const bar = make("meter", { min: 0, max: pair[1], value: pair[0], attrs: { "aria-label": what } });
    return make("td", {}, bar, make("span", { textContent: `${pair[0]} of ${pair[1]}` }));
  }

  async function one(lesson) {
    let own = {};
    try {
      const address = beside(lesson.file);
      const answer = address && await fetch(address, { cache: "no-store" });
      if (answer?.ok) own = counted(await answer.json());
    } catch { /* the copy can't be read: its fields stay open */ }
    return { ...own, answered: answered(lesson) };
  }

  async function count(aloud) {
    const found = await Promise.all(config.lessons.map(one));
    body.replaceChildren(...config.lessons.map(({ lesson, title }, i) => make("tr", {},
      make("th", { textContent: `${lesson}  ${title}`, scope: "row" }),
      field(found[i].run, `${lesson}: cells run`), field(found[i].solved, `${lesson}: exercises correct`),
      field(found[i].answered, `${lesson}: questions answered`))));
    const sum = (what) => found.reduce((total, each) => total + (each[what]?.[0] ?? 0), 0);
    caption.textContent = found.some((each) => each.run)
      ? `So far: ${sum("run")} cells run, ${sum("solved")} exercises correct, ${sum("answered")} questions answered.`
      : `So far: ${sum("answered")} questions answered in this browser. (Cells and exercises are counted in JupyterLab.)`;
    host.state = { run: sum("run"), solved: sum("solved"), answered: sum("answered") };
    if (aloud) say(caption.textContent);
  }

  count(false);
  new IntersectionObserver(([seen]) => seen.isIntersecting && count(false)).observe(host);  // its tab is shown again
};
