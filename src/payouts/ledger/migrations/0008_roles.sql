-- Who may do what. A worker speaks the runtime's sentences and touches no table; the backend
-- enqueues and reads what became of its payouts. Nobody else may do anything.

revoke all on schema payouts from public;
revoke all on all tables in schema payouts from public;
revoke all on all functions in schema payouts from public;

create function payouts.grants(worker_role text, backend_role text) returns void
language plpgsql
as $$
declare
  sentence text;
begin
  if worker_role is not null then
    execute format('grant usage on schema payouts to %I', worker_role);
    foreach sentence in array array[
      'begin_tick(text, bigint)',
      'take(text, text, integer, double precision, boolean)',
      'begin_sends(text, text, bigint[], bigint[], bigint, text)',
      'record(text, jsonb)',
      'set_standing(text, boolean, double precision, integer, integer, boolean, date, integer, text, text)',
      'quarantine(text, boolean, text, double precision, text)',
      'enqueue(text, text, text, text, text, bigint, text, interval)',
      'reissue(text, text, text, text, text, text)',
      'intervene(text, text, text, text, text, double precision)',
      'noticed(text, text, text, text, text)',
      'seen(text, text, double precision, text[], text[], text[], text[])',
      'unseen(text, double precision, double precision)',
      'found(text, text, text, text)',
      'findings(text, bigint)',
      'measure(text)',
      'look(text, text)',
      'receive(text, jsonb)']
    loop
      execute format('grant execute on function payouts.%s to %I', sentence, worker_role);
    end loop;
  end if;
  if backend_role is not null then
    execute format('grant usage on schema payouts to %I', backend_role);
    execute format(
      'grant execute on function payouts.enqueue(text, text, text, text, text, bigint, text, interval), '
      'payouts.derived_key(text, text) to %I', backend_role);
    execute format('grant select on payouts.payout_status to %I', backend_role);
  end if;
end $$;

revoke all on function payouts.grants(text, text) from public;

comment on function payouts.grants(text, text) is
  'Give a worker''s role and a backend''s role what they need and no more. Run as the owner.';
