-- A role that is gone still stands in the privileges, as a restore of one database of a cluster leaves it.
-- finds: schema.missing_role warning public.sources
-- exit: 0
UPDATE pg_catalog.pg_class SET relacl = ARRAY[makeaclitem(relowner, relowner, 'SELECT', false), makeaclitem(987654, relowner, 'SELECT', false)]
 WHERE oid = 'sources'::regclass;
