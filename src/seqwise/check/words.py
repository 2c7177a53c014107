"""The words of findings: every sentence in English and Korean, numbers written alike in both."""

from collections.abc import Mapping
from dataclasses import dataclass

from seqwise.records import Finding, Language, Level
from seqwise.spans.particles import last_sound


@dataclass(frozen=True)
class Text:
    """One sentence or more, in both languages."""

    en: str
    ko: str

    def spoken(self, language: Language) -> str:
        """The text in one language."""
        return self.ko if language == "ko" else self.en


NO_TEXT = Text("", "")


@dataclass(frozen=True)
class Wording:
    """A finding's words: a short title, what it means with the numbers, the mend, and the causes, likeliest first."""

    title: Text
    message: Text
    fix: Text = NO_TEXT
    causes: tuple[Text, ...] = ()


@dataclass(frozen=True)
class Voice:
    """Speaks for one check in one language."""

    check: str
    guardrail: str
    language: Language

    def say(self, level: Level, wording: Wording, *, numbers: Mapping[str, object]) -> Finding:
        """A finding of this level; ``numbers`` are its evidence, plain values only."""
        return Finding(
            check=self.check,
            level=level,
            title=wording.title.spoken(self.language),
            message=wording.message.spoken(self.language),
            ids=(self.guardrail,),
            evidence=dict(numbers),
            causes=tuple(cause.spoken(self.language) for cause in wording.causes),
            fix=wording.fix.spoken(self.language),
        )


def share(part: float, whole: float) -> str:
    """A share as a percentage with one decimal.

    Example:
        >>> share(9, 21)
        '42.9 %'
    """
    return f"{100.0 * part / whole:.1f} %" if whole else "0.0 %"


def number(value: float) -> str:
    """A measured value with four significant digits; whole numbers with thousands separators.

    Example:
        >>> number(1571), number(0.31326), number(2e-05)
        ('1,571', '0.3133', '2e-05')
    """
    return f"{value:,.0f}" if float(value).is_integer() and abs(value) < 1e15 else f"{value:,.4g}"


def quoted(names: tuple[str, ...], *, limit: int = 8) -> str:
    """Names in double quotes, at most ``limit`` of them, the rest as a number."""
    told = ", ".join(f'"{name}"' for name in names[:limit])
    return told if len(names) <= limit else f"{told} (+{len(names) - limit:,})"


def split_name(split: str) -> Text:
    """The name of a split as it stands before ``rows``."""
    korean = {"train": "학습", "validation": "검증", "test": "시험", "predictions": "예측"}
    english = {"train": "training", "predictions": "predicted"}
    return Text(english.get(split, split), korean.get(split, split))


def called(name: str) -> str:
    """A Korean quotation: the name with the particle 이라고 or 라고 that its last sound asks for."""
    sound = last_sound(name)
    particle = "(이)라고" if sound is None else "라고" if sound == "vowel" else "이라고"
    return f'"{name}"{particle}'
