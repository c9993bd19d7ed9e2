"""Finding a customer, reviewing its account, and logging a call with it (R15, R24)."""

from __future__ import annotations

from bot.chat.card import (
    Button,
    Buttons,
    Card,
    Cell,
    Columns,
    Element,
    Facts,
    Fold,
    Section,
    Text,
)
from bot.chat.dialog import Dialog, Turn
from bot.kernel import wording
from bot.kernel.errors import Refused
from bot.workflows.calls import queries as calls
from bot.workflows.customers import queries as customers
from bot.workflows.customers.records import Customer
from bot.workflows.people import queries as people
from bot.workflows.people.rules import AT_THE_DESK, Role
from bot.workflows.promises import queries as promises
from bot.workflows.worklists import accounts, shifts
from bot.workflows.worklists.accounts import Account, Item
from dialogs import call_card, choosing, phrasing
from dialogs.call_card import Seat
from dialogs.calls import draw as draw_call
from dialogs.calls import next_card

dialog = Dialog("customers")

MOST_FOUND = 8
MOST_INVOICES = 15
MOST_TOUCHES = 5
MOST_SITES = 20
READERS = AT_THE_DESK | {Role.AUDITOR}


class NobodyFound(Refused):
    """No customer is called anything like that."""


@dialog.says(
    "find NAME", help="customers whose name is like it", only_reads=True, roles=READERS
)
def find(turn: Turn) -> Card:
    """Show the customers nearest to a name."""
    return found(turn, turn.words)


@dialog.says(
    "customer NAME", help="everything about an account", only_reads=True, roles=READERS
)
def review(turn: Turn) -> Card:
    """Show the account review of a customer by its name."""
    chosen = choosing.payer_named(turn, turn.words, verb="customers.open")
    return chosen if isinstance(chosen, Card) else _review(turn, chosen.id)


@dialog.says(
    "log NAME", help="log a call with any customer, also one that came in", only_reads=True
)
def log(turn: Turn) -> Card:
    """Show the outcomes for a call with a customer; without a name, with whoever is next."""
    choosing.check_private(turn)
    if not turn.words:
        return next_card(turn, Seat(None))
    chosen = choosing.payer_named(turn, turn.words, verb="customers.log")
    return chosen if isinstance(chosen, Card) else _log(turn, chosen.id)


@dialog.on("open", only_reads=True, roles=READERS)
def open_account(turn: Turn) -> Card:
    """Show the account review of a customer."""
    return _review(turn, turn.record)


@dialog.on("log", only_reads=True)
def log_with(turn: Turn) -> Card:
    """Show the outcomes for a call with a customer."""
    return _log(turn, turn.record)


def found(turn: Turn, words: str, *, note: str = "") -> Card:
    """
    Draw the customers nearest to what was typed, each to open or to log a call with.

    :raises NobodyFound: if none is near, or nothing was typed.
    """
    choosing.check_private(turn)
    near = customers.search(turn.session, words, limit=MOST_FOUND)
    if not near:
        raise NobodyFound(
            f"No customer is called anything like “{words[:60]}”."
            if words
            else "Which customer? Type find and a name, such as: find aurora"
        )
    return Card(
        title=f"Customers like “{words[:60]}”",
        body=tuple(_found(turn, customer) for customer in near),
        note=note,
    )


def _found(turn: Turn, customer: Customer) -> Columns:
    owner = (
        people.get(turn.session, customer.agent_id).name if customer.agent_id else "no agent"
    )
    name = Text(text=customer.name, is_bold=True)
    about = Text(
        text=f"{customer.number} · {owner}", size="small", is_subtle=True, spacing="none"
    )
    log_it = Button(title="Log a call", verb="customers.log", about=customer.id)
    review_it = Button(title="Account", verb="customers.open", about=customer.id)
    return Columns(
        cells=(
            Cell(items=(name, about)),
            Cell(items=(Buttons(actions=(review_it, log_it)),), width="auto"),
        ),
        has_separator=True,
        press=review_it,
    )


def _log(turn: Turn, payer_id: int) -> Card:
    worklist = shifts.current(turn.session, turn.who, at=turn.now, policy=turn.policy)
    entry = shifts.line_of(turn.session, worklist.id, payer_id) if worklist else None
    return draw_call(turn, payer_id, Seat(entry))


