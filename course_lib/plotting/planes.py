"""Points in the plane and in space, curves through them, and surfaces over a plane."""

from collections.abc import Mapping

from matplotlib.axes import Axes
from matplotlib.colors import LogNorm
from torch import Tensor, cat, stack

from .keys import halo, legend_below
from .look import COLOURS, MARKERS, Figure, array, panels


def plane(ax: Axes, points: Mapping[str, Tensor], title: str = "", joined: bool = False) -> Axes:
    """Draw sets of points (N, 2) with equal axes, the first large and the others small, so that none hides another.

    `joined` links the first set's points to the second set's.
    """
    if joined:
        first, second = (array(x) for x in list(points.values())[:2])
        for a, b in zip(first, second, strict=True):
            ax.plot(*zip(a, b, strict=True), color="0.6", linewidth=0.8, zorder=1)
    for i, (name, x) in enumerate(points.items()):
        size = 44 if i == 0 and len(points) > 1 else 14
        ax.scatter(*array(x).T[:2], s=size, marker=MARKERS[i % 8], color=COLOURS[i % 8], label=name, zorder=2 + i)
    ax.set(title=title, xlabel="$x_1$", ylabel="$x_2$", aspect="equal")
    return ax


def show_planes(
    views: Mapping[str, Mapping[str, Tensor]], joined: bool = False, height: float = 3.6, share: bool = True
) -> Figure:
    """One panel of points per view, with equal limits: {title: {name: (N, 2)}}.

    `joined` draws each point's way to its reconstruction; `share=False` gives each panel its own limits.
    """
    sets = "; ".join(f"{title}: {', '.join(points)}" for title, points in views.items())
    both = cat([x[:, :2] for points in views.values() for x in points.values()])
    wide, tall = (both.max(0).values - both.min(0).values).tolist()
    least = 1.4 + (min(8.0, 4.0 * len(views)) / len(views) - 0.8) * tall / max(wide, 1e-9)  # no room left empty
    size, same = (4.0 * len(views), min(height + 0.3, least)), {"sharex": share, "sharey": share}
    figure, axes = panels(f"Points in the plane. {sets}.", 1, len(views), size, squeeze=False, **same)
    for ax, (title, points) in zip(axes[0], views.items(), strict=True):
        plane(ax, points, title, joined)
        ax.tick_params(labelleft=True)
    if any(len(points) > 1 for points in views.values()):
        legend_below(figure, axes[0])
    return figure


def show_surface(
    axis: Tensor, heights: Tensor, *, path: Tensor | None = None, points: Mapping[str, Tensor] | None = None
) -> Figure:
    """Level lines of heights (n, n) with heights[i, j] at (axis[j], axis[i]); a `path` (steps, 2) on it."""
    extra = " with the path of training" if path is not None else ""
    figure, ax = panels(f"Level lines of the error over $w_1$ and $w_2${extra}.", size=(5.2, 4.5))
    draw_surface(figure, ax, axis, heights)
    if path is not None:
        look = {"marker": "o", "markersize": 3, "linewidth": 1.5, "path_effects": halo(3)}
        ax.plot(*array(path).T, color=COLOURS[1], label="training", **look)
    for i, (name, at) in enumerate((points or {}).items(), 2):
        look = {"s": 90, "marker": MARKERS[i % 8], "color": COLOURS[i % 8], "edgecolor": "white", "linewidth": 1.5}
        ax.scatter(*array(at).T, **look, zorder=4, label=name)
    legend_below(figure, [ax], columns=3)
    return figure


def draw_surface(figure: Figure, ax: Axes, axis: Tensor, heights: Tensor) -> None:
    """Filled level lines, a grey scale with a bar, logarithmic so that the floor of the valley is seen."""
    low, high = max(float(heights.min()), 1e-6), float(heights.max())
    levels = [low * (high / low) ** (i / 16) for i in range(17)]
    filled = ax.contourf(array(axis), array(axis), array(heights), levels=levels, norm=LogNorm(low, high), cmap="Greys")
    figure.colorbar(filled, ax=ax, label="squared error", format="%.2g", ticks=levels[::4])
    ax.set(xlabel="$w_1$", ylabel="$w_2$", aspect="equal")


def show_turned_line(x: Tensor, w: Tensor, axis: Tensor, heights: Tensor) -> Figure:
    """Left: points (N, 2) and their projections w w^T x; right: where w (2,) stands on the loss surface."""
    x_hat = (x @ w)[:, None] * w
    error = float((x_hat - x).square().sum() / len(x))
    alt = f"Points and their projections for w = ({w[0]:.2f}, {w[1]:.2f}), error {error:.3f}, beside the loss surface."
    figure, axes = panels(alt, 1, 2, (8.0, 3.8))
    plane(axes[0], {"x": x, "x_hat": x_hat}, f"squared error {error:.3f}", joined=True)
    axes[0].set(xlim=(-2.6, 2.6), ylim=(-2.6, 2.6))
    legend_below(figure, axes[:1])
    draw_surface(figure, axes[1], axis, heights)
    axes[1].scatter(*array(w), s=120, marker="X", color=COLOURS[1], edgecolor="white", zorder=3)
    return figure


