"""The sample company's rows, in the columns that the import reads."""

from __future__ import annotations

from bot.kernel.shapes import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonRow:
    """A line of people.csv."""

    entra_id: str
    name: str
    email: str
    roles: str
    time_zone: str = "America/New_York"
    shift_start: str = "08:00"
    shift_end: str = "17:00"
    shift_zone: str = "America/New_York"


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerRow:
    """A line of customers.csv."""

    customer_id: str
    name: str
    agent: str
    email: str
    phone: str
    time_zone: str
    sales_partner: str
    payer_id: str
    site: str
    contact_name: str
    state: str
    brand: str
    flags: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceRow:
    """A line of invoices.csv."""

    invoice_number: str
    customer_id: str
    invoice_date: str
    due_date: str
    amount: str
    kind: str
    currency: str
    settled_on: str
    disputed: str
    service_from: str
    service_to: str
    terms: str
    po: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentRow:
    """A line of payments.csv."""

    payment_id: str
    customer_id: str
    received_on: str
    amount: str
    currency: str
    method: str
    reference: str
    invoice_number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """A company's whole book, or a part of it."""

    people: tuple[PersonRow, ...] = ()
    customers: tuple[CustomerRow, ...] = ()
    invoices: tuple[InvoiceRow, ...] = ()
    payments: tuple[PaymentRow, ...] = ()
