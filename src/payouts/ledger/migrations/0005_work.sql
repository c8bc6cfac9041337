-- What a worker does, batch by batch. Rows are locked in the order of their ids.
--
-- A worker that freezes between two statements must not hold rows for ever: its session is ended
-- after a minute of idleness in a transaction. The setting is local to the transaction, so it works
-- behind a pooler.

-- One leased payout, in the order in which the runtime reads it.
create type payouts.leased as (
  id bigint, partner text, reference text, key text, recipient text, token text, method text,
  amount bigint, currency text, reissue_of bigint, status text, fence bigint, attempts integer,
  sends integer, lookups integer, turned_away integer, accepted boolean, asked boolean,
  released boolean, partner_id text, first_sent double precision, last_sent double precision
);

create function payouts.leased_rows(p_ids bigint[], p_now timestamptz) returns setof payouts.leased
language sql stable
as $$
  select p.id, p.partner, p.reference, p.key, p.recipient, p.token, p.method, p.amount, p.currency,
         p.reissue_of, w.status, w.fence, w.attempts, w.sends, w.lookups, w.turned_away, w.accepted,
         w.asked, w.released, w.partner_id,
         extract(epoch from p_now - w.first_sent_at)::double precision,
         extract(epoch from p_now - w.last_sent_at)::double precision
    from unnest(p_ids) with ordinality i(id, place)
    join payouts.work w on w.payout_id = i.id
    join payouts.payout p on p.id = i.id
   order by i.place
$$;

create function payouts.take(
  p_partner text, p_worker text, p_count integer, p_lease double precision, p_fresh boolean)
returns setof payouts.leased
language plpgsql security definer
set search_path = pg_catalog, payouts, pg_temp
set lock_timeout = '2s'
set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off
set enable_mergejoin = off set plan_cache_mode = force_generic_plan set jit = off
as $$
#variable_conflict use_column
declare
  t timestamptz := clock_timestamp();
  ids bigint[];
begin
  perform set_config('idle_in_transaction_session_timeout', '60s', true);
  with ready as materialized (
    select w.payout_id, w.due_at
      from work w
     where w.partner = p_partner and w.due_at <= t
       and (w.lease_until is null or w.lease_until <= t)
       and (p_fresh or w.status <> 'due')
     order by w.due_at, w.payout_id
     limit p_count
     for update skip locked
  ), taken as (
    update work w
       set worker = p_worker, fence = w.fence + 1, lease_until = t + make_interval(secs => p_lease),
           asked = w.asked or w.asked_again, asked_again = false
      from ready r
     where w.payout_id = r.payout_id
    returning r.payout_id, r.due_at
  )
  select array_agg(taken.payout_id order by taken.due_at, taken.payout_id) into ids from taken;
  return query select * from leased_rows(ids, t);
end $$;

create function payouts.begin_sends(
  p_partner text, p_worker text, p_ids bigint[], p_fences bigint[],
  p_max bigint default null, p_currency text default null)
returns bigint[]
language plpgsql security definer
set search_path = pg_catalog, payouts, pg_temp
set lock_timeout = '2s'
set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off
set enable_mergejoin = off set plan_cache_mode = force_generic_plan set jit = off
as $$
#variable_conflict use_column
declare
  t timestamptz;
  today date;
  room numeric;
  candidate record;
  left_out bigint[] := '{}';
  begun bigint[];
begin
  perform set_config('idle_in_transaction_session_timeout', '60s', true);
  -- A restore, or a person's stop, may have come since the tick began.
  if is_elsewhere(p_partner) or exists (
    select from standing s
     where s.partner = p_partner and (s.paused or s.stopped or s.quarantine_at is not null))
  then
    return '{}';
  end if;
  perform from work w where w.payout_id = any(p_ids) order by w.payout_id for update;
  t := clock_timestamp();
  today := (t at time zone 'UTC')::date;
  if p_max is not null then
    insert into day_total (partner, day, currency, total)
    values (p_partner, today, p_currency, 0) on conflict do nothing;
    select p_max - d.total into room from day_total d
     where d.partner = p_partner and d.day = today and d.currency = p_currency for update;
    for candidate in
      select w.payout_id, p.amount
        from unnest(p_ids, p_fences) l(id, fence)
        join work w on w.payout_id = l.id
        join payout p on p.id = l.id
       where w.fence = l.fence and w.worker = p_worker and w.lease_until > t
         and w.partner = p_partner and w.status in ('due', 'unknown') and not w.accepted
         and w.counted_on is null and p.currency = p_currency
       order by w.payout_id
    loop
      if candidate.amount <= room then
        room := room - candidate.amount;
      else
        left_out := left_out || candidate.payout_id;
      end if;
    end loop;
  end if;
  with sent as materialized (
    select w.payout_id, w.status, w.seq, w.attempts, w.fence, p.amount, p.currency,
           w.counted_on is null as first
      from unnest(p_ids, p_fences) l(id, fence)
      join work w on w.payout_id = l.id
      join payout p on p.id = l.id
     where w.fence = l.fence and w.worker = p_worker and w.lease_until > t
       and w.partner = p_partner and w.status in ('due', 'unknown') and not w.accepted
       and not w.payout_id = any(left_out)
  ), moved as (
    update work w
       set status = 'sending', reason = 'sending', seq = w.seq + 1, attempts = w.attempts + 1,
           sends = w.sends + 1, first_sent_at = coalesce(w.first_sent_at, t), last_sent_at = t,
           counted_on = coalesce(w.counted_on, today),
           due_at = case when w.due_at <= t then w.due_at else t end
      from sent s
     where w.payout_id = s.payout_id
  ), tried as (
    insert into attempt (payout_id, number, at, worker, fence)
    select s.payout_id, s.attempts + 1, t, p_worker, s.fence from sent s
  ), told as (
    insert into history (payout_id, seq, at, before, after, reason, who)
    select s.payout_id, s.seq + 1, t, s.status, 'sending', 'sending', p_worker from sent s
  ), counted as (
    insert into day_total as d (partner, day, currency, total)
    select p_partner, today, s.currency, sum(s.amount)
      from sent s where s.first group by s.currency order by s.currency
    on conflict (partner, day, currency) do update set total = d.total + excluded.total
  )
  select array_agg(s.payout_id order by s.payout_id) into begun from sent s;
  return coalesce(begun, '{}');
