"""Faults of spans over a text: each kind by hand, and the repairs for any spans."""

from hypothesis import given, settings
from hypothesis import strategies as st

from seqwise.records import Span
from seqwise.spans.span_faults import mended_spans, span_faults

TEXT = "김철수는  서울시에\u3000산다"  # 0-3 김철수, 6-9 서울시

spans = st.builds(Span, st.integers(-3, 18), st.integers(-3, 18), st.sampled_from(["PS", "LC"]))


def told(*given_spans, text=TEXT):
    return [(fault.index, fault.kind, fault.repair) for fault in span_faults(text, given_spans)]


def test_sound_spans_have_no_faults():
    assert told(Span(6, 9, "LC"), Span(0, 3, "PS"), Span(3, 4, "PS")) == []
    assert told(Span(0, 1, "PS"), Span(1, 3, "PS"), Span(3, 4, "PS")) == []


def test_each_fault_by_itself():
    assert told(Span(3, 0, "PS")) == [(0, "reversed", Span(0, 3, "PS"))]
    assert told(Span(10, 99, "PS")) == [
        (0, "out_of_range", Span(11, 13, "PS")),
        (0, "whitespace_edge", Span(11, 13, "PS")),
    ]
    assert told(Span(-2, 3, "PS")) == [(0, "out_of_range", Span(0, 3, "PS"))]
    assert told(Span(4, 10, "LC")) == [(0, "whitespace_edge", Span(6, 10, "LC"))]
    assert told(Span(6, 11, "LC")) == [(0, "whitespace_edge", Span(6, 10, "LC"))]
    assert told(Span(3, 3, "PS")) == [(0, "empty", None)]
    assert told(Span(4, 6, "PS")) == [(0, "empty", None)]
    assert told(Span(50, 60, "PS")) == [(0, "out_of_range", None), (0, "empty", None)]


def test_of_overlapping_spans_the_longest_stays_and_of_equal_ones_the_first():
    assert told(Span(0, 2, "PS"), Span(1, 4, "PS")) == [(0, "overlapping", None)]
    assert told(Span(0, 4, "PS"), Span(1, 2, "LC")) == [(1, "overlapping", None)]
    assert told(Span(1, 3, "LC"), Span(0, 2, "PS")) == [(0, "overlapping", None)]
    assert told(Span(0, 3, "PS"), Span(0, 3, "PS")) == [(1, "overlapping", None)]


def test_overlaps_are_judged_after_the_repair():
    # Reversed, and then the same entity a second time.
    assert told(Span(0, 3, "PS"), Span(3, 0, "PS")) == [(1, "reversed", Span(0, 3, "PS")), (1, "overlapping", None)]
    # Only the blanks overlap.
    assert told(Span(0, 5, "PS"), Span(4, 9, "LC")) == [
        (0, "whitespace_edge", Span(0, 4, "PS")),
        (1, "whitespace_edge", Span(6, 9, "LC")),
    ]


def test_the_words_name_the_span_and_the_repair():
    faults = span_faults(
        TEXT, [Span(3, 0, "PS"), Span(12, 14, "OG"), Span(5, 6, "LC"), Span(2, 3, "LC"), Span(9, 11, "QT")]
    )
    assert [(fault.what, fault.fix) for fault in faults] == [
        ("span 3 to 0 (PS) ends before it begins.", "Use 0 to 3."),
        ("span 12 to 14 (OG) leaves the text of 13 characters.", "Use 12 to 13."),
        ("span 5 to 6 (LC) holds nothing but blanks, or nothing at all.", "Drop it."),
        ("span 9 to 11 (QT) begins or ends with a blank.", "Use 9 to 10."),
        ("span 2 to 3 (LC) overlaps span 0 to 3 (PS).", "Drop it."),
    ]


@settings(deadline=None)
@given(st.lists(spans, max_size=6))
def test_mended_spans_have_no_faults_and_keep_their_place(given_spans):
    mended = mended_spans(TEXT, given_spans)
    assert span_faults(TEXT, mended) == []
    assert mended == mended_spans(TEXT, mended)
    kinds = {fault.index for fault in span_faults(TEXT, given_spans)}
    assert {span for index, span in enumerate(given_spans) if index not in kinds} <= set(mended)


def test_repairs_do_not_normalise_the_text():
    decomposed = "\u1100\u1175\u11b7 \u200b１２"  # 김 as three jamo, a blank, a zero-width blank, full-width digits
    assert told(Span(0, 4, "PS"), Span(4, 7, "QT"), text=decomposed) == [(0, "whitespace_edge", Span(0, 3, "PS"))]
