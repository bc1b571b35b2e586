-- The table that the original's index migration looked for, made by hand so that it finds one.
-- finds: schema.table_missing critical public.subscriptions
-- exit: 2
CREATE TABLE subscriptions (id integer PRIMARY KEY);