def show_coloured(
    views: Mapping[str, tuple[Tensor, Tensor]], label: str, flat: Mapping[str, tuple[str, str]] | None = None
) -> Figure:
    """Points coloured by a number, two panels a row: {title: (points (N, 2) or (N, 3), values (N,))}.

    `flat` names the axes of panels that aren't pictures of the plane, {title: (x, y)}: each axis gets its own scale.
    """
    alt = f"Points coloured by {label}, one panel each: {', '.join(views)}."
    columns, rows = min(2, len(views)), (len(views) + 1) // 2
    figure, _ = panels(alt, size=(4.0 * columns, 3.2 * rows))
    figure.clear()
    for i, (title, (points, values)) in enumerate(views.items()):
        deep, axes = points.shape[1] == 3, (flat or {}).get(title)
        ax = figure.add_subplot(rows, columns, i + 1, projection="3d" if deep else None)
        more = {"depthshade": False, "s": 9} if deep else {"s": 14}
        drawn = ax.scatter(*array(points).T, c=array(values), cmap="cividis", **more)
        x1, x2 = axes or ("$x_1$", "$x_2$")
        ax.set(title=title, xlabel=x1, ylabel=x2, aspect="auto" if deep or axes else "equal")
        ax.locator_params(nbins=4)
        if deep:
            ax.set(zlabel="$x_3$", box_aspect=(1, 0.8, 1))
            ax.view_init(elev=14, azim=-80)  # nearly along x2: a roll about this axis is seen as a spiral
            ax.locator_params(nbins=2)
        else:
            ax.set_adjustable("datalim")
        figure.colorbar(drawn, ax=ax, label=label, pad=0.14 if deep else 0.02)
    figure.draw_without_rendering()
    figure.set_layout_engine("none")  # it would move panels in space a little with each drawing
    return figure


def show_tear(curve: Tensor, pair: Tensor, meets: Tensor) -> Figure:
    """The decoder's curve g(z) (N, 2), two antipodal points with one code (2, 2), and the one point they get (2,)."""
    alt = "The curve that the decoder draws, two opposite points of the circle, and what both are decoded to."
    figure, ax = panels(alt, size=(4.6, 4.4))
    ax.plot(*array(curve).T, color=COLOURS[1], linewidth=2, label="g(z), all codes")
    for point in array(pair):
        ax.plot(*zip(point, array(meets), strict=True), color="0.4", linestyle="--", linewidth=1.2)
    ax.scatter(*array(pair).T, s=150, color=COLOURS[0], label="two opposite points, one code", zorder=3)
    ax.scatter(*array(meets), s=50, marker="s", color=COLOURS[1], edgecolor="white", label="what both become", zorder=4)
    ax.set(xlabel="$x_1$", ylabel="$x_2$", aspect="equal", xlim=(-1.3, 1.3), ylim=(-1.3, 1.3))
    legend_below(figure, [ax], columns=1)
    return figure


def show_code_slider(angles: Tensor, codes: Tensor, curve: Tensor, z: float, point: Tensor, same: Tensor) -> Figure:
    """Left: the decoder's curve and g(z) on it; right: the code of every angle, and the angles whose code is z."""
    found = ", ".join(f"{float(a):.2f}" for a in same)
    alt = f"Code z = {z:.2f}: the point ({point[0]:.2f}, {point[1]:.2f}) on the curve; angles with this code: {found}."
    figure, axes = panels(alt, 1, 2, (8.0, 4.0))
    axes[0].plot(*array(curve).T, color=COLOURS[1], linewidth=1.5, label="g(z), all codes")
    square = {"s": 60, "marker": "s", "color": COLOURS[1], "edgecolor": "black", "zorder": 4}
    ring = {"s": 150, "facecolor": "none", "edgecolor": COLOURS[0], "linewidth": 2, "zorder": 5}
    axes[0].scatter(*array(point), **square, label="g(z) at the slider")
    axes[0].scatter(*array(stack_circle(same)).T, **ring, label="inputs with this code")
    axes[0].set(xlabel="$x_1$", ylabel="$x_2$", aspect="equal", xlim=(-1.3, 1.3), ylim=(-1.3, 1.3))
    legend_below(figure, axes[:1])
    axes[1].plot(array(angles), array(codes), color=COLOURS[2], linewidth=2)
    axes[1].axhline(z, color="0.4", linestyle="--")
    axes[1].scatter(array(same), [z] * len(same), **ring)
    axes[1].set(xlabel="true angle t", ylabel="code z")
    return figure


def stack_circle(angles: Tensor) -> Tensor:
    """The points [sin t, cos t]: (N,) -> (N, 2)."""
    return stack([angles.sin(), angles.cos()], dim=1)
