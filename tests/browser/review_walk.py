"""A catalogue full of drafts, and the review queue as a person drives it by its keys."""

from __future__ import annotations

from typing import Any

from cards_by_hand import CAPITAL, MAPPINGS, ablation, make_card, relation
from walk import Walk

from headlab import Catalogue
from headlab.records.draft import Draft, Drafter
from headlab.records.head import Head

MODEL, DRAFTER, OTHER = "secret-org/Secret-Model-72h", "secret-drafter-9b", "Karl"
HEADS = 12

TEXT = (
    "Maps countries to their capitals (country_to_capital: score 0.94 of 126 pairs, rank 1 of 72). "
    'It reads "France" and "Italy" most strongly. Without it " Paris" falls.'
)


def seed(store: Catalogue) -> None:
    """Twelve heads of one model, each with a draft that cites its card."""
    drafter = Drafter(kind="llm", name=DRAFTER, prompt_version="1")
    for place in range(HEADS):
        head = Head(layer=place // 4, index=place % 4)
        effect = ablation(0.5 - place / 100).model_copy(update={"heads": (head,)})
        more = [relation(f"operation_{number}", score=0.3 - number / 100) for number in range(9)]
        card = make_card([CAPITAL, *more], [*MAPPINGS] * 6, effect, rank=place + 1)
        card = card.model_copy(update={"head": head})
        draft = Draft(
            description=f"{TEXT} Number {place}.",
            evidence=("R1", "M1", "M2", "T1", "M5"),
            drafter=drafter,
            card_hash=card.content_hash(),
        )
        store.add_draft(card, draft)


class Queue(Walk):
    """The review queue, driven by its keys."""

    @property
    def root(self) -> Any:
        return self.page.locator(".hl-ReviewQueue")

    @property
    def head(self) -> str:
        found: str = self.root.locator(".hl-JudgedHead-name").inner_text()
        return found

    def open_queue(self) -> None:
        self.command("headlab:review-queue")
        self.root.locator(".hl-Queue-title").wait_for()

    def see_head(self, head: str) -> None:
        self.root.locator(".hl-JudgedHead-name", has_text=head).wait_for()

    def wait_for_head(self, head: str) -> None:
        """Until this head is on the screen and the keys are for it."""
        self.see_head(head)
        self.page.wait_for_function("document.activeElement?.closest('.hl-Queue-case') !== null")

    def press(self, key: str) -> None:
        self.page.wait_for_timeout(70)  # a head that is up for less than 60 ms was not seen
        self.page.keyboard.press(key)
        self.page.wait_for_timeout(80)  # two presses within 60 ms are one

    def mode(self, word: str) -> None:
        self.root.get_by_role("button", name=word, exact=True).click()
        self.root.locator(
            f".hl-Queue[data-mode={'decide' if word == 'Decide' else 'votes'}]"
        ).wait_for()

    def stored(self) -> dict[str, Any]:
        """State, revision and open votes of each head, as the catalogue has them."""
        with self.lab.catalogue() as store:
            return {
                str(row.head): {
                    "state": row.state,
                    "revision": row.revision,
                    "votes": [
                        vote.model_dump(mode="json")
                        for vote in store.review_round.open_votes(row.id, lead=True)
                    ],
                }
                for row in store.list()
            }

    def decide_without_others(self, head: str, state: str) -> None:
        """Until what was pressed is in force, also where a reviewer who is asked has not voted."""
        early = self.root.get_by_role("button", name="Decide without them")

        def decided() -> bool:
            return bool(self.stored()[head]["state"] == state)

        self.until(lambda: decided() or early.count() > 0, f"{head} is decided, or it is too early")
        if not decided():
            early.click()
            self.until(decided, f"{head} is {state}")

    def wait_for_revision(self, head: str, number: int) -> dict[str, Any]:
        self.until(
            lambda: self.stored()[head]["revision"] >= number, f"{head} is at revision {number}"
        )
        return self.stored()

    def wait_until_stored(self, n_votes: int) -> dict[str, Any]:
        self.until(
            lambda: sum(len(one["votes"]) for one in self.stored().values()) >= n_votes,
            f"{n_votes} votes are stored",
        )
        return self.stored()
