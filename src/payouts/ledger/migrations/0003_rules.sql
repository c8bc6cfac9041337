-- What the tables refuse, and what follows from a change of status by itself.
--
-- The checks are statement triggers over the rows just written: one query for a batch, where a row
-- trigger or a foreign key would ask once per row and lock rows that all workers share.

create function payouts.append_only() returns trigger
language plpgsql
as $$
begin
  raise exception 'payouts.% is append-only: % refused', tg_table_name, lower(tg_op)
    using errcode = 'PY003';
end $$;

do $$
declare facts text;
begin
  foreach facts in array array[
    'status', 'transition', 'payout', 'history', 'attempt', 'answer', 'account', 'transfer',
    'standing_change', 'birth', 'notice', 'orphan', 'finding', 'received', 'migration']
  loop
    execute format(
      'create trigger append_only before update or delete or truncate on payouts.%I '
      'for each statement execute function payouts.append_only()', facts);
  end loop;
  foreach facts in array array['work', 'standing', 'day_total']
  loop
    execute format(
      'create trigger never_removed before delete or truncate on payouts.%I '
      'for each statement execute function payouts.append_only()', facts);
  end loop;
end $$;

-- A history row is the change: it must continue the one before it, agree with `work`, be made by
-- somebody who may, and, where a worker ends a payout, rest on an answer of the partner that says
-- so. It moves the money.
create function payouts.after_history() returns trigger
language plpgsql
as $$
declare
  wrong record;
begin
  select n.payout_id, n.before, n.after,
         case
           when w.payout_id is null or w.seq <> n.seq or w.status <> n.after
             then 'work and history disagree'
           when b.after is distinct from n.before
             then 'the history has a gap'
           when n.before is not null and t.by !~ case when n.person then 'person' else 'worker|recon' end
             then 'not by ' || case when n.person then 'a person' else 'a worker' end
           when n.after = 'sending' and (
                  select a.at from payouts.attempt a
                   where a.payout_id = n.payout_id and a.number = w.attempts) is distinct from n.at
             then 'a send has no attempt'
           when n.before is not null and not n.person and s.final and (
                  select a.verdict from payouts.answer a
                   where a.payout_id = n.payout_id and a.verdict = n.after limit 1) is null
             then 'no answer of the partner says so'
         end as why
    into wrong
    from written n
    join payouts.status s on s.status = n.after
    left join payouts.work w on w.payout_id = n.payout_id
    left join payouts.history b on b.payout_id = n.payout_id and b.seq = n.seq - 1
    left join payouts.transition t on t.before = n.before and t.after = n.after
   where w.payout_id is null or w.seq <> n.seq or w.status <> n.after
      or b.after is distinct from n.before
      or n.after = 'sending' and (
           select a.at from payouts.attempt a
            where a.payout_id = n.payout_id and a.number = w.attempts) is distinct from n.at
      or n.before is not null and (
           t.by !~ case when n.person then 'person' else 'worker|recon' end
           or not n.person and s.final and (
                  select a.verdict from payouts.answer a
                   where a.payout_id = n.payout_id and a.verdict = n.after limit 1) is null)
   limit 1;
  if found then
    raise exception 'payout %: % to %: %', wrong.payout_id, wrong.before, wrong.after, wrong.why
      using errcode = 'PY001';
  end if;

  insert into payouts.transfer (payout_id, seq, debit, credit, amount, currency)
  select n.payout_id, n.seq, d.id, c.id, p.amount, p.currency
    from written n
    join payouts.payout p on p.id = n.payout_id
    join payouts.status now on now.status = n.after
    left join payouts.status was on was.status = n.before
    left join payouts.account d
      on d.partner = p.partner and d.currency = p.currency and d.account = now.account
    left join payouts.account c
      on c.partner = p.partner and c.currency = p.currency
     and c.account = coalesce(was.account, 'business')
   where now.account <> coalesce(was.account, 'business');
  return null;
end $$;

create trigger after_history after insert on payouts.history
referencing new table as written
for each statement execute function payouts.after_history();

-- Money moves because a status did, and in no other way.
create function payouts.only_by_history() returns trigger
language plpgsql
as $$
begin
  if pg_trigger_depth() < 2 then
    raise exception 'a transfer is written by the history it belongs to' using errcode = 'PY003';
  end if;
  return null;
end $$;

create trigger only_by_history before insert on payouts.transfer
for each statement execute function payouts.only_by_history();

create function payouts.after_work_insert() returns trigger
language plpgsql
as $$
begin
  if exists (
    select from written n
     where (select h.after from payouts.history h
             where h.payout_id = n.payout_id and h.seq = n.seq) is distinct from n.status
        or (select p.partner from payouts.payout p where p.id = n.payout_id) <> n.partner)
  then
    raise exception 'work and history disagree' using errcode = 'PY003';
  end if;
  return null;
end $$;

create trigger after_work_insert after insert on payouts.work
referencing new table as written
for each statement execute function payouts.after_work_insert();

create function payouts.after_work_update() returns trigger
language plpgsql
set enable_hashjoin = on  -- the rows as they were with the rows as they are; neither has an index
as $$
declare
  wrong bigint;
