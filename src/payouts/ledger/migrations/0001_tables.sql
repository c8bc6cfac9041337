-- The tables. Facts are append-only; what moves is one row per payout, in `work`.
--
-- Whoever runs the migrations owns the schema and needs no more than CREATE on the database. Nobody
-- else reads or writes a table: every sentence of the runtime is a function (0004 and following).

create schema if not exists payouts;

-- The same function as payouts.idempotency.derived_key: any language that can hash can check it.
create function payouts.derived_key(partner text, reference text) returns text
language sql immutable strict parallel safe
as $$
  select substr(encode(sha256(convert_to('payouts:' || partner || ':' || reference, 'UTF8')), 'hex'), 1, 26)
$$;

-- As payouts.payout.NewPayout checks it. One expression each, so that they are inlined.
create function payouts.is_identifier(value text, longest integer) returns boolean
language sql immutable parallel safe
as $$
  select value is not null and length(value) <= longest
     and value collate "C" ~ '^[A-Za-z0-9][A-Za-z0-9._:/@#+=~-]*$'
$$;

-- ISO 7064, MOD 97-10, letters from A = 10. Asked only of what has the shape: one random token in
-- twenty has it, and must not be refused for that.
create function payouts.is_iban(value text) returns boolean
language plpgsql immutable parallel safe
as $$
declare
  rest integer := 0;
  letter text;
begin
  foreach letter in array regexp_split_to_array(substr(value, 5) || substr(value, 1, 4), '') loop
    rest := case when letter collate "C" between '0' and '9' then rest * 10 + letter::integer
                 else rest * 100 + ascii(letter) - 55 end % 97;
  end loop;
  return rest = 1;
end $$;

create function payouts.looks_like_account_number(value text) returns boolean
language sql immutable parallel safe
as $$
  select case when translate(value, ' ./_-', '') collate "C" ~ '^[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}$'
              then payouts.is_iban(translate(value, ' ./_-', ''))
              else translate(value, ' ./_-', '') collate "C" ~ '^[0-9]{8,}$' end
$$;

