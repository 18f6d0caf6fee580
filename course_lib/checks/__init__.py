"""One check an exercise: it prints "○ not attempted", "✓ correct", or the slip by its name, and never raises."""

from .circle import check_angle_code, check_arc_length, check_half_circle
from .compression import check_code_bytes
from .convolution import check_convolution, check_receptive_field, check_transposed
from .decoder import check_project_onto_decoder, check_tied_autoencoder
from .deep import check_deep_autoencoder
from .digits import (
    check_best_constants,
    check_gradient_length,
    check_mean_image_bias,
    check_output_gradients,
)
from .labels import check_balanced, check_error_by_ink, check_hidden_error, check_purity
from .linear import (
    check_average_error,
    check_dropped_variance,
    check_orthogonal_encoder,
    check_surface_gradient,
)
from .measures import check_paired_gain, check_psnr
from .noise import check_clipped_mean, check_denoising_error, check_two_points
from .patient import check_mended, check_pixel_variance
from .quiet import check_keep_largest, check_quiet_penalty
from .sequences import check_attention, check_lstm_step
from .skips import check_step_up, check_stripes
from .sparse import check_atoms_found, check_dropout_loss, check_shrink_step
from .stacked import check_unexplained, check_upper_loss
from .symbols import check_free_run, check_string_loss, check_symbols_right
from .tear import check_code_speed, check_tear_bound
from .variational import check_draw, check_kl, check_nll

__all__ = [
    "check_angle_code", "check_arc_length", "check_atoms_found", "check_attention", "check_average_error",
    "check_balanced", "check_best_constants", "check_clipped_mean", "check_code_bytes", "check_code_speed",
    "check_convolution", "check_deep_autoencoder", "check_denoising_error", "check_draw", "check_dropout_loss",
    "check_dropped_variance", "check_error_by_ink", "check_free_run", "check_gradient_length", "check_half_circle",
    "check_hidden_error", "check_keep_largest", "check_kl", "check_lstm_step", "check_mean_image_bias", "check_mended",
    "check_nll", "check_orthogonal_encoder", "check_output_gradients", "check_paired_gain", "check_pixel_variance",
    "check_project_onto_decoder", "check_psnr", "check_purity", "check_quiet_penalty", "check_receptive_field",
    "check_shrink_step", "check_step_up", "check_string_loss", "check_stripes", "check_surface_gradient",
    "check_symbols_right", "check_tear_bound", "check_tied_autoencoder", "check_transposed", "check_two_points",
    "check_unexplained", "check_upper_loss",
]  # fmt: skip
