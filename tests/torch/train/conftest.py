import threading

import pytest
import torch

from tests.torch.train import train_cases


@pytest.fixture(autouse=True)
def no_thread_stays():
    before = set(threading.enumerate())
    yield
    left = [thread.name for thread in threading.enumerate() if thread not in before]
    assert not left, f"the test leaves threads behind: {left}"


@pytest.fixture(autouse=True)
def one_cpu_thread():
    """Small networks are no faster on two, and much slower when another process is at work beside them."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def digits():
    """300 real digits: 240 to train on, 60 to validate."""
    return train_cases.digits()
