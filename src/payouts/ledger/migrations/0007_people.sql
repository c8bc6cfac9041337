-- What people, webhooks and reconciliation say.

create function payouts.intervene(
  p_partner text, p_reference text, p_action text, p_by text, p_because text,
  p_not_paid_after double precision)
returns text
language plpgsql security definer
set search_path = pg_catalog, payouts, pg_temp
set lock_timeout = '2s'
set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off
set enable_mergejoin = off set plan_cache_mode = force_generic_plan set jit = off
as $$
#variable_conflict use_column
declare
  w work;
  t timestamptz;
  becomes text;
  no text;
begin
  select x.* into w from payout p join work x on x.payout_id = p.id
   where p.partner = p_partner and p.reference = p_reference for update of x;
  if w.payout_id is null then
    raise exception 'there is no payout %', p_reference using errcode = 'PY001';
  end if;
  t := clock_timestamp();
  if p_action = 'look' then
    update work x
       set asked = true, asked_again = x.worker is not null, due_at = t
     where x.payout_id = w.payout_id;
    return w.status;
  end if;
  no := format('%s is not possible for %s, which is %s', p_action, p_reference, w.status);
  if p_action in ('cancel', 'not_paid') and (
       is_elsewhere(p_partner) or exists (
         select from standing s where s.partner = p_partner and s.quarantine_at is not null))
  then
    -- And what is cancelled can be reissued.
    no := 'the ledger was restored and is not reconciled: what it lost may have been sent';
  elsif w.lease_until > t then
    no := p_reference || ' is under way; try again in a moment';
  elsif p_action = 'hold' and w.status in ('due', 'unknown') then
    becomes := 'held';
  elsif p_action = 'release' and w.status = 'held' then
    becomes := case when w.sends > 0 or w.accepted then 'unknown' else 'due' end;
  elsif p_action = 'cancel' and w.status in ('due', 'held') then
    if w.sends > 0 or w.accepted then
      no := p_reference || ' was sent: ask the partner, or wait and say not_paid';
    else
      becomes := 'cancelled';
    end if;
  elsif p_action = 'paid' and w.status = 'held' then
    becomes := 'settled';
  elsif p_action = 'not_paid' and w.status = 'held' then
    if w.accepted then
      no := 'the partner has ' || p_reference || ': only its own word can say that it is not paid';
    elsif w.sends = 0 then
      no := p_reference || ' was never sent: cancel it';
    elsif extract(epoch from t - w.last_sent_at) < p_not_paid_after then
      no := p_reference || ' was sent too lately to say that it is not paid';
    else
      becomes := 'cancelled';
    end if;
  end if;
  if becomes is null then
    raise exception '%', no using errcode = 'PY001';
  end if;
  if coalesce(p_by, '') = '' then
    raise exception 'a decision needs the name of who makes it' using errcode = 'PY001';
  end if;
  with moved as (
    update work x
       set status = becomes, reason = p_because, seq = x.seq + 1, worker = null, lease_until = null,
           asked_again = false, due_at = case when p_action = 'release' then t end,
           due_since = null,
           released = x.released or p_action = 'release',
           lookups = case when p_action = 'release' then 0 else x.lookups end
     where x.payout_id = w.payout_id
  )
  insert into history (payout_id, seq, at, before, after, reason, who, person)
  values (w.payout_id, w.seq + 1, t, w.status, becomes, p_because, p_by, true);
  return becomes;
end $$;

create function payouts.noticed(
  p_partner text, p_dedupe text, p_key text, p_partner_id text, p_said text)
returns text
language plpgsql security definer
set search_path = pg_catalog, payouts, pg_temp
set lock_timeout = '2s'
set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off
set enable_mergejoin = off set plan_cache_mode = force_generic_plan set jit = off
as $$
#variable_conflict use_column
declare
  found_id bigint;
begin
  found_id := coalesce(
    (select p.id from payout p where p.partner = p_partner and p.key = p_key),
    (select w.payout_id from work w
      where w.partner = p_partner and w.partner_id = p_partner_id
      order by w.payout_id desc limit 1));
  insert into notice (partner, dedupe, key, partner_id, said, payout_id)
  values (p_partner, p_dedupe, p_key, p_partner_id, p_said, found_id)
  on conflict do nothing;
  if not found then
    return 'repeat';
  end if;
  if found_id is null then
    return 'unmatched';
  end if;
  update work w
     set asked = true, asked_again = w.worker is not null,
         due_at = case when w.status in ('due', 'sending') then w.due_at else clock_timestamp() end
   where w.payout_id = found_id;
  return 'new';
end $$;

create function payouts.seen(
  p_partner text, p_worker text, p_lease double precision, p_keys text[],
  p_orphan_keys text[], p_orphan_ids text[], p_orphan_said text[])
returns table (leased payouts.leased, orphans bigint)
language plpgsql security definer
set search_path = pg_catalog, payouts, pg_temp
set lock_timeout = '2s'
set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off
set enable_mergejoin = off set plan_cache_mode = force_generic_plan set jit = off
as $$
#variable_conflict use_column
declare
  t timestamptz;
  ids bigint[];
  new bigint;
