"""One check an exercise: it prints "○ not attempted", "✓ correct", or the slip by its name, and never raises."""

from .circle import check_angle_code, check_arc_length, check_code_speed, check_half_circle, check_tear_bound
from .linear import (
    check_average_error,
    check_dropped_variance,
    check_orthogonal_encoder,
    check_project_onto_decoder,
    check_surface_gradient,
)

__all__ = [
    "check_angle_code",
    "check_arc_length",
    "check_average_error",
    "check_code_speed",
    "check_dropped_variance",
    "check_half_circle",
    "check_orthogonal_encoder",
    "check_project_onto_decoder",
    "check_surface_gradient",
    "check_tear_bound",
]
