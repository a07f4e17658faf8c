"""What the tests of programs that trace themselves share: their traces read back."""

import pytest


@pytest.fixture
def read_back(fluent):
    """Searches the test's experiment with the client; the first search sends what waits to be sent."""
    waiting = [fluent.flush_trace_async_logging]

    def search(filter_string=None, **options):
        while waiting:
            waiting.pop()()
        return fluent.search_traces(filter_string=filter_string, return_type="list", **options)

    return search
