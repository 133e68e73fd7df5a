"""What tests of a description rest on is kept from every drafter, and a draft says so."""

import json
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "drafting"))

from cards_by_hand import CAPITAL, ablation, make_card, mapping, position, relation, token
from fault_server import FaultServer

from headlab.analyses.description_tests.kept_rows import kept_rows
from headlab.analyses.description_tests.split import halves
from headlab.analyses.relation_scores import all_relation_scores
from headlab.catalogue import Catalogue
from headlab.catalogue.job_steps import alike
from headlab.drafting import Endpoint, draft_by_rules, draft_with_endpoint
from headlab.drafting.evidence import evidence_rows
from headlab.drafting.prompt import build_prompt
from headlab.records.card import EvidenceCard, SideScores
from headlab.records.description_test import MappingSplit
from headlab.records.draft import Draft
from headlab.records.head import Head
from headlab.records.provenance import Provenance
from headlab.records.relation import Relation
from headlab.relations.bundled import relation as bundled
from headlab.workflow.bench import Bench
from headlab.workflow.cache import ResultCache
from headlab.workflow.description_tests.run import subject_of, warnings_of
from headlab.workflow.drafts import draft_by_person

HEAD = Head.parse("L1H0")
NAMES = ("country_to_capital", "adjective_to_comparative", "verb_to_past_tense")
SIDE = SideScores(
    n_pairs=50,
    score=0.7,
    rank=2,
    control=0.03,
    suppression=0.0,
    suppression_rank=30,
    suppression_control=0.01,
)


def numbered(rows):
    return tuple(row.model_copy(update={"token_id": n}) for n, row in enumerate(rows, 1))


MAPPINGS = numbered(
    [
        mapping(" France", [" Paris", " Lyon"]),
        mapping(" Italy", [" Rome", " Milan"]),
        mapping(" Dogs", [" bark"]),
    ]
)


def hand_card(**change):
    effect = ablation().model_copy(
        update={
            "hurt_positions": (
                position([" The", " capital", " of", " France", " is"], " Paris", 0.8, 0.1),
                position([" They", " went", " to"], " Rome", 0.8, 0.1),  # no source before it
                position([" a", " barking"], " dog", 0.8, 0.1),  # a held-out source itself
                position([" two", " and"], " four", 0.8, 0.1),  # a held-out pair of an operation
                position([" two"], " five", 0.8, 0.1),
            ),
            "hurt_tokens": (token(" Paris"), token(" the")),
            "helped_tokens": (token(" DOGS"),),
        }
    )
    rows = [CAPITAL.model_copy(update={"drafting": SIDE}), relation("too_small")]
    return make_card(rows, MAPPINGS, effect).model_copy(update=change)


def hand_split(held_out):
    sides = [tuple(row for row in MAPPINGS if (row.token_id in held_out) == out) for out in (0, 1)]
    made = Provenance.model_construct(parameters={})
    return MappingSplit.model_construct(
        head=HEAD, drafting=sides[0], held_out=sides[1], provenance=made
    )


def test_rows_that_tell_of_held_out_evidence_by_hand():
    pairs = Relation(name="doubles", pairs=(("two", "four"),))
    kept = kept_rows(hand_card(), hand_split({1, 3}), [pairs])
    assert kept == ("R2", "M1", "M3", "P1", "P3", "P4", "T1", "U1")
    assert kept_rows(hand_card(), hand_split(set()), []) == ("R2",)


def test_a_drafter_gets_the_other_rows_by_their_own_ids():
    card = hand_card(held_out=("R2", "M1", "P1", "P2", "P3"))
    rows = {row["id"]: row for row in evidence_rows(card)}
    assert [one for one in rows if one[0] in "RMP"] == ["R1", "M2", "M3", "P4", "P5"]
    assert (rows["R1"]["pairs"], rows["R1"]["score"], rows["R1"]["rank"]) == (50, 0.7, 2)
    assert build_prompt(card).row_ids == tuple(rows)
    assert " France" not in {row.get("source") for row in rows.values()}
    texts = {row.id: row.text for row in card.rows()}
    assert "drafters get 50 of the pairs: score 0.70, rank 2" in texts["R1"]
    assert texts["M1"].endswith("kept from drafters, for tests")
    assert "kept" not in texts["M2"]


