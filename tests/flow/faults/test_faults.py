"""What a gateway promises when something around it breaks: counts of what was lost, never times."""

from flow.faults import scenarios
from flow.faults.scenarios import CLIENTS, Outcome


def only(outcome: Outcome, *words: str) -> bool:
    """Every request came to one of these ends."""
    return set(outcome.came) <= set(words)


def test_a_replica_killed_in_mid_stream_breaks_only_its_own_streams_and_each_says_so() -> None:
    outcome = scenarios.replica_killed_in_mid_stream()
    assert only(outcome, "whole", "event"), outcome
    assert outcome.came["event"] <= CLIENTS


def test_an_answer_in_one_piece_survives_the_death_of_its_replica() -> None:
    outcome = scenarios.replica_killed_between_answers_in_one_piece()
    assert only(outcome, "whole"), outcome


def test_a_replica_that_accepts_and_never_answers_costs_no_answer() -> None:
    assert only(found := scenarios.replica_that_never_answers(), "whole"), found


def test_a_replica_that_never_answers_costs_no_answer_in_one_piece_either() -> None:
    assert only(found := scenarios.replica_that_never_answers_in_one_piece(), "whole"), found


def test_bytes_without_content_are_no_sign_of_life() -> None:
    assert only(found := scenarios.replica_at_one_byte_a_second(), "whole"), found


def test_a_storm_of_500_costs_no_answer_is_left_alone_and_comes_back() -> None:
    outcome = scenarios.storm_of_500_from_one()
    assert only(outcome, "whole"), outcome
    assert outcome.facts["asked_in_vain"] <= 5 + CLIENTS + 10  # until the breaker opens, and a probe now and then


def test_a_storm_of_429_is_told_as_such_and_is_not_made_worse() -> None:
    outcome = scenarios.storm_of_429_from_all()
    assert only(outcome, "whole", "error 429"), outcome
    assert outcome.facts["asked_in_vain"] <= outcome.came["error 429"]


def test_a_name_that_is_not_found_costs_no_answer() -> None:
    assert only(found := scenarios.name_that_is_not_found(), "whole"), found


def test_the_model_that_stands_in_answers_and_it_is_said() -> None:
    outcome = scenarios.every_replica_gone_and_another_model_stands_in()
    assert only(outcome, "whole"), outcome
    assert outcome.facts["is_said"]


def test_sigterm_under_load_loses_nothing_that_was_accepted() -> None:
    outcome = scenarios.sigterm_under_load()
    assert only(outcome, "whole", "refused"), outcome
    assert outcome.facts["code"] == 0


def test_sigterm_loses_no_connection_that_was_made() -> None:
    outcome = scenarios.sigterm_in_a_burst_of_connections()
    assert only(outcome, "whole", "refused"), outcome
    assert outcome.facts["code"] == 0


def test_a_killed_worker_takes_only_what_it_was_answering() -> None:
    outcome = scenarios.sigkill_of_a_worker()
    assert only(outcome, "whole", "cut", "nothing"), outcome
    assert outcome.lost <= CLIENTS
    assert outcome.facts["workers"] == 2


def test_new_settings_under_load_lose_nothing() -> None:
    assert only(found := scenarios.sighup_under_load(), "whole"), found


def test_clients_that_leave_leave_nothing_behind() -> None:
    outcome = scenarios.clients_that_leave()
    assert only(outcome, "whole"), outcome
    assert outcome.facts["aborted"] == outcome.facts["left"]
