"""Replays the recorded requests of `differential/` and expects the reference's answers.

Under `--server reference` this shows that the recording is still true. Headwater is held to most of
it in process (`crates/it/tests/it/contract`), and only to the rest here.
"""

import pytest

import differential


@pytest.mark.parametrize("api", ["api", "ajax-api"])
@pytest.mark.parametrize("corpus", differential.corpora())
def test_answers_are_the_recorded_ones(server, engine, kind, corpus, api):
    if server.process and kind == "headwater" and not differential.needs_a_whole_server(corpus):
        pytest.skip("replayed in process")
    wrong = list(differential.replay(server.url, corpus, engine, api, kind == "reference"))
    assert not wrong, f"{len(wrong)} of {len(differential.load(corpus))} differ:\n" + "\n".join(wrong)
