"""The stateless subset of the Responses API: its body, its items, its events."""
