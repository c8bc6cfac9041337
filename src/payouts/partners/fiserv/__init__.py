"""What DDP and its relatives say and are told: the working half of ``payouts.partners.fiserv_ddp``.

``signing`` and ``messages`` make requests; ``statuses`` and ``codes`` are tables of meaning that
``answers`` applies; ``notices`` are webhooks. ``reporting`` and ``batch_summary`` read money back
and belong to the direction *receive*. Our own small readings of public pages, nothing generated.
"""
