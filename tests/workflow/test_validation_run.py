"""The validations in one call: files that agree, resuming, published numbers, clear errors."""

from __future__ import annotations

import copy
import csv
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from headlab.analyses.validation import causality, correlation
from headlab.records.errors import Cancelled, ExportError, ModelError, RelationError, TaskError
from headlab.records.relation import Relation
from headlab.records.table import Table
from headlab.records.validation import Validation
from headlab.workflow.cache import ResultCache
from headlab.workflow.validation import drawing, reproduction, run
from headlab.workflow.validation.causality import validate_causality

Load = Callable[[str], Any]
WORDS = (
    "is the a cat dog mat sat on and then it ran red blue big small Paris France Rome Italy "
    "one two three four five six seven eight nine ten up down left right hot cold"
).split()
TEMPLATES = ("then the {source} ran", "the {source}")


def shifted(name: str, by: int, k: int = 40) -> Relation:
    pairs = tuple(zip(WORDS, WORDS[by:] + WORDS[:by], strict=True))
    return Relation(name=name, pairs=pairs, k=k, cloze=("the {source} is {target}",))


RELATIONS = [shifted("one", 1), shifted("two", 2), shifted("three", 3)]


def silent(_what: str, _done: int, _total: int) -> None: ...


@pytest.fixture
def model(tiny_model: Load) -> Any:
    return tiny_model("llama-gqa")


@pytest.fixture
def cache(tmp_path: Path) -> ResultCache:
    return ResultCache(tmp_path / "results")


def named(model: Any, name: str) -> Any:
    """The same model under another name."""
    mine = copy.copy(model)
    mine.facts = model.facts.model_copy(update={"name": name})
    return mine


def read_csv(file: Path) -> list[dict[str, str]]:
    with file.open(newline="", encoding="utf-8") as handle:
        return list(csv.DictReader(handle))


def assert_same(written: list[dict[str, str]], table: Table) -> None:
    assert len(written) == len(table)
    for row, wanted in zip(written, table.dicts(), strict=True):
        for name, cell in wanted.items():
            if cell is None or cell != cell:
                assert row[name] == ""
            elif isinstance(cell, float):
                assert float(row[name]) == pytest.approx(cell)
            else:
                assert row[name] == str(cell)


def test_correlation_writes_tables_and_figures_that_agree(
    model: Any, cache: ResultCache, tmp_path: Path
) -> None:
    found = run.validate_correlation(
        model, RELATIONS, templates=TEMPLATES, out=tmp_path / "out", cache=cache, progress=silent
    )
    main = found.table()
    assert main.column("relation") == tuple(r.name for r in RELATIONS for _ in range(3))
    assert set(main.column("template")) == {"all", *TEMPLATES}
    assert_same(read_csv(tmp_path / "out" / "correlation.csv"), main)
    heads = read_csv(tmp_path / "out" / "correlation_heads.csv")
    assert len(heads) == 3 * 12
    about = json.loads((tmp_path / "out" / "correlation.csv.json").read_text())
    assert about["provenance"]["analysis"] == "validate_correlation"
    assert any("Pearson" in note for note in about["notes"])
    svg = (tmp_path / "out" / "correlation.svg").read_text()
    assert "three" in svg
    assert "without context" in svg
    assert (tmp_path / "out" / "correlation.png").read_bytes().startswith(b"\x89PNG")
    assert Validation.model_validate_json(found.model_dump_json()).name == "correlation"
    with pytest.raises(KeyError):
        found.table("nothing")


def test_the_pooled_row_is_the_correlation_of_all_points(model: Any, cache: ResultCache) -> None:
    found = run.validate_correlation(
        model, RELATIONS[:1], templates=TEMPLATES[:1], cache=cache, progress=silent
    )
    heads = found.table("correlation_heads").dicts()
    for side in ("without_context", "with_context"):
        points = np.array([[row["score"], row[side]] for row in heads], dtype=float)
        by_hand = np.corrcoef(points.T)[0, 1]
        assert found.table().dicts()[0][side] == pytest.approx(by_hand, nan_ok=True)


