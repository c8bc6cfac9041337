"""What DDP's two statuses mean together: the transaction's first, the payment's second.

From docs/troubleshooting/Transaction-payment-status.md of Fiserv/digital-disbursements-platform;
*sanctions* from docs/documentation/features/sanctionholdreview.md. A pair that is not here is
``OPEN``: DDP has the payout and says something nobody documented, so it is looked up again and
never sent again.
"""

from __future__ import annotations

from payouts.outcome import Verdict

_V = Verdict

STATUSES: dict[tuple[str, str], tuple[Verdict, str]] = {
    ("TC", "DI"): (_V.SETTLED, "disbursed"),
    ("TC", "ED"): (_V.DECLINED, "declined by the payment endpoint"),
    ("TC", "DH"): (_V.DECLINED, "declined for fraud, as a webhook's sample writes it"),
    ("TC", "PH"): (_V.HELD, "held for sanctions review"),
    ("TC", "DA"): (_V.HELD, "paid to another recipient of the same payment, which we never send"),
    ("TC", "DC"): (_V.RETURNED, "returned by the recipient's bank"),
    ("TC", "RP"): (_V.OPEN, "reversal pending; the payment itself stays paid so far"),
    ("TC", "RS"): (_V.RETURNED, "reversed at our request"),
    ("TC", "AR"): (_V.RETURNED, "reversed in house at our request"),
    ("TC", "RF"): (_V.SETTLED, "reversal refused: it stays paid"),
    ("TV", "DH"): (_V.DECLINED, "declined for fraud"),
    ("TV", "SE"): (_V.DECLINED, "never reached the payment endpoint"),
    ("TV", "PC"): (_V.CANCELLED, "cancelled at our request"),
    ("TV", "DR"): (_V.DECLINED, "rejected by the recipient"),
    ("TV", "AF"): (_V.DECLINED, "the recipient did not authenticate"),
    ("TV", "RE"): (_V.DECLINED, "the recipient tried too often"),
    ("TV", "DNF"): (_V.DECLINED, "the recipient could not be notified"),
    ("TE", "PE"): (_V.DECLINED, "expired"),
    ("IP", "IP"): (_V.OPEN, "presented to the endpoint, outcome unknown"),
    ("IP", "PR"): (_V.HELD, "under review at Fiserv"),
    ("IP", "IR"): (_V.HELD, "under review at the merchant"),
    ("IP", "DS"): (_V.OPEN, "the recipient chose an account"),
    ("IP", "DA"): (_V.OPEN, "the recipient accepted"),
    ("IP", "DD"): (_V.OPEN, "declined by the endpoint; the recipient may choose another account"),
    ("PD", "DP"): (_V.OPEN, "waits for the recipient"),
}
