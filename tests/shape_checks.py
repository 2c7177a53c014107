"""The type checker that jaxtyping uses in tests: beartype, and an int is a float as the typing rules say (PEP 484)."""

from beartype import BeartypeConf, beartype

typechecker = beartype(conf=BeartypeConf(is_pep484_tower=True))
