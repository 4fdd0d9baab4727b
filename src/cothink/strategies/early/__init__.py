"""Early escalation: the pro starts while R1 still thinks, once R1's signs are bad."""
