"""The data settings in, the series of a file out."""

from seqwise.errors import Problem, UsageError
from seqwise.read.blocks import Reader
from seqwise.read.series.layout import Layout
from seqwise.read.series.reading import read_series
from seqwise.series_records import SeriesTable
from seqwise.settings.stations import DataSettings

AUTO = "long"


def read_table(data: DataSettings, path: str = "", *, reader: Reader | None = None) -> SeriesTable:
    """Read the series of a file.

    Args:
        data: which column is what.
        path: the file; empty: that of training.
        reader: what opens it; None: by the name of the file.

    Raises:
        DataError: with every fault of the file.
        UsageError: if states are read from several columns.
    """
    layout = Layout(
        time=data.time,
        value=data.value,
        unit=data.unit,
        static=data.static,
        known=data.known,
        past=data.past,
        first=data.first,
        last=data.last,
        kind=data.kind,
        states=data.labels,
        step=data.step,
    )
    format_ = AUTO if data.format == "auto" else data.format
    series, facts = read_series(
        path or data.train,
        layout,
        format=format_,
        encoding=data.encoding,
        on_bad_row=data.on_bad_row,
        reader=reader,
    )
    if series.states and len(series.channels) > 1:
        what = f"names {len(series.channels)} columns of states: {', '.join(series.channels)}."
        raise UsageError(Problem("data.value", what, "Name one, and the others in data.past or data.known."))
    return SeriesTable(series, (facts,))
