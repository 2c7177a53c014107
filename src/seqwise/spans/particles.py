"""Particles (조사): what follows an entity in its eojeol comes in; whether it is particles comes out.

The list holds the particles of case, topic and quotation that Korean writes without a blank behind a noun. Forms of
the copula 이다 are left out: they are as often part of a longer ending.
"""

import re

# Particles stack: 에서는, 까지만, 에게서도.
_PARTICLES = re.compile(
    "(?:이|가|을|를|은|는|의|에|에서|에게|에게서|께|께서|한테|한테서|로|으로|로서|으로서|로써|으로써|로부터|으로부터|와|과|랑|이랑|"
    "하고|도|만|까지|부터|조차|마저|밖에|뿐|처럼|같이|보다|마다|대로|만큼|나|이나|나마|이나마|든|이든|든지|이든지|라도|이라도|란|"
    "이란|며|이며|라고|이라고|라는|이라는|야|아|여|이여|요){1,3}"
)
_HANGUL = re.compile("[가-힣]*")


def has_particle_behind(text: str, end: int) -> bool:
    """Whether the Hangul that follows a place without a blank is particles and nothing else.

    Args:
        text: raw; Hangul in syllables.
        end: of an entity.

    Example:
        >>> has_particle_behind("서울에서는 산다", 2)
        True
        >>> has_particle_behind("서울시청", 2)
        False
    """
    match = _HANGUL.match(text, end)
    return match is not None and _PARTICLES.fullmatch(match[0]) is not None
