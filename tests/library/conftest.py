"""What modules that train share: they ask for it with `pytest.mark.usefixtures`."""

import pytest
import torch


@pytest.fixture(scope="module")
def one_thread():
    """These networks are tiny: on a busy machine threads only wait for each other."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def no_bar(monkeypatch):
    """No bar is drawn."""
    monkeypatch.setenv("TQDM_DISABLE", "1")
