-- How a payout comes in: from the backend's own transaction, in any language.
--
-- Every function here and in the next files goes by index from row to row, and says so to the
-- planner: its plans are made once per session, perhaps while the tables are empty and never
-- analysed, and a plan that reads the whole history would only show its price a month later. (jit:
-- before Postgres 18 a plan that was not allowed to scan looks dear enough to be compiled.)

-- Inserts a payout that was checked to be new to the caller; null where one of its unique values is
-- taken. The lock is shared among enqueues; only `seen`, when it is about to note an orphan, takes
-- it alone: else a payout could come in beside the orphan of its own key, and be sent again.
create function payouts.add_payout(
  p_partner text, p_reference text, p_recipient text, p_token text, p_method text, p_amount bigint,
  p_currency text, p_reissue_of bigint, p_delay interval, p_who text, p_reason text, p_person boolean,
  out payout_id bigint, out key text, out status text)
language plpgsql
set search_path = pg_catalog, payouts, pg_temp
as $$
#variable_conflict use_column
declare
  t timestamptz := clock_timestamp();
  lost orphan;
begin
  key := derived_key(p_partner, p_reference);
  perform pg_advisory_xact_lock_shared(1885434739, hashtext(p_partner));
  select * into lost from orphan o where o.partner = p_partner and o.key = add_payout.key;
  status := case when lost.key is null then 'due' else 'unknown' end;
  if not exists (
    select from account a
     where a.partner = p_partner and a.currency = p_currency and a.account = 'business')
  then
    insert into account (partner, account, currency)
    select p_partner, a, p_currency
      from unnest(array['business', 'owed', 'in_flight', 'held', 'funding']) a
    on conflict do nothing;
  end if;
  with new as (
    insert into payout (partner, reference, key, recipient, token, method, amount, currency, reissue_of)
    values (p_partner, p_reference, add_payout.key, p_recipient, p_token, p_method, p_amount,
            p_currency, p_reissue_of)
    on conflict do nothing
    returning id
  ), begun as (
    insert into work (payout_id, partner, status, reason, due_at, accepted, asked, attempts, sends,
                      first_sent_at, last_sent_at, partner_id)
    select id, p_partner, add_payout.status, p_reason,
           case when lost.key is null then t + p_delay else t end,
           lost.key is not null, lost.key is not null,
           case when lost.key is null then 0 else 1 end, case when lost.key is null then 0 else 1 end,
           case when lost.key is not null then t end, case when lost.key is not null then t end,
           nullif(lost.partner_id, '')
      from new
  ), told as (
    insert into history (payout_id, seq, at, before, after, reason, who, person)
    select id, 0, t, null, add_payout.status, p_reason, p_who, p_person from new
  ), sent as (
    -- By the ledger that was lost; its fence and worker are not known any more.
    insert into attempt (payout_id, number, at, worker, fence)
    select id, 1, t, '', 0 from new where lost.key is not null
  )
  select id into payout_id from new;
end $$;

create function payouts.enqueue(
  reference text, partner text, recipient text, token text, method text, amount_minor bigint,
  currency text, delay interval default '0',
  out payout_id bigint, out key text, out status text, out created boolean)
language plpgsql security definer
set search_path = pg_catalog, payouts, pg_temp
set lock_timeout = '2s'
set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off
set enable_mergejoin = off set plan_cache_mode = force_generic_plan set jit = off
as $$
#variable_conflict use_variable
declare
  there payout;
  wrong text;
