"""Data sets: small adapters over the public originals. The user brings the download; nothing of it is kept here."""