def test_a_card_that_keeps_nothing_back_stays_as_it_was():
    card = make_card([CAPITAL], MAPPINGS, ablation())
    stored = card.model_dump_json()
    assert "held_out" not in stored
    assert "drafting" not in stored
    assert EvidenceCard.model_validate_json(stored).content_hash() == card.content_hash()
    draft = draft_by_rules(card)
    assert not draft.held_out
    assert "held_out" not in draft.model_dump_json()
    assert "0.94 of 126 pairs" in draft.description


@pytest.fixture(scope="module")
def card(demo_model, tmp_path_factory):
    work = Bench(demo_model, ResultCache(tmp_path_factory.mktemp("cache")))
    scores = work.scores([bundled(name) for name in NAMES])
    return work, work.card(scores[NAMES[0]].best(), scores, attention=False)


def test_a_card_holds_all_and_says_what_is_kept(card, demo_model):
    work, found = card
    head = found.head
    split = work.split(head)
    kept = [row.token_id for n, row in enumerate(found.mappings, 1) if f"M{n}" in found.held_out]
    free = [row for n, row in enumerate(found.mappings, 1) if f"M{n}" not in found.held_out]
    assert found.mappings[:30] == work.mappings(head).rows
    assert tuple(free) == split.drafting[:30]
    assert 0 < len(kept) < 30
    assert set(kept) <= {row.token_id for row in split.held_out}
    first = [halves(bundled(name))[0] for name in NAMES]
    whole = all_relation_scores(demo_model, list(NAMES))
    side = all_relation_scores(demo_model, first)
    for row in found.relations:
        assert (row.score, row.n_pairs) == (whole[row.name].of(head), whole[row.name].n_pairs)
        assert row.drafting.score == side[row.name].of(head)
        assert row.drafting.rank == side[row.name].rank(head)
        assert row.drafting.n_pairs == side[row.name].n_pairs < row.n_pairs


def test_rules_see_the_drafting_side_and_the_draft_says_so(card):
    _, found = card
    draft = draft_by_rules(found)
    assert draft.held_out
    assert not set(draft.evidence) & set(found.held_out)
    [row] = [row for row in found.relations if row.name == NAMES[0]]
    assert f"{row.drafting.score:.2f} of {row.drafting.n_pairs} pairs" in draft.description


def test_a_language_model_sees_the_drafting_side_and_the_draft_says_so(card, monkeypatch):
    monkeypatch.setattr("headlab.settings.keys._from_keyring", lambda user: None)
    work, found = card
    held_out = {row.text for row in work.split(found.head).held_out}
    with FaultServer() as server:
        endpoint = Endpoint(base_url=server.base_url, model="scripted", deadline=20)
        draft = draft_with_endpoint(found, endpoint)
        [asked] = server.requests
    assert isinstance(draft, Draft)
    assert draft.held_out
    block = asked["messages"][1]["content"].split("<evidence>\n")[1].split("\n</evidence>")[0]
    rows = [json.loads(line) for line in block.splitlines()[1:]]
    assert not {row["id"] for row in rows} & set(found.held_out)
    assert len([row for row in rows if row["kind"] == "mapping"]) == 30
    assert not held_out & {row.get("source") for row in rows}


def test_only_texts_drafted_without_held_out_evidence_go_without_a_warning(card, tmp_path):
    _, found = card
    drafted = draft_by_rules(found)
    old = drafted.model_copy(update={"held_out": False})
    assert not alike(drafted, old), "the same words, from less evidence, join the list"
    with Catalogue.open(tmp_path / "catalogue.db") as store:
        entry = store.add_draft(found, old)
        assert not subject_of(entry).held_out
        assert "held-out evidence" in " ".join(warnings_of(subject_of(entry), None, HEAD))
        entry = store.add_draft(found, drafted)
        assert entry.revision == 3, "the same evidence adds no revision"
        assert subject_of(entry).held_out
        assert warnings_of(subject_of(entry), None, HEAD) == ()
        entry = store.review(entry.id, "accepted")
        assert subject_of(entry).held_out
        entry = store.review(entry.id, "edited", description="Copies many words.")
        assert not subject_of(entry).held_out
        own = draft_by_person(found, "Copies many words.")
        assert not subject_of(store.add_draft(entry.id, own)).held_out
        assert store.get(entry.id).drafts[1].draft == drafted