begin
  perform set_config('idle_in_transaction_session_timeout', '60s', true);
  -- Nobody may be enqueuing, unseen by us, the payout whose key is about to be an orphan.
  if exists (
    select from unnest(p_orphan_keys) k
     where not exists (select from payout p where p.partner = p_partner and p.key = k)
       and not exists (select from orphan o where o.partner = p_partner and o.key = k))
  then
    perform pg_advisory_xact_lock(1885434739, hashtext(p_partner));
  end if;
  perform from payout p join work w on w.payout_id = p.id
    where p.partner = p_partner and p.key = any(p_keys) order by w.payout_id for update of w;
  t := clock_timestamp();
  with noted as (
    insert into orphan (partner, key, partner_id, said)
    select distinct on (o.key) p_partner, o.key, o.partner_id, o.said
      from unnest(p_orphan_keys, p_orphan_ids, p_orphan_said) o(key, partner_id, said)
     where not exists (select from payout p where p.partner = p_partner and p.key = o.key)
     order by o.key
    on conflict do nothing
    returning key, partner_id, said
  ), told as (
    insert into finding (partner, kind, subject, detail)
    select p_partner, 'orphan', n.key, concat_ws(' ', n.partner_id, n.said) from noted n
    on conflict do nothing
  )
  select count(*) into new from noted;
  with mine as (
    update work w
       set seen_at = coalesce(w.seen_at, t), worker = p_worker, fence = w.fence + 1,
           lease_until = t + make_interval(secs => p_lease),
           asked = w.asked or w.asked_again, asked_again = false
      from payout p
     where p.partner = p_partner and p.key = any(p_keys) and w.payout_id = p.id
       and (w.lease_until is null or w.lease_until <= t)
    returning w.payout_id
  ), theirs as (
    update work w
       set seen_at = t
      from payout p
     where p.partner = p_partner and p.key = any(p_keys) and w.payout_id = p.id
       and w.lease_until > t and w.seen_at is null
  )
  select array_agg(m.payout_id order by m.payout_id) into ids from mine m;
  -- At least one row, of nulls where nothing was leased, for the count.
  return query
    select l, new from (values (1)) one left join leased_rows(ids, t) l on true order by l.id;
end $$;

create function payouts.unseen(p_partner text, p_older double precision, p_newer double precision)
returns text[]
language sql stable security definer
set search_path = pg_catalog, payouts, pg_temp
as $$
  select coalesce(array_agg(f.reference order by f.last_sent_at, f.id), '{}')
    from (select p.id, p.reference, w.last_sent_at
            from work w join payout p on p.id = w.payout_id
           where w.partner = p_partner and w.status = 'settled' and w.seen_at is null
             and w.last_sent_at between clock_timestamp() - make_interval(secs => p_older)
                                    and clock_timestamp() - make_interval(secs => p_newer)
           order by w.last_sent_at, p.id
           limit 1000) f
$$;

create function payouts.found(p_partner text, p_kind text, p_subject text, p_detail text)
returns boolean
language plpgsql security definer
set search_path = pg_catalog, payouts, pg_temp
set lock_timeout = '2s'
set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off
set enable_mergejoin = off set plan_cache_mode = force_generic_plan set jit = off
as $$
begin
  insert into finding (partner, kind, subject, detail)
  values (p_partner, p_kind, p_subject, p_detail) on conflict do nothing;
  return found;
end $$;

-- Ages in seconds; the history as parallel arrays, oldest first.
create function payouts.look(p_partner text, p_reference text)
returns table (
  id bigint, partner text, reference text, key text, recipient text, token text, method text,
  amount bigint, currency text, reissue_of bigint, status text, reason text, sends integer,
  lookups integer, partner_id text, ages double precision[], statuses text[], reasons text[],
  whos text[])
language sql stable security definer
set search_path = pg_catalog, payouts, pg_temp
as $$
  select p.id, p.partner, p.reference, p.key, p.recipient, p.token, p.method, p.amount, p.currency,
         p.reissue_of, w.status, w.reason, w.sends, w.lookups, w.partner_id, h.ages, h.statuses,
         h.reasons, h.whos
    from payout p
    join work w on w.payout_id = p.id
    cross join lateral (
      select array_agg(extract(epoch from clock_timestamp() - x.at)::double precision order by x.seq),
             array_agg(x.after order by x.seq), array_agg(x.reason order by x.seq),
             array_agg(x.who order by x.seq)
        from history x where x.payout_id = p.id) h(ages, statuses, reasons, whos)
   where p.partner = p_partner and p.reference = p_reference
$$;

-- `p_items`: an array of objects: external_id kind amount currency happened_on facts.
create function payouts.receive(p_source text, p_items jsonb)
returns bigint
language plpgsql security definer
set search_path = pg_catalog, payouts, pg_temp
set lock_timeout = '2s'
set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off
set enable_mergejoin = off set plan_cache_mode = force_generic_plan set jit = off
as $$
#variable_conflict use_column
declare
  new bigint;
begin
  with item as materialized (
    select i.*, row_number() over (partition by i.external_id order by i.place) as nth
      from rows from (jsonb_to_recordset(p_items) as (
             external_id text, kind text, amount bigint, currency text, happened_on date, facts jsonb))
           with ordinality i(external_id, kind, amount, currency, happened_on, facts, place)
  ), kept as (
    insert into received (source, external_id, kind, amount, currency, happened_on, facts)
    select p_source, i.external_id, i.kind, i.amount, i.currency, i.happened_on, i.facts
      from item i where i.nth = 1 order by i.external_id
    on conflict do nothing
    returning external_id
  )
  select count(*) into new from kept;
  insert into finding (partner, kind, subject, detail)
  select distinct on (i.external_id) p_source, 'received-differs', i.external_id,
         format('%s %s first, then %s %s', r.amount, r.currency, i.amount, i.currency)
    from jsonb_to_recordset(p_items) as i(external_id text, amount bigint, currency text)
    join received r on r.source = p_source and r.external_id = i.external_id
   where (r.amount, r.currency) is distinct from (i.amount, i.currency)
   order by i.external_id
  on conflict do nothing;
  return new;
end $$;
