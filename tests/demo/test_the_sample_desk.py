"""Every agent of the sample company has something of everything on its Monday."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import select

from bot import policy as policies
from bot.demo import prepare, stage
from bot.demo.billing import MONDAY
from bot.demo.cast import AGENTS, CONTROLLER, LEAD, VP_FINANCE
from bot.policy import Policy
from bot.store import audit
from bot.store.database import Database
from bot.store.postings import Posting, PostingState
from bot.workflows.calls.records import Call
from bot.workflows.customers import queries as customers
from bot.workflows.ledger.records import Invoice
from bot.workflows.people import queries as people
from bot.workflows.people.rules import Role
from bot.workflows.promises.records import Promise
from bot.workflows.promises.rules import PromiseState
from bot.workflows.suspension import digest_queries as digests
from bot.workflows.suspension import queries as suspension
from bot.workflows.worklists import portfolio
from bot.workflows.worklists.rules import Ranking
from tests.support.desk import KEY

pytestmark = pytest.mark.xdist_group("sample")
EMAILS = [agent.email for agent in AGENTS]


def ranking(sample: Database, email: str) -> Ranking:
    with sample.reading() as session:
        agent = people.named(session, email)
        assert agent is not None
        return portfolio.ranking(session, agent, on=MONDAY, policy=Policy())


@pytest.mark.parametrize("email", EMAILS)
def test_a_morning_list_has_every_tier_and_a_days_work(sample: Database, email: str) -> None:
    found = ranking(sample, email)

    assert {entry.tier for entry in found.entries} == set(range(7))
    assert 60 <= len(found.entries) <= 110
    assert len(found.window) >= 15


@pytest.mark.parametrize("email", EMAILS)
def test_payers_are_left_off_for_every_kind_of_reason(sample: Database, email: str) -> None:
    said = " ".join(off.reason for off in ranking(sample, email).left_off)

    for reason in ("promised until", "disputed", "Apply credit", "Cool-down", "Legal hold"):
        assert reason in said
    assert "7 calls in 7 days" in said


@pytest.mark.parametrize("email", EMAILS)
def test_every_agent_has_cases_over_30_days(sample: Database, email: str) -> None:
    with sample.reading() as session:
        agent = people.named(session, email)
        assert agent is not None
        mine = set(customers.agents_payers(session, agent, today=MONDAY))
        cases = [case for case in suspension.open_cases(session) if case.payer_id in mine]
        digest = digests.latest(session)

    assert len(cases) >= 5
    assert digest is not None


def test_some_payers_wait_for_an_agent(sample: Database) -> None:
    with sample.reading() as session:
        named = [payer.agent_named for payer in customers.without_agent(session)]

    assert len(named) == 4
    assert set(named) == {"", "r.gone@northgate.example"}


def test_last_week_was_lived_and_delivered_then(sample: Database) -> None:
    with sample.reading() as session:
        outcomes = Counter(session.scalars(select(Call.outcome)))
        states = Counter(session.scalars(select(Promise.state)))
        postings = set(session.scalars(select(Posting.state)))
        currencies = set(session.scalars(select(Invoice.currency)))
        problems = list(audit.verify(session, KEY))

    assert len(outcomes) >= 5
    assert states[PromiseState.LIVE] == 12
    assert states[PromiseState.BROKEN] >= 3
    assert postings == {PostingState.SHOWN}
    assert currencies == {"USD", "CAD", "EUR"}
    assert problems == []


def test_one_person_of_each_kind_is_played(sample: Database) -> None:
    with sample.reading() as session:
        played = stage.chairs(session)
        known = stage.accounts(session)

    names = [chair.account.name for chair in played]
    assert names[:4] == [AGENTS[0].name, CONTROLLER.name, VP_FINANCE.name, LEAD.name]
    assert [chair.role for chair in played[4:]] == [Role.BILLING, Role.SUPPORT]
    assert [account.name for account in known[: len(names)]] == names
    assert len({account.entra_id for account in known}) == len(known)


def test_the_sample_company_has_a_name_and_ones_own_policy_goes_before(tmp_path: Path):
    own = tmp_path / "own.toml"
    own.write_text('company_name = "Harbor Lines"\n')

    prepare.write_policy(tmp_path, None, is_sample=True)
    sample = policies.load(tmp_path / "policy.toml")
    prepare.write_policy(tmp_path, own, is_sample=True)

    assert sample.company_name == "Northgate Networks"
    assert "100 Example Plaza" in sample.company_address
    assert policies.load(tmp_path / "policy.toml").company_name == "Harbor Lines"


def test_with_ones_own_book_and_no_policy_there_is_none(tmp_path: Path):
    prepare.write_policy(tmp_path, None, is_sample=False)

    assert not (tmp_path / "policy.toml").exists()