begin
  wrong := case
    when not coalesce(is_identifier(reference, 200), false) then
      'reference is missing, longer than 200, or has a character other than letters, digits and ._:/@#+=~-'
    when not coalesce(length(partner) <= 128 and partner collate "C" ~ '^[a-z][a-z0-9_]*$', false) then
      'partner is missing, longer than 128, or no partner''s id: small letters, digits and _'
    when not coalesce(is_identifier(recipient, 128), false) then
      'recipient is missing, longer than 128, or has a character other than letters, digits and ._:/@#+=~-'
    when not coalesce(is_identifier(token, 128), false) then
      'token is missing, longer than 128, or has a character other than letters, digits and ._:/@#+=~-'
    when looks_like_account_number(recipient) then
      'recipient looks like a card or account number; pass the partner''s id of the payee'
    when looks_like_account_number(token) then
      'token looks like a card or account number; pass the partner''s token'
    when not coalesce(method in ('debit_card', 'bank_account', 'real_time', 'prepaid', 'wallet'), false)
      then 'method is none of debit_card, bank_account, real_time, prepaid, wallet'
    when not coalesce(amount_minor > 0, false) then 'a payout is more than zero'
    when not coalesce(is_currency(currency), false) then
      'currency is not an ISO 4217 code in capitals'
    when not coalesce(delay >= interval '0', false) then 'delay is less than zero'
  end;
  if wrong is not null then
    -- The values are not quoted: a log is no place for what was mistaken for a token.
    raise exception '%', wrong using errcode = 'PY001';
  end if;
  select a.payout_id, a.key, a.status into payout_id, key, status
    from add_payout(partner, reference, recipient, token, method, amount_minor, currency, null,
                    delay, 'enqueue', 'enqueued', false) a;
  created := payout_id is not null;
  if created then
    return;
  end if;
  select * into there from payout p where p.partner = enqueue.partner and p.reference = enqueue.reference;
  if there.id is null then
    raise exception 'another payout has the key of %', reference using errcode = 'PY001';
  end if;
  if (there.recipient, there.token, there.method, there.amount, there.currency)
     is distinct from (recipient, token, method, amount_minor, currency)
  then
    raise exception '% is there already, with other fields', reference
      using errcode = 'PY001',
            hint = 'A reference names one payout for ever; another payment needs another reference.';
  end if;
  payout_id := there.id;
  key := there.key;
  select w.status into status from work w where w.payout_id = there.id;
end $$;

comment on function payouts.enqueue(text, text, text, text, text, bigint, text, interval) is
$$Enqueue one payout in the caller's own transaction: it exists if and only if that one commits.

  select payouts.enqueue(reference => 'order-1', partner => 'fiserv_ddp', recipient => 'customer-7',
                         token => 'tok_8Fz', method => 'debit_card', amount_minor => 1050,
                         currency => 'USD');

reference: yours, unique per partner for ever; the key at the partner is derived from it.
recipient, token: the partner's ids of the payee and of the vaulted account, never an account number.
amount_minor: in the currency's smallest unit. delay: how long to wait before the first send.

The same call again returns the payout that is there (created = false); with other fields it is
refused with SQLSTATE PY001. A wait for a row of more than 2 s ends with 55P03: try again.$$;

create function payouts.reissue(
  p_partner text, p_reference text, p_by text, p_because text,
  p_token text default null, p_recipient text default null,
  out payout_id bigint, out key text, out status text, out created boolean)
language plpgsql security definer
set search_path = pg_catalog, payouts, pg_temp
set lock_timeout = '2s'
set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off
set enable_mergejoin = off set plan_cache_mode = force_generic_plan set jit = off
as $$
#variable_conflict use_column
declare
  old payout;
  w work;
  there payout;
  following text;
begin
  select * into old from payout p where p.partner = p_partner and p.reference = p_reference;
  if old.id is null then
    raise exception 'there is no payout %', p_reference using errcode = 'PY001';
  end if;
  select * into w from work x where x.payout_id = old.id for update;
  select * into there from payout p where p.reissue_of = old.id;
  if there.id is null then
    if not exists (select from status s where s.status = w.status and s.reissuable) then
      raise exception '% is %; only what was not paid, or came back, is reissued',
        p_reference, w.status using errcode = 'PY001';
    end if;
    if coalesce(p_by, '') = '' then
      raise exception 'a reissue needs the name of who wants it' using errcode = 'PY001';
    end if;
    if looks_like_account_number(p_token) or looks_like_account_number(p_recipient) then
      raise exception 'the new token or recipient looks like a card or account number'
        using errcode = 'PY001';
    end if;
    -- A chain counts on: order-1, order-1~1, order-1~2. A reference that was given to us with such
    -- an end is no link of a chain.
    following := case
      when old.reissue_of is not null and p_reference ~ '~[0-9]{1,9}$' then
        regexp_replace(p_reference, '~[0-9]+$', '') || '~'
        || (substring(p_reference from '~([0-9]+)$')::bigint + 1)
      else p_reference || '~1' end;
    select a.payout_id, a.key, a.status into payout_id, key, status
      from add_payout(old.partner, following, coalesce(p_recipient, old.recipient),
                      coalesce(p_token, old.token), old.method, old.amount, old.currency, old.id,
                      '0', p_by, p_because, true) a;
    created := true;
    if payout_id is null then
      raise exception '% is there already and is no reissue of %', following, p_reference
        using errcode = 'PY001';
    end if;
    return;
  end if;
  payout_id := there.id;
  key := there.key;
  created := false;
  select x.status into status from work x where x.payout_id = there.id;
end $$;
