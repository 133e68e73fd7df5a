"""A judge behind a real server of a random model: nonsense, all of it counted as invalid."""

from test_draft_real_server import pytestmark, serving  # noqa: F401

from headlab.drafting.judging.judge import Judge


def test_every_item_ends_as_an_answer_or_as_invalid(serving):  # noqa: F811
    judge = Judge(serving)
    items = [{"id": str(n), "source": f" s{n}", "targets": [" a"]} for n in (1, 2)]
    found = judge.rate_rows("Maps things.", items)
    assert {*found.values, *found.invalid} == {"1", "2"}
    assert not {*found.values} & {*found.invalid}
    assert found.usage.calls >= 1
    assert found.usage.prompt_tokens
    written = judge.write_pairs("Maps things.", 5)
    assert written.pairs or written.problem
