"""The data set of the corpus, once per server."""

import os
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))


def pytest_configure(config):
    """`HEADWATER_URL` stands for `--server-url`."""
    if url := os.environ.get("HEADWATER_URL"):
        config.option.server_url = config.option.server_url or url


def pytest_ignore_collect(config):
    """Headwater is asked all of this in process (`crates/it/tests/it/contract`), on both engines."""
    return True if config.option.server == "headwater" and not config.option.server_url else None


@pytest.fixture(scope="session")
def dataset(server):
    import mlflow
    from dataset import DataSet

    return DataSet(server.url).build(logged_models=mlflow.__version__ >= "3")
