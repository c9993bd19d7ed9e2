"""Every card about a request holds to Microsoft's schemas and fits one phone screen."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.store.database import Database
from bot.workflows.calls.records import Call, Outcome
from tests.support.approvals import WAIVER, in_chat, news, to_decide
from tests.support.contracts import faults_of
from tests.support.desk import KEY, TODAY, Desk, Shown, texts

PLAN = {
    "count": "4",
    "rhythm": "weekly",
    "first_day": "2026-06-30",
    "words": "We lost our biggest client.",
    "reason": "They would go under.",
}


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(Database(f"sqlite:///{tmp_path / 'desk.db'}", audit_key=KEY))


def everything(desk: Desk) -> dict[str, Shown]:
    ana, carla = desk.person("Ana Cruz"), desk.person("Carla Reed", "controller")
    payer = desk.customer("Harborview Hospitality Group", agent=ana)
    ids = [desk.invoice(payer, "1,000.00", days_past_due=n) for n in range(-3, 60, 2)]
    with desk.database.transaction() as session:
        inquiry = Outcome.PLAN_INQUIRY
        session.add(
            Call(
                payer_id=payer,
                agent_id=ana.id,
                at=desk.now,
                day=TODAY,
                outcome=inquiry,
                is_reached=True,
            )
        )
    shown = {"waiver form": desk.say(ana, "waive harborview")}
    shown["wrong"] = desk.press(ana, shown["waiver form"], "Send for decision")
    shown["request"] = desk.press(ana, shown["waiver form"], "Send for decision", WAIVER)
    shown["decision"] = to_decide(desk, carla)
    shown["no reason"] = desk.press(carla, shown["decision"], "Decline")
    shown["offer form"] = desk.press(carla, shown["decision"], "Counter-offer")
    desk.press(carla, shown["decision"], "Ask", {"words": "Who said so?"})
    shown["question"] = news(desk, ana)
    shown["plan form"] = desk.say(ana, "plan harborview")
    typed = PLAN | {"invoices": ",".join(map(str, ids[5:25]))}
    shown["plan request"] = desk.press(ana, shown["plan form"], "Send for decision", typed)
    shown["plan decision"] = in_chat(desk, carla)[-1]
    shown["overview"] = desk.say(carla, "approvals")
    shown["plan offer form"] = desk.press(carla, shown["plan decision"], "Counter-offer")
    shown["plan decided"] = desk.press(carla, shown["plan decision"], "Approve")
    shown["granted"] = news(desk, ana)
    shown["plan"] = desk.press(ana, shown["granted"], "Plan and written acceptance")
    return shown


def test_every_card_holds_to_microsofts_schemas(desk: Desk, shared: Path):
    for name, shown in everything(desk).items():
        assert shown.card is not None, f"{name}: {shown.sentence}"
        assert faults_of(shown.card, shared) == [], name


def test_a_decision_is_short_enough_for_one_phone_screen(desk: Desk):
    shown = everything(desk)

    for name in ("decision", "plan decision"):
        lines = [line for line in texts(shown[name].card) if line]
        assert sum(len(line) // 42 + 1 for line in lines) <= 60, name
