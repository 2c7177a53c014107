"""Figures of gradients, and the files that they stand in by themselves."""

import xml.etree.ElementTree as ElementTree

import pytest

from seqwise.errors import UsageError
from seqwise.gradient_evidence import EdgeFacts, FlowFacts, GraphFacts, NodeFacts
from seqwise.report.gradient_figures import flow_figures, write_figures
from seqwise.report.graph_drawing import graph_figure, levels

FLOWS = (
    FlowFacts("encoder.layers.0", 4, (1.0, 0.5, 0.0), (1.0, 0.1, 0.01)),
    FlowFacts("<layer>", 4, (), (1.0, 2.0, 4.0)),
)


def node(name, *sources):
    edges = tuple(EdgeFacts(source, ((1.0,),), (1.0,)) for source in sources)
    return NodeFacts(name, "add" if sources else "", (2.0,), (1,), (1.0,), edges, 1, 1)


GRAPH = GraphFacts(
    "f = x + <y>", (node("x"), node("<y>"), node("late"), node("a", "x", "<y>"), node("f", "a", "late")), None, 0.0
)


@pytest.mark.parametrize("language", ["en", "ko"])
def test_the_loss_and_the_last_state_have_a_figure_each(language):
    loss, last = flow_figures(FLOWS, language=language)
    assert loss.header[1:] == ("encoder.layers.0",)
    assert last.header[1:] == ("encoder.layers.0", "<layer>")
    assert [row[0] for row in last.rows] == ["0", "2"]
    assert last.rows[-1][1:] == ("0.01", "4")
    assert "<layer>" not in last.svg


def test_a_node_stands_below_its_sources_and_what_is_given_above_its_use():
    assert levels(GRAPH.nodes) == {"x": 0, "<y>": 0, "a": 1, "late": 1, "f": 2}


@pytest.mark.parametrize("ending", ["svg", "html", "png"])
def test_a_file_stands_alone(tmp_path, ending):
    figures = [graph_figure(GRAPH, language="en"), *flow_figures(FLOWS, language="en")]
    path = tmp_path / f"out.{ending}"
    write_figures(path, figures)
    if ending == "png":
        assert path.read_bytes().startswith(b"\x89PNG")
        return
    text = path.read_text("utf-8")
    assert "<y>" not in text
    assert "&lt;y&gt;" in text
    assert "http" not in text.replace("http://www.w3.org/2000/svg", "")
    if ending == "svg":
        assert "var(" not in text
        assert ElementTree.fromstring(text).tag == "{http://www.w3.org/2000/svg}svg"


def test_each_curve_alone_has_its_colours_written_out(tmp_path):
    for figure in flow_figures(FLOWS, language="en"):
        write_figures(tmp_path / "one.svg", [figure])
        assert "var(" not in (tmp_path / "one.svg").read_text("utf-8")


def test_another_ending_is_refused(tmp_path):
    with pytest.raises(UsageError, match=r"cannot be drawn.*\.html, \.svg, \.png"):
        write_figures(tmp_path / "out.gif", flow_figures(FLOWS, language="en"))
