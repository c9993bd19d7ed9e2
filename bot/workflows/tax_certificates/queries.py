"""Finding certificates, and what they bear on."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta
from functools import cache
from typing import Any, Final

from sqlalchemy import BindParameter, ColumnElement, Date, and_, bindparam, exists, select
from sqlalchemy.orm import Session, aliased

from bot.policy import Policy
from bot.store.prepared import Prepared
from bot.store.rows import record, records, rows, table_of
from bot.workflows.ledger import queries as ledger
from bot.workflows.ledger.records import Invoice, InvoiceKind
from bot.workflows.tax_certificates.records import TaxCertificate

BEARS_ON = (InvoiceKind.FINAL, InvoiceKind.MRR)
"""The kinds of invoices that a certificate is needed for (R44, R134)."""
_CERTIFICATES: Final = table_of(TaxCertificate)


def get(session: Session, certificate_id: int) -> TaxCertificate:
    """Return a certificate by the desk's own id."""
    return record(session, TaxCertificate, certificate_id)


def by_nonce(session: Session, nonce: str | None) -> TaxCertificate | None:
    """Return the certificate that a form has entered already."""
    return session.scalar(select(TaxCertificate).filter_by(nonce=nonce)) if nonce else None


def of_payer(session: Session, payer_id: int) -> list[TaxCertificate]:
    """Return the payer's certificates that count, the one that holds longest first."""
    return records(session, TaxCertificate, _of_payer(), {"payer": payer_id})


@cache
def _of_payer() -> Prepared:
    mine = select(_CERTIFICATES).where(
        TaxCertificate.payer_id == bindparam("payer"), TaxCertificate.withdrawn_at.is_(None)
    )
    latest = (TaxCertificate.valid_until.desc(), TaxCertificate.id.desc())
    return Prepared(mine.order_by(*latest))


def valid(session: Session, payer_id: int, *, on: date) -> list[TaxCertificate]:
    """Return the payer's certificates that hold on a day."""
    mine = of_payer(session, payer_id)
    return [one for one in mine if one.valid_from <= on <= one.valid_until]


def running_out(
    session: Session,
    *,
    on: date,
    policy: Policy,
    ids: Collection[int] | None = None,
) -> list[TaxCertificate]:
    """
    Return the certificates that end soon or have ended, where that matters (R134).

    It does while final or MRR invoices of the payer are open, and until a certificate for the
    same jurisdiction holds longer. What had ended before the last such span is history.
    """
    span = timedelta(days=policy.certificate_warning_days)
    given = {"on": on, "first": on - span, "last": on + span, "ids": list(ids or ())}
    return records(session, TaxCertificate, _running_out(of_some=ids is not None), given)


@cache
def _running_out(*, of_some: bool) -> Prepared:
    today = bindparam("on", type_=Date())
    soon = select(_CERTIFICATES).where(
        TaxCertificate.valid_until.between(bindparam("first"), bindparam("last")),
        TaxCertificate.withdrawn_at.is_(None),
        ~_is_followed(),
        exists().where(Invoice.payer_id == TaxCertificate.payer_id, _is_affected(today)),
    )
    ids: BindParameter[Any] = bindparam("ids", expanding=True)
    wanted = soon.where(TaxCertificate.id.in_(ids)) if of_some else soon
    return Prepared(wanted.order_by(TaxCertificate.valid_until, TaxCertificate.id))


def affected(session: Session, payer_id: int, *, on: date) -> list[str]:
    """Return the numbers of the open invoices that a payer's certificates bear on."""
    return rows(session, _affected(), {"payer": payer_id, "on": on}).scalars()


@cache
def _affected() -> Prepared:
    is_affected = _is_affected(bindparam("on", type_=Date()))
    mine = select(Invoice.number).where(Invoice.payer_id == bindparam("payer"), is_affected)
    return Prepared(mine.order_by(Invoice.due_date, Invoice.number))


def _is_followed() -> ColumnElement[bool]:
    newer = aliased(TaxCertificate)
    return exists().where(
        newer.payer_id == TaxCertificate.payer_id,
        newer.jurisdiction == TaxCertificate.jurisdiction,
        newer.withdrawn_at.is_(None),
        newer.valid_until > TaxCertificate.valid_until,
    )


def _is_affected(on: ledger.Day) -> ColumnElement[bool]:
    return and_(Invoice.kind.in_(BEARS_ON), Invoice.amount > 0, ledger.is_open_on(on))
