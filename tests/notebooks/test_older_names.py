"""Lessons and assignments that were written before the library moved go on working.

The lines are those of the commit before the move, all that its notebooks say of the library.
"""

import pytest

from course_lib import plotting, widgets

LINES = """
from course_lib import baselines, checks, corrupt, losses, models, plotting, training
from course_lib import checks, corrupt, curves, losses, plotting
from course_lib import checks, curves, plotting
from course_lib import checks, data, losses, muon, plotting, repro
from course_lib import checks, data, losses, plotting, repro
from course_lib import checks, losses, plotting
from course_lib import data, repro
from course_lib.baselines import bicubic, gaussian_filter, median_filter, nearest_inpainting, pca
from course_lib.baselines import jpeg, logistic_pca, pca, pca_ladder, png_bytes, zlib_bytes
from course_lib.evaluate import apply, coded_bytes, entropy_bytes, published, quantise, squared_error_per_image
from course_lib.evaluate import apply, importance_weighted_nll, published, squared_error_per_image
from course_lib.evaluate import apply, mean_interval, psnr, psnr_interval, squared_error_per_image, ssims
from course_lib.evaluate import principal_angles, published, squared_error_per_image
from course_lib.evaluate import squared_error_per_image, squared_errors
from course_lib.handin import my_numbers
from course_lib.losses import reconstruction, reconstruction_bce, shifted
from course_lib.losses import reconstruction, squared_error
from course_lib.models import ConvAutoencoder, MLPAutoencoder, ResidualConv, count_parameters
from course_lib.models import KLargest, MLPAutoencoder
from course_lib.models import LinearAutoencoder, MLPAutoencoder, count_parameters, linear_layers
from course_lib.muon import muon
from course_lib.photographs import HUES, photographs, tinted
from course_lib.training import TrainingDiverged, fit, sgd
from course_lib.training import adam, fit
from course_lib.widgets import code_pad
from course_lib.widgets import explore
""".strip().splitlines()

MOVED = {
    "curves.circle": "data.curves.circle",
    "curves.swiss_roll": "data.curves.swiss_roll",
    "evaluate.coded_bytes": "baselines.coded_bytes",
    "evaluate.published": "claims.published",
    "muon.muon": "optimisers.muon",
    "photographs.photographs": "data.photographs.photographs",
    "plotting.table": "claims.table",
    "training.adam": "optimisers.adam",
    "training.sgd": "optimisers.sgd",
}


def test_an_older_explorer_shows_its_figure():
    static = plotting.show_curves({"instead": [1.0, 2.0]})
    assert widgets.code_pad(None, None, [-1, 1, -1, 1], static, choice="beta") is static
    figure = widgets.explore(
        lambda angle, kind: plotting.show_curves({f"{kind} {angle}": [1.0]}), angle=(0, 9, 1, 5), kind=["a", "b"]
    )
    assert figure.alt.endswith(" a 5.")


@pytest.mark.parametrize("line", LINES)
def test_an_older_import_still_works(line):
    exec(line, {})


@pytest.mark.parametrize("old", MOVED)
def test_the_older_name_is_the_same_thing(old):
    """A model that was trained by the old name is found in the cache by the new one."""
    old_module, new_module = (name.rpartition(".")[0] for name in (old, MOVED[old]))
    found = {}
    exec(f"import course_lib.{old_module}, course_lib.{new_module}", found)
    assert eval(f"course_lib.{old} is course_lib.{MOVED[old]}", found)
