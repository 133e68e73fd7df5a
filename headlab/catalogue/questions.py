"""What a catalogue is asked: entries, lists, counts, histories, saved searches."""

from __future__ import annotations

from typing import Unpack

from headlab.catalogue import (
    facets,
    heads,
    import_log,
    in_review,
    ledger,
    prompt_texts,
    queries,
    saved,
)
from headlab.catalogue import verify as verification
from headlab.catalogue.engine import Database
from headlab.catalogue.history import HeadKey
from headlab.catalogue.narrowing import read_filter
from headlab.catalogue.signature import signature
from headlab.catalogue.stamp import StampReader
from headlab.catalogue.text import clean
from headlab.records.entry import Entry, EntrySummary, Revision
from headlab.records.head import Head
from headlab.records.import_log import LoggedImport
from headlab.records.page import (
    CatalogueOverview,
    EntryPage,
    Facets,
    FilterFields,
    SavedFilter,
    Sort,
)
from headlab.records.prompt_text import PromptText

Summaries = tuple[EntrySummary, ...]
Problems = list[str]


class Questions:
    """The reading half of a catalogue. Filters are those of `FilterFields`, all optional."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._stamps = StampReader()

    @property
    def place(self) -> str:
        """The file's path, or the database's URL without its password."""
        return self._database.place.shown

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a user should know about this place, such as a network file system."""
        return self._database.warnings

    @property
    def upgrade(self) -> str | None:
        """That opening it brought an older schema up to date, and where the old file is kept."""
        return self._database.upgrade

    def get(self, entry_id: int) -> Entry:
        """An entry; raises CatalogueError when there is none with this id."""
        with self._database.reading() as connection:
            return heads.load(connection, entry_id).entry(connection)

    def find(self, model_fingerprint: str, head: Head | str) -> Entry | None:
        """The entry of a head, None when there is none."""
        key = HeadKey(clean(model_fingerprint), Head.parse(head))
        with self._database.reading() as connection:
            found = heads.find(connection, key)
            return found.entry(connection) if found is not None else None

    def list(
        self,
        *,
        limit: int = 200,
        offset: int = 0,
        **filters: Unpack[FilterFields],
    ) -> Summaries:
        """Entries by model and head; `model` is a name or the start of a fingerprint.

        Raises CatalogueError for a filter that is unknown or of the wrong type.
        """
        return self.search("", limit=limit, offset=offset, **filters)

    def count(
        self,
        *,
        text: str = "",
        **filters: Unpack[FilterFields],
    ) -> int:
        """How many entries `list`, or `search` with this text, would give in all."""
        with self._database.reading() as connection:
            narrowed = read_filter(filters)
            return queries.count_entries(connection, narrowed, text)

    def search(
        self,
        text: str,
        *,
        limit: int = 200,
        offset: int = 0,
        **filters: Unpack[FilterFields],
    ) -> Summaries:
        """Entries that hold every word, the last one as a start; best first, all for no text.

        Looks in description, drafts, note, tags, names, head and model name. Any text is allowed:
        case, accents and punctuation do not count, and there is no query language. Words that more
        than 2,000 entries hold do not rank them: these come in the order in which they were added.
        """
        with self._database.reading() as connection:
            narrowed = read_filter(filters)
            return queries.list_entries(connection, narrowed, text, limit, offset)

    def page(
        self,
        text: str = "",
        *,
        sort: Sort | None = None,
        descending: bool | None = None,
        limit: int = 200,
        offset: int = 0,
        **filters: Unpack[FilterFields],
    ) -> EntryPage:
        """What `search` gives, with how many match in all at the same moment.

        `sort`: best first for a text and else by head, if None. `descending` None is the order's own
        direction: newest and highest first for "updated" and "score". Equal ones are in the order of
        model and head, so that pages do not overlap.
        """
        with self._database.reading() as connection:
            narrowed = read_filter(filters)
            entries, total = queries.read_page(
                connection, narrowed, text, limit, offset, sort, descending
            )
            return EntryPage(
                entries=entries,
                total=total,
                offset=offset,
                place=self.place,
                warnings=self.warnings,
            )

    def facets(self) -> Facets:
        """The values that entries have and filters can choose, with how many have each."""
        with self._database.reading() as connection:
            return facets.read(connection)

    def saved_filters(self, author: str | None = None) -> tuple[SavedFilter, ...]:
        """The searches that were given a name, by author and name; None: everybody's."""
        with self._database.reading() as connection:
            return saved.read_all(connection, None if author is None else signature(author))

    def overview(self) -> CatalogueOverview:
        """Counts over all entries, by state and by model, with the stamp of the same moment."""
        with self._database.reading() as connection:
            states = queries.count_states(connection)
            return CatalogueOverview(
                place=self.place,
                stamp=self._stamps.read(connection),
                total=sum(states.values()),
                states=states,
                in_review=in_review.count(connection),
                models=queries.count_models(connection),
                warnings=self.warnings,
            )

    def stamp(self) -> str:
        """A value that is another one after every change by any process; cheap enough to poll."""
        with self._database.reading() as connection:
            return self._stamps.read(connection)

    def history(self, entry_id: int) -> tuple[Revision, ...]:
        """Every revision of an entry, oldest first, with the imports that brought it here; raises
        CatalogueError if the entry is unknown."""
        with self._database.reading() as connection:
            key = heads.load(connection, entry_id).key
            brought = import_log.of_revisions(connection, key)
            return tuple(
                revision.model_copy(update={"imports": brought.get(revision.number, ())})
                for revision in ledger.read_history(connection, entry_id)
            )

    def imports_log(self) -> tuple[LoggedImport, ...]:
        """Every import that changed something, oldest first: who, when, of which file, and which
        revisions it brought. Those marked `carried_by` were made into another catalogue."""
        with self._database.reading() as connection:
            return import_log.read(connection)

    def prompt_text(self, name: str) -> PromptText:
        """The prompt template of that version or start of its sha256 that drafts were made with.

        Raises CatalogueError when none is kept, or the number of a built-in version means several.
        """
        with self._database.reading() as connection:
            return prompt_texts.find(connection, name)

    def verify(self) -> Problems:
        """Recompute every chain and state; the problems found, none when all is well."""
        with self._database.reading() as connection:
            return [clean(problem) for problem in verification.problems(connection)]
