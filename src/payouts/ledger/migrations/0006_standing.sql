-- How things stand with a partner, and whether the ledger is where it was born.

-- Text and null where a managed service does not let us ask: what is known is compared.
create function payouts.place(
  out system_identifier text, out timeline text, out database_oid oid, out table_oid oid)
language plpgsql
set search_path = pg_catalog, payouts, pg_temp
as $$
begin
  begin
    system_identifier := (select c.system_identifier::text from pg_control_system() c);
  exception when others then
    system_identifier := null;
  end;
  begin
    -- The first 8 digits of a WAL file's name; the control file learns of a promotion later.
    timeline := substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8);
  exception when others then
    timeline := null;
  end;
  database_oid := (select d.oid from pg_database d where d.datname = current_database());
  table_oid := 'payouts.payout'::regclass::oid;
end $$;

create function payouts.note_birth(p_partner text, p_why text) returns void
language sql
set search_path = pg_catalog, payouts, pg_temp
as $$
  insert into birth (partner, why, system_identifier, timeline, database_oid, table_oid)
  select p_partner, p_why, p.system_identifier, p.timeline, p.database_oid, p.table_oid
    from place() p
$$;

-- Each partner trusts a place by itself: ending one partner's quarantine says nothing of another's.
create function payouts.is_elsewhere(p_partner text) returns boolean
language sql
set search_path = pg_catalog, payouts, pg_temp
as $$
  select (p.system_identifier, p.timeline, p.database_oid, p.table_oid)
         is distinct from (b.system_identifier, b.timeline, b.database_oid, b.table_oid)
    from place() p
    left join lateral (
      select * from birth b where b.partner = p_partner or b.partner is null
       order by b.partner is null, b.at desc limit 1) b on true
$$;

-- What was sent since the last tick before it, or ever where there was none, is to be doubted.
create function payouts.begin_quarantine(s payouts.standing, t timestamptz, why text) returns void
language plpgsql
set search_path = pg_catalog, payouts, pg_temp
as $$
begin
  update standing x
     set quarantine_at = t, quarantine_why = why, reconcile_page = 1,
         quarantine_from = coalesce(
           s.quarantine_from, (s.ticked_at at time zone 'UTC')::date,
           (select (min(p.created_at) at time zone 'UTC')::date from payout p where p.partner = s.partner))
   where x.partner = s.partner;
  perform note_birth(s.partner, why);
end $$;

create function payouts.begin_tick(
  p_partner text, p_witness bigint,
  out "position" bigint, out paused boolean, out quarantine double precision,
  out breaker double precision, out failures integer, out no_funds integer, out stopped boolean,
  out today text, out quarantine_from text, out reconciled_day text, out reconcile_page integer,
  out quarantine_began text)
language plpgsql security definer
set search_path = pg_catalog, payouts, pg_temp
set lock_timeout = '2s'
set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off
set enable_mergejoin = off set plan_cache_mode = force_generic_plan set jit = off
as $$
#variable_conflict use_column
declare
  s standing;
  t timestamptz;
  why text;
begin
  perform set_config('idle_in_transaction_session_timeout', '60s', true);
  insert into standing (partner) values (p_partner) on conflict do nothing;
  select * into s from standing x where x.partner = p_partner for update;
  t := clock_timestamp();
  why := case
    when is_elsewhere(p_partner) then 'the ledger is not where it was'
    when p_witness > s.position then
      format('a worker saw position %s, the ledger stands at %s', p_witness, s.position)
  end;
  if why is not null then
    -- One that is on begins anew, because a send of the ledger lost now may still be under way; it
    -- still doubts everything since the first loss.
    perform begin_quarantine(s, t, why);
    select * into s from standing x where x.partner = p_partner;
  end if;
  -- Past what the worker saw: it would else see a restore at every tick until the count caught up.
  "position" := greatest(s.position, p_witness) + 1;
  -- The list of another day has other pages.
  if s.quarantine_at is null and (s.ticked_at at time zone 'UTC')::date <> (t at time zone 'UTC')::date then
    s.reconcile_page := 1;
  end if;
  update standing x
     set position = begin_tick."position", ticked_at = t, reconcile_page = s.reconcile_page
   where x.partner = p_partner;
  paused := s.paused;
  quarantine := extract(epoch from t - s.quarantine_at)::double precision;
  breaker := greatest(0, coalesce(extract(epoch from s.breaker_until - t), 0))::double precision;
  failures := s.failures;
  no_funds := s.no_funds;
  stopped := s.stopped;
  today := (t at time zone 'UTC')::date::text;
  quarantine_from := s.quarantine_from::text;
  reconciled_day := s.reconciled_day::text;
  reconcile_page := s.reconcile_page;
  quarantine_began := extract(epoch from s.quarantine_at)::text;
