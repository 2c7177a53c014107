"""Tables of series, long or wide, become `seqwise.series_records.Series`."""
