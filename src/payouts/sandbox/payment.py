"""One payment as the double keeps it, and how it writes one down for its callers.

The status pair is the partner's: transaction / payment (IP/IP, TC/DI, TV/SE...). Whether money
moved is not read from here but from the books.
"""

from __future__ import annotations

from payouts.sandbox.wire import amount_text, date_text, quoted


class Payment:
    """Mutable; made and changed by the desk only."""

    __slots__ = (
        "amount",
        "code",
        "created",
        "currency",
        "final",
        "first_seconds",
        "key",
        "lookups",
        "minor",
        "number",
        "open_answered",
        "recipient",
        "retries",
        "source",
        "status",
        "transaction",
        "transaction_id",
        "updated",
        "visible_seconds",
    )

    def __init__(
        self,
        number: int,
        transaction_id: str,
        key: str,
        recipient: str,
        minor: int,
        currency: str,
        source: str,
        now_seconds: float,
    ) -> None:
        self.number = number
        self.transaction_id = transaction_id
        self.key = key
        self.recipient = recipient
        self.minor = minor
        self.currency = currency
        self.source = source
        #: As every answer repeats it.
        self.amount = f'{{"total":{amount_text(minor, currency)},"currency":"{currency}"}}'
        self.first_seconds = now_seconds
        self.created = now_seconds
        self.updated = now_seconds
        self.visible_seconds = now_seconds
        self.transaction = "IP"
        self.status = "IP"
        self.code = ""  #: of the 4xx answer, where there is one
        self.final = False
        self.open_answered = False  #: a 2xx answer said IP: the client must look up, not resend
        self.retries = 0
        self.lookups = 0

    @property
    def payment_id(self) -> str:
        return self.transaction_id[4:].replace("-", "")

    def _fields(self) -> str:
        day = date_text(self.created)
        return (
            f'"transactionId":"{self.transaction_id}","created":{int(self.created)},'
            f'"merchantTransactionId":{quoted(self.key)},'
            f'"applyDate":"{day}","transactionDate":"{day}",'
            f'"transactionStatus":"{self.transaction}",'
            f'"totalTransactionAmount":{self.amount},'
        )

    def _payee(self, more: str = "", payment: str = "") -> str:
        return (
            f'{{"merchantCustomerId":{quoted(self.recipient)},"recipientId":"RCP-{self.number}",'
            f'"source":"{self.source}",{more}"payments":{{"paymentId":"{self.payment_id}",'
            f'"amount":{self.amount},"fee":{{"total":0.00,"currency":"{self.currency}"}},'
            f'{payment}"paymentStatus":"{self.status}"}}}}'
        )

    def answer(self) -> bytes:
        """Return the answer to the payment request."""
        return f'{{{self._fields()}"recipient":[{self._payee()}]}}'.encode()

    def entry(self) -> str:
        """Return the payment as it stands in a list."""
        more = '"accountId":"sandbox-account","alias":"0000",'
        dated = f'"paymentDate":"{date_text(self.created)}",'
        return (
            f'{{{self._fields()}"updateDate":"{date_text(self.updated)}",'
            f'"recipient":[{self._payee(more, dated)}]}}'
        )

    def shown(self) -> bytes:
        """Return the answer to a status check: the same, one level deeper."""
        return f'{{"transactions":{self.entry()}}}'.encode()

    def notice(self, merchant_id: str, transaction: str, status: str, created_ms: int) -> bytes:
        """Return the webhook for a change; its times are milliseconds, unlike the answers'."""
        return (
            f'{{"merchantId":{quoted(merchant_id)},"transactionId":"{self.transaction_id}",'
            f'"created":{created_ms},"source":"{self.source}","transactionStatus":"{transaction}",'
            f'"eventData":{{"recipientId":"RCP-{self.number}",'
            f'"merchantCustomerId":{quoted(self.recipient)},'
            f'"merchantTransactionId":{quoted(self.key)},'
            f'"payments":{{"paymentId":"{self.payment_id}","amount":{self.amount},'
            f'"fee":{{"total":0.00,"currency":"{self.currency}"}},"paymentType":"sandbox",'
            f'"paymentStatus":"{status}"}}}}}}'
        ).encode()
