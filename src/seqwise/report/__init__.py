"""A run folder in, one self-contained HTML page out: facts, figures, and fixed words in English and Korean."""
