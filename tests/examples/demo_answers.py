"""The demo's answers once more, worked out from the questions alone, so that a slip in a printed answer is found.

RECOMPUTED goes step by step through each question. SUBSTITUTED runs the story forwards from a claimed answer where
RECOMPUTED had to undo it or solve for an unknown. Exact numbers only: a float would hide a rounding.
"""

from collections.abc import Callable
from fractions import Fraction as F

GRADE_1: dict[str, F | int] = {
    "g1-01": 24 - 7,
    "g1-02": 9 + 6,
    "g1-03": 8 * 4,
    "g1-04": F(45, 5),
    "g1-05": 60 - 26,
    "g1-06": 13 + 18,
    "g1-07": 52 - 38,
    "g1-08": 7 * 6,
    "g1-09": F(56, 8),
    "g1-10": 11 + 19,
    "g1-11": 27 + 16,
    "g1-12": 36 - 13,
}

GRADE_2: dict[str, F | int] = {
    "g2-01": 6 * 8 + 5,
    "g2-02": 14 - 5 + 3,
    "g2-03": 20 - 3 * 4,
    "g2-04": 18 + 2 * 18,
    "g2-05": 9 * 3 - 6,
    "g2-06": 7 * 6 + 15,
    "g2-07": 12 + (12 - 4),
    "g2-08": F(2 * 45, 15),
    "g2-09": F(72, 8) + 2,
    "g2-10": 40 + 25 - 9,
    "g2-11": 50 - 3 * 12,
    "g2-12": 5 * 20 - 37,
}

GRADE_3: dict[str, F | int] = {
    "g3-01": F(37 + 15 + 28, 4),
    "g3-02": 14 * 5 + 9 * 3 - 40,
    "g3-03": (96 - F(96, 3) - 25) / 3,
    "g3-04": 12 * 25 + 8 * 50 + 100,
    "g3-05": F(35 * 2 + 18, 8),
    "g3-06": F(132 - 12, 6) * 3,
    "g3-07": 155 - 5 * 18 - 6 * 7,
    "g3-08": 31 + 3 * (6 - 2),
    "g3-09": 2 * (4 * 9) - 5,
    "g3-10": (240 * F("0.20") + 14) / 2,
    "g3-11": 7 * 16 - 58 - 45,
    "g3-12": F(3 * 420 + 660, 60),
}

GRADE_4: dict[str, F | int] = {
    "g4-01": 80 - 80 * F(15, 100),
    "g4-02": 5 * F(3, 4),
    "g4-03": F(40, 100) * (3 * 60),
    "g4-04": (32 - 32 * F(5, 8)) * F(1, 3),
    "g4-05": F("1.2") * 1000 / 15,
    "g4-06": 250 * F(86, 100) - 35,
    "g4-07": (54 - 54 * F(2, 3)) * F(1, 2),
    "g4-08": 350 * (1 - F(12, 100)) * F("0.25"),
    "g4-09": F("2.75") * 1000 * F(60, 100),
    "g4-10": F(20 - 16, 16) * 100,
    "g4-11": 1 - F(1, 3) - F(1, 4),
    "g4-12": 4500 * (1 - F(4, 100)) / 80,
}

GRADE_5: dict[str, F | int] = {
    "g5-01": ((24 - 10) / (1 - F(1, 3)) + 6) * 2,
    "g5-02": F(6 * 8 + 22, 5) * 9 + 11,
    "g5-03": (400 - 35 * 6 - 20 * F("4.5")) * 12,
    "g5-04": (11 / (1 - F(2, 3)) + 12) / (1 - F(1, 4)),
    "g5-05": 2 * (45 * 10 + 30 * 4) - 3 * (45 + 30),
    "g5-06": (840 - F(840, 6) + 60) * (1 - F(5, 100)) / 19,
    "g5-07": 1500 * (6 - F(2 * 20, 60)) * (1 - F(25, 1000)) / 100,
    "g5-08": ((420 - 150) * F("0.30") + 150 * F("0.18")) * F(90, 100) + 9,
    "g5-09": F(64 * 22, 4) / 8 * 14,
    "g5-10": (475 * 2 - 250 + 300) / (1 - F(1, 5)),
    # Friday's sold seats at full price; then Saturday's three quarters at full and one quarter at half price.
    "g5-11": (14 * 22 - 50) * 12 + 14 * 22 * (F(3, 4) * 12 + F(1, 4) * 6),
    "g5-12": (7 * 24 + 18) / (1 - F(1, 3)),
}

