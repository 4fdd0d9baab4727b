"""What it is worth: data sets, replay over recorded answers, live runs, reports."""