def _review(turn: Turn, payer_id: int) -> Card:
    choosing.check_private(turn)
    account = accounts.account(turn.session, payer_id, on=turn.today, policy=turn.policy)
    sites = call_card.site_lines(account, most=MOST_SITES)
    may_act = bool(turn.who.roles & AT_THE_DESK)
    return Card(
        title=account.payer.name,
        body=(
            *(Text(text=why, tone="attention", is_bold=True) for why in account.holds),
            Facts(pairs=tuple(pair for pair in _facts(turn, account) if pair[1])),
            *_folded(
                ("all-sites", wording.counted(len(account.sites), "site"), sites),
                (
                    "invoices",
                    wording.counted(len(account.items), "invoice"),
                    _invoices(account),
                ),
                ("touches", "Contacts", _touches(turn, payer_id)),
            ),
            *call_card.words_of(turn, account.last),
            *(_buttons(payer_id) if may_act else ()),
        ),
        summary=f"Account of {account.payer.name}",
    )


def _facts(turn: Turn, account: Account) -> list[tuple[str, str]]:
    payer = account.payer
    owner = people.get(turn.session, payer.agent_id).name if payer.agent_id else "nobody yet"
    broken = promises.broken_count(turn.session, payer.id)
    return [
        ("Number", payer.number),
        ("Agent", owner),
        ("Contact", payer.contact_name),
        ("Phone", call_card.telephone(payer)),
        ("E-mail", payer.email),
        ("Time there", call_card.local_time(turn, payer)),
        *((f"Owes ({currency})", _owes(account, currency)) for currency in account.currencies),
        ("By age", " / ".join(_aged(account, currency) for currency in account.currencies)),
        ("Credit", phrasing.amounts(account.unapplied) if account.unapplied else ""),
        ("Promises", "; ".join(call_card.promises_of(account))),
        ("Broken", wording.counted(broken, "promise") if broken else ""),
        ("Disputes", "; ".join(call_card.disputes_of(account))),
        ("Expected", _expected(account)),
        ("Today", call_card.tries(account.attempts, turn)),
    ]


def _owes(account: Account, currency: str) -> str:
    return f"{account.outstanding(currency)}, {account.past_due(currency)} past due"


def _aged(account: Account, currency: str) -> str:
    return call_card.ages(account.buckets(currency), currency)


def _expected(account: Account) -> str:
    days = sorted(promise.due_on for promise in account.promises)
    return f"{wording.day(days[0])} (promised)" if days else ""


def _folded(*parts: tuple[str, str, tuple[Element, ...]]) -> tuple[Element, ...]:
    known = [part for part in parts if part[2]]
    folds = tuple(Fold(title=title, parts=(part,)) for part, title, _ in known)
    hidden = (Section(items=items, id=part, is_hidden=True) for part, _, items in known)
    return (Buttons(actions=folds), *hidden) if folds else ()


def _invoices(account: Account) -> tuple[Element, ...]:
    shown = account.items[:MOST_INVOICES]
    rest = len(account.items) - len(shown)
    more = (Text(text=f"and {rest} more", size="small", is_subtle=True),) if rest else ()
    return (*(_invoice(account, item) for item in shown), *more)


def _invoice(account: Account, item: Item) -> Columns:
    opened = item.open
    days = opened.days_past_due(account.on)
    age = (
        f"{wording.counted(days, 'day')} past due"
        if days > 0
        else f"due {wording.day(opened.due_date)}"
    )
    marks = [age, opened.kind.value.upper() if opened.kind == "mrr" else opened.kind.value]
    if item.disputed:
        marks.append(f"disputed {phrasing.amount(item.disputed, opened.currency)}")
    if item.promised:
        marks.append(f"promised {phrasing.amount(item.promised, opened.currency)}")
    left = (
        Text(text=f"{opened.number} · {opened.site}", size="small"),
        Text(text=" · ".join(marks), size="small", is_subtle=True, spacing="none"),
    )
    owed = Text(text=str(opened.balance), size="small", align="right")
    return Columns(cells=(Cell(items=left), Cell(items=(owed,), width="auto")), spacing="small")


def _touches(turn: Turn, payer_id: int) -> tuple[Element, ...]:
    elements: list[Element] = []
    for call in calls.touches(turn.session, payer_id, MOST_TOUCHES):
        agent = people.get(turn.session, call.agent_id).name
        head = f"{wording.moment(call.at, turn.who.zone)}, {agent}: {call.outcome.words}"
        elements.append(Text(text=head, size="small", is_subtle=True))
        if call.words:
            elements.append(Text(text=f"“{call.words}”", size="small", spacing="none"))
    return tuple(elements)


def _buttons(payer_id: int) -> tuple[Buttons, ...]:
    log_it = Button(title="Log a call", verb="customers.log", about=payer_id, style="positive")
    dispute = Button(title="Dispute", verb="disputes.open", about=payer_id)
    waiver = Button(title="Fee waiver", verb="fee_waivers.open", about=payer_id)
    plan = Button(title="Payment plan", verb="payment_plans.open", about=payer_id)
    return (Buttons(actions=(log_it, dispute)), Buttons(actions=(waiver, plan)))
