"""Daily lines as they were posted, and warnings of the +31 limit."""

from datetime import date, datetime

from sqlalchemy import Text
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.base import Amount, Record
from bot.store.frozen import freeze


class DailyLine(Record):
    """A business day's line, as it was posted."""

    __tablename__ = "daily_lines"

    day: Mapped[date] = mapped_column(unique=True)
    """The company's date."""
    made_at: Mapped[datetime]
    book_at: Mapped[datetime | None]
    figures: Mapped[str] = mapped_column(Text)
    """The figures as JSON (`rules.as_json`)."""


class LimitWarning(Record):
    """A day on which the +31 total stood at or above its limit: management was told (R91)."""

    __tablename__ = "limit_warnings"

    day: Mapped[date] = mapped_column(unique=True)
    currency: Mapped[str]
    total: Mapped[Amount]
    limit: Mapped[Amount]
    told_at: Mapped[datetime]


freeze(DailyLine.__table__)  # type: ignore[arg-type]
freeze(LimitWarning.__table__)  # type: ignore[arg-type]
