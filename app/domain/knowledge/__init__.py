"""Finds in the knowledge base what answers a citizen's question, and the sentence that says it.

The index tells which words stand where; what they are worth, and which sentence answers, is decided here.
"""

from app.domain.knowledge.question import Question, Synonyms, Term, read_question
from app.domain.knowledge.ranking import Article, Hit, Ranked, rank
from app.domain.knowledge.sentences import Passage, best_passage, split_sentences

__all__ = [
    "Article",
    "Hit",
    "Passage",
    "Question",
    "Ranked",
    "Synonyms",
    "Term",
    "best_passage",
    "rank",
    "read_question",
    "split_sentences",
]
