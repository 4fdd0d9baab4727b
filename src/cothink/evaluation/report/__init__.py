"""The report: what was measured, live or by replay, as Markdown, one HTML file and JSON."""
