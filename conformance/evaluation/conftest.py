"""What the tests of evaluation share: the routes of version 3 of the API."""

import pytest

from rest import Rest


@pytest.fixture
def v3(server):
    return Rest(server.url, "/api/3.0/mlflow/")
