"""The account review: everything about a payer on one card (R15)."""

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
from bot.chat.dialog import Turn
from bot.kernel import wording
from bot.workflows.calls import queries as calls
from bot.workflows.correspondence import queries as mails
from bot.workflows.people import queries as people
from bot.workflows.people.rules import AT_THE_DESK
from bot.workflows.promises import tallies
from bot.workflows.tasks import queries as tasks
from bot.workflows.worklists import accounts
from bot.workflows.worklists.accounts import Account, Item
from dialogs import account_parts as parts
from dialogs import choosing, documents, mail_cards, phrasing, process_parts, task_lists
from dialogs.promises import tallied

MOST_INVOICES = 15
MOST_TOUCHES = 5
MOST_SITES = 20
MOST_TASKS = 10
MOST_MAILS = 5


def draw(turn: Turn, payer_id: int) -> Card:
    """Draw the account review of a payer."""
    choosing.check_private(turn)
    account = accounts.account(turn.session, payer_id, on=turn.today, policy=turn.policy)
    sites = parts.site_lines(account, most=MOST_SITES)
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
                ("mail", "E-mail", _mail(turn, payer_id)),
                *_tasks(turn, payer_id),
            ),
            *parts.words_of(turn, account.last),
            *(_buttons(turn, payer_id) if may_act else ()),
        ),
        summary=f"Account of {account.payer.name}",
    )


def _facts(turn: Turn, account: Account) -> list[tuple[str, str]]:
    payer = account.payer
    owner = people.get(turn.session, payer.agent_id).name if payer.agent_id else "nobody yet"
    ended = tallies.of_payer(turn.session, payer.id, on=turn.today, policy=turn.policy)
    return [
        ("Number", payer.number),
        ("Agent", owner),
        ("Contact", payer.contact_name),
        ("Phone", parts.telephone(payer)),
        ("E-mail", payer.email),
        ("Time there", parts.local_time(turn, payer)),
        *((f"Owes ({currency})", _owes(account, currency)) for currency in account.currencies),
        ("By age", " / ".join(_aged(account, currency) for currency in account.currencies)),
        ("Credit", parts.credit(account)),
        ("Promises", "; ".join(parts.promises_of(account))),
        ("So far", tallied(ended)),
        ("Disputes", "; ".join(parts.disputes_of(account))),
        ("Expected", _expected(account)),
        *process_parts.facts(turn, account),
        ("Today", parts.tries(account, turn)),
    ]


def _owes(account: Account, currency: str) -> str:
    late = account.past_due(currency)
    return f"{account.outstanding(currency)}, {late if late.minor else 'nothing'} past due"


def _aged(account: Account, currency: str) -> str:
    return parts.ages(account.buckets(currency), currency)


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
        when = wording.moment(call.at, turn.who.zone, today=turn.today)
        head = f"{when}, {agent}: {call.outcome.words}"
        elements.append(Text(text=head, size="small", is_subtle=True))
        if call.words:
            elements.append(Text(text=f"“{call.words}”", size="small", spacing="none"))
    return tuple(elements)


def _mail(turn: Turn, payer_id: int) -> tuple[Element, ...]:
    last = mails.of_payer(turn.session, payer_id, limit=MOST_MAILS)
    return mail_cards.lines_of(turn.view(payer_id), last, turn.who.zone)


def _tasks(turn: Turn, payer_id: int) -> tuple[tuple[str, str, tuple[Element, ...]], ...]:
    waiting = tasks.open_of_payer(turn.session, payer_id)
    lines = task_lists.lines(turn.view(payer_id), waiting[:MOST_TASKS])
    return (("tasks", wording.counted(len(waiting), "task"), lines),)


def _buttons(turn: Turn, payer_id: int) -> tuple[Element, ...]:
    log_it = Button(title="Log a call", verb="customers.log", about=payer_id, style="positive")
    came_in = Button(title="They called", verb="inbound.open", about=payer_id)
    task = Button(title="New task", verb="task_forms.new", about=payer_id)
    dispute = Button(title="Dispute", verb="disputes.open", about=payer_id)
    waiver = Button(title="Fee waiver", verb="fee_waivers.open", about=payer_id)
    plan = Button(title="Payment plan", verb="payment_plans.open", about=payer_id)
    tax = Button(title="Certificates", verb="tax_certificates.open", about=payer_id)
    return (
        *documents.row(payer_id, log_it, came_in),
        Buttons(actions=(dispute, task)),
        Buttons(actions=(waiver, plan)),
        Buttons(actions=(tax, *process_parts.case_button(turn, payer_id))),
    )
