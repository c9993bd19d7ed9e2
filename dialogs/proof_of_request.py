"""The proofs that stand for a request for a later payment date, as they are now (R58-R60)."""

from __future__ import annotations

from bot.chat.card import Element, Facts
from bot.kernel import wording
from bot.workflows.approvals.rules import Kind
from bot.workflows.suspension import extensions, proofs, reports
from dialogs import proof_parts
from dialogs.approval_sheet import Sheet


def elements(sheet: Sheet) -> tuple[Element, ...]:
    """Return what was reported or handed over as proof, with what opens the files."""
    if sheet.approval.kind is not Kind.EXTENSION:
        return ()
    session = sheet.view.session
    case_id = extensions.of_approval(session, sheet.approval.id).case_id
    told = reports.proofs_of(session, case_id)
    if not told:
        return ()
    named = wording.listed([one.file for one in told], most=proof_parts.MOST)
    links = proof_parts.links(sheet.view, proofs.of_case(session, case_id))
    return (Facts(pairs=(("Proof now", named),)), *links)
