"""HTTP in, HTTP out: OpenAI's two APIs over whatever answers, with one outcome for each run."""
