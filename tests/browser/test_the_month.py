"""The month in one sitting, in the real local Teams client (issue 3's finish line)."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.browser.conftest import ROOT, Opens, Show
from tests.support.playground import Teams

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
PAYER = "Foxglove Hospitality Group"
"""Three sites of the sample company, each two months behind: its case has number 46."""
CASE = "case 46"
STATEMENTS_DAY = "2026-06-15T08:30"


def test_a_final_is_confirmed_notices_are_released_and_statements_go(
    opens: Opens, show: Show, tmp_path: Path
) -> None:
    maria, linda = opens("Maria Santos"), opens("Linda Marsh")
    for process in ("Statements", "Final invoices", "Suspension notices"):
        release(linda, process)

    maria.say("log Elmwood Lodge")
    final = maria.card("Elmwood Lodge", "Final invoice to be confirmed")
    maria.card_shots(final, "card-final")
    maria.press(final, "Confirmed, will pay on time")
    maria.sees("Logged: receipt confirmed at Elmwood Lodge")
    linda.say("finals")
    linda.card_shots(linda.card("Final invoices of May 2026"), "card-funnel")

    release_notice(linda, "first", shot="card-notice")
    wait_for_mail(show, to="foxglovehospitalitygroup")
    show.types(STATEMENTS_DAY)
    show.wait_for("The desk's clock is at Mon 15 Jun 08:30")
    bring_in_a_payment(show, tmp_path)
    run = linda.card("Statements of June 2026: done")
    linda.card_shots(run, "card-statements")
    release_notice(linda, "second", shot="card-second-notice")
    linda.say(CASE)
    linda.card_shots(linda.card(f"Case 46 · {PAYER}", "Evidence"), "card-case")


def release(linda: Teams, process: str) -> None:
    """Let a kind of e-mail go out from now on."""
    linda.say("releases")
    linda.card("E-mail to customers").get_by_text(process, exact=True).first.click()
    linda.fall_quiet()
    linda.press(linda.card(f"{process}: held", "Release"), "Release")
    linda.press(linda.card(f"Release {process.lower()}?"), "Yes, release")
    linda.card(f"{process}: released")


def release_notice(linda: Teams, which: str, *, shot: str) -> None:
    """Release a notice of the case, from its file."""
    press = f"See the {which} notice"
    linda.say(CASE)
    for _ in range(30):
        if linda.cards(f"Case 46 · {PAYER}", press).count():
            break
        linda.page.wait_for_timeout(1000)
        linda.say(CASE)
    linda.press(linda.card(f"Case 46 · {PAYER}", press), press)
    notice = linda.card(f"{which.capitalize()} notice: case 46 · {PAYER}")
    linda.card_shots(notice, shot)
    linda.press(notice, "Release")
    linda.sees(f"The {which} notice to {PAYER} is released.")


def wait_for_mail(show: Show, *, to: str) -> None:
    """Wait until a mail to an address has left: only then has the notice been given."""
    for _ in range(60):
        mails = (home(show) / "outbox").glob("*.eml")
        if any(to in mail.read_text("utf-8", "replace")[:400] for mail in mails):
            return
        time.sleep(0.5)
    pytest.fail(f"no mail to {to} has left")


def home(show: Show) -> Path:
    """Return where the demo's desk lives."""
    found = re.search(r"ARDESK_HOME=(\S+)", show.said())
    assert found, show.said()
    return Path(found[1])


def bring_in_a_payment(show: Show, folder: Path) -> None:
    """Bring the book up to date beside the demo: a notice leaves on the day's book only."""
    file = folder / "payments.csv"
    file.write_text(
        "payment_id,customer_id,received_on,amount\nP-900001,C10007,2026-06-12,10.00\n"
    )
    settings = {"ARDESK_HOME": str(home(show)), "ARDESK_CLOCK": STATEMENTS_DAY}
    command = (sys.executable, "-m", "bot", "import", "payments", str(file))
    subprocess.run(command, check=True, cwd=ROOT, env=os.environ | settings)
