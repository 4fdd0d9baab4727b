"""Names, addresses, places and companies: closed lists, and a tagger with its weights."""
