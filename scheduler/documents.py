"""Documents that were ordered in chat: drawn and mailed within moments (R12–R14)."""

from __future__ import annotations

import hashlib
import logging
from pathlib import Path
from typing import Final

from sqlalchemy.orm import Session

from bot.kernel import wording
from bot.rendering.statement_sheet import CannotDraw, pencil
from bot.store.rows import locked, record
from bot.workflows.correspondence.operations import FileToSend
from bot.workflows.documents import operations, queries
from bot.workflows.documents.records import DocumentOrder
from bot.workflows.documents.rules import DocumentKind
from bot.workflows.ledger.records import Invoice
from bot.workflows.people import queries as people
from bot.workflows.statements import operations as statements
from scheduler import statement_words
from scheduler.job import Tick
from scheduler.statements import Easel, draw

log = logging.getLogger(__name__)

AT_ONCE: Final = 50
OWN_COPIES: Final = "invoices"
"""Under the desk's home: the company's own PDFs, by invoice number."""


def send_ordered(tick: Tick) -> str:
    """Draw and mail what was ordered."""
    with tick.database.reading() as session:
        orders = queries.waiting(session, limit=AT_ONCE)
    if not orders or tick.home is None:
        return "Nothing is ordered."
    with pencil() as drawing:
        easel = Easel(drawing, tick.home, tick.policy)
        for order_id in orders:
            _serve(tick, order_id, easel)
    return f"{wording.counted(len(orders), 'document')} sent"


def _serve(tick: Tick, order_id: int, easel: Easel) -> None:
    try:
        with tick.database.transaction() as session:
            order = locked(session, DocumentOrder, order_id)
            if order.ended_at is None:
                _send(session, order, easel, tick)
    except CannotDraw as fault:
        log.warning("Document order %s cannot be drawn: %s", order_id, fault)
        with tick.database.transaction() as session:
            order = record(session, DocumentOrder, order_id)
            problem = "It could not be drawn; the log says why."
            operations.end(session, order, None, at=tick.at, problem=problem)


def _send(session: Session, order: DocumentOrder, easel: Easel, tick: Tick) -> None:
    if order.kind is DocumentKind.STATEMENT:
        _send_statement(session, order, easel, tick)
    else:
        assert order.invoice_id is not None
        invoice = record(session, Invoice, order.invoice_id)
        file = _copy(session, order, invoice, easel)
        operations.send_copy(session, order, file, at=tick.at, policy=tick.policy)


def _send_statement(session: Session, order: DocumentOrder, easel: Easel, tick: Tick) -> None:
    today = tick.policy.company_date(tick.at)
    month = f"asked-{order.id}"
    [drawn] = draw(easel, session, [order.payer_id], month=month, as_of=today)
    by = people.get(session, order.asked_by)
    mail = statements.send_now(session, drawn, by=by, at=tick.at, policy=tick.policy)
    operations.end(session, order, mail, at=tick.at)


def _copy(session: Session, order: DocumentOrder, invoice: Invoice, easel: Easel) -> FileToSend:
    """Return the company's own PDF of an invoice, else a copy drawn from the book."""
    name = f"Invoice-{_plain(invoice.number)}.pdf"
    own = Path(OWN_COPIES) / f"{_plain(invoice.number)}.pdf"
    if (easel.home / own).is_file():
        digest = hashlib.sha256((easel.home / own).read_bytes()).hexdigest()
        return FileToSend(name=name, path=str(own), sha256=digest)
    sheet = statement_words.invoice_sheet(session, invoice, policy=easel.policy)
    path = Path("documents") / f"{order.id}-{name}"
    digest = easel.pencil.draw(sheet, easel.home / path)
    return FileToSend(name=name, path=str(path), sha256=digest)


def _plain(number: str) -> str:
    return "".join(c if c.isalnum() or c in "-_" else "-" for c in number)
