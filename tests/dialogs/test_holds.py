"""Legal holds: the controllers are told at once and may lift them."""

from __future__ import annotations

from bot.chat.dialog import View
from bot.workflows.special_handling import operations, queries
from bot.workflows.special_handling.operations import NewHold
from bot.workflows.special_handling.records import Hold, HoldKind
from dialogs import special_handling
from tests.support.desk import TODAY, Desk, Shown, drawn


def card(desk: Desk, hold_id: int) -> Shown:
    with desk.reading() as session:
        view = View(session=session, now=desk.now, policy=desk.policy, about=hold_id)
        return drawn(special_handling.draw(view))


def placed(desk: Desk, payer: int, kind: HoldKind, by: int) -> Hold:
    hold = NewHold(payer_id=payer, kind=kind, reason="Bankruptcy", first_day=TODAY)
    with desk.database.transaction() as session:
        return operations.place(session, hold, by=by, at=desk.now)


def test_of_a_legal_hold_the_controllers_are_told_and_of_no_other(desk: Desk):
    ana, cora = desk.person("Ana"), desk.person("Cora", roles="controller")
    aurora = desk.customer("Hotel Aurora", agent=ana)
    placed(desk, aurora, HoldKind.TRACE, ana.id)
    assert desk.owed(f"person:{cora.id}") == []

    hold = placed(desk, aurora, HoldKind.LEGAL, ana.id)

    assert desk.owed(f"person:{cora.id}") == ["special_handling.hold"]
    shown = card(desk, hold.id)
    assert "Legal hold: Hotel Aurora" in shown
    assert "Calls and mail to this customer have stopped." in shown


def test_only_a_principal_lifts_it_and_only_once(desk: Desk):
    ana, cora = desk.person("Ana"), desk.person("Cora", roles="controller")
    hold = placed(desk, desk.customer("Aurora", agent=ana), HoldKind.LEGAL, ana.id)
    shown = card(desk, hold.id)

    assert "is for:" in desk.press(ana, shown, "Lift the hold")
    lifted = desk.press(cora, shown, "Lift the hold")
    again = desk.press(cora, shown, "Lift the hold")

    assert "The hold is lifted" in lifted
    assert lifted.titles == []
    assert again.text == lifted.text
    with desk.reading() as session:
        assert queries.in_force(session, on=TODAY, policy=desk.policy) == []
