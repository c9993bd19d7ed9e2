"""Finding orders of documents."""

from __future__ import annotations

from functools import cache
from typing import Final

from sqlalchemy import Integer, bindparam, select
from sqlalchemy.orm import Session

from bot.store.prepared import Prepared
from bot.store.rows import record, records, rows, table_of
from bot.workflows.documents.records import DocumentOrder
from bot.workflows.documents.rules import DocumentKind

_ORDERS: Final = table_of(DocumentOrder).c
_WAITING: Final = Prepared(
    select(_ORDERS.id)
    .where(_ORDERS.ended_at.is_(None))
    .order_by(_ORDERS.id)
    .limit(bindparam("most", type_=Integer()))
)


def get(session: Session, order_id: int) -> DocumentOrder:
    """Return an order."""
    return record(session, DocumentOrder, order_id)


def last(
    session: Session, kind: DocumentKind, payer_id: int, invoice_id: int | None
) -> DocumentOrder | None:
    """Return the last order of the same document for a payer."""
    same = {"kind": kind, "payer": payer_id, "invoice": invoice_id}
    made = rows(session, _last(is_of_invoice=invoice_id is not None), same).first()
    return get(session, made.id) if made else None


@cache
def _last(*, is_of_invoice: bool) -> Prepared:
    invoice = _ORDERS.invoice_id
    named = invoice == bindparam("invoice") if is_of_invoice else invoice.is_(None)
    return Prepared(
        select(_ORDERS.id)
        .where(_ORDERS.kind == bindparam("kind"), _ORDERS.payer_id == bindparam("payer"), named)
        .order_by(_ORDERS.id.desc())
        .limit(1)
    )


def waiting(session: Session, *, limit: int) -> list[int]:
    """Return the orders that are still to be drawn and mailed, the oldest first."""
    return [row.id for row in rows(session, _WAITING, {"most": limit})]


def of_payer(session: Session, payer_id: int, *, limit: int) -> list[DocumentOrder]:
    """Return what was last sent to a payer on request, the latest first."""
    return records(session, DocumentOrder, _of_payer(), {"payer": payer_id, "most": limit})


@cache
def _of_payer() -> Prepared:
    theirs = select(table_of(DocumentOrder)).where(_ORDERS.payer_id == bindparam("payer"))
    most = bindparam("most", type_=Integer())
    return Prepared(theirs.order_by(_ORDERS.id.desc()).limit(most))
