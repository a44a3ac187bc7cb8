"""Reports: documents put together from traces, histories and worksheets, for any renderer."""
