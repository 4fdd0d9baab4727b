"""The verifier of one program against its task: examples, tests, probes on made inputs, properties, a learned score."""
