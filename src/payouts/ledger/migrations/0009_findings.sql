-- What a person must see, for the person to see: nothing else reads the table ``finding``.

create function payouts.findings(p_partner text, p_count bigint)
returns table (kind text, subject text, detail text, seconds_ago double precision)
language sql stable security definer
set search_path = pg_catalog, payouts, pg_temp
as $$
  select f.kind, f.subject, f.detail, extract(epoch from clock_timestamp() - f.at)::float8
    from finding f
   where f.partner = p_partner
   order by f.at desc, f.kind collate "C", f.subject collate "C"
   limit p_count
$$;

revoke all on function payouts.findings(text, bigint) from public;
