"""What falls due inside Guichet, on `guichet.internal`, where only Guichet writes (contract §1)."""

from pydantic import BaseModel

from schemas.events.data import Data
from schemas.events.inquiries import Id
from schemas.texts import Day


class MonthEnded(Data):
    """A billing month is over; `month` is its first day."""

    month: Day


class StatementsDue(Data):
    """A closed month waits for its statements."""

    month: Day


class MailRetryDue(Data):
    """An e-mail is to be tried again, unless there were more attempts since."""

    mail_id: Id
    attempts: int


EVENTS: dict[str, type[BaseModel]] = {
    "guichet.month.ended.v1": MonthEnded,
    "guichet.statements.due.v1": StatementsDue,
    "guichet.mail.retry-due.v1": MailRetryDue,
}
