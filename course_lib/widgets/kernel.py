"""The explorers: sliders and a pad over trained models. Where nobody can turn a slider, one figure stands in."""

import io
from collections.abc import Callable

import anywidget
import ipywidgets
import torch
import traitlets
from PIL import Image
from torch import Tensor

from course_lib.ground import switch
from course_lib.plotting import Figure
from course_lib.plotting.look import data_url

from .shown import HEADLESS

PAD = """
function make(kind, css, more) {
  const node = Object.assign(document.createElement(kind), more);
  node.style.cssText = css;
  return node;
}
function render({ model, el }) {
  const row = make("div", "display:flex; gap:24px; align-items:center; flex-wrap:wrap; padding:8px 4px;"
    + "user-select:none; -webkit-user-select:none");
  const box = make("div", "position:relative; width:360px; height:360px; flex:none; box-shadow:0 0 0 1px #888;"
    + "cursor:crosshair; touch-action:none", { tabIndex: 0 });
  box.setAttribute("role", "application");
  box.setAttribute("aria-label", model.get("label"));
  const map = make("img", "width:100%; height:100%; pointer-events:none; clip-path:inset(1px)");
  map.alt = model.get("label");
  const dot = make("div", "position:absolute; width:14px; height:14px; margin:-7px; border-radius:50%;"
    + "background:#d50000; box-shadow:0 0 0 2px #fff, 0 0 0 4px #000; pointer-events:none");
  const right = make("div", "width:226px; flex:none");
  const out = make("img", "width:224px; height:224px; image-rendering:pixelated; border:1px solid #888");
  out.alt = "the decoded image";
  const text = make("div", "font-family:monospace; margin-top:8px");
  text.setAttribute("aria-live", "polite");
  const draw = () => {
    const [a, b] = model.get("z"), [x0, x1, y0, y1] = model.get("bounds");
    dot.style.left = 100 * (a - x0) / (x1 - x0) + "%";
    dot.style.top = 100 * (y1 - b) / (y1 - y0) + "%";
    text.textContent = `z = (${a.toFixed(2)}, ${b.toFixed(2)})`;
    map.src = model.get("background");
    out.src = model.get("image");
  };
  const move = (a, b) => {
    const [x0, x1, y0, y1] = model.get("bounds"), keep = (v, l, h) => Math.min(h, Math.max(l, v));
    model.set("z", [keep(a, x0, x1), keep(b, y0, y1)]);
    model.save_changes();
  };
  const point = (event) => {
    const r = box.getBoundingClientRect(), [x0, x1, y0, y1] = model.get("bounds");
    move(x0 + (x1 - x0) * (event.clientX - r.left) / r.width, y1 - (y1 - y0) * (event.clientY - r.top) / r.height);
  };
  box.onpointerdown = (event) => {
    event.preventDefault();
    box.focus();
    box.setPointerCapture(event.pointerId);
    point(event);
  };
  box.onpointermove = (event) => { if (event.buttons) point(event); };
  box.onkeydown = (event) => {
    const [a, b] = model.get("z"), [x0, x1, y0, y1] = model.get("bounds"), s = (x1 - x0) / 50, t = (y1 - y0) / 50;
    const step = { ArrowLeft: [-s, 0], ArrowRight: [s, 0], ArrowUp: [0, t], ArrowDown: [0, -t] }[event.key];
    if (step) { event.preventDefault(); event.stopPropagation(); move(a + step[0], b + step[1]); }
  };
  model.on("change", draw);
  draw();
  box.append(map, dot);
  right.append(out, text);
  row.append(box, right);
  el.append(row);
}
export default { render };
"""


Decoder = Callable[[Tensor], Tensor]
ENDS = ((0, "from"), (-1, "to"))


def explore(draw: Callable[..., Figure], **controls: tuple[float, float, float, float] | list[str]) -> object:
    """Sliders and choices above the figure that `draw(**values)` makes; one figure where nobody can turn them.

    A control is (low, high, step, start) for a slider, or a list of choices whose first is the start.
    Returns: something to leave as the last value of a cell.
    """
    if switch(HEADLESS):
        return draw(**{name: setting[0 if isinstance(setting, list) else 3] for name, setting in controls.items()})
    inputs = {name: control(name, setting) for name, setting in controls.items()}
    view = ipywidgets.HTML()

    def update(change: object = None) -> None:
        view.value = draw(**{name: each.value for name, each in inputs.items()}).html()

    for each in inputs.values():
        each.observe(update, "value")
    update()
    return ipywidgets.VBox([*inputs.values(), view])