def test_figures_show_the_tables_numbers(
    model: Any, cache: ResultCache, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from matplotlib.figure import Figure

    shown: list[Any] = []

    @contextmanager
    def figure(_file: Path, rows: int = 1, columns: int = 1, **_: Any) -> Iterator[Any]:
        axes = Figure().subplots(rows, columns, squeeze=rows == columns == 1)
        yield axes
        shown.append(axes)

    monkeypatch.setattr(drawing, "figure", figure)
    found = run.validate_correlation(
        model, RELATIONS, templates=TEMPLATES, cache=cache, progress=silent
    )
    drawing.draw(found, tmp_path / "a.png")
    drawn = [
        points
        for collection in shown[0].collections
        if len(points := np.asarray(collection.get_offsets())) == len(RELATIONS)
    ]
    pooled = [row for row in found.table().dicts() if row["template"] == "all"]
    for points, side in zip(drawn, ("without_context", "with_context"), strict=True):
        np.testing.assert_allclose(points[:, 0], [row[side] for row in pooled])
    found = validate_causality(model, RELATIONS[:1], steps=(1, 4), cache=cache, progress=silent)
    drawing.draw(found, tmp_path / "b.png")
    line = np.ravel(shown[1])[0].lines[0]
    rows = found.table().dicts()
    assert line.get_xdata().tolist() == [0, 1, 4]
    assert line.get_ydata().tolist() == [
        rows[0]["base_accuracy"],
        *(row["accuracy"] for row in rows),
    ]


@pytest.mark.parametrize("stopped_after", [1, 2])
def test_a_cancelled_correlation_computes_only_the_rest(
    stopped_after: int, model: Any, cache: ResultCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    computed: list[str] = []
    original = correlation.relation_correlation

    def counted(*arguments: Any, **keywords: Any) -> Any:
        found = original(*arguments, **keywords)
        computed.append(found.name)
        return found

    monkeypatch.setattr(correlation, "relation_correlation", counted)

    def stop(what: str, _done: int, _total: int) -> None:
        if what == "dynamic scores" and len(computed) == stopped_after:
            raise Cancelled

    settings: dict[str, Any] = {"templates": TEMPLATES, "cache": cache}
    with pytest.raises(Cancelled):
        run.validate_correlation(model, RELATIONS, progress=stop, **settings)
    assert computed == ["one", "two"][:stopped_after]
    rest = run.validate_correlation(model, RELATIONS, progress=silent, **settings)
    assert computed == ["one", "two", "three"]
    again = run.validate_correlation(model, RELATIONS, progress=silent, **settings)
    assert len(computed) == 3
    assert again.table().rows == rest.table().rows
    run.validate_correlation(
        model, RELATIONS[:1], templates=("the {source}",), cache=cache, progress=silent
    )
    assert len(computed) == 4, "other templates are another result"


def test_a_cancelled_causality_computes_only_the_rest(
    model: Any, cache: ResultCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    computed: list[str] = []
    original = causality.relation_causality

    def counted(*arguments: Any, **keywords: Any) -> Any:
        found = original(*arguments, **keywords)
        computed.append(found.name)
        return found

    monkeypatch.setattr(causality, "relation_causality", counted)

    def stop(what: str, _done: int, _total: int) -> None:
        if what == "causality" and computed:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        validate_causality(model, RELATIONS, steps=(1, 2), cache=cache, progress=stop)
    found = validate_causality(model, RELATIONS, steps=(1, 2), cache=cache, progress=silent)
    assert computed == ["one", "two", "three"]
    assert found.table().column("relation") == tuple(r.name for r in RELATIONS for _ in range(2))


def test_causality_stands_beside_random_sets(
    model: Any, cache: ResultCache, tmp_path: Path
) -> None:
    found = validate_causality(
        model,
        RELATIONS[:2],
        task="cloze",
        steps=(1, 3, 9),
        n_random=4,
        out=tmp_path,
        cache=cache,
        progress=silent,
    )
    rows = found.table().dicts()
    assert [row["n_heads"] for row in rows] == [1, 3, 9] * 2
    assert [row["n_random"] for row in rows] == [4, 4, 0] * 2  # 3 other heads are left beside 9
    assert all(row["verdict"] for row in rows)
    assert {row["task"] for row in rows} == {"cloze"}
    assert_same(read_csv(tmp_path / "causality.csv"), found.table())
    removed = found.table("causality_heads").dicts()
    assert [row["order"] for row in removed[:9]] == list(range(1, 10))
    scores = [float(row["score"] or 0) for row in removed[:9]]
    assert scores == sorted(scores, reverse=True)
    for ending in ("png", "svg"):
        assert (tmp_path / f"causality.{ending}").stat().st_size > 1000


def test_multi_token_says_what_is_missing(model: Any, cache: ResultCache, tmp_path: Path) -> None:
    with pytest.raises(RelationError, match="one: 0 pairs have a source of several tokens"):
        run.validate_multi_token(model, RELATIONS[:1], cache=cache, progress=silent)
    long = Relation(name="long", k=40, pairs=tuple((f"zz {word}", word) for word in WORDS[:12]))
    with pytest.raises(RelationError, match="long: 12 pairs .* 30 are needed"):
        run.validate_multi_token(model, [long], cache=cache, progress=silent)
    found = run.validate_multi_token(
        model,
        [long, *RELATIONS[:1]],
        templates={"long": TEMPLATES},
        min_pairs=10,
        out=tmp_path,
        table_format="parquet",
        cache=cache,
        progress=silent,
    )
    assert set(found.table().column("relation")) == {"long"}
    assert set(found.table().column("static")) == {"last source token"}
    assert len(found.not_applicable) == 1
    import pyarrow.parquet

    written = pyarrow.parquet.read_table(tmp_path / "multi_token.parquet").to_pylist()
    assert [row["template"] for row in written] == ["all", *TEMPLATES]


def test_coverage_and_comparison(model: Any, cache: ResultCache, tmp_path: Path) -> None:
    found = run.validate_coverage(
        model, RELATIONS, tau=0.1, out=tmp_path, cache=cache, progress=silent
    )
    names = [table.name for table in found.tables]
    assert names == [
        "coverage",
        "coverage_summary",
        "coverage_roles",
        "coverage_heads",
        "coverage_kv_groups",
    ]
    assert_same(read_csv(tmp_path / "coverage_heads.csv"), found.table("coverage_heads"))
    same = run.compare_models(
        model, model, RELATIONS, tau=0.1, out=tmp_path, cache=cache, progress=silent
    )
    for row in same.table().dicts():
        assert (row["layer"], row["head"]) == (row["other_layer"], row["other_head"])
        assert row["likeness"] == pytest.approx(1)
    assert (tmp_path / "universality.svg").exists()
    assert same.parameters["other_fingerprint"] == model.facts.fingerprint


def test_bad_input_is_named(model: Any, cache: ResultCache, tmp_path: Path) -> None:
    settings: dict[str, Any] = {"cache": cache, "progress": silent}
    few = Relation(name="few", pairs=RELATIONS[0].pairs[:9])
    with pytest.raises(RelationError, match="few: only 9 pairs"):
        run.validate_correlation(model, [few], **settings)
    with pytest.raises(RelationError, match="There is no operation 'capitl'"):
        run.validate_coverage(model, ["capitl"], **settings)
    with pytest.raises(RelationError, match="No relations were given"):
        run.validate_coverage(model, [], **settings)
    with pytest.raises(TaskError, match="must hold"):
        run.validate_correlation(model, RELATIONS[:1], templates=("none",), **settings)
    with pytest.raises(TaskError, match="has no cloze sentence"):
        bare = RELATIONS[0].model_copy(update={"cloze": ()})
        validate_causality(model, [bare], task="cloze", **settings)
    with pytest.raises(ExportError, match="Format 'xls' is unknown"):
        run.validate_coverage(model, RELATIONS, out=tmp_path, table_format="xls", **settings)
    found = run.validate_coverage(model, [few, *RELATIONS], **settings)
    assert found.not_applicable == (
        "few: only 9 pairs are one token each with this tokenizer, 30 are needed",
    )


def test_a_published_model_is_compared(model: Any, cache: ResultCache) -> None:
    renamed = named(model, "openai-community/gpt2-xl")
    capital = shifted("country_to_capital", 1)
    found = run.validate_correlation(
        renamed, [capital], templates=TEMPLATES, cache=cache, progress=silent
    )
    table = found.table("correlation_published")
    pooled = found.table().dicts()[0]
    assert [row["published"] for row in table.dicts()] == [0.983, 0.882]
    assert [row["ours"] for row in table.dicts()] == [
        pooled["without_context"],
        pooled["with_context"],
    ]


def test_reproduction_goes_on_past_models_that_are_missing(
    model: Any, cache: ResultCache, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def load(name: str) -> Any:
        if "pythia" in name:
            return named(model, name)
        raise ModelError(f"{name} is not here")

    monkeypatch.setattr(
        "headlab.workflow.validation.session.bundled_relation",
        lambda name: shifted(name, len(name) % 5 + 1),
    )
    monkeypatch.setattr(
        "headlab.workflow.validation.session.bundled_names", lambda: ("country_to_capital",)
    )
    done = reproduction.reproduce(out=tmp_path, load=load, cache=cache, progress=silent)
    assert done.failures == {
        "gpt2-xl": "openai-community/gpt2-xl is not here",
        "llama-3.1-8b": "meta-llama/Llama-3.1-8B is not here",
    }
    # 12 heads: the published number of 84 removed heads is out of reach
    assert len(done.table) == 0
    assert (tmp_path / "pythia-12b" / "causality.csv").exists()
    assert (tmp_path / "reproduction.csv").exists()
    with pytest.raises(ModelError, match="Nothing is published for 'gpt2'"):
        reproduction.reproduce(["gpt2"], load=load)
