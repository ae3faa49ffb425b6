"""What is asked of the notifier on `guichet.mail`: an id, and nothing that names a person (contract §1)."""

from pydantic import BaseModel

from schemas.events.data import Data
from schemas.events.inquiries import Id


class MailRequested(Data):
    """An e-mail is to be sent; the notifier loads the rest."""

    mail_id: Id
    template: str
    language: str


EVENTS: dict[str, type[BaseModel]] = {"guichet.mail.requested.v1": MailRequested}
