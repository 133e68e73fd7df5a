"""Operations in words: what each maps, and what suppressing it means."""

from __future__ import annotations

from dataclasses import dataclass

from headlab.drafting.plain_text import one_line


@dataclass(frozen=True)
class Phrase:
    """`inputs`: the tokens read; `outputs`: what follows from them; both as they stand in
    "maps <inputs> to <outputs>"."""

    inputs: str
    outputs: str
    copies: bool = False

    @property
    def maps(self) -> str:
        if self.copies:
            return f"Copies {self.inputs}"
        return f"Maps {self.inputs} to {self.outputs}"

    @property
    def suppresses(self) -> str:
        if self.copies:
            return f"Suppresses copies of {self.inputs}"
        return f"Suppresses the mapping of {self.inputs} to {self.outputs}"


_PHRASES: dict[str, Phrase] = {
    "copying": Phrase("words", "themselves", copies=True),
    "name_copying": Phrase("first names", "themselves", copies=True),
    "year_to_following": Phrase("years", "the years that follow"),
    "word_to_first_letter": Phrase("words", "their first letters"),
    "word_to_last_letter": Phrase("words", "their last letters"),
    "country_to_capital": Phrase("countries", "their capitals"),
    "country_to_language": Phrase("countries", "their languages"),
    "object_to_superclass": Phrase("things", "the classes they belong to"),
    "product_to_company": Phrase("products", "the companies that make them"),
    "work_to_location": Phrase("occupations", "the places of work"),
    "adjective_to_comparative": Phrase("adjectives", "their comparatives"),
    "adjective_to_superlative": Phrase("adjectives", "their superlatives"),
    "adjective_to_antonym": Phrase("adjectives", "their antonyms"),
    "verb_to_past_tense": Phrase("verbs", "their past tenses"),
    "noun_to_pronoun": Phrase("nouns", "pronouns that stand for them"),
    "word_to_synonym": Phrase("words", "their synonyms"),
    "word_to_homophone": Phrase("words", "words that sound the same"),
    "word_to_compound": Phrase("words", "compounds that begin with them"),
    "english_to_french": Phrase("English words", "their French translations"),
    "english_to_spanish": Phrase("English words", "their Spanish translations"),
}


def phrase(operation: str) -> Phrase:
    """The operation in words; one of the user's own is read from a name like `animal_to_sound`,
    or quoted."""
    known = _PHRASES.get(operation)
    if known is not None:
        return known
    name = one_line(operation)
    source, to, target = name.partition("_to_")
    if to and source and target:
        return Phrase(f'"{source.replace("_", " ")}"', f'"{target.replace("_", " ")}"')
    return Phrase("sources", f'targets of the operation "{name}"')