begin
  select o.payout_id into wrong
    from replaced o left join written n on n.payout_id = o.payout_id
   where n.payout_id is null or n.partner <> o.partner
      or n.fence < o.fence or n.attempts < o.attempts or n.seq < o.seq
      or o.accepted and not n.accepted
      or o.partner_id is not null and n.partner_id is distinct from o.partner_id
      or (n.status <> o.status or n.seq <> o.seq) and (n.seq <> o.seq + 1 or n.status is distinct from (
           select h.after from payouts.history h
            where h.payout_id = n.payout_id and h.seq = n.seq))
   limit 1;
  if found then
    raise exception 'payout %: what only grows went back, or a status changed without its history',
      wrong using errcode = 'PY003';
  end if;
  return null;
end $$;

create trigger after_work_update after update on payouts.work
referencing old table as replaced new table as written
for each statement execute function payouts.after_work_update();

-- An attempt, or an answer to one, of a payout that is there and has come that far.
create function payouts.after_attempt() returns trigger
language plpgsql
as $$
begin
  if exists (
    select from written n
     where (select w.attempts from payouts.work w where w.payout_id = n.payout_id)
           is distinct from n.number)
  then
    raise exception 'work and attempts disagree' using errcode = 'PY003';
  end if;
  return null;
end $$;

create trigger after_attempt after insert on payouts.attempt
referencing new table as written
for each statement execute function payouts.after_attempt();

create function payouts.after_answer() returns trigger
language plpgsql
as $$
begin
  if exists (
    select from written n
     where coalesce((select w.attempts from payouts.work w where w.payout_id = n.payout_id), -1)
           < n.attempt)
  then
    raise exception 'an answer to nothing' using errcode = 'PY003';
  end if;
  return null;
end $$;

create trigger after_answer after insert on payouts.answer
referencing new table as written
for each statement execute function payouts.after_answer();

create view payouts.balance as
select a.partner, a.account, a.currency,
       coalesce(sum(case when t.debit = a.id then t.amount else -t.amount end)
                filter (where t.payout_id is not null), 0) as balance
  from payouts.account a
  left join payouts.transfer t on a.id in (t.debit, t.credit)
 group by a.partner, a.account, a.currency;

comment on view payouts.balance is
  'Minor units per account: debits less credits. The balances of a currency add up to zero.';

create view payouts.payout_status as
select p.partner, p.reference, p.id as payout_id, p.key, w.status, w.reason,
       p.amount as amount_minor, p.currency, p.created_at, h.at as changed_at,
       r.reference as reissue_of
  from payouts.payout p
  join payouts.work w on w.payout_id = p.id
  join payouts.history h on h.payout_id = p.id and h.seq = w.seq
  left join payouts.payout r on r.id = p.reissue_of;

comment on view payouts.payout_status is 'What became of each payout, for the backend to read.';

-- A second way to every figure of the ledger, from the facts alone. It must return nothing.
create function payouts.unbalanced()
returns table (what text, payout_id bigint, detail text)
language sql stable
set search_path = pg_catalog, payouts, pg_temp
as $$
  select 'a payout without work or history', p.id, p.reference
    from payout p left join work w on w.payout_id = p.id
   where w.payout_id is null or not exists (select from history h where h.payout_id = p.id)
  union all
  select 'the money is not where the status says', p.id, w.status || ': ' || a.account || ' ' || l.net
    from payout p
    join work w on w.payout_id = p.id
    join status s on s.status = w.status
    join account a on a.partner = p.partner and a.currency = p.currency
    cross join lateral (
      select coalesce(sum(case when t.debit = a.id then t.amount else -t.amount end), 0) as net
        from transfer t where t.payout_id = p.id and a.id in (t.debit, t.credit)) l
   where l.net <> case a.account when s.account then p.amount else 0 end
                - case a.account when 'business' then p.amount else 0 end
  union all
  select 'the history is not a path', h.payout_id, h.seq || ' ' || coalesce(h.before, '') || ' ' || h.after
    from history h left join history b on b.payout_id = h.payout_id and b.seq = h.seq - 1
   where h.before is distinct from b.after
      or h.before is not null and not exists (
           select from transition t where t.before = h.before and t.after = h.after)
  union all
  select 'work is not the end of the history', w.payout_id, w.status
    from work w
    left join lateral (
      select h.seq, h.after from history h
       where h.payout_id = w.payout_id order by h.seq desc limit 1) h on true
   where (w.seq, w.status) is distinct from (h.seq, h.after)
  union all
  select 'attempts are not counted', w.payout_id, w.attempts::text
    from work w
   where w.attempts <> (select count(*) from attempt a where a.payout_id = w.payout_id)
  union all
  select 'a transfer of another amount, currency or partner', t.payout_id, t.amount || ' ' || t.currency
    from transfer t
    left join payout p on p.id = t.payout_id
    left join account d on d.id = t.debit
    left join account c on c.id = t.credit
   where p.id is null or (t.amount, t.currency) is distinct from (p.amount, p.currency)
      or (d.partner, d.currency) is distinct from (p.partner, p.currency)
      or (c.partner, c.currency) is distinct from (p.partner, p.currency)
  union all
  select 'a day''s total is wrong', null, coalesce(d.partner, s.partner) || ' ' || coalesce(d.day, s.day)
    from day_total d
    full join (select w.partner, w.counted_on as day, p.currency, sum(p.amount) as total
                 from work w join payout p on p.id = w.payout_id
                where w.counted_on is not null
                group by 1, 2, 3) s using (partner, day, currency)
   where coalesce(d.total, 0) <> coalesce(s.total, 0)
$$;
