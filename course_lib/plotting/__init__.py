"""Figures: tensors in, a figure with a text alternative out. Nothing is trained, shown or saved here."""

from course_lib.claims import table

from .charts import (
    show_bars,
    show_curves,
    show_ladder,
    show_matrices,
    show_rate_distortion,
    show_stems,
    show_tradeoff,
)
from .diagrams import show_bottleneck, show_cut_circle, show_damage, show_layers, show_penalty, show_vae
from .images import pad_backdrop, show_codes, show_features, show_grid, show_rows
from .labels import show_by_class, show_label_curves, show_stack
from .look import COLOURS, Figure, panels
from .nets import show_fields, show_transposed, show_unet
from .planes import (
    show_code_slider,
    show_coloured,
    show_planes,
    show_surface,
    show_tear,
    show_turned_line,
    stack_circle,
)
from .scenes import show_activations, show_arrows, show_sparse
from .sequences import show_attention, show_seq2seq

__all__ = [
    "COLOURS", "Figure", "pad_backdrop", "panels", "show_activations", "show_arrows", "show_attention", "show_bars",
    "show_bottleneck", "show_by_class", "show_code_slider", "show_codes", "show_coloured", "show_curves",
    "show_cut_circle", "show_damage", "show_features", "show_fields", "show_grid", "show_label_curves", "show_ladder",
    "show_layers", "show_matrices", "show_penalty", "show_planes", "show_rate_distortion", "show_rows", "show_seq2seq",
    "show_sparse", "show_stack", "show_stems", "show_surface", "show_tear", "show_tradeoff", "show_transposed",
    "show_turned_line", "show_unet", "show_vae", "stack_circle", "table",
]  # fmt: skip