GRADE_6: dict[str, F | int] = {
    "g6-01": 1 / (F(1, 6) + F(1, 9)),
    # 4n + 6 = 2.5 (n + 6), so 1.5 n = 2.5 * 6 - 6; Lena is 4n.
    "g6-02": 4 * (F("2.5") * 6 - 6) / (4 - F("2.5")),
    # 5 times the first line less 3 times the second leaves (10 - 12) juices.
    "g6-03": F(5 * 24 - 3 * 44, 5 * 2 - 3 * 4),
    "g6-04": 8 * F("5.5") - 7 * 5,
    "g6-05": 2 * 36 / (F(36, 24) + 1 + F(36, 18)),
    "g6-06": 65 * F(330, 65 + 45),
    "g6-07": 30 * F(12 - 8, 20 - 8),
    "g6-08": F(505 - 26 * 8, 35 - 8),
    "g6-09": 2 + (1 - F(2, 12)) / (F(1, 12) + F(1, 8)),
    "g6-10": 168 / (8 * F(60, 5 * 4)),
    "g6-11": F(14 * (28 - 13), 58 - 28),
    "g6-12": 60 * F("1.5") / (84 - 60),
}

RECOMPUTED: dict[str, F | int] = GRADE_1 | GRADE_2 | GRADE_3 | GRADE_4 | GRADE_5 | GRADE_6

SUBSTITUTED: dict[str, Callable[[F], bool]] = {
    "g2-08": lambda minutes: minutes * 15 == 45 + 45,
    "g3-03": lambda each: 32 + 25 + 3 * each == 96,
    "g3-05": lambda vouchers: vouchers * 8 - 18 == 35 * 2,
    "g4-05": lambda cans: cans * 15 == 1200,
    "g4-10": lambda percent: 16 * (1 + percent / 100) == 20,
    "g4-11": lambda bare: bare + F(4, 12) + F(3, 12) == 1,
    "g4-12": lambda bundles: bundles * 80 + 180 == 4500,
    "g5-01": lambda chests: (chests / 2 - 6) * F(2, 3) + 10 == 24,
    "g5-02": lambda dollars: (dollars - 11) / 9 * 5 == 6 * 8 + 22,
    "g5-03": lambda dollars: dollars / 12 + 210 + 90 == 400,
    "g5-04": lambda roll: (roll - roll / 4 - 12) / 3 == 11,
    "g5-06": lambda each: each * 19 + 38 == 700 + 60,
    "g5-07": lambda bundles: bundles * 100 + 200 == 320 * F(1500, 60),
    "g5-08": lambda bill: bill == F("72.9") + F("24.3") + 9,
    "g5-09": lambda dollars: dollars / 14 * 8 * 4 == 64 * 22,
    "g5-10": lambda full: (full - full / 5 - 300 + 250) / 2 == 475 and full - full / 5 - 300 + 250 <= full,
    "g5-11": lambda dollars: dollars == 2 * 308 * 12 - 50 * 12 - 77 * 6,
    "g5-12": lambda pears: (pears - pears / 3 - 18) / 7 == 24,
    "g6-01": lambda hours: hours / 6 + hours / 9 == 1,
    "g6-02": lambda lena: lena + 6 == F("2.5") * (lena / 4 + 6),
    "g6-03": lambda juice: 5 * (24 - 2 * juice) / 3 + 4 * juice == 44,
    "g6-04": lambda parcel: (7 * 5 + parcel) / 8 == F("5.5"),
    "g6-05": lambda speed: speed * F("4.5") == 36 + 36,
    "g6-06": lambda faster: faster / 65 == (330 - faster) / 45,
    "g6-07": lambda rich: F("0.20") * rich + F("0.08") * (30 - rich) == F("0.12") * 30,
    "g6-08": lambda cars: 35 * cars + 8 * (26 - cars) == 505,
    "g6-09": lambda hours: hours / 12 + (hours - 2) / 8 == 1,
    "g6-10": lambda days: 8 * days / 168 == F(5 * 4, 60),
    "g6-11": lambda seniors: 14 * 13 + 58 * seniors == 28 * (14 + seniors),
    "g6-12": lambda hours: 84 * hours == 60 * (hours + F("1.5")),
}
