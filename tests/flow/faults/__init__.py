"""What breaks around a gateway, with real processes; ``benchmarks/faults.py`` prints what was lost."""