end $$;

create function payouts.set_standing(
  p_partner text, p_paused boolean, p_breaker double precision, p_failures integer,
  p_no_funds integer, p_stopped boolean, p_reconciled_day date, p_reconcile_page integer, p_by text,
  p_began text)
returns void
language plpgsql security definer
set search_path = pg_catalog, payouts, pg_temp
set lock_timeout = '2s'
set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off
set enable_mergejoin = off set plan_cache_mode = force_generic_plan set jit = off
as $$
#variable_conflict use_column
begin
  insert into standing (partner) values (p_partner) on conflict do nothing;
  update standing s
     set paused = coalesce(p_paused, s.paused),
         breaker_until = case when p_breaker is null then s.breaker_until
                              else clock_timestamp() + make_interval(secs => p_breaker) end,
         failures = coalesce(p_failures, s.failures),
         no_funds = coalesce(p_no_funds, s.no_funds),
         stopped = coalesce(p_stopped, s.stopped),
         reconciled_day = coalesce(p_reconciled_day, s.reconciled_day),
         reconcile_page = coalesce(p_reconcile_page, s.reconcile_page)
   where s.partner = p_partner
     and (p_began is null or coalesce(extract(epoch from s.quarantine_at)::text, '') = p_began);
  if p_paused is not null or p_stopped is not null then
    insert into standing_change (partner, by, what)
    values (p_partner, p_by, jsonb_strip_nulls(jsonb_build_object('paused', p_paused, 'stopped', p_stopped)));
  end if;
end $$;

create function payouts.quarantine(
  p_partner text, p_begin boolean, p_why text, p_at_least double precision, p_began text)
returns boolean
language plpgsql security definer
set search_path = pg_catalog, payouts, pg_temp
set lock_timeout = '2s'
set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off
set enable_mergejoin = off set plan_cache_mode = force_generic_plan set jit = off
as $$
#variable_conflict use_column
declare
  s standing;
  t timestamptz;
begin
  insert into standing (partner) values (p_partner) on conflict do nothing;
  select * into s from standing x where x.partner = p_partner for update;
  t := clock_timestamp();
  if p_begin then
    perform begin_quarantine(s, t, p_why);
  else
    -- Restored again since it began: whoever ends it read the partner's list for another ledger.
    if s.quarantine_at is null or is_elsewhere(p_partner)
       or extract(epoch from s.quarantine_at)::text <> p_began
    then
      return false;
    end if;
    if extract(epoch from t - s.quarantine_at) < p_at_least then
      raise exception 'the quarantine is % s old and lasts at least % s',
        round(extract(epoch from t - s.quarantine_at)), p_at_least using errcode = 'PY001';
    end if;
    update standing x
       set quarantine_at = null, quarantine_why = null, quarantine_from = null
     where x.partner = p_partner;
    perform note_birth(p_partner, p_why);
  end if;
  insert into standing_change (partner, by, what)
  values (p_partner, '', jsonb_build_object('quarantine', p_begin, 'why', p_why));
  return true;
end $$;

select payouts.note_birth(null, 'migration');
