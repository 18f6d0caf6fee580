"""One check an exercise: it prints "○ not attempted", "✓ correct", or the slip by its name, and never raises."""

from .linear import (
    check_average_error,
    check_dropped_variance,
    check_orthogonal_encoder,
    check_project_onto_decoder,
    check_surface_gradient,
)

__all__ = [
    "check_average_error",
    "check_dropped_variance",
    "check_orthogonal_encoder",
    "check_project_onto_decoder",
    "check_surface_gradient",
]