-- ISO 4217, as payouts.money lists it; a test compares the two.
create function payouts.is_currency(code text) returns boolean
language sql immutable parallel safe
as $$
  select code is not null and length(code) = 3 and position(code in '
      AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BRL BSD BTN BWP
      BYN BZD CAD CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD
      FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD
      JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK
      MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR
      PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP
      SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VED VES VND VUV WST XAF
      XCD XCG XOF XPF YER ZAR ZMW ZWG
  ') > 0 and code collate "C" ~ '^[A-Z]{3}$'
$$;

-- A status is a place for the money: `account` is where it lies. Rows: 0002.
create table payouts.status (
  status text primary key,
  account text not null check (account in ('business', 'owed', 'in_flight', 'held', 'funding')),
  final boolean not null,
  reissuable boolean not null
);

create table payouts.transition (
  before text not null references payouts.status,
  after text not null references payouts.status,
  by text not null,
  why text not null,
  primary key (before, after)
);

-- Few and written out, because Postgres plans the checks of a table anew for every INSERT: called as
-- functions they cost a third of an enqueue. `enqueue` says the same with words, before this.
create table payouts.payout (
  id bigint generated always as identity primary key,
  partner text not null,
  reference text not null,
  key text not null unique,
  recipient text not null,
  token text not null,
  method text not null,
  amount bigint not null,
  currency text not null,
  reissue_of bigint unique references payouts.payout,
  created_at timestamptz not null default clock_timestamp(),
  unique (partner, reference),
  constraint payout_identifiers check (
    length(partner) <= 128 and length(reference) <= 200
    and length(recipient) <= 128 and length(token) <= 128
    -- No colon: a key is the hash of partner, colon and reference, which must be cut in one way only.
    and partner collate "C" ~ '^[a-z][a-z0-9_]*$'
    and reference collate "C" ~ '^[A-Za-z0-9][A-Za-z0-9._:/@#+=~-]*$'
    and recipient collate "C" ~ '^[A-Za-z0-9][A-Za-z0-9._:/@#+=~-]*$'
    and token collate "C" ~ '^[A-Za-z0-9][A-Za-z0-9._:/@#+=~-]*$'),
  constraint payout_no_account_number check (
    translate(recipient, ' ./_-', '') collate "C" !~ '^[0-9]{8,}$'
    and translate(token, ' ./_-', '') collate "C" !~ '^[0-9]{8,}$'
    and case when translate(recipient, ' ./_-', '') collate "C" ~ '^[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}$'
             then not payouts.is_iban(translate(recipient, ' ./_-', '')) else true end
    and case when translate(token, ' ./_-', '') collate "C" ~ '^[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}$'
             then not payouts.is_iban(translate(token, ' ./_-', '')) else true end),
  constraint payout_key_is_derived check (
    length(key) = 26 and key = substr(encode(sha256(
      convert_to('payouts:' || partner || ':' || reference, 'UTF8')), 'hex'), 1, 26)),
  constraint payout_is_money check (
    amount > 0 and currency collate "C" ~ '^[A-Z]{3}$'
    and method in ('debit_card', 'bank_account', 'real_time', 'prepaid', 'wallet'))
);

-- Updated in place a few times: room on the page keeps most updates out of the indexes. Only
-- due_at, partner_id and waiting are in an index besides the id, and `waiting` changes only for
-- payouts that do not go straight through.
create table payouts.work (
  payout_id bigint primary key references payouts.payout,
  partner text not null,
  status text not null,
  reason text not null,
  seq integer not null default 0,
  due_at timestamptz,
  due_since timestamptz,  -- where it was put off: since when it has been due all the same
  asked boolean not null default false,
  asked_again boolean not null default false,  -- while somebody leases it
  accepted boolean not null default false,
  released boolean not null default false,
  worker text,
  fence bigint not null default 0,
  lease_until timestamptz,
  attempts integer not null default 0,
  sends integer not null default 0,
  lookups integer not null default 0 check (lookups >= 0),
  turned_away integer not null default 0 check (turned_away >= 0),
  partner_id text,
  first_sent_at timestamptz,
  last_sent_at timestamptz,
  counted_on date,
  seen_at timestamptz,
  waiting boolean not null generated always as (status in ('unknown', 'held')) stored,
  constraint work_lease_is_whole check ((worker is null) = (lease_until is null)),
  constraint work_sends check (sends >= 0 and sends <= attempts),
  constraint work_first_sent check ((sends > 0) = (first_sent_at is not null)),
  constraint work_last_sent check ((first_sent_at is null) = (last_sent_at is null)),
  constraint work_sending_was_sent check (status <> 'sending' or (sends > 0 and due_at is not null)),
  constraint work_due_is_timed check (status <> 'due' or due_at is not null),
  constraint work_counted_was_sent check (counted_on is null or sends > 0)
) with (fillfactor = 60);

create index work_due on payouts.work (partner, due_at, payout_id) where due_at is not null;
create index work_waiting on payouts.work (partner, status) where waiting;
create index work_partner_id on payouts.work (partner, partner_id) where partner_id is not null;

-- That the payout of a history row, an attempt or an answer exists is checked by the triggers of
-- 0003, once per batch. Nothing here is ever deleted, so a check at the insert holds for ever.
create table payouts.history (
  payout_id bigint not null,
  seq integer not null,
  at timestamptz not null default clock_timestamp(),
  before text,
  after text not null,
  reason text not null,
  who text not null,
  person boolean not null default false,
  primary key (payout_id, seq),
  check ((seq = 0) = (before is null)),
  check (seq >= 0),
  foreign key (before, after) references payouts.transition (before, after)
);

create table payouts.attempt (
  payout_id bigint not null,
  number integer not null check (number > 0),
  at timestamptz not null,
  worker text not null,
  fence bigint not null,
  primary key (payout_id, number)
);

create table payouts.answer (
  payout_id bigint not null,
  attempt integer not null check (attempt >= 0),
  at timestamptz not null,
  kind text not null check (kind in ('send', 'lookup', 'list', 'cancel')),
  verdict text not null,
  code text not null,
  http_status integer,
  body_sha256 text check (body_sha256 ~ '^[0-9a-f]{64}$'),
  worker text not null
);
create index answer_payout on payouts.answer (payout_id);

create table payouts.account (
  id integer generated always as identity primary key,
  partner text not null,
  account text not null check (account in ('business', 'owed', 'in_flight', 'held', 'funding')),
  currency text not null check (payouts.is_currency(currency)),
  unique (partner, currency, account)
);

-- Double entry: `debit` is where the money lies now, `credit` where it came from. One amount, two
-- accounts of one currency: there is no way to write half of it.
create table payouts.transfer (
  payout_id bigint not null,
  seq integer not null,
  debit integer not null,
  credit integer not null,
  amount bigint not null check (amount > 0),
  currency text not null,
  primary key (payout_id, seq),
  check (debit <> credit)
);

create table payouts.day_total (
  partner text not null,
  day date not null,
  currency text not null,
  total numeric not null check (total >= 0),
  primary key (partner, day, currency)
) with (fillfactor = 20);

create table payouts.standing (
  partner text primary key check (length(partner) <= 128 and partner collate "C" ~ '^[a-z][a-z0-9_]*$'),
  position bigint not null default 0,
  paused boolean not null default false,
  quarantine_at timestamptz,
  quarantine_why text,
  quarantine_from date,
  ticked_at timestamptz,
  reconciled_day date,
  reconcile_page integer not null default 1 check (reconcile_page > 0),
  breaker_until timestamptz,
  failures integer not null default 0 check (failures >= 0),
  no_funds integer not null default 0 check (no_funds >= 0),
  stopped boolean not null default false,
  check ((quarantine_at is null) = (quarantine_why is null))
) with (fillfactor = 20);

-- Who paused, resumed, declared a restore: append-only.
create table payouts.standing_change (
  partner text not null,
  at timestamptz not null default clock_timestamp(),
  by text not null,
  what jsonb not null
);

-- Where the ledger lies, as it was when it was born and when a quarantine began and ended. Found elsewhere, it
-- is a copy: restored, cloned or promoted. `partner` null: at the migration, for all partners.
create table payouts.birth (
  partner text,
  at timestamptz not null default clock_timestamp(),
  why text not null,
  system_identifier text,
  timeline text,
  database_oid oid not null,
  table_oid oid not null
);

create table payouts.notice (
  partner text not null,
  dedupe text not null,
  at timestamptz not null default clock_timestamp(),
  key text,
  partner_id text,
  said text not null,
  payout_id bigint,
  primary key (partner, dedupe)
);

create table payouts.orphan (
  partner text not null,
  key text not null,
  at timestamptz not null default clock_timestamp(),
  partner_id text,
  said text not null,
  primary key (partner, key)
);

create table payouts.finding (
  partner text not null,
  kind text not null,
  subject text not null,
  at timestamptz not null default clock_timestamp(),
  detail text not null,
  primary key (partner, kind, subject)
);

create table payouts.received (
  source text not null,
  external_id text not null,
  at timestamptz not null default clock_timestamp(),
  kind text not null,
  amount bigint,
  currency text check (currency is null or payouts.is_currency(currency)),
  happened_on date not null,
  facts jsonb not null,
  primary key (source, external_id),
  check ((amount is null) = (currency is null))
);