end $$;

-- `p_moves`: an array of objects: id fence to reason due partner_id accepted looked_up turned_away
-- keep ask, and evidence: an array of [kind, verdict, code, http_status, body_sha256].
create function payouts.record(p_worker text, p_moves jsonb)
returns bigint[]
language plpgsql security definer
set search_path = pg_catalog, payouts, pg_temp
set lock_timeout = '2s'
set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off
set enable_mergejoin = off set plan_cache_mode = force_generic_plan set jit = off
as $$
#variable_conflict use_column
declare
  t timestamptz := clock_timestamp();
  written bigint[];
begin
  perform set_config('idle_in_transaction_session_timeout', '60s', true);
  with move as materialized (
    select distinct on (m.id) m.*
      from jsonb_to_recordset(p_moves) m(
             id bigint, fence bigint, "to" text, reason text, due double precision, partner_id text,
             accepted boolean, looked_up boolean, turned_away boolean, keep boolean, ask boolean,
             evidence jsonb)
     order by m.id
  ), held as materialized (
    -- Row by row from `move`, which is in order of id; planned as a join, it may read all of `work`.
    select w.payout_id, w.partner, w.status, w.seq, w.attempts, w.sends, w.counted_on,
           w.asked_again, m.*
      from move m
     cross join lateral (
       select * from work x
        where x.payout_id = m.id and x.worker = p_worker and x.fence = m.fence
          for update) w
  ), answered as (
    insert into answer (payout_id, attempt, at, kind, verdict, code, http_status, body_sha256, worker)
    select h.payout_id, h.attempts, t, e ->> 0, e ->> 1, e ->> 2, (e ->> 3)::integer, e ->> 4, p_worker
      from held h cross join jsonb_array_elements(h.evidence) e
  ), moved as (
    update work w
       set status = h."to",
           -- Why it is held, or how it ended, stays readable when a look-up changes nothing.
           reason = case when h."to" = w.status and h."to" not in ('due', 'sending', 'unknown')
                         then w.reason else h.reason end,
           asked = coalesce(h.ask, false) or h.asked_again and not coalesce(h.keep, false),
           asked_again = h.asked_again and coalesce(h.keep, false),
           seq = w.seq + case when h."to" = w.status then 0 else 1 end,
           due_at = case when h.asked_again and not coalesce(h.keep, false) then t
                         else t + make_interval(secs => h.due) end,
           -- Put off by the partner or for want of money, it is no younger than it was.
           due_since = case when h."to" = 'due' then coalesce(w.due_since, w.due_at) end,
           worker = case when h.keep then w.worker end,
           lease_until = case when h.keep then w.lease_until end,
           lookups = w.lookups + case when h.looked_up then 1 else 0 end,
           accepted = w.accepted or coalesce(h.accepted, false),
           partner_id = coalesce(w.partner_id, h.partner_id),
           turned_away = case when h.turned_away then w.turned_away + 1 else 0 end,
           sends = case when h.turned_away then greatest(w.sends - 1, 0) else w.sends end,
           first_sent_at = case when not h.turned_away or w.sends > 1 then w.first_sent_at end,
           last_sent_at = case when not h.turned_away or w.sends > 1 then w.last_sent_at end,
           counted_on = case when not h.turned_away or w.sends > 1 then w.counted_on end
      from held h
     where w.payout_id = h.payout_id
  ), told as (
    insert into history (payout_id, seq, at, before, after, reason, who)
    select h.payout_id, h.seq + 1, t, h.status, h."to", h.reason, p_worker
      from held h where h."to" <> h.status
  ), given_back as (
    update day_total d
       set total = d.total - g.amount
      from (select h.partner, h.counted_on, p.currency, sum(p.amount) as amount
              from held h join payout p on p.id = h.payout_id
             where h.turned_away and h.sends <= 1 and h.counted_on is not null
             group by 1, 2, 3) g
     where d.partner = g.partner and d.day = g.counted_on and d.currency = g.currency
  )
  select array_agg(h.payout_id order by h.payout_id) into written from held h;
  return coalesce(written, '{}');
end $$;

create function payouts.measure(
  p_partner text, out oldest_due double precision, out unknown bigint, out held bigint, out due bigint,
  out not_sending text)
language sql stable security definer
set search_path = pg_catalog, payouts, pg_temp
as $$
  select greatest(0, coalesce(extract(epoch from clock_timestamp() - (
           select min(coalesce(w.due_since, w.due_at)) from work w
            where w.partner = p_partner and w.due_at is not null and w.status = 'due')),
           0))::double precision,
         (select count(*) from work w where w.partner = p_partner and w.waiting and w.status = 'unknown'),
         (select count(*) from work w where w.partner = p_partner and w.waiting and w.status = 'held'),
         (select count(*) from work w
           where w.partner = p_partner and w.due_at is not null and w.status = 'due'),
         coalesce((select case when s.quarantine_at is not null then 'quarantine'
                               when s.stopped then 'stopped'
                               when s.paused then 'paused'
                               when s.breaker_until > clock_timestamp() then 'breaker' end
                     from standing s where s.partner = p_partner), '')
$$;