def control(name: str, setting: tuple | list) -> ipywidgets.Widget:
    """A slider for (low, high, step, start), a choice for a list."""
    look = {"description": name.replace("_", " "), "style": {"description_width": "initial"}}
    if isinstance(setting, list):
        return ipywidgets.ToggleButtons(options=setting, **look)
    low, high, step, start = setting
    layout = ipywidgets.Layout(width="520px")
    whole = all(isinstance(number, int) for number in setting)
    kind = ipywidgets.IntSlider if whole else ipywidgets.FloatSlider
    return kind(value=start, min=low, max=high, step=step, layout=layout, **look)


class CodePad(anywidget.AnyWidget):
    """A map of a 2-D code to drag over (or walk over with the arrow keys), and what the decoder makes of the place."""

    _esm = PAD
    z = traitlets.List([0.0, 0.0]).tag(sync=True)
    bounds = traitlets.List([-1.0, 1.0, -1.0, 1.0]).tag(sync=True)
    background = traitlets.Unicode("").tag(sync=True)
    image = traitlets.Unicode("").tag(sync=True)
    label = traitlets.Unicode("").tag(sync=True)


def code_pad(
    decode: Decoder | dict[str, Decoder],
    backdrop: Figure | dict[str, Figure],
    bounds: list[float],
    static: Figure,
    *,
    choice: str = "",
    ends: dict[str, dict[str, Tensor]] | None = None,
) -> object:
    """A pad over the codes in `bounds` (x0, x1, y0, y1) that decodes live; `static` stands in where nobody can drag.

    `backdrop` is a figure whose axes fill it (plotting.pad_backdrop). With dicts of decoders and backdrops a row of
    buttons, labelled `choice`, switches between them. With `ends` ({decoder: {name: z (2,)}}) two menus choose named
    codes, and a slider walks on the straight line between them.
    Shapes: decode: (1, 2) -> (1, 1, H, W) in [0, 1].
    """
    if switch(HEADLESS):
        return static
    decoders = decode if isinstance(decode, dict) else {"": decode}
    maps = backdrop if isinstance(backdrop, dict) else {"": backdrop}
    first, rows, walked = next(iter(decoders)), [], []
    pad = CodePad(bounds=bounds, background=data_url(maps[first].png()), label=maps[first].alt)
    pad.z = [(bounds[0] + bounds[1]) / 2, (bounds[2] + bounds[3]) / 2]
    views = control(choice, list(decoders))

    def update(change: object = None) -> None:
        with torch.no_grad():
            pixels = decoders[views.value](torch.tensor([pad.z]))[0, 0].mul(255).round().byte().cpu().numpy()
        buffer = io.BytesIO()
        Image.fromarray(pixels).save(buffer, format="png")
        pad.image = data_url(buffer.getvalue())

    def change_map(change: object = None) -> None:
        pad.background = data_url(maps[views.value].png())
        if ends and pad.z == walked:  # the same two names, on this map; a place that was dragged to stays
            walk()
        update()

    pad.observe(update, "z")
    views.observe(change_map, "value")
    rows += [views] if len(decoders) > 1 else []
    if ends:
        names = list(ends[first])
        start, end = (ipywidgets.Dropdown(options=names, value=names[i], description=word) for i, word in ENDS)
        step = control("between", (0.0, 1.0, 0.02, 0.0))

        def walk(change: object = None) -> None:
            a, b = (ends[views.value][menu.value] for menu in (start, end))
            walked[:] = [float(number) for number in torch.lerp(a.cpu(), b.cpu(), step.value)]
            pad.z = list(walked)

        for each in (start, end, step):
            each.observe(walk, "value")
        walk()
        rows.append(ipywidgets.HBox([start, end, step]))
    update()
    return ipywidgets.VBox([*rows, pad]) if rows else pad
