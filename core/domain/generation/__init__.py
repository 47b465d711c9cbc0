"""Generation of questions: briefs, and similarity of questions."""
