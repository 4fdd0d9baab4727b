"""The statistics that several rooms need, once: intervals, paired tests, calibration, ranking, cost-quality curves.

Every function takes columns of equal length, one entry a row. numpy comes with the extras that use this room.
"""
