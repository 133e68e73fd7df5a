"""Questions that have an index use it: what a walk over all entries would cost grows with them."""

from __future__ import annotations

import pytest
from sqlalchemy import event


@pytest.fixture
def plans(on_file, make_card):
    """`plans(ask)`: SQLite's plan for every statement of a question."""
    for number in range(3):
        on_file.add_evidence(make_card(f"L{number}H0", fingerprint=f"{number:016x}"))
    engine = on_file._database._reader
    asked = []

    def note(_connection, _cursor, statement, parameters, *_):
        if statement.lstrip().startswith("SELECT"):
            asked.append((statement, parameters))

    def of(ask):
        asked.clear()
        event.listen(engine, "before_cursor_execute", note)
        ask()
        event.remove(engine, "before_cursor_execute", note)
        with on_file._database.reading() as connection:
            return [
                "; ".join(
                    row[3]
                    for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", values)
                )
                for text, values in list(asked)
            ]

    return of


@pytest.mark.parametrize(
    "filters",
    [
        {"model": "demo"},
        {"category": "knowledge"},
        {"category": "knowledge", "tag": "t"},
        {"operation": "country_to_capital", "score_from": 0.9},
        {"reviewer": "ada"},
        {"has_failed_test": True},
    ],
)
def test_counts_and_searches_walk_over_no_table(on_file, plans, filters):
    for ask in (
        lambda: on_file.count(**filters),
        lambda: on_file.count(text="france", **filters),
        lambda: on_file.search("france", **filters),
    ):
        made = plans(ask)
        assert made
        for plan in made:
            assert "SCAN entry" not in plan, plan
            assert "SCAN label" not in plan, plan
            assert "SCAN score" not in plan, plan


@pytest.mark.parametrize(
    ("filters", "index"),
    [
        ({"state": "drafted", "layer_from": 1, "score_from": 0.2}, "entry_state"),
        ({"layer_from": 1, "score_from": 0.2, "category": "knowledge"}, "COVERING INDEX entry_"),
        ({"model": "demo", "state": "drafted", "score_from": 0.2}, "COVERING INDEX entry_"),
    ],
)
def test_filters_together_are_counted_and_listed_from_an_index_alone(
    on_file, plans, filters, index
):
    counted = plans(lambda: on_file.count(**filters))
    listed = plans(lambda: on_file.list(**filters))[:1]
    for plan in (*counted, *listed):
        assert "COVERING INDEX" in plan, plan
        assert index in plan, plan
        assert "TEMP B-TREE" not in plan, plan


def test_counts_agree_with_lists_however_filters_are_joined(catalogue, make_card):
    for number in range(6):
        entry = catalogue.add_evidence(make_card(f"L{number}H0", score=number / 10))
        tags = ["t", "u"][: number % 3]
        catalogue.annotate(entry.id, tags=tags, categories=["c"][: number % 2], note="france")
    narrowings = [
        {"tag": "t"}, {"tag": "t", "category": "c"}, {"score_from": 0.2}, {"layer_from": 2},
        {"score_from": -1.0}, {"score_from": 0.2, "score_to": 0.4}, {"tag": "t", "score_from": 0.2},
        {"tag": "t", "layer_from": 2}, {"tag": "u", "score_to": 0.3, "category": "c"},
        {"has_failed_test": False}, {"has_failed_test": True}, {"model": "demo", "tag": "u"},
    ]  # fmt: skip
    for filters in narrowings:
        listed = {row.id for row in catalogue.list(**filters)}
        assert catalogue.count(**filters) == len(listed)
        assert {row.id for row in catalogue.search("france", **filters)} == listed
        assert catalogue.count(text="france", **filters) == len(listed)


def test_what_is_in_review_is_asked_of_the_page_alone(on_file, plans):
    on_file.review_round.assign([(1, "ada")])
    found = [plan for plan in plans(on_file.list) if "assignment" in plan]
    assert found, "no statement asks who is in review"
    for plan in found:
        for table in ("entry", "vote", "assignment"):
            assert f"SCAN {table}" not in plan, plan
